// One episode of the page: its pictures, then its joints over time.
#include <algorithm>

#include "apps/data/html.h"
#include "apps/data/page_parts.h"
#include "smolvla/base/json.h"
#include "smolvla/doctor/finding.h"

namespace svla {
namespace {

// Of all curves together, some 75 kB, and of one.
constexpr int64_t kMostPointsOfEpisode = 15'000, kMostPointsOfCurve = 600;

std::string Figure(const CameraTiles& camera, const Tile& tile, double fps) {
  const std::string time = Seconds(static_cast<double>(tile.frame) / fps);
  std::string html = Text("<figure data-frame=\"", tile.frame, "\">");
  if (tile.picture.rgb.empty())
    html += "<div class=\"hatched\">missing</div>";
  else
    html += Text("<img src=\"", JpegUri(tile.picture), "\" width=\"",
                 tile.picture.width, "\" height=\"", tile.picture.height, "\" alt=\"",
                 Escaped(camera.camera), " at ", time, "\">");
  return html + "<figcaption>" + time + "</figcaption></figure>";
}

std::string Film(const PageContent& content, const CameraTiles& camera, double fps) {
  std::string html = "<h3>" + Isolated(camera.camera) + "</h3>\n";
  if (camera.tiles.empty()) return html + "<p class=\"note\">no frames</p>\n";
  const std::string reason =
      "missing: " + Isolated(WithoutFolder(content, camera.missing));
  const bool none =
      std::all_of(camera.tiles.begin(), camera.tiles.end(),
                  [](const Tile& tile) { return tile.picture.rgb.empty(); });
  if (none) return html + "<div class=\"hatched strip\"><p>" + reason + "</p></div>\n";
  html += "<div class=\"film\">";
  for (const Tile& tile : camera.tiles) html += Figure(camera, tile, fps);
  html += "</div>\n";
  return camera.missing.empty() ? html
                                : html + "<p class=\"note bad\">" + reason + "</p>\n";
}

// The two curves of a joint; their scale is the same in all episodes.
std::string Plot(const PlottedJoint& joint, const JointCurves& curves,
                 const PlotRange& range, int64_t most_points) {
  const size_t frames = std::max(curves.state.size(), curves.action.size());
  const double span = range.high - range.low;
  std::string html = "<figure class=\"plot\"><figcaption><b>" + Isolated(joint.name) +
                     "</b><output><i class=\"state\"></i> <i "
                     "class=\"action\"></i></output></figcaption><div "
                     "class=\"frame\"><span class=\"high\">";
  if (range.empty()) return html + "no finite value</span></div></figure>\n";
  html += PlotNumber(range.high, span) + "</span><span class=\"low\">" +
          PlotNumber(range.low, span) +
          Text("</span><svg viewBox=\"0 -40 ", std::max<size_t>(frames, 2) - 1,
               " 1080\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"over "
               "time\" data-low=\"",
               Serialized(range.low), "\" data-high=\"", Serialized(range.high), "\">");
  const auto curve = [&](const char* kind, const std::vector<double>& values) {
    if (!values.empty())
      html += Text("<path class=\"", kind, "\" d=\"",
                   CurvePath(values, range, most_points), "\"/>");
  };
  curve("state", curves.state);
  curve("action", curves.action);
  return html + "</svg></div></figure>\n";
}

std::string Plots(const PageContent& content, const EpisodeView& view, double fps) {
  if (!view.rows_missing.empty())
    return "<div class=\"hatched strip\"><p>missing: " +
           Isolated(WithoutFolder(content, view.rows_missing)) + "</p></div>\n";
  if (view.joints.empty()) return "";
  const auto curves = static_cast<int64_t>(2 * view.joints.size());
  const int64_t most_points =
      std::min(kMostPointsOfCurve, kMostPointsOfEpisode / curves);
  const double end = static_cast<double>(view.episode->length - 1) / fps;
  std::string html =
      "<p class=\"note\"><span class=\"key state\">state</span> <span class=\"key "
      "action\">action</span> from 0 to " +
      Seconds(end) +
      "; lines stand where the pictures are. <output "
      "class=\"time\"></output></p>\n" +
      Text("<div class=\"plots\" style=\"--gaps:",
           std::max<size_t>(FramesToShow(view.episode->length).size(), 2) - 1, "\">\n");
  for (size_t joint = 0; joint < view.joints.size(); ++joint)
    html += Plot(content.joints.joints[joint], view.joints[joint],
                 content.overview.joints[joint].Whole(), most_points);
  return html + "</div>\n";
}

}  // namespace

std::string PageEpisode(const PageContent& content, const EpisodeView& view) {
  const Episode& episode = *view.episode;
  const double fps = content.summary.info.fps;
  std::string html = Text(
      "<details class=\"episode\" name=\"episode\" id=\"", AnchorOf(episode),
      "\" data-fps=\"", fps, "\"", &episode == content.shown.front() ? " open" : "",
      "><summary><b>Episode ", episode.index, "</b> <span>", episode.length,
      " frames, ", Seconds(static_cast<double>(episode.length) / fps), "</span>");
  for (const std::string& task : episode.tasks)
    html += (&task == &episode.tasks.front() ? " " : " / ") + Isolated(task);
  html += "</summary>\n";
  for (const CameraTiles& camera : view.cameras) html += Film(content, camera, fps);
  return html + Plots(content, view, fps) + "</details>\n";
}

}  // namespace svla
