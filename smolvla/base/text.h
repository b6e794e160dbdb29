// Text from outside on its way to a terminal or a picture.
#pragma once

#include <string>
#include <string_view>

namespace svla {

// The same text with control characters but new lines and tabs, and bytes that are no
// UTF-8, written as \xNN, so that it can neither steer a terminal nor be refused.
std::string Printable(std::string_view text);

}  // namespace svla
