#include "apps/doctor_report.h"

#include "smolvla/base/text.h"

namespace svla {
namespace {

const char* NameOf(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

Json ToJson(const Finding& finding) {
  return {{"code", finding.code},
          {"severity", NameOf(finding.severity)},
          {"subject", finding.subject},
          {"message", finding.message},
          {"consequence", finding.consequence},
          {"remedy", finding.remedy}};
}

// Continued lines of a message stay under its first.
std::string Indented(const std::string& text) {
  std::string lines;
  for (const char c : Printable(text))
    lines += c == '\n' ? std::string("\n      ") : std::string(1, c);
  return lines;
}

std::string Plural(int64_t count, const char* word) {
  return Text(count, " ", word, count == 1 ? "" : "s");
}

}  // namespace

Json ToJson(const Diagnosis& d) {
  Json findings = Json::array(), not_checked = Json::array();
  for (const Finding& finding : d.findings) findings.push_back(ToJson(finding));
  for (const NotChecked& gap : d.not_checked)
    not_checked.push_back({{"what", gap.what}, {"give", gap.give}});
  return {{"checkpoint", d.checkpoint},
          {"findings", findings},
          {"checked", d.checked},
          {"not_checked", not_checked},
          {"errors", d.Count(Severity::kError)},
          {"warnings", d.Count(Severity::kWarning)}};
}

std::string ToText(const Diagnosis& d) {
  std::string text = Printable(d.checkpoint) + "\n\n";
  for (const Finding& f : d.findings)
    text += Text(f.severity == Severity::kError ? "error    " : "warning  ", f.code,
                 "  ", Indented(f.subject), ": ", Indented(f.message), "\n    so  ",
                 Indented(f.consequence), "\n    do  ", Indented(f.remedy), "\n\n");
  if (!d.checked.empty()) {
    text += "checked\n";
    for (const std::string& what : d.checked) text += "  " + Indented(what) + "\n";
  }
  if (!d.not_checked.empty()) {
    text += "not checked\n";
    for (const NotChecked& gap : d.not_checked)
      text += "  " + Indented(gap.what) + "; give " + Indented(gap.give) + "\n";
  }
  return text + Text("\n", Plural(d.Count(Severity::kError), "error"), ", ",
                     Plural(d.Count(Severity::kWarning), "warning"), ", ",
                     d.not_checked.size(), " not checked\n");
}

}  // namespace svla
