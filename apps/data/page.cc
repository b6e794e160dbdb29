#include "apps/data/page.h"

#include "apps/data/html.h"
#include "apps/data/page_parts.h"
#include "smolvla/doctor/finding.h"

namespace svla {
namespace {

constexpr size_t kMostListed = 20;

// "top" of "observation.images.top".
std::string ShortName(const Feature& camera) {
  constexpr std::string_view kCommon = "observation.images.";
  return camera.key.starts_with(kCommon) ? camera.key.substr(kCommon.size())
                                         : camera.key;
}

std::string Fact(const std::string& label, const std::string& value) {
  return "<div><dt>" + label + "</dt><dd>" + value + "</dd></div>\n";
}

// A name that may be broken where its words end.
std::string Breakable(const std::string& name) {
  std::string html = Isolated(name);
  for (size_t at = 0; (at = html.find('_', at)) != html.npos; at += 6)
    html.insert(at + 1, "<wbr>");
  return html;
}

std::string Size(uintmax_t bytes) {
  const auto number = static_cast<double>(bytes);
  return bytes < 1'000'000 ? PlotNumber(number / 1e3, /*span=*/10) + " kB"
                           : PlotNumber(number / 1e6, /*span=*/10) + " MB";
}

std::string Facts(const PageContent& content) {
  const DatasetSummary& s = content.summary;
  std::string html = "<dl class=\"facts\">\n";
  html += Fact("robot",
               s.info.robot_type.empty() ? "not said" : Breakable(s.info.robot_type));
  html += Fact("episodes", std::to_string(s.episodes));
  html += Fact("frames", std::to_string(s.frames));
  html += Fact("duration", Duration(static_cast<double>(s.frames) / s.info.fps));
  html += Fact("frames a second", Text(s.info.fps));
  for (const Feature* camera : s.info.Cameras())
    html += Fact("camera " + Breakable(ShortName(*camera)),
                 Text(camera->width, " × ", camera->height));
  html += Fact("format", Escaped(s.info.version));
  html += Fact("size", Size(s.bytes));
  return html + "</dl>\n";
}

std::string MissingFiles(const PageContent& content) {
  const auto& data = content.summary.data.missing;
  const auto& videos = content.summary.videos.missing;
  std::vector<std::string> counted;
  if (!data.empty())
    counted.push_back(Counted(static_cast<int64_t>(data.size()), "data file"));
  if (!videos.empty())
    counted.push_back(Counted(static_cast<int64_t>(videos.size()), "video file"));
  if (counted.empty()) return "";
  std::string html = "<details class=\"missing\"><summary>Missing: " + Join(counted) +
                     "</summary><ul>\n";
  std::vector<std::filesystem::path> files = data;
  files.insert(files.end(), videos.begin(), videos.end());
  for (size_t i = 0; i < files.size() && i < kMostListed; ++i)
    html += "<li>" + Isolated(files[i].string()) + "</li>\n";
  if (files.size() > kMostListed)
    html += Text("<li>and ", files.size() - kMostListed, " more</li>\n");
  return html + "</ul></details>\n";
}

std::string TasksSection(const PageContent& content) {
  std::string html = SectionHead("Tasks") +
                     "<div class=\"wide\"><table><tr><th>task</th>"
                     "<th class=\"number\">episodes</th></tr>\n";
  for (const auto& [task, episodes] : content.summary.tasks)
    html += "<tr><td>" + Isolated(task) +
            Text("</td><td class=\"number\">", episodes, "</td></tr>\n");
  return html + "</table></div></section>\n";
}

std::string FeaturesSection(const PageContent& content) {
  std::string html =
      SectionHead("Features") + "<details><summary>" +
      Counted(static_cast<int64_t>(content.summary.info.features.size()), "feature") +
      "</summary><div class=\"wide\"><table>\n";
  for (const Feature& feature : content.summary.info.features)
    html += "<tr><td>" + Isolated(feature.key) + "</td><td>" +
            Isolated(Describe(feature)) + "</td></tr>\n";
  return html + "</table></div></details></section>\n";
}

std::string Contents() {
  std::string html = "<nav class=\"contents\">";
  for (const char* title :
       {"Findings", "Tasks", "Lengths", "Ranges", "Episodes", "Statistics", "Features"})
    html += Text("<a href=\"#", title, "\">", title, "</a> ");
  return html + "</nav>\n";
}

// Which episodes are shown, and how to see the others.
std::string EpisodesIntroduction(const PageContent& content) {
  const size_t all = content.dataset->episodes().size();
  std::string html = SectionHead("Episodes");
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
         "<label><input type=\"checkbox\" id=\"zoom\"> "
         "own scale</label><span>keys ← →</span></nav>\n";
}

}  // namespace

std::string SectionHead(const std::string& title) {
  return "<section id=\"" + title + "\"><h2>" + title + "</h2>\n";
}

std::string WithoutFolder(const PageContent& content, std::string message) {
  const std::string folder = content.dataset->folder().string() + "/";
  for (size_t at; (at = message.find(folder)) != message.npos;)
    message.erase(at, folder.size());
  return message;
}

std::string AnchorOf(const Episode& episode) {
  return "episode-" + std::to_string(episode.index);
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
         "</h1>\n" + Contents() + Facts(content) + MissingFiles(content) +
         FindingsSection(content) + TasksSection(content) + LengthsSection(content) +
         RangesSection(content) + EpisodesIntroduction(content);
}

std::string PageEnd(const PageContent& content) {
  return "</section>\n" + StatisticsSection(content) + FeaturesSection(content) +
         "</main>\n<script>" + std::string(kPageScript) +
         "</script>\n</body>\n</html>\n";
}

}  // namespace svla
