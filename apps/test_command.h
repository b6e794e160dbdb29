// The command line as a program meets it. For tests only.
#pragma once

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "apps/commands.h"

namespace svla {

struct Outcome {
  int code = -1;
  std::string out;  // what was printed to the standard output
};

// `smolvla <words>`, in this process.
inline Outcome RunSmolvla(const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"smolvla"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  std::ostringstream out;
  std::streambuf* const before = std::cout.rdbuf(out.rdbuf());
  const int code = RunCommandLine(static_cast<int>(argv.size()), argv.data());
  std::cout.rdbuf(before);
  return {code, out.str()};
}

}  // namespace svla
