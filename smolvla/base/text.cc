#include "smolvla/base/text.h"

#include <algorithm>
#include <cstdint>

namespace svla {
namespace {

// Bytes of the UTF-8 character that starts here, or 0 if none does.
size_t LengthOfCharacter(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Longer than needed, a surrogate, or beyond the last code point.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

// Hands over the text piece by piece: characters, and bytes that are none. `spelt_out`
// is true of the latter and of control characters.
template <class Visit>
void ForEachCharacter(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const size_t length = LengthOfCharacter(text);
    const auto byte = static_cast<uint8_t>(text[0]);
    visit(text.substr(0, std::max<size_t>(length, 1)),
          length == 0 || byte < 0x20 || byte == 0x7f);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
}

std::string Hexadecimal(std::string_view byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<uint8_t>(byte[0]);
  return {'\\', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  ForEachCharacter(text, [&](std::string_view character, bool spelt_out) {
    if (spelt_out && character != "\n" && character != "\t")
      printable += Hexadecimal(character);
    else
      printable += character;
  });
  return printable;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = LengthOfCharacter(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ShellQuoted(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == text.npos)
    return std::string(text);
  bool any_spelt_out = false;
  ForEachCharacter(text, [&](std::string_view, bool spelt_out) {
    any_spelt_out = any_spelt_out || spelt_out;
  });
  std::string quoted = any_spelt_out ? "$'" : "'";
  ForEachCharacter(text, [&](std::string_view character, bool spelt_out) {
    if (spelt_out)
      quoted += Hexadecimal(character);
    else if (any_spelt_out && (character == "'" || character == "\\"))
      quoted.append("\\").append(character);
    else
      quoted += character == "'" ? "'\\''" : character;
  });
  return quoted + "'";
}

}  // namespace svla
