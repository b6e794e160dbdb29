#include "apps/bench_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "apps/bench_report.h"
#include "apps/palette.h"
#include "apps/pen.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

// In points.
constexpr double kWidth = 800, kMargin = 24, kHeader = 76;
constexpr double kFrameLeft = kMargin + 44, kFrameWidth = kWidth - kFrameLeft - kMargin;
constexpr double kStepsHeight = 430, kStepsBottom = kStepsHeight - 54;
constexpr double kBarHeight = 40, kStagesHeight = kHeader + kBarHeight + 74;

std::string Format(const char* format, double value) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string Milliseconds(double ms) {
  return Format(ms >= 100 ? "%.0f ms" : ms >= 10 ? "%.1f ms" : "%.2f ms", ms);
}

void DrawHeader(Pen& pen, const std::string& title, const BenchReport& r) {
  const double room = kWidth - 2 * kMargin;
  const std::string& of =
      r.options.random.empty() ? r.options.checkpoint : r.options.random;
  pen.Text(kMargin, kMargin + 12, pen.Fit(title, kTitle, room), kTitle);
  const std::string subtitle =
      Printable(of) + ", " + SubjectOf(r) + ", " + MachineOf(r);
  pen.Text(kMargin, kMargin + 30, pen.Fit(subtitle, kSubtitle, room), kSubtitle);
}

// The next of 1, 2 and 5 times a power of ten, from `value` up or down.
double Round(double value, bool up) {
  const double decade = std::pow(10.0, std::floor(std::log10(value)));
  const double shift = up ? 1 - 1e-9 : 1 + 1e-9;  // what is round already stays
  double below = decade;
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    if (up && factor * decade >= value * shift) return factor * decade;
    if (factor * decade <= value * shift) below = factor * decade;
  }
  return below;
}

// Time from left to right.
struct TimeAxis {
  double low, high, every;  // milliseconds

  // At most eight ticks from the one below `least` to the one above `most`.
  TimeAxis(double least, double most) {
    every = Round(std::max(most - least, 1e-3 * most) / 6, /*up=*/true);
    low = std::floor(least / every) * every;
    high = std::ceil(most / every) * every;
    if (high <= low) high = low + every;
  }

  double X(double ms, double left, double width) const {
    return left + width * (ms - low) / (high - low);
  }

  void Draw(Pen& pen, double left, double width, double top, double bottom) const {
    const bool seconds = high >= 2000;
    const auto ticks = static_cast<int>(std::lround((high - low) / every));
    for (int i = 0; i <= ticks; ++i) {
      const double ms = low + i * every, x = X(ms, left, width);
      pen.Line(x, top, x, bottom, kGrid);
      const std::string number = Format("%g", seconds ? ms / 1000 : ms);
      const double half = pen.WidthOf(number, kLabel) / 2;
      const std::string unit = i < ticks ? "" : seconds ? " s" : " ms";
      // The last one's unit must not leave the page.
      const double room = kWidth - 6 - pen.WidthOf(number + unit, kLabel);
      pen.Text(std::min(x - half, room), bottom + 13, number + unit, kLabel);
    }
  }
};

// Errors from bottom to top, by their logarithm.
struct ErrorAxis {
  double low = std::numeric_limits<double>::infinity(), high = 0;

  void Include(double error) {
    if (!(error > 0)) return;
    low = std::min(low, Round(error * 0.9, /*up=*/false));
    high = std::max(high, Round(error * 1.25, /*up=*/true));  // room for names
  }
  bool empty() const { return !(high > 0); }

  double Y(double error) const {
    const double share = std::log(error / low) / std::log(high / low);
    return kStepsBottom - share * (kStepsBottom - kHeader);
  }

  void Draw(Pen& pen) const {
    const bool few = high / low <= 1100;  // else only powers of ten have a label
    for (double tick = low; tick <= high * 1.001; tick = Round(tick * 1.5, true)) {
      const double exponent = std::log10(tick);
      const bool whole = std::abs(exponent - std::round(exponent)) < 1e-6;
      const double y = Y(tick);
      pen.Line(kFrameLeft, y, kFrameLeft + kFrameWidth, y, whole ? kZero : kGrid);
      if (few || whole)
        pen.Text(kFrameLeft - 8, y + 3.2, Format("%g %%", 100 * tick), kLabel,
                 Align::kRight);
    }
  }
};

struct Point {
  int64_t steps;
  double ms, error;
};

// Beside its point, on the side where the line does not pass.
void DrawName(Pen& pen, int64_t steps, double x, double y, bool line_above) {
  const std::string name = std::to_string(steps) + (steps == 1 ? " step" : " steps");
  const bool inside = x + 8 + pen.WidthOf(name, kName) < kFrameLeft + kFrameWidth;
  pen.Text(inside ? x + 8 : x - 4, line_above ? y + 14 : y - 6, name, kName,
           inside ? Align::kLeft : Align::kRight);
}

void DrawPoints(Pen& pen, const std::vector<Point>& points, const TimeAxis& time,
                const ErrorAxis& errors) {
  const auto x = [&](const Point& p) { return time.X(p.ms, kFrameLeft, kFrameWidth); };
  for (const Point& p : points) pen.LineTo(x(p), errors.Y(p.error));
  pen.Stroke(kBlue, 1.7);
  for (size_t i = 0; i < points.size(); ++i) {
    const double y = errors.Y(points[i].error);
    pen.Dot(x(points[i]), y, 5, kFrame);
    pen.Dot(x(points[i]), y, 3.6, kBlue);
    const auto above = [&](const Point& p) {  // to the right, and higher
      return p.ms > points[i].ms && p.error > points[i].error;
    };
    const bool line_above = (i > 0 && above(points[i - 1])) ||
                            (i + 1 < points.size() && above(points[i + 1]));
    DrawName(pen, points[i].steps, x(points[i]), y, line_above);
  }
}

void DrawSteps(Pen& pen, const BenchReport& r) {
  DrawHeader(pen, "Error against time, by Euler steps", r);
  std::vector<Point> points;
  ErrorAxis errors;
  for (const StepsRun& run : r.runs) {
    if (!(run.relative_l2 > 0)) continue;  // the solution itself is at minus infinity
    points.push_back({run.steps, Quantile(run.total, 0.5), run.relative_l2});
    errors.Include(run.relative_l2);
  }
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.steps < b.steps; });
  pen.Box(kFrameLeft, kHeader, kFrameWidth, kStepsBottom - kHeader, kFrame);
  const std::string what =
      "Across: median time of a chunk. Up: distance from the chunk of " +
      std::to_string(kConvergedSteps) + " steps, of what that adds to the noise (L2).";
  pen.Text(kFrameLeft, kStepsBottom + 36, what, kSubtitle);
  if (errors.empty()) {
    pen.Text(kFrameLeft + kFrameWidth / 2, (kHeader + kStepsBottom) / 2,
             "no difference", kLabel, Align::kMiddle);
    return;
  }
  const auto [least, most] = std::minmax_element(
      points.begin(), points.end(), [](auto& a, auto& b) { return a.ms < b.ms; });
  const double room = 0.1 * (most->ms - least->ms);  // for the name of the last
  const TimeAxis time(least->ms, most->ms + room);
  time.Draw(pen, kFrameLeft, kFrameWidth, kHeader, kStepsBottom);
  errors.Draw(pen);
  DrawPoints(pen, points, time, errors);
}

void DrawStages(Pen& pen, const BenchReport& r) {
  const StepsRun& run = r.runs.front();
  DrawHeader(pen, "Time of a chunk: " + Milliseconds(Quantile(run.total, 0.5)), r);
  struct Stage {
    std::string name;
    double ms;
    Colour colour;
  };
  const auto steps = static_cast<double>(run.steps);
  const std::vector<Stage> stages = {
      {"vision", Quantile(run.vision, 0.5), kBlue},
      {"prefix", Quantile(run.prefix, 0.5), kGreen},
      {"expert, " + std::to_string(run.steps) + (run.steps == 1 ? " step" : " steps"),
       Quantile(run.expert_step, 0.5) * steps, kVermilion}};
  double sum = 0;
  for (const Stage& stage : stages) sum += stage.ms;

  const double width = kWidth - 2 * kMargin, bottom = kHeader + kBarHeight;
  const TimeAxis time(0, sum);
  time.Draw(pen, kMargin, width - 10, kHeader - 4, bottom + 4);
  double from = 0, legend = kMargin;
  for (const Stage& stage : stages) {
    const double left = time.X(from, kMargin, width - 10);
    from += stage.ms;
    const double right = time.X(from, kMargin, width - 10);
    pen.Box(left, kHeader, right - left, kBarHeight, stage.colour);
    const std::string text = stage.name + "  " + Milliseconds(stage.ms) +
                             Format("  %.0f %%", 100 * stage.ms / sum);
    pen.Dot(legend + 4, bottom + 42, 4, stage.colour);
    pen.Text(legend + 13, bottom + 46, text, kName);
    legend += 13 + pen.WidthOf(text, kName) + 34;
  }
}

}  // namespace

void PlotBench(const std::filesystem::path& path, const BenchReport& report) {
  const bool compared = report.runs.size() > 1;
  Pen pen(path, kWidth, compared ? kStepsHeight : kStagesHeight);
  if (compared)
    DrawSteps(pen, report);
  else
    DrawStages(pen, report);
  pen.Save();
}

}  // namespace svla
