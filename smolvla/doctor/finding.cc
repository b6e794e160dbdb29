#include "smolvla/doctor/finding.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>

namespace svla {
namespace {

// Of texts that are longer only the beginning is compared, which bounds the time.
constexpr size_t kCompared = 1000;

constexpr size_t kShown = 8;

std::string Join(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  const size_t shown = std::min(words.size(), kShown);
  for (size_t i = 0; i < shown; ++i) text += (i ? separator : "") + words[i];
  if (shown < words.size())
    text += " and " + std::to_string(words.size() - shown) + " more";
  return text;
}

}  // namespace

int64_t Diagnosis::Count(Severity severity) const {
  return std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.severity == severity;
  });
}

void Diagnosis::Finish() {
  for (Finding& f : findings)
    for (const std::string& start :
         {f.subject + ": ",
          (std::filesystem::path(checkpoint) / f.subject).string() + ": ",
          (std::filesystem::path(f.subject) / "").string()})
      if (f.message.starts_with(start)) {
        f.message.erase(0, start.size());
        break;
      }
  std::stable_sort(
      findings.begin(), findings.end(),
      [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
}

std::string Digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string Join(const std::vector<std::string>& words) { return Join(words, ", "); }
std::string JoinNotes(const std::vector<std::string>& notes) {
  return Join(notes, "; ");
}

int64_t EditDistance(const std::string& a, const std::string& b) {
  const size_t rows = std::min(a.size(), kCompared);
  const size_t columns = std::min(b.size(), kCompared);
  // Of the prefixes a[0, i) and b[0, j); only one row of the table is kept.
  std::vector<int64_t> row(columns + 1);
  for (size_t j = 0; j <= columns; ++j) row[j] = static_cast<int64_t>(j);
  for (size_t i = 1; i <= rows; ++i) {
    int64_t diagonal = row[0];
    row[0] = static_cast<int64_t>(i);
    for (size_t j = 1; j <= columns; ++j) {
      const int64_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[columns];
}

std::string Nearest(const std::string& word, const std::vector<std::string>& words) {
  std::string nearest;
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const std::string& candidate : words)
    if (const int64_t distance = EditDistance(word, candidate); distance < least) {
      least = distance;
      nearest = candidate;
    }
  return nearest;
}

}  // namespace svla
