#include "apps/prediction_report.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/npy.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

std::string Format(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

Json TimesOf(const PredictTimes& times) {
  return {{"prepare", times.prepare},
          {"vision", times.stages.vision},
          {"prefix", times.stages.prefix},
          {"expert", times.stages.expert},
          {"total", times.total}};
}

// First, last, least and most of one joint over the chunk.
std::string JointRow(const ActionChunk& chunk, size_t joint) {
  double least = chunk.actions[0][joint], most = least;
  for (const Action& action : chunk.actions) {
    least = std::min<double>(least, action[joint]);
    most = std::max<double>(most, action[joint]);
  }
  return Format("  joint %-4.0f", static_cast<double>(joint)) +
         Format("%12.4f", chunk.actions.front()[joint]) +
         Format("%12.4f", chunk.actions.back()[joint]) + Format("%12.4f", least) +
         Format("%12.4f", most) + "\n";
}

std::string ToCsv(const ActionChunk& chunk) {
  std::string text = "step";
  for (size_t i = 0; i < chunk.actions[0].size(); ++i)
    text += ",joint_" + std::to_string(i);
  text += "\n";
  for (size_t step = 0; step < chunk.actions.size(); ++step) {
    text += std::to_string(step);
    for (const float value : chunk.actions[step]) text += Format(",%.9g", value);
    text += "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> WarningsOf(const PredictionReport& r) {
  std::vector<std::string> warnings = r.policy.checkpoint().warnings;
  if (r.policy.state_statistics().raw)
    warnings.push_back("no statistics of observation.state: raw numbers go in");
  if (r.policy.action_statistics().raw)
    warnings.push_back("no statistics of action: raw numbers come out");
  warnings.insert(warnings.end(), r.plan.warnings.begin(), r.plan.warnings.end());
  return warnings;
}

Json ToJson(const PredictionReport& r) {
  return {{"checkpoint", r.checkpoint},
          {"task", r.seen.task},
          {"tokens", r.plan.tokens},
          {"tokens_cut", r.plan.tokens_cut},
          {"seed", r.seed},
          {"steps", r.policy.network().steps()},
          {"backend", r.backend},
          {"dtype", r.backend == "reference" ? "fp64" : r.dtype},
          {"actions", r.plan.chunk.actions},
          {"normalized", r.plan.chunk.normalized},
          {"timings_ms", TimesOf(r.plan.times)},
          {"statistics",
           {{"observation.state", r.policy.state_statistics().source},
            {"action", r.policy.action_statistics().source}}},
          {"warnings", WarningsOf(r)}};
}

std::string ToText(const PredictionReport& r, const std::string& out,
                   const std::string& plot) {
  const ActionChunk& chunk = r.plan.chunk;
  const PredictTimes& t = r.plan.times;
  std::ostringstream text;
  text << chunk.actions.size() << " actions of " << chunk.actions[0].size()
       << " joints for \"" << r.seen.task << "\" (" << r.plan.tokens.size()
       << " tokens, seed " << r.seed << ", " << r.policy.network().steps()
       << " steps)\n\n             first        last       least        most\n";
  for (size_t joint = 0; joint < chunk.actions[0].size(); ++joint)
    text << JointRow(chunk, joint);
  text << "\n"
       << Format("%.0f ms: ", t.total) << Format("prepare %.0f, ", t.prepare)
       << Format("vision %.0f, ", t.stages.vision)
       << Format("prefix %.0f, ", t.stages.prefix)
       << Format("expert %.0f\n", t.stages.expert);
  for (const std::string& file : {out, plot})
    if (!file.empty()) text << "wrote " << file << "\n";
  return text.str();
}

ChunkPlot PlotOf(const PredictionReport& r) {
  ChunkPlot plot;
  plot.title = r.seen.task.empty() ? "action chunk" : Printable(r.seen.task);
  plot.subtitle = Printable(r.checkpoint) + ", seed " + std::to_string(r.seed) + ", " +
                  std::to_string(r.policy.network().steps()) + " steps";
  plot.actions = r.plan.chunk.actions;
  // Only where state and action have as many numbers are they likely the same
  // joints.
  if (r.seen.state.size() == plot.actions[0].size()) plot.state = r.seen.state;
  return plot;
}

void CheckOutput(const std::string& path, std::initializer_list<const char*> suffixes) {
  std::string names;
  bool known = false;
  for (const char* suffix : suffixes) {
    known = known || path.ends_with(suffix);
    names += std::string(names.empty() ? "" : " or ") + suffix;
  }
  if (!known) Fail(path, ": expected a name that ends in ", names);
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    Fail(path, ": there is no folder ", folder.string());
}

void WriteChunk(const std::string& path, const ActionChunk& chunk) {
  if (path.ends_with(".csv")) return WriteAtomically(path, ToCsv(chunk));
  std::vector<float> values;
  for (const Action& action : chunk.actions)
    values.insert(values.end(), action.begin(), action.end());
  WriteNpy(path,
           {static_cast<int64_t>(chunk.actions.size()),
            static_cast<int64_t>(chunk.actions[0].size())},
           values);
}

}  // namespace svla
