#include "smolvla/policy/tokenizer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/policy/bpe.h"
#include "smolvla/policy/words.h"

namespace svla {
namespace {

using nlohmann::json;

// Finds the leftmost token, and of those that start there the longest.
class TokenFinder {
 public:
  void Add(const std::string& token, int64_t id) {
    auto& same = by_first_byte_[static_cast<uint8_t>(token[0])];
    const auto place = std::find_if(same.begin(), same.end(), [&](const auto& t) {
      return t.first.size() < token.size();
    });
    same.emplace(place, token, id);
  }

  // Calls token(id) and rest(text) in the order of the text.
  template <class Token, class Rest>
  void Split(std::string_view text, const Token& token, const Rest& rest) const {
    size_t done = 0;
    for (size_t at = 0; at < text.size();) {
      const auto& same = by_first_byte_[static_cast<uint8_t>(text[at])];
      const auto found = std::find_if(same.begin(), same.end(), [&](const auto& t) {
        return text.substr(at).starts_with(t.first);
      });
      if (found == same.end()) {
        ++at;
        continue;
      }
      if (at > done) rest(text.substr(done, at - done));
      token(found->second);
      done = at += found->first.size();
    }
    if (done < text.size()) rest(text.substr(done));
  }

 private:
  std::array<std::vector<std::pair<std::string, int64_t>>, 256> by_first_byte_;
};

json Parse(std::string_view text, std::string_view name) {
  // A real vocabulary has one key an entry; the largest known has 260,000.
  CheckJson(text, std::string(name), {.levels = 64, .keys = 4'000'000});
  json root = json::parse(text);
  if (!root.is_object()) Fail(name, ": expected a JSON object");
  return root;
}

const json& Member(const json& object, const char* key) {
  static const json kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

bool Flag(const json& object, const char* key, std::string_view where) {
  const json& flag = Member(object, key);
  if (!flag.is_boolean()) Fail(where, ": expected true or false at ", key);
  return flag.get<bool>();
}

std::string Text(const json& object, const char* key) {
  const json& text = Member(object, key);
  return text.is_string() ? text.get<std::string>() : std::string();
}

// Ways to match a token that would eat its surroundings.
void RequirePlainMatch(const json& token, std::string_view where) {
  for (const char* key : {"lstrip", "rstrip", "single_word"})
    if (Flag(token, key, where))
      Fail(where, ": ", key,
           " is true, expected false: nothing else is implemented here");
}

// The pre-tokenizer: a "ByteLevel", alone or after a "Digits".
WordRules ReadWordRules(const json& root, std::string_view name) {
  const json& outer = Member(root, "pre_tokenizer");
  const bool sequence = Text(outer, "type") == "Sequence";
  const json steps = sequence ? Member(outer, "pretokenizers") : json::array({outer});
  const size_t count = steps.is_array() ? steps.size() : 0;
  if (count < 1 || count > 2 || Text(steps[count - 1], "type") != "ByteLevel" ||
      (count == 2 && Text(steps[0], "type") != "Digits"))
    Fail(name, ": pre_tokenizer: expected ByteLevel, alone or in a Sequence after ",
         "Digits; nothing else is implemented here");
  const std::string where = std::string(name) + ": pre_tokenizer";
  const json& bytes = steps[count - 1];
  WordRules rules;
  rules.prefix_space = Flag(bytes, "add_prefix_space", where);
  rules.use_regex = !bytes.contains("use_regex") || Flag(bytes, "use_regex", where);
  if (count == 2)
    rules.digits = Flag(steps[0], "individual_digits", where) ? Digits::kEachAlone
                                                              : Digits::kInRuns;
  return rules;
}

// Steps that would change the text before, or the ids after.
void RequireNothingElse(const json& root, std::string_view name) {
  if (!Member(root, "normalizer").is_null())
    Fail(name, ": normalizer: expected null, nothing else is implemented here");
  const json& after = Member(root, "post_processor");
  const std::string type = Text(after, "type");
  const json& single = Member(after, "single");
  const bool adds_nothing = after.is_null() || type == "ByteLevel" ||
                            (type == "TemplateProcessing" && single.is_array() &&
                             single.size() == 1 && single[0].contains("Sequence"));
  if (!adds_nothing)
    Fail(name, ": post_processor: expected null or one that adds no ids, nothing else ",
         "is implemented here");
}

}  // namespace

struct Tokenizer::Parts {
  Parts(const json& root, std::string_view name);
  void ReadAdded(const json& token, std::string_view where);
  void ReadConfig(const json& config, std::string_view where);
  std::optional<int64_t> IdOf(std::string_view token) const;

  Bpe bpe;
  Words words;
  std::map<std::string, int64_t, std::less<>> added;
  // Two rounds, as in the reference: the tokens marked "normalized" are looked for
  // in what the others leave.
  TokenFinder first, second;
  int64_t highest_added = -1;
  int64_t size = 0;
  int64_t pad_id = 0;
  Side side = Side::kRight;
};

Tokenizer::Parts::Parts(const json& root, std::string_view name)
    : bpe(Member(root, "model"), name), words(ReadWordRules(root, name)) {
  RequireNothingElse(root, name);
  size = bpe.highest_id() + 1;
  const json& tokens = Member(root, "added_tokens");
  if (!tokens.is_array() && !tokens.is_null())
    Fail(name, ": expected a list at added_tokens");
  for (size_t i = 0; i < tokens.size(); ++i)
    ReadAdded(tokens[i],
              std::string(name) + ": added_tokens[" + std::to_string(i) + "]");
}

void Tokenizer::Parts::ReadAdded(const json& token, std::string_view where) {
  const std::string content = Text(token, "content");
  if (content.empty()) Fail(where, ": expected a text at content");
  RequirePlainMatch(token, where);
  // The reference does not take the file's id: it numbers the tokens itself.
  const int64_t next = std::max(bpe.entries(), highest_added + 1);
  const int64_t id = bpe.IdOf(content).value_or(next);
  if (id > std::numeric_limits<int32_t>::max())
    Fail(where, ": its id is beyond 2^31 - 1");
  if (Member(token, "id") != json(id))
    Fail(where, ": expected the id ", id, ", which the reference gives \"", content,
         "\" whatever the file says");
  if (!added.emplace(content, id).second)
    Fail(where, ": \"", content, "\" is listed twice");
  (Flag(token, "normalized", where) ? second : first).Add(content, id);
  highest_added = std::max(highest_added, id);
  size = std::max(size, id + 1);
}

// transformers lets this file override the other: whatever would change an id is
// refused.
void Tokenizer::Parts::ReadConfig(const json& config, std::string_view where) {
  for (const char* key :
       {"add_bos_token", "add_eos_token", "add_prefix_space", "split_special_tokens"})
    if (Member(config, key) == json(true))
      Fail(where, ": ", key,
           " is true, expected false: nothing else is implemented here");
  for (const auto& [key, token] : Member(config, "added_tokens_decoder").items()) {
    const auto known = added.find(Text(token, "content"));
    if (known == added.end() || std::to_string(known->second) != key)
      Fail(where, ": added_tokens_decoder: token ", key,
           " is not among the added_tokens of tokenizer.json");
    RequirePlainMatch(token, where);
  }

  const json& cut = Member(config, "truncation_side");
  if (cut == "left") {
    side = Side::kLeft;
  } else if (!cut.is_null() && cut != "right") {
    Fail(where, ": truncation_side: expected \"left\" or \"right\"");
  }

  const json& pad = Member(config, "pad_token");
  if (pad.is_null()) return;
  const std::string content =
      pad.is_object() ? Text(pad, "content") : Text(config, "pad_token");
  const auto id = IdOf(content);
  if (!id) Fail(where, ": pad_token \"", content, "\" is not in tokenizer.json");
  pad_id = *id;
}

std::optional<int64_t> Tokenizer::Parts::IdOf(std::string_view token) const {
  const auto found = added.find(token);
  return found != added.end() ? found->second : bpe.IdOf(token);
}

Tokenizer::Tokenizer(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

Tokenizer Tokenizer::FromFile(const std::filesystem::path& tokenizer_json) {
  constexpr size_t kMostBytes = size_t{64} << 20;  // Gemma's, the largest known, has 33
  const auto config = tokenizer_json.parent_path() / "tokenizer_config.json";
  std::error_code unreadable;
  const bool has_config = std::filesystem::exists(config, unreadable);
  const std::string config_text = has_config ? ReadText(config, kMostBytes) : "";
  // To FromText an empty text says that there is none; an empty file is a lost one.
  if (has_config && config_text.empty())
    Fail(config.string(), ": expected JSON, found an empty file");
  return FromText(ReadText(tokenizer_json, kMostBytes), config_text,
                  tokenizer_json.string());
}

Tokenizer Tokenizer::FromText(std::string_view tokenizer_json,
                              std::string_view tokenizer_config_json,
                              std::string_view name_for_errors) {
  const auto parts =
      std::make_shared<Parts>(Parse(tokenizer_json, name_for_errors), name_for_errors);
  if (!tokenizer_config_json.empty()) {
    const auto config = std::filesystem::path(name_for_errors)
                            .replace_filename("tokenizer_config.json");
    parts->ReadConfig(Parse(tokenizer_config_json, config.string()), config.string());
  }
  return Tokenizer(parts);
}

std::vector<int64_t> Tokenizer::Encode(std::string_view text) const {
  CheckUtf8(text);
  std::vector<int64_t> ids;
  const auto token = [&](int64_t id) { ids.push_back(id); };
  const auto word = [&](std::string_view bytes) { parts_->bpe.Append(bytes, ids); };
  const auto words = [&](std::string_view rest) { parts_->words.Split(rest, word); };
  parts_->first.Split(text, token, [&](std::string_view rest) {
    parts_->second.Split(rest, token, words);
  });
  return ids;
}

Tokenizer::Side Tokenizer::truncation_side() const { return parts_->side; }
int64_t Tokenizer::pad_id() const { return parts_->pad_id; }
int64_t Tokenizer::size() const { return parts_->size; }
std::optional<int64_t> Tokenizer::IdOf(std::string_view token) const {
  return parts_->IdOf(token);
}

std::vector<int64_t> EncodeTask(const Tokenizer& tokenizer, std::string_view task,
                                int64_t max_length, int64_t* cut) {
  SVLA_CHECK(max_length >= 0);
  std::string line(task);
  if (!line.ends_with('\n')) line += '\n';
  std::vector<int64_t> ids = tokenizer.Encode(line);
  const int64_t excess =
      std::max(int64_t{0}, static_cast<int64_t>(ids.size()) - max_length);
  if (tokenizer.truncation_side() == Tokenizer::Side::kLeft) {
    ids.erase(ids.begin(), ids.begin() + excess);
  } else {
    ids.resize(ids.size() - excess);
  }
  if (cut) *cut = excess;
  return ids;
}

}  // namespace svla
