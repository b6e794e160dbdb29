#include <algorithm>
#include <array>
#include <cmath>

#include "apps/data/html.h"
#include "apps/data/page_parts.h"
#include "smolvla/doctor/finding.h"

namespace svla {
namespace {

constexpr std::array<const char*, 9> kNames = {"min", "q01", "q10", "q50", "mean",
                                               "std", "q90", "q99", "max"};
constexpr size_t kMostRows = 200;

std::string Cell(const std::vector<double>& values, size_t row) {
  if (row >= values.size()) return "<td></td>";
  if (std::isfinite(values[row]) && values[row] < 0)
    return "<td class=\"number\">−" + Digits(-values[row]) + "</td>";
  return "<td class=\"number\">" +
         (std::isfinite(values[row]) ? Digits(values[row]) : "not finite") + "</td>";
}

std::string RowName(const Feature* feature, size_t row) {
  if (feature && row < feature->names.size() && !feature->IsCamera())
    return Isolated(feature->names[row]);
  if (feature && feature->IsCamera() && row < 3)
    return std::array{"red", "green", "blue"}[row];
  return std::to_string(row);
}

std::string TableOf(const Feature* feature, const FeatureStatistics& statistics) {
  size_t rows = 0;
  std::vector<const std::vector<double>*> columns;
  std::string html = "<div class=\"wide\"><table><tr><th></th>";
  for (const char* name : kNames) {
    const auto found = statistics.find(name);
    if (found == statistics.end()) continue;
    html += Text("<th class=\"number\">", name, "</th>");
    columns.push_back(&found->second);
    rows = std::max(rows, found->second.size());
  }
  html += "</tr>\n";
  for (size_t row = 0; row < std::min(rows, kMostRows); ++row) {
    html += "<tr><td>" + RowName(feature, row) + "</td>";
    for (const std::vector<double>* column : columns) html += Cell(*column, row);
    html += "</tr>\n";
  }
  if (rows > kMostRows)
    html += Text("<tr><td>and ", rows - kMostRows, " more</td></tr>");
  return html + "</table></div>";
}

}  // namespace

std::string StatisticsSection(const PageContent& content) {
  std::string html = SectionHead("Statistics");
  if (!content.statistics) {
    const std::string why =
        content.statistics_missing.empty()
            ? "There are none: neither meta/stats.json nor meta/episodes_stats.jsonl."
            : Isolated(WithoutFolder(content, content.statistics_missing));
    return html + "<p class=\"note\">" + why + "</p></section>\n";
  }
  html += "<p class=\"note\">As the dataset keeps them, in meta/" +
          Escaped(content.statistics->file.filename().string()) + ".</p>\n";
  const auto& features = content.statistics->statistics.features();
  // What a policy is trained on first, and open; then the rest by name.
  for (const bool first : {true, false})
    for (const auto& [key, statistics] : features)
      if ((key == "action" || key == "observation.state") == first)
        html += Text("<details", first ? " open" : "", "><summary>", Isolated(key),
                     "</summary>", TableOf(content.summary.info.Find(key), statistics),
                     "</details>\n");
  return html + "</section>\n";
}

}  // namespace svla
