// Where a text is cut before its bytes are paired: Hugging Face's pre-tokenizers
// "Digits" and "ByteLevel". A word keeps the space before it.
//
//   Words({.digits = Digits::kEachAlone}).Split("lift 12", f);
//   // f("lift") f(" ") f("1") f("2")
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace svla {

class Pattern;

enum class Digits { kWithText, kInRuns, kEachAlone };

struct WordRules {
  Digits digits = Digits::kWithText;
  bool use_regex = true;      // cut into words with GPT-2's pattern
  bool prefix_space = false;  // begin each piece with a space unless it has one
};

using WordFn = std::function<void(std::string_view word)>;

// Constant after construction: any number of threads may call it.
class Words {
 public:
  explicit Words(const WordRules& rules);

  // Calls `word` for each word of the text, in order; together they are the text
  // (but for the spaces that prefix_space adds). None is empty. The view lives as
  // long as the call. Requires UTF-8.
  void Split(std::string_view text, const WordFn& word) const;

 private:
  std::shared_ptr<const Pattern> digits_, words_;  // null: that step is left out
  bool prefix_space_;
};

// Throws Error, naming the byte, if the text is not UTF-8.
void CheckUtf8(std::string_view text);

}  // namespace svla
