// Text from outside on its way to a terminal, a shell or a picture.
#pragma once

#include <string>
#include <string_view>

namespace svla {

// The same text with control characters but new lines and tabs, and bytes that are no
// UTF-8, written as \xNN, so that it can neither steer a terminal nor be refused.
std::string Printable(std::string_view text);

bool IsUtf8(std::string_view text);

// The text as one word of a command line for bash: itself where no character of it
// means anything there, else in quotes. Control characters and bytes that are no UTF-8
// are spelt out ($'\x0a'), so that Printable leaves the word as it is.
std::string ShellQuoted(std::string_view text);

}  // namespace svla
