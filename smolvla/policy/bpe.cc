#include "smolvla/policy/bpe.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <queue>

#include "smolvla/base/error.h"

namespace svla {
namespace {

using nlohmann::json;

// The letter of each byte, GPT-2's table: a printable byte of Latin-1 is itself,
// the others take the code points from 256 on, in order.
std::array<std::string, 256> ByteLetters() {
  std::array<std::string, 256> letters;
  int moved = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
    const int code_point = printable ? byte : 256 + moved++;
    if (code_point < 0x80) {
      letters[byte] = {static_cast<char>(code_point)};
    } else {
      letters[byte] = {static_cast<char>(0xc0 | code_point >> 6),
                       static_cast<char>(0x80 | (code_point & 0x3f))};
    }
  }
  return letters;
}

const std::array<std::string, 256>& Letters() {
  static const std::array<std::string, 256> letters = ByteLetters();
  return letters;
}

// Members that change the ids, each with the values under which they do not.
void RequirePlain(const json& model, std::string_view name) {
  const std::initializer_list<std::pair<const char*, std::vector<json>>> plain = {
      {"type", {"BPE"}},
      {"dropout", {nullptr, 0.0}},
      {"byte_fallback", {false}},
      {"continuing_subword_prefix", {nullptr, ""}},
      {"end_of_word_suffix", {nullptr, ""}},
      {"ignore_merges", {false, true}}};
  for (const auto& [key, allowed] : plain) {
    const auto found = model.find(key);
    if (found == model.end()) continue;
    if (std::find(allowed.begin(), allowed.end(), *found) != allowed.end()) continue;
    Fail(name, ": model.", key, " is ",
         found->dump(-1, ' ', /*ensure_ascii=*/true).substr(0, 60), ", expected ",
         json(allowed.back()).dump(), ": nothing else is implemented here");
  }
}

uint64_t Key(int32_t left, int32_t right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
}

// The two halves of a merge, written ["a","b"] or "a b".
std::pair<std::string_view, std::string_view> Halves(const json& merge) {
  using Text = const std::string*;
  if (merge.is_array() && merge.size() == 2) {
    const Text left = merge[0].get_ptr<Text>(), right = merge[1].get_ptr<Text>();
    if (left && right) return {*left, *right};
  } else if (const Text both = merge.get_ptr<Text>()) {
    const size_t space = both->find(' ');
    if (space != std::string::npos && both->find(' ', space + 1) == std::string::npos)
      return {std::string_view(*both).substr(0, space),
              std::string_view(*both).substr(space + 1)};
  }
  return {};
}

}  // namespace

Bpe::Bpe(const json& model, std::string_view name) {
  if (!model.is_object()) Fail(name, ": expected an object at model");
  RequirePlain(model, name);
  whole_words_first_ = model.value("ignore_merges", false);
  ReadVocabulary(model, name);
  ReadMerges(model, name);
}

void Bpe::ReadVocabulary(const json& model, std::string_view name) {
  const auto entries = model.find("vocab");
  if (entries == model.end() || !entries->is_object())
    Fail(name, ": expected an object of token: id at model.vocab");
  std::vector<int32_t> ids;
  ids.reserve(entries->size());
  vocabulary_.reserve(entries->size());
  for (const auto& [token, value] : entries->items()) {
    if (!value.is_number_unsigned() ||
        value.get<uint64_t>() > std::numeric_limits<int32_t>::max())
      Fail(name, ": model.vocab: the id of \"", token, "\" is not in 0 .. 2^31 - 1");
    ids.push_back(value.get<int32_t>());
    vocabulary_.emplace(token, ids.back());
  }
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end()) Fail(name, ": model.vocab: two tokens have the id ", *twice);
  if (!ids.empty()) highest_id_ = ids.back();

  for (const std::string& letter : Letters())
    byte_ids_.push_back(static_cast<int32_t>(IdOf(letter).value_or(-1)));
  const auto absent = std::count(byte_ids_.begin(), byte_ids_.end(), -1);
  const auto unknown = model.find("unk_token");
  if (absent > 0 && unknown != model.end() && !unknown->is_null())
    Fail(name, ": model.unk_token is set and ", absent,
         " byte values have no token; expected null, nothing else is implemented here");
}

void Bpe::ReadMerges(const json& model, std::string_view name) {
  const auto list = model.find("merges");
  if (list == model.end() || !list->is_array())
    Fail(name, ": expected a list at model.merges");
  merges_.reserve(list->size());
  int32_t rank = 0;
  for (const json& merge : *list) {
    const auto [left, right] = Halves(merge);
    if (left.empty() || right.empty())
      Fail(name, ": model.merges[", rank, "]: expected [\"a\", \"b\"] or \"a b\"");
    const auto known = [&](std::string_view token) {
      const auto id = IdOf(token);
      if (!id)
        Fail(name, ": model.merges[", rank, "]: \"", token, "\" is not in model.vocab");
      return static_cast<int32_t>(*id);
    };
    const int32_t left_id = known(left), right_id = known(right);
    const int32_t joined_id = known(std::string(left).append(right));
    // Of a pair listed twice the reference keeps the later place.
    merges_.insert_or_assign(Key(left_id, right_id), Merge{rank++, joined_id});
  }
}

std::optional<int64_t> Bpe::IdOf(std::string_view token) const {
  const auto found = vocabulary_.find(token);
  if (found == vocabulary_.end()) return std::nullopt;
  return found->second;
}

const Bpe::Merge* Bpe::Find(int32_t left, int32_t right) const {
  const auto found = merges_.find(Key(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

std::vector<Bpe::Symbol> Bpe::Symbols(std::string_view word) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (const char byte : word) {
    const int32_t id = byte_ids_[static_cast<uint8_t>(byte)];
    const auto at = static_cast<int64_t>(symbols.size());
    if (id >= 0) symbols.push_back({id, at - 1, at + 1, /*gone=*/false});
  }
  if (!symbols.empty()) symbols.back().next = -1;
  return symbols;
}

// The reference's order, kept with a queue so that a word of n bytes costs
// n log n. An entry is stale when its pair no longer merges to its id.
void Bpe::MergeAll(std::vector<Symbol>& symbols) const {
  struct Candidate {
    int32_t rank, id;
    int64_t at;
    bool operator<(const Candidate& other) const {  // true: later in the queue
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };
  std::priority_queue<Candidate> queue;
  const auto consider = [&](int64_t left, int64_t right) {
    if (left < 0 || right < 0) return;
    if (const Merge* merge = Find(symbols[left].id, symbols[right].id))
      queue.push({merge->rank, merge->id, left});
  };
  for (size_t i = 0; i < symbols.size(); ++i) consider(i, symbols[i].next);

  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = symbols[best.at];
    if (left.gone || left.next < 0) continue;
    Symbol& right = symbols[left.next];
    const Merge* merge = Find(left.id, right.id);
    if (!merge || merge->id != best.id) continue;

    left.id = best.id;
    left.next = right.next;
    right.gone = true;
    if (left.next >= 0) symbols[left.next].previous = best.at;
    consider(left.previous, best.at);
    consider(best.at, left.next);
  }
}

void Bpe::Append(std::string_view word, std::vector<int64_t>& ids) const {
  if (whole_words_first_) {
    std::string letters;
    for (const char byte : word) letters += Letters()[static_cast<uint8_t>(byte)];
    if (const auto id = IdOf(letters)) {
      ids.push_back(*id);
      return;
    }
  }
  std::vector<Symbol> symbols = Symbols(word);
  MergeAll(symbols);
  for (const Symbol& symbol : symbols)
    if (!symbol.gone) ids.push_back(symbol.id);
}

}  // namespace svla
