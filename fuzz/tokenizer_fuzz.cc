// Feeds the tokenizer hostile files and hostile texts. The input is a
// tokenizer.json, a NUL byte and a text; without a NUL it is both.
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I.
//     fuzz/tokenizer_fuzz.cc smolvla/policy/{tokenizer,bpe,words}.cc
//     smolvla/base/{error,file}.cc -lpcre2-8
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "smolvla/base/error.h"
#include "smolvla/policy/tokenizer.h"

namespace {

constexpr std::string_view kSmall = R"({
  "added_tokens": [{"id": 9, "content": "<a>", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true}],
  "normalizer": null,
  "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]},
  "post_processor": null,
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "Ċ": 3, "1": 4, "ab": 5,
                                     "aa": 6, "Ġa": 7, "aaaa": 8},
            "merges": [["a", "b"], ["a", "a"], ["Ġ", "a"], ["aa", "aa"]]}})";

void Encode(const svla::Tokenizer& tokenizer, std::string_view text) {
  for (const int64_t id : tokenizer.Encode(text))
    if (id < 0 || id >= tokenizer.size()) __builtin_trap();
  if (svla::EncodeTask(tokenizer, text, 48).size() > 48) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const svla::Tokenizer small = svla::Tokenizer::FromText(kSmall, "", "small");
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t end = input.find('\0');
  const std::string_view file = input.substr(0, end);
  const std::string_view text = end < size ? input.substr(end + 1) : input;
  try {
    Encode(small, text);
  } catch (const svla::Error&) {
  }
  try {
    Encode(svla::Tokenizer::FromText(file, file, "fuzzed"), text);
  } catch (const svla::Error&) {
  }
  return 0;
}
