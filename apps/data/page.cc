#include "apps/data/page.h"

#include "apps/data/html.h"
#include "apps/data/page_parts.h"
#include "smolvla/doctor/finding.h"

namespace svla {
namespace {

constexpr size_t kMostListed = 20;

std::string Fact(const std::string& label, const std::string& value) {
  return "<div><dt>" + label + "</dt><dd>" + value + "</dd></div>\n";
}

std::string Megabytes(uintmax_t bytes) {
  return PlotNumber(static_cast<double>(bytes) / 1e6, /*span=*/10) + " MB";
}

std::string Facts(const PageContent& content) {
  const DatasetSummary& s = content.summary;
  std::string html = "<dl class=\"facts\">\n";
  html += Fact("robot",
               s.info.robot_type.empty() ? "not said" : Isolated(s.info.robot_type));
  html += Fact("episodes", std::to_string(s.episodes));
  html += Fact("frames", std::to_string(s.frames));
  html += Fact("duration", Duration(static_cast<double>(s.frames) / s.info.fps));
  html += Fact("frames a second", Text(s.info.fps));
  for (const Feature* camera : s.info.Cameras())
    html += Fact(Isolated(camera->key), Text(camera->width, " × ", camera->height));
  html += Fact("format", Escaped(s.info.version));
  html += Fact("size", Megabytes(s.bytes));
  return html + "</dl>\n";
}

std::string MissingFiles(const PageContent& content) {
  std::vector<std::filesystem::path> files = content.summary.data.missing;
  files.insert(files.end(), content.summary.videos.missing.begin(),
               content.summary.videos.missing.end());
  if (files.empty()) return "";
  std::string html = Text(
      "<details class=\"missing\"><summary>Missing: ",
      Counted(static_cast<int64_t>(content.summary.data.missing.size()), "data file"),
      " and ",
      Counted(static_cast<int64_t>(content.summary.videos.missing.size()),
              "video file"),
      "</summary><ul>\n");
  for (size_t i = 0; i < files.size() && i < kMostListed; ++i)
    html += "<li>" + Isolated(files[i].string()) + "</li>\n";
  if (files.size() > kMostListed)
    html += Text("<li>and ", files.size() - kMostListed, " more</li>\n");
  return html + "</ul></details>\n";
}

std::string TasksSection(const PageContent& content) {
  std::string html =
      "<section><h2>Tasks</h2>\n<div class=\"wide\"><table><tr><th>task</th>"
      "<th class=\"number\">episodes</th></tr>\n";
  for (const auto& [task, episodes] : content.summary.tasks)
    html += "<tr><td>" + Isolated(task) +
            Text("</td><td class=\"number\">", episodes, "</td></tr>\n");
  return html + "</table></div></section>\n";
}

std::string FeaturesSection(const PageContent& content) {
  std::string html =
      "<section><h2>Features</h2>\n<details><summary>" +
      Counted(static_cast<int64_t>(content.summary.info.features.size()), "feature") +
      "</summary><div class=\"wide\"><table>\n";
  for (const Feature& feature : content.summary.info.features)
    html += "<tr><td>" + Isolated(feature.key) + "</td><td>" +
            Isolated(Describe(feature)) + "</td></tr>\n";
  return html + "</table></div></details></section>\n";
}

// Which episodes are shown, and how to see the others.
std::string EpisodesIntroduction(const PageContent& content) {
  const size_t all = content.dataset->episodes().size();
  std::string html = "<section id=\"episodes\"><h2>Episodes</h2>\n";
  if (content.shown.size() < all)
    html += Text("<p class=\"note\">", content.shown.size(), " of ",
                 Counted(static_cast<int64_t>(all), "episode"),
                 " shown with pictures and curves. Choose with "
                 "<code>smolvla data show --episodes 0,40:60</code>.</p>\n");
  if (content.joints.left_out)
    html +=
        Text("<p class=\"note\">", content.joints.joints.size(), " curves an episode; ",
             content.joints.left_out, " more numbers a frame are not drawn.</p>\n");
  return html +
         "<nav class=\"bar\" hidden><button id=\"previous\" aria-label=\"previous "
         "episode\">‹</button><select id=\"pick\" aria-label=\"episode\"></select>"
         "<button id=\"next\" aria-label=\"next episode\">›</button>"
         "<span>keys ← and →</span></nav>\n";
}

}  // namespace

std::string WithoutFolder(const PageContent& content, std::string message) {
  const std::string folder = content.dataset->folder().string() + "/";
  for (size_t at; (at = message.find(folder)) != message.npos;)
    message.erase(at, folder.size());
  return message;
}

std::string AnchorOf(const Episode& episode) {
  return "episode-" + std::to_string(episode.index);
}

std::string Counted(int64_t count, const std::string& word) {
  return Text(count, " ", word, count == 1 ? "" : "s");
}

std::string PageTop(const PageContent& content) {
  const std::string name = Escaped(content.name);
  // The policy is a second lock: even what slipped through could load nothing.
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>" +
         name + "</title>\n<style>" + kPageStyle +
         "</style>\n</head>\n<body>\n<main>\n" + "<h1>" + Isolated(content.name) +
         "</h1>\n" + Facts(content) + MissingFiles(content) + FindingsSection(content) +
         TasksSection(content) + LengthsSection(content) + RangesSection(content) +
         StatisticsSection(content) + FeaturesSection(content) +
         EpisodesIntroduction(content);
}

std::string PageEnd() {
  return "</section>\n</main>\n<script>" + std::string(kPageScript) +
         "</script>\n</body>\n</html>\n";
}

}  // namespace svla
