// How the project says that something is wrong.
//
//   Fail(path, ": expected tensor ", name, " of shape ", shape);   // bad world
//   SVLA_CHECK(x.rank == 2);                                       // bad program
//
// A wrong file, flag, configuration or peer throws Error: the message says what
// was expected, what was found, where, and what to do when that is known. A
// broken precondition of our own prints file and line and aborts. An outcome
// that belongs to normal life is a value, never an Error.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace svla {

class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws Error with the parts written one after another.
template <class... Parts>
[[noreturn]] void Fail(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw Error(message.str());
}

// Prints the failed condition with its place and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace svla

#define SVLA_CHECK(condition)                              \
  do {                                                     \
    if (!(condition)) [[unlikely]]                         \
      ::svla::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
