#include "apps/chunk_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

#include "apps/palette.h"
#include "apps/pen.h"
#include "apps/plot_range.h"
#include "smolvla/base/error.h"

namespace svla {
namespace {

// In points.
constexpr double kWidth = 800, kMargin = 24, kGap = 20;
constexpr double kPanelHeight = 118;  // the frame; its name is above
constexpr double kNameHeight = 26, kLabelWidth = 42;
constexpr double kLabelGap = 8;  // from a label to its frame
constexpr double kInset = 7;     // between the frame and the highest or lowest value

constexpr Colour kLine = kBlue, kState = kVermilion;

// 1, 2 or 5 times a power of ten: about `most` of them cover the steps.
int64_t TickEvery(int64_t steps, int64_t most) {
  for (int64_t decade = 1;; decade *= 10)
    for (const int64_t factor : {1, 2, 5})
      if (steps / (decade * factor) <= most) return decade * factor;
}

// Where a panel's frame is, and how its steps and values map into it.
struct Panel {
  double left = 0, top = 0, width = 0;
  int64_t steps = 0;
  PlotRange range;

  double bottom() const { return top + kPanelHeight; }
  double right() const { return left + width; }

  double X(int64_t step) const {
    const double inner = width - 2 * kInset;
    return left + kInset +
           (steps > 1
                ? inner * static_cast<double>(step) / static_cast<double>(steps - 1)
                : 0);
  }
  double Y(double value) const {
    return bottom() - kInset - range.Share(value) * (kPanelHeight - 2 * kInset);
  }
};

void DrawSteps(Pen& pen, const Panel& panel, double fps, bool labels) {
  const int64_t most = panel.width > 400 ? 10 : panel.width > 150 ? 5 : 4;
  const int64_t every = TickEvery(panel.steps, most);
  if (labels)
    pen.Text(panel.left - kLabelGap, panel.bottom() + 12, "step", kLabel,
             Align::kRight);
  for (int64_t step = 0; step < panel.steps; step += every) {
    const double x = panel.X(step);
    pen.Line(x, panel.top, x, panel.bottom(), kGrid);
    if (!labels) continue;
    pen.Text(x, panel.bottom() + 12, std::to_string(step), kLabel, Align::kMiddle);
    if (!(fps > 0)) continue;
    const double end = static_cast<double>(panel.steps) / fps;
    const std::string time = PlotNumber(static_cast<double>(step) / fps, end);
    pen.Text(x, panel.bottom() + 23, time + " s", {8, kPale}, Align::kMiddle);
  }
}

void DrawValues(Pen& pen, const Panel& panel) {
  const PlotRange& range = panel.range;
  const double span = range.high - range.low, middle = (range.low + range.high) / 2;
  const auto label = [&](double value) {
    pen.Text(panel.left - kLabelGap, panel.Y(value) + 3.2,
             PlotNumber(value, range.flat() ? std::max(1.0, std::abs(value)) : span),
             kLabel, Align::kRight);
  };
  const auto line = [&](double value, Colour colour) {
    pen.Line(panel.left, panel.Y(value), panel.right(), panel.Y(value), colour);
  };
  line(range.low, kGrid);
  line(range.high, kGrid);
  if (range.flat()) return label(middle);
  // Zero, where there is one, says more than the middle, and is often near it.
  const bool has_zero = range.low < 0 && range.high > 0;
  line(has_zero ? 0 : middle, has_zero ? kZero : kGrid);
  label(range.low);
  label(range.high);
}

void DrawCurve(Pen& pen, const Panel& panel, const ChunkPlot& plot, size_t joint) {
  const auto value = [&](int64_t step) {
    const bool inside = step >= 0 && step < panel.steps;
    return inside ? static_cast<double>(plot.actions[static_cast<size_t>(step)][joint])
                  : std::numeric_limits<double>::quiet_NaN();
  };
  const bool few = panel.steps <= 12;
  for (int64_t step = 0; step < panel.steps; ++step) {
    if (!std::isfinite(value(step))) continue;
    const double x = panel.X(step), y = panel.Y(value(step));
    const bool begins = !std::isfinite(value(step - 1));
    const bool ends = !std::isfinite(value(step + 1));
    pen.LineTo(x, y);
    if (ends) pen.Stroke(kLine, 1.7);
    // A lone value between two gaps has no line to be seen by.
    if (begins && ends && !few) pen.Dot(x, y, 1.6, kLine);
  }
  for (int64_t step = 0; few && step < panel.steps; ++step)
    if (std::isfinite(value(step)))
      pen.Dot(panel.X(step), panel.Y(value(step)), 2.2, kLine);
}

void DrawJoint(Pen& pen, Panel panel, const ChunkPlot& plot, size_t joint,
               bool labels) {
  const std::string name =
      plot.joints.empty() ? "joint " + std::to_string(joint) : plot.joints[joint];
  pen.Text(panel.left, panel.top - 7, pen.Fit(name, kName, panel.width), kName);
  pen.Box(panel.left, panel.top, panel.width, kPanelHeight, kFrame);
  for (const auto& action : plot.actions) panel.range.Include(action[joint]);
  const bool has_state = joint < plot.state.size() && std::isfinite(plot.state[joint]);
  if (has_state) panel.range.Include(plot.state[joint]);

  DrawSteps(pen, panel, plot.fps, labels);
  if (panel.range.empty()) {
    pen.Text(panel.left + panel.width / 2, panel.top + kPanelHeight / 2 + 3,
             "no finite value", kLabel, Align::kMiddle);
    return;
  }
  DrawValues(pen, panel);
  DrawCurve(pen, panel, plot, joint);
  if (!has_state) return;
  pen.Dot(panel.left, panel.Y(plot.state[joint]), 4.6, kWhite);
  pen.Dot(panel.left, panel.Y(plot.state[joint]), 3.4, kState);
}

struct Page {
  double header = 0;  // height of the words at the top
  double height = 0;
  int64_t columns = 0;
};

Page LayOut(const ChunkPlot& plot) {
  const auto joints = static_cast<int64_t>(plot.actions[0].size());
  Page page;
  page.header = kMargin + (plot.subtitle.empty() ? 26 : 44);
  page.columns = joints <= 1 ? 1 : joints <= 4 ? 2 : joints <= 9 ? 3 : 4;
  const int64_t rows = (joints + page.columns - 1) / page.columns;
  page.height = page.header + static_cast<double>(rows) * (kNameHeight + kPanelHeight) +
                (plot.fps > 0 ? 26 : 15) + kMargin / 2;
  return page;
}

void DrawHeader(Pen& pen, const ChunkPlot& plot) {
  const double room = kWidth - 2 * kMargin, y = kMargin + 12;
  const bool has_state = !plot.state.empty();
  const double legend = has_state ? pen.WidthOf("current state", kSubtitle) + 24 : 0;
  if (has_state) {
    pen.Text(kWidth - kMargin, y, "current state", kSubtitle, Align::kRight);
    pen.Dot(kWidth - kMargin - legend + 15, y - 3.8, 3.4, kState);
  }
  pen.Text(kMargin, y, pen.Fit(plot.title, kTitle, room - legend), kTitle);
  pen.Text(kMargin, y + 18, pen.Fit(plot.subtitle, kSubtitle, room), kSubtitle);
}

void Draw(Pen& pen, const ChunkPlot& plot, const Page& page) {
  DrawHeader(pen, plot);
  const auto joints = static_cast<int64_t>(plot.actions[0].size());
  const double pitch =
      (kWidth - 2 * kMargin + kGap) / static_cast<double>(page.columns);
  for (int64_t joint = 0; joint < joints; ++joint) {
    const auto row = static_cast<double>(joint / page.columns);
    const auto column = static_cast<double>(joint % page.columns);
    Panel panel;
    panel.left = kMargin + column * pitch + kLabelWidth;
    panel.top = page.header + kNameHeight + row * (kNameHeight + kPanelHeight);
    panel.width = pitch - kGap - kLabelWidth;
    panel.steps = static_cast<int64_t>(plot.actions.size());
    const bool lowest = joint + page.columns >= joints;
    DrawJoint(pen, panel, plot, static_cast<size_t>(joint), lowest);
  }
}

}  // namespace

void PlotChunk(const std::filesystem::path& path, const ChunkPlot& plot) {
  SVLA_CHECK(!plot.actions.empty() && !plot.actions[0].empty());
  for (const auto& action : plot.actions)
    SVLA_CHECK(action.size() == plot.actions[0].size());
  SVLA_CHECK(plot.joints.empty() || plot.joints.size() == plot.actions[0].size());
  const Page page = LayOut(plot);
  Pen pen(path, kWidth, page.height);
  Draw(pen, plot, page);
  pen.Save();
}

}  // namespace svla
