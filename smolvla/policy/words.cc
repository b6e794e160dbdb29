#define PCRE2_CODE_UNIT_WIDTH 8
#include "smolvla/policy/words.h"

#include <pcre2.h>

#include <string>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// Characters as the reference's engines class them. Those (Oniguruma for words,
// Rust's is_numeric for digits) know Unicode 16 and 17, PCRE2 10.42 knows 14, so
// what came later is spelled out; and PCRE2's \s would add U+180E.
constexpr char kSpace[] =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f})"
    R"(\x{205f}\x{3000})";
constexpr char kLetter[] =
    R"(\p{L}\x{1c89}\x{1c8a}\x{a7cb}-\x{a7cd}\x{a7da}-\x{a7dc}\x{105c0}-\x{105f3})"
    R"(\x{10d4a}-\x{10d65}\x{10d6f}-\x{10d85}\x{10ec2}-\x{10ec4}\x{1123f}\x{11240})"
    R"(\x{11380}-\x{11389}\x{1138b}\x{1138e}\x{11390}-\x{113b5}\x{113b7}\x{113d1})"
    R"(\x{113d3}\x{11bc0}-\x{11be0}\x{11f02}\x{11f04}-\x{11f10}\x{11f12}-\x{11f33})"
    R"(\x{1342f}\x{13441}-\x{13446}\x{13460}-\x{143fa}\x{16100}-\x{1611d})"
    R"(\x{16d40}-\x{16d6c}\x{18cff}\x{1b132}\x{1b155}\x{1df25}-\x{1df2a})"
    R"(\x{1e030}-\x{1e06d}\x{1e4d0}-\x{1e4eb}\x{1e5d0}-\x{1e5ed}\x{1e5f0}\x{2b739})"
    R"(\x{2ebf0}-\x{2ee5d}\x{31350}-\x{323af})";
constexpr char kNumber[] =
    R"(\p{N}\x{10d40}-\x{10d49}\x{116d0}-\x{116e3}\x{11bf0}-\x{11bf9})"
    R"(\x{11f50}-\x{11f59}\x{16130}-\x{16139}\x{16d70}-\x{16d79}\x{1ccf0}-\x{1ccf9})"
    R"(\x{1d2c0}-\x{1d2d3}\x{1e4f0}-\x{1e4f9}\x{1e5f1}-\x{1e5fa})";
constexpr char kDigitOnly[] = R"(\x{11de0}-\x{11de9}\x{16ff4}-\x{16ff6})";

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
std::string WordPattern() {
  const std::string space(kSpace), letter(kLetter), number(kNumber);
  return "'s|'t|'re|'ve|'m|'ll|'d| ?[" + letter + "]++| ?[" + number + "]++| ?[^" +
         space + letter + number + "]++|[" + space + "]+(?![^" + space + "])|[" +
         space + "]++";
}

std::string DigitPattern(bool individual) {
  return std::string("[") + kNumber + kDigitOnly + "]" + (individual ? "" : "++");
}

}  // namespace

// A compiled pattern. No pattern here backtracks over more than one character,
// so time is linear in the text.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    int error = 0;
    PCRE2_SIZE at = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                              PCRE2_UTF, &error, &at, nullptr));
    SVLA_CHECK(code_ != nullptr);
    pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);  // refused: only slower
  }

  // Cuts the text, which must be UTF-8, into matches and what lies between them.
  template <class Piece>
  void Split(std::string_view text, const Piece& piece) const {
    const std::unique_ptr<pcre2_match_data, FreeMatch> match(
        pcre2_match_data_create(1, nullptr));
    size_t done = 0;
    while (done < text.size() && Match(text, done, PCRE2_NO_UTF_CHECK, match.get())) {
      const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
      if (range[0] > done) piece(text.substr(done, range[0] - done));
      piece(text.substr(range[0], range[1] - range[0]));
      done = range[1];
    }
    if (done < text.size()) piece(text.substr(done));
  }

  // Throws Error, naming the byte, if the text is not UTF-8.
  void CheckUtf8(std::string_view text) const {
    const std::unique_ptr<pcre2_match_data, FreeMatch> match(
        pcre2_match_data_create(1, nullptr));
    Match(text, 0, /*options=*/0, match.get());
  }

 private:
  struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  };
  struct FreeMatch {
    void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
  };

  bool Match(std::string_view text, size_t from, uint32_t options,
             pcre2_match_data* match) const {
    const int result =
        pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                    from, options, match, nullptr);
    if (result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21)
      Fail("a text to tokenize: expected UTF-8, found something else at byte ",
           pcre2_get_startchar(match));
    if (result < PCRE2_ERROR_NOMATCH)
      Fail("a text to tokenize: PCRE2 gave up with error ", result);
    return result >= 0;
  }

  std::unique_ptr<pcre2_code, FreeCode> code_;
};

Words::Words(const WordRules& rules) : prefix_space_(rules.prefix_space) {
  if (rules.digits != Digits::kWithText)
    digits_ =
        std::make_shared<Pattern>(DigitPattern(rules.digits == Digits::kEachAlone));
  if (rules.use_regex) words_ = std::make_shared<Pattern>(WordPattern());
}

void Words::Split(std::string_view text, const WordFn& word) const {
  // The reference prefixes each piece that the digits leave, not the whole text.
  const auto piece = [&](std::string_view plain) {
    std::string prefixed;
    if (prefix_space_ && plain[0] != ' ') plain = prefixed = " " + std::string(plain);
    if (words_) {
      words_->Split(plain, word);
    } else {
      word(plain);
    }
  };
  if (digits_) {
    digits_->Split(text, piece);
  } else if (!text.empty()) {
    piece(text);
  }
}

void CheckUtf8(std::string_view text) {
  static const Pattern anything("");
  anything.CheckUtf8(text);
}

}  // namespace svla
