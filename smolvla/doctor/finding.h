// What the doctor found, and what it could not look at.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "smolvla/base/severity.h"

namespace svla {

struct Finding {
  std::string code;  // kebab-case; docs/doctor.md lists them. Never renamed
  Severity severity = Severity::kError;  // error: the robot will not move, or wrongly
  std::string subject;                   // a file, a feature, an option
  std::string message;                   // what was expected and what was found
  std::string consequence;               // what the robot does
  std::string remedy;                    // what to do
};

// Something that was not looked at, and what would make it possible.
struct NotChecked {
  std::string what;
  std::string give;
};

struct Diagnosis {
  std::string checkpoint;
  std::vector<Finding> findings;
  std::vector<std::string> checked;
  std::vector<NotChecked> not_checked;

  int64_t Count(Severity severity) const;
  // Puts errors before warnings, otherwise in the order they were found, and takes what
  // messages of readers begin with out of them where the subject says it: the file
  // ("my_policy/config.json: "), or the folder of a file in it.
  void Finish();
};

// The parts written one after another.
template <class... Parts>
std::string Text(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

// Four significant digits: "0.0012", "-98.2".
std::string Digits(double value);

// "a, b, c and 4 more": lists from files may be long.
std::string Join(const std::vector<std::string>& words);

// The same for notes, which hold commas: "a, 1; b, 2".
std::string JoinNotes(const std::vector<std::string>& notes);

// How many letters have to be changed, added or removed to turn one into the other.
// Takes time in proportion to the product of the lengths.
int64_t EditDistance(const std::string& a, const std::string& b);

// The one of `words` nearest to `word`; empty if there are none.
std::string Nearest(const std::string& word, const std::vector<std::string>& words);

}  // namespace svla
