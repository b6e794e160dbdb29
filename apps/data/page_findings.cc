#include "apps/data/html.h"
#include "apps/data/page_parts.h"
#include "smolvla/doctor/finding.h"

namespace svla {
namespace {

constexpr size_t kMostOpen = 8;  // findings before the rest is folded

// What stands between two grave accents is a command.
std::string WithCommands(std::string html) {
  for (size_t at = 0; (at = html.find('`', at)) != html.npos;) {
    const size_t end = html.find('`', at + 1);
    if (end == html.npos) break;
    html.replace(end, 1, "</code>").replace(at, 1, "<code>");
    at = end;
  }
  return html;
}

std::string Row(const char* label, const std::string& text) {
  if (text.empty()) return "";
  return Text("<dt>", label, "</dt><dd>", WithCommands(Isolated(text)), "</dd>");
}

std::string Card(const DatasetFinding& f) {
  const char* severity = f.severity == Severity::kError ? "error" : "warning";
  return Text("<div class=\"finding ", severity, "\"><p><b>", severity, "</b> <code>",
              Escaped(f.code), "</code> ", Isolated(f.file), "</p><dl>",
              Row("expected", f.expected), Row("found", f.found),
              Row("so", f.consequence), Row("do", f.remedy), "</dl></div>\n");
}

std::string List(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string html =
      Text("<details><summary>", title, " (", lines.size(), ")</summary><ul>\n");
  for (const std::string& line : lines) html += "<li>" + Isolated(line) + "</li>\n";
  return html + "</ul></details>\n";
}

}  // namespace

std::string FindingsSection(const PageContent& content) {
  std::string html = SectionHead("Findings");
  if (!content.verification)
    return html +
           "<p class=\"note\">Not looked for. <code>smolvla data verify</code> "
           "does.</p></section>\n";
  const Verification& v = *content.verification;
  if (v.findings.empty())
    html += "<p class=\"good\">Nothing wrong was found.</p>\n";
  else
    html += "<p>" + Counted(v.Count(Severity::kError), "error") + ", " +
            Counted(v.Count(Severity::kWarning), "warning") + "</p>\n";
  for (size_t i = 0; i < v.findings.size(); ++i) {
    if (i == kMostOpen)
      html += Text("<details><summary>", v.findings.size() - i, " more</summary>\n");
    html += Card(v.findings[i]);
  }
  if (v.findings.size() > kMostOpen) html += "</details>\n";
  return html + List("Checked", v.checked) + List("Not checked", v.not_checked) +
         "</section>\n";
}

}  // namespace svla
