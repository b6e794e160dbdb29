#include "apps/data/edit_report.h"

#include <sstream>

#include "smolvla/base/text.h"

namespace svla {
namespace {

constexpr size_t kShown = 5;

}  // namespace

std::string Shortened(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size() && i < kShown; ++i)
    text += (i ? ", " : "") + words[i];
  if (words.size() > kShown)
    text += " and " + std::to_string(words.size() - kShown) + " more";
  return text;
}

Json ToJson(const EditReport& r) {
  Json findings = Json::array();
  for (const DatasetFinding& finding : r.verification.findings)
    findings.push_back(finding.code);
  Json json = Json::object();
  if (!r.part.empty()) json["name"] = r.part;
  json.update({{"dataset", r.folder.string()},
               {"version", "v3.0"},
               {"episodes", r.episodes},
               {"frames", r.frames},
               {"tasks", r.tasks},
               {"episodes_left_out", r.left_out},
               {"files_missing", r.missing},
               {"kept_as", r.old.empty() ? Json(nullptr) : Json(r.old.string())},
               {"findings", findings},
               {"errors", r.verification.Count(Severity::kError)},
               {"warnings", r.verification.Count(Severity::kWarning)}});
  return json;
}

std::string ToText(const EditReport& r) {
  std::ostringstream text;
  text << Printable(r.folder.string()) << ": v3.0, " << r.episodes << " episodes, "
       << r.frames << " frames, " << r.tasks << " tasks\n";
  if (!r.old.empty())
    text << "what it was is kept as " << Printable(r.old.string()) << "\n";
  if (!r.left_out.empty())
    text << "left out: " << r.left_out.size() << " episodes whose files are missing ("
         << Shortened(r.left_out) << ")\n";
  for (const DatasetFinding& f : r.verification.findings)
    text << (f.severity == Severity::kError ? "error" : "warning") << " [" << f.code
         << "] " << Printable(f.file) << ": expected " << Printable(f.expected)
         << ", found " << Printable(f.found) << "\n";
  text << "verified: " << r.verification.Count(Severity::kError) << " errors, "
       << r.verification.Count(Severity::kWarning)
       << " warnings (`smolvla data verify` also looks at every picture)\n";
  return text.str();
}

}  // namespace svla
