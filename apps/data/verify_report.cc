#include "apps/data/verify_report.h"

#include <sstream>

#include "smolvla/base/text.h"

namespace svla {
namespace {

const char* NameOf(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

std::string Plural(int64_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

void WriteList(std::ostream& text, const char* title,
               const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  text << title << "\n";
  for (const std::string& line : lines) text << "  " << Printable(line) << "\n";
}

}  // namespace

Json ToJson(const DatasetFinding& f) {
  return {{"code", f.code},    {"severity", NameOf(f.severity)},
          {"file", f.file},    {"expected", f.expected},
          {"found", f.found},  {"consequence", f.consequence},
          {"remedy", f.remedy}};
}

Json ToJson(const Verification& v) {
  Json findings = Json::array();
  for (const DatasetFinding& finding : v.findings) findings.push_back(ToJson(finding));
  return {{"dataset", v.folder.string()},
          {"version", v.version},
          {"episodes", v.episodes},
          {"frames", v.frames},
          {"findings", findings},
          {"checked", v.checked},
          {"not_checked", v.not_checked},
          {"errors", v.Count(Severity::kError)},
          {"warnings", v.Count(Severity::kWarning)}};
}

std::string ToText(const Verification& v) {
  std::ostringstream text;
  text << Printable(v.folder.string()) << ": " << Printable(v.version) << ", "
       << Plural(v.episodes, "episode") << ", " << Plural(v.frames, "frame") << "\n\n";
  for (const DatasetFinding& f : v.findings)
    text << (f.severity == Severity::kError ? "error    " : "warning  ") << f.code
         << "  " << Printable(f.file) << ": expected " << Printable(f.expected)
         << "; found " << Printable(f.found) << "\n    so  " << Printable(f.consequence)
         << "\n    do  " << Printable(f.remedy) << "\n\n";
  WriteList(text, "checked", v.checked);
  WriteList(text, "not checked", v.not_checked);
  text << "\n"
       << Plural(v.Count(Severity::kError), "error") << ", "
       << Plural(v.Count(Severity::kWarning), "warning") << "\n";
  return text.str();
}

}  // namespace svla
