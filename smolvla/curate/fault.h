// The kinds of faults that `verify` knows, and the faults it meets, gathered until they
// are told: a hundred missing videos are one finding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "smolvla/curate/finding.h"

namespace svla {

struct FaultKind {
  const char* code;
  Severity severity;
  const char* when;
  const char* consequence;
  const char* remedy;  // DIR stands for the dataset's folder, NEW for another
};

// All of them, in the order of docs/datasets.md.
std::span<const FaultKind> FaultKinds();

// The parts written one after another.
template <class... Parts>
std::string Say(const Parts&... parts) {
  std::ostringstream text;
  text.precision(9);
  (text << ... << parts);
  return text.str();
}

// "0, 3 and 6 to 28", of ascending numbers; of many ranges only the first few.
std::string SayRanges(const std::vector<int64_t>& numbers);

// "a, b, c and 4 more": lists from files may be long.
std::string SayList(const std::vector<std::string>& words);

struct Fault {
  std::string code;
  std::string subject;   // a feature, a camera: faults of one are one finding
  std::string file;      // within the dataset's folder
  int64_t episode = -1;  // -1: of none alone
  std::string expected;
  std::string found;
};

class FaultLog {
 public:
  // Requires a code of FaultKinds.
  void Add(Fault fault);

  bool Has(const std::string& code, const std::string& subject) const {
    return groups_.contains({code, subject});
  }

  // Errors first, each kind in the order of FaultKinds; at most 20 of one kind.
  // `episodes` are those of the dataset.
  std::vector<DatasetFinding> Findings(const std::filesystem::path& folder,
                                       int64_t episodes) const;

 private:
  struct Group {
    Fault first;
    std::set<std::string> files;
    std::set<int64_t> episodes;
  };
  static DatasetFinding Told(const FaultKind& kind, const Group& group,
                             const std::filesystem::path& folder, int64_t episodes);

  std::map<std::pair<std::string, std::string>, Group> groups_;  // by code and subject
};

}  // namespace svla
