#include "smolvla/curate/fault.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

constexpr size_t kMostFindings = 20;  // of one kind
constexpr size_t kMostWords = 8;

std::string Filled(std::string remedy, const std::filesystem::path& folder) {
  const std::string name = ShellQuoted(folder.string());
  for (size_t at = remedy.find("DIR"); at != std::string::npos;
       at = remedy.find("DIR", at + name.size()))
    remedy.replace(at, 3, name);
  return remedy;
}

}  // namespace

std::string SayList(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i == kMostWords)
      return text + " and " + std::to_string(words.size() - i) + " more";
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::string SayRanges(const std::vector<int64_t>& numbers) {
  std::vector<std::string> ranges;
  for (size_t i = 0; i < numbers.size();) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    ranges.push_back(std::to_string(numbers[i]));
    if (end - i > 1) ranges.back() += " to " + std::to_string(numbers[end - 1]);
    i = end;
  }
  return SayList(ranges);
}

void FaultLog::Add(DatasetFault fault) {
  Group& group = groups_[{fault.code, fault.subject}];
  group.files.insert(fault.file);
  if (fault.episode >= 0) group.episodes.insert(fault.episode);
  if (group.first.code.empty()) group.first = std::move(fault);
}

DatasetFinding FaultLog::Told(const FaultKind& kind, const Group& group,
                              const std::filesystem::path& folder, int64_t episodes) {
  const DatasetFault& first = group.first;
  DatasetFinding finding{kind.code,
                         kind.severity,
                         first.file,
                         first.expected,
                         first.found,
                         kind.consequence,
                         Filled(kind.remedy, folder),
                         first.subject,
                         {group.episodes.begin(), group.episodes.end()}};
  if (group.files.size() > 1)
    finding.file += Say(" and ", group.files.size() - 1, " more");
  const std::vector<int64_t>& where = finding.episodes;
  if (where.size() == 1 && where[0] == first.episode)
    finding.file += Say(" (episode ", where[0], ")");
  else if (!where.empty())
    finding.found +=
        Say("; so ", where.size(), " of ", episodes, " episodes: ", SayRanges(where));
  return finding;
}

std::vector<DatasetFinding> FaultLog::Findings(const std::filesystem::path& folder,
                                               int64_t episodes) const {
  std::vector<DatasetFinding> findings;
  for (const FaultKind& kind : FaultKinds()) {
    size_t told = 0;
    std::set<int64_t> unlisted;
    for (auto at = groups_.lower_bound({kind.code, ""});
         at != groups_.end() && at->first.first == kind.code; ++at) {
      if (++told <= kMostFindings)
        findings.push_back(Told(kind, at->second, folder, episodes));
      else
        unlisted.insert(at->second.episodes.begin(), at->second.episodes.end());
    }
    if (told <= kMostFindings) continue;
    DatasetFinding& last = findings.back();
    last.found += Say("; ", told - kMostFindings, " more of this code are not listed");
    unlisted.insert(last.episodes.begin(), last.episodes.end());
    last.episodes.assign(unlisted.begin(), unlisted.end());
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const DatasetFinding& a, const DatasetFinding& b) {
                     return a.severity == Severity::kError &&
                            b.severity != Severity::kError;
                   });
  return findings;
}

}  // namespace svla
