// Pictures over all episodes: how long they are, and the range of every joint in each.
#include <algorithm>

#include "apps/data/html.h"
#include "apps/data/page_parts.h"
#include "smolvla/doctor/finding.h"

namespace svla {
namespace {

// More could not be told apart.
constexpr size_t kMostBars = 400, kMostRangeBars = 100;
constexpr size_t kFewBars = 30;  // fewer do not fill the width

// Episodes [begin, end), as they lie in the dataset, that share a bar.
struct Group {
  size_t begin, end;
};

std::vector<Group> GroupsOf(size_t episodes, size_t most) {
  const size_t each = (episodes + most - 1) / most;
  std::vector<Group> groups;
  for (size_t begin = 0; begin < episodes; begin += each)
    groups.push_back({begin, std::min(begin + each, episodes)});
  return groups;
}

std::string TitleOf(const PageContent& content, Group group) {
  const auto& episodes = content.dataset->episodes();
  const Episode& first = episodes[group.begin];
  if (group.end - group.begin == 1) {
    std::string title =
        Text("episode ", first.index, ": ", first.length, " frames, ",
             Seconds(static_cast<double>(first.length) / content.summary.info.fps));
    for (const std::string& task : first.tasks) title += "\n" + task;
    return title;
  }
  int64_t shortest = first.length, longest = 0;
  for (size_t i = group.begin; i < group.end; ++i) {
    shortest = std::min(shortest, episodes[i].length);
    longest = std::max(longest, episodes[i].length);
  }
  return Text("episodes ", first.index, " to ", episodes[group.end - 1].index, ": ",
              shortest, " to ", longest, " frames");
}

// The shown episode of a group that a click leads to, or null.
const Episode* ShownIn(const PageContent& content, Group group) {
  const auto& episodes = content.dataset->episodes();
  for (const Episode* shown : content.shown)
    for (size_t i = group.begin; i < group.end; ++i)
      if (shown == &episodes[i]) return shown;
  return nullptr;
}

std::string Bar(const PageContent& content, Group group, size_t at) {
  int64_t longest = 0;
  for (size_t i = group.begin; i < group.end; ++i)
    longest = std::max(longest, content.dataset->episodes()[i].length);
  const int64_t height =
      content.summary.longest ? longest * 1000 / content.summary.longest : 0;
  const Episode* shown = ShownIn(content, group);
  const std::string rect =
      Text("<rect x=\"", at, ".1\" y=\"", 1000 - height, "\" width=\".8\" height=\"",
           height, "\"><title>", Escaped(TitleOf(content, group)), "</title></rect>");
  return shown ? Text("<a href=\"#", AnchorOf(*shown), "\">", rect, "</a>\n")
               : rect + "\n";
}

// The episodes that have values, and which of them share a bar.
struct RangeAxis {
  std::vector<size_t> episodes;
  std::vector<Group> groups;  // of `episodes`
};

RangeAxis AxisOf(const PageContent& content) {
  RangeAxis axis;
  for (size_t i = 0; i < content.dataset->episodes().size(); ++i)
    if (std::any_of(content.overview.joints.begin(), content.overview.joints.end(),
                    [&](const JointRanges& joint) {
                      return !joint.state[i].empty() || !joint.action[i].empty();
                    }))
      axis.episodes.push_back(i);
  axis.groups = GroupsOf(axis.episodes.size(), kMostRangeBars);
  return axis;
}

// A bar from the lowest to the highest value of each group; `place` is its left edge
// and its width, of 1.
std::string RangePath(const std::vector<PlotRange>& ranges, const RangeAxis& axis,
                      const PlotRange& whole, std::pair<double, double> place) {
  std::string path;
  for (size_t at = 0; at < axis.groups.size(); ++at) {
    PlotRange range;
    for (size_t i = axis.groups[at].begin; i < axis.groups[at].end; ++i) {
      const PlotRange& one = ranges[axis.episodes[i]];
      range.Include(one.low), range.Include(one.high);
    }
    if (range.empty()) continue;
    // One that does not move is still to be seen.
    constexpr int64_t kThinnest = 20;
    const auto top =
        static_cast<int64_t>((1 - whole.Share(range.high)) * (1000 - kThinnest));
    const auto bottom =
        static_cast<int64_t>((1 - whole.Share(range.low)) * (1000 - kThinnest)) +
        kThinnest;
    path += Text("M", static_cast<double>(at) + place.first, " ", top, "h",
                 place.second, "v", bottom - top, "h-", place.second, "z");
  }
  return path;
}

// "−0.52 ep. 3": the end of the range, and where it is reached.
std::string Extreme(const PageContent& content, const JointRanges& ranges, double end,
                    double span) {
  const auto& episodes = content.dataset->episodes();
  for (size_t i = 0; i < episodes.size(); ++i)
    for (const std::vector<PlotRange>* side : {&ranges.state, &ranges.action})
      if ((*side)[i].low == end || (*side)[i].high == end)
        return Text(PlotNumber(end, span), " <small>ep. ", episodes[i].index,
                    "</small>");
  return PlotNumber(end, span);
}

std::string RangeFigure(const PageContent& content, size_t joint,
                        const RangeAxis& axis) {
  const JointRanges& ranges = content.overview.joints[joint];
  const PlotRange whole = ranges.Whole();
  std::string html = "<figure class=\"plot\"><figcaption><b>" +
                     Isolated(content.joints.joints[joint].name) +
                     "</b></figcaption><div class=\"frame\">";
  if (whole.empty())
    return html + "<span class=\"high\">no finite value</span></div></figure>\n";
  const double span = whole.high - whole.low;
  return html + "<span class=\"high\">" + Extreme(content, ranges, whole.high, span) +
         "</span><span class=\"low\">" + Extreme(content, ranges, whole.low, span) +
         Text("</span><svg viewBox=\"0 0 ", axis.groups.size(),
              " 1000\" preserveAspectRatio=\"none\" role=\"img\" "
              "aria-label=\"range in each episode\"><path class=\"state\" d=\"",
              RangePath(ranges.state, axis, whole, {0.1, 0.8}),
              "\"/><path class=\"action\" d=\"",
              RangePath(ranges.action, axis, whole, {0.35, 0.3}),
              "\"/></svg></div></figure>\n");
}

}  // namespace

std::string LengthsSection(const PageContent& content) {
  const auto& episodes = content.dataset->episodes();
  if (episodes.empty()) return SectionHead("Lengths") + "</section>\n";
  const std::vector<Group> groups = GroupsOf(episodes.size(), kMostBars);
  const double fps = content.summary.info.fps;
  std::string html =
      SectionHead("Lengths") +
      Text("<p class=\"note\">", content.summary.shortest, " to ",
           content.summary.longest, " frames, ",
           Seconds(static_cast<double>(content.summary.shortest) / fps), " to ",
           Seconds(static_cast<double>(content.summary.longest) / fps),
           ". From the left: episodes ", episodes.front().index, " to ",
           episodes.back().index, "; strong bars lead to what is shown of them.</p>\n",
           "<svg class=\"lengths\" viewBox=\"0 0 ", std::max(groups.size(), kFewBars),
           " 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"length of "
           "each episode\">\n");
  for (size_t at = 0; at < groups.size(); ++at) html += Bar(content, groups[at], at);
  return html + "</svg></section>\n";
}

std::string RangesSection(const PageContent& content) {
  const RangeAxis axis = AxisOf(content);
  std::string html =
      SectionHead("Ranges") +
      "<p class=\"note\">From the lowest to the highest "
      "value "
      "in each episode, <span class=\"key state\">state</span> and <span class=\"key "
      "action\">action</span>: what sticks out is worth a look. "
      "Beside it the lowest and the highest of all, and the episode that has it.</p>\n";
  if (content.overview.unread)
    html += "<p class=\"note\">" + Counted(content.overview.unread, "episode") +
            " cannot be read: " +
            Isolated(WithoutFolder(content, content.overview.reason)) + "</p>\n";
  if (axis.episodes.empty()) return html + "</section>\n";
  html += "<div class=\"plots small\">\n";
  for (size_t joint = 0; joint < content.joints.joints.size(); ++joint)
    html += RangeFigure(content, joint, axis);
  return html + "</div></section>\n";
}

}  // namespace svla
