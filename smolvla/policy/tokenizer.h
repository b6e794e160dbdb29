// Text → ids as Hugging Face's `tokenizers` does for the SmolVLM family:
// byte-level BPE.
//
//   const auto tokenizer = Tokenizer::FromFile("vlm/tokenizer.json");
//   const std::vector<int64_t> ids = EncodeTask(tokenizer, "lift the cube", 48);
//
// The ids are those of the file, read by `tokenizers` 0.22. A file that asks for
// anything else (a normalizer, another pre-tokenizer, byte fallback, dropout, a
// post-processor that adds ids, …) is refused: never silently different ids.
//
// transformers 5 (seen in 5.5.4) reads SmolVLM2's tokenizer as a GPT2Tokenizer
// and drops its "Digits" step; transformers 4 keeps it. The two differ where
// white space longer than one character stands before a digit ("put  3"), and
// in runs of digits or numerals outside ASCII. This class keeps the step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace svla {

// Constant after construction: any number of threads may call it. Copies share.
class Tokenizer {
 public:
  enum class Side { kLeft, kRight };

  // Reads tokenizer.json and, when it is there, the tokenizer_config.json beside
  // it. Throws Error, naming the file.
  static Tokenizer FromFile(const std::filesystem::path& tokenizer_json);

  // The same from the files' texts. An empty `tokenizer_config_json` stands for
  // no such file; `name_for_errors` is the name of the first.
  static Tokenizer FromText(std::string_view tokenizer_json,
                            std::string_view tokenizer_config_json,
                            std::string_view name_for_errors);

  // All ids of a text: nothing is cut, no begin or end token is added, whatever
  // "truncation" and "padding" the file holds. NUL is a character like any other.
  // A byte that the vocabulary does not have is left out (see bpe.h). Throws
  // Error, naming the byte, if the text is not UTF-8.
  std::vector<int64_t> Encode(std::string_view text) const;

  // The side on which a text that is too long loses ids: tokenizer_config.json's
  // truncation_side, right when it does not say.
  Side truncation_side() const;

  // The id of tokenizer_config.json's pad_token; 0 when it names none, which
  // serves, because padding is masked and only has to be a row of the embedding.
  int64_t pad_id() const;

  // The id of an added token or of a vocabulary entry ("Ġthe").
  std::optional<int64_t> IdOf(std::string_view token) const;

  // The highest id + 1.
  int64_t size() const;

 private:
  struct Parts;
  explicit Tokenizer(std::shared_ptr<const Parts> parts);

  std::shared_ptr<const Parts> parts_;
};

// The ids of a task as the policy reads them: "\n" appended unless the task ends
// in one, then at most `max_length` ids, cut on the tokenizer's side. `cut`, when
// not null, receives the number of ids lost. Throws Error if the task is not
// UTF-8. Requires max_length >= 0.
std::vector<int64_t> EncodeTask(const Tokenizer& tokenizer, std::string_view task,
                                int64_t max_length, int64_t* cut = nullptr);

}  // namespace svla
