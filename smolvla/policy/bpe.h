// Byte pair encoding of one word, as the "BPE" model of Hugging Face's
// `tokenizers` does it on a byte-level vocabulary: each byte is a letter of the
// vocabulary's own alphabet, and the pair of neighbours whose merge stands
// earliest in the list is joined first, the leftmost one when there are several.
//
// A byte whose letter is not in the vocabulary has no id: it is left out before
// any merging, so its neighbours meet. That is what `tokenizers` does when
// unk_token is null ("a\0b" reads as "ab": SmolVLM2's vocabulary lacks bytes 04,
// 06, 13, 14, 16, 1d, f1, f2 and the thirteen that UTF-8 never uses).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace svla {

// Constant after construction: any number of threads may call it.
class Bpe {
 public:
  // Reads the member "model" of a tokenizer.json. Throws Error, naming the file
  // `name`, if it is malformed or asks for anything that this class lacks.
  Bpe(const nlohmann::json& model, std::string_view name);

  // Appends the ids of a word, given as plain bytes.
  void Append(std::string_view word, std::vector<int64_t>& ids) const;

  // The id of a vocabulary entry, written in the vocabulary's own alphabet.
  std::optional<int64_t> IdOf(std::string_view token) const;

  int64_t entries() const { return static_cast<int64_t>(vocabulary_.size()); }
  int64_t highest_id() const { return highest_id_; }  // -1 when empty

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Merge {
    int32_t rank;  // place in the list: lower is joined first
    int32_t id;    // of the joined pair
  };
  // A symbol of a word while it is merged. A joined one leaves a hole.
  struct Symbol {
    int32_t id;
    int64_t previous, next;  // -1: none
    bool gone;
  };

  void ReadVocabulary(const nlohmann::json& model, std::string_view name);
  void ReadMerges(const nlohmann::json& model, std::string_view name);
  std::vector<Symbol> Symbols(std::string_view word) const;
  const Merge* Find(int32_t left, int32_t right) const;
  void MergeAll(std::vector<Symbol>& symbols) const;

  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> vocabulary_;
  std::unordered_map<uint64_t, Merge> merges_;  // by left id << 32 | right id
  std::vector<int32_t> byte_ids_;               // [256], -1: the byte has none
  int64_t highest_id_ = -1;
  bool whole_words_first_ = false;  // "ignore_merges"
};

}  // namespace svla
