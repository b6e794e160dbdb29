// Text from outside on its way to a terminal, a picture or a shell.
#pragma once

#include <string>
#include <string_view>

namespace svla {

// The same text with control characters but new lines and tabs, and bytes that are no
// UTF-8, written as \xNN, so that it can neither steer a terminal nor be refused.
std::string Printable(std::string_view text);

bool IsUtf8(std::string_view text);

// The same word for a shell, quoted where it needs that: paths in commands that are
// proposed.
std::string ShellWord(std::string_view word);

}  // namespace svla
