#include "apps/checkpoint_report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "smolvla/base/error.h"

namespace svla {
namespace {

const char* NameOf(NormalizationMode mode) {
  switch (mode) {
    case NormalizationMode::kIdentity:
      return "IDENTITY";
    case NormalizationMode::kMeanStd:
      return "MEAN_STD";
    case NormalizationMode::kMinMax:
      return "MIN_MAX";
    case NormalizationMode::kQuantiles:
      return "QUANTILES";
    case NormalizationMode::kQuantile10:
      return "QUANTILE10";
  }
  SVLA_CHECK(false);
}

StatisticsReport InspectStatistics(const Checkpoint& c,
                                   const CheckpointOptions& options,
                                   const std::string& feature) {
  const auto mode =
      feature == "action" ? c.processors.action_mode : c.processors.state_mode;
  StatisticsReport report{feature, NameOf(mode), "", ""};
  try {
    const FoundNormalizer found = FindNormalizer(c, options, feature);
    report.source = found.source;
    if (found.raw) report.problem = "none; raw numbers pass through (--unnormalized)";
  } catch (const Error& e) {
    report.problem = e.what();
  }
  return report;
}

void InspectWeights(CheckpointReport& report) {
  std::map<std::string, int64_t> by_type;
  for (const auto& [name, stored] : report.checkpoint.weights->tensors()) {
    by_type[svla::NameOf(stored.dtype)] += stored.Count();
    report.file_bytes += static_cast<int64_t>(stored.bytes.size());
  }
  report.dtypes.assign(by_type.begin(), by_type.end());
}

// "16 layers (8 self, 8 cross)".
std::string ExpertKinds(const ExpertConfig& c) {
  const auto cross = std::count_if(c.layers.begin(), c.layers.end(),
                                   [](const ExpertLayerConfig& l) { return l.cross; });
  return std::to_string(c.layers.size()) + " layers (" +
         std::to_string(static_cast<int64_t>(c.layers.size()) - cross) + " self, " +
         std::to_string(cross) + " cross)";
}

Json ArchitectureOf(const NetworkSizes& s) {
  Json kinds = Json::array();
  for (const ExpertLayerConfig& layer : s.expert.layers)
    kinds.push_back({{"language_layer", layer.prefix_layer},
                     {"attention", layer.cross ? "cross" : "self"}});
  return {{"vision",
           {{"layers", s.vision.layers},
            {"width", s.vision.width},
            {"heads", s.vision.heads},
            {"hidden", s.vision.hidden},
            {"image", {s.vision.image_width, s.vision.image_height}},
            {"patch", s.vision.patch},
            {"patches_a_side", s.vision.Side()},
            {"pixel_shuffle", s.vision.shuffle},
            {"tokens_per_image", s.vision.Tokens()}}},
          {"language",
           {{"layers", s.language.layers},
            {"layers_read", s.language.layers_read},
            {"width", s.language.width},
            {"heads", s.language.heads},
            {"kv_heads", s.language.kv_heads},
            {"head_dim", s.language.head_dim},
            {"hidden", s.language.hidden},
            {"vocabulary", s.language.vocabulary}}},
          {"expert",
           {{"layers", kinds},
            {"width", s.expert.width},
            {"hidden", s.expert.hidden},
            {"chunk", s.expert.chunk},
            {"max_action_dim", s.expert.max_action_dim}}}};
}

std::string Millions(int64_t count) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f M", static_cast<double>(count) / 1e6);
  return text;
}

std::string Giga(double operations) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", operations / 1e9);
  return text;
}

void WriteNetwork(std::ostream& text, const NetworkSizes& s, const VlmConfig& vlm) {
  text << "vision      " << s.vision.layers << " layers, width " << s.vision.width
       << ", " << s.vision.heads << " heads; pictures " << s.vision.image_width << " x "
       << s.vision.image_height << " → " << s.vision.Tokens() << " tokens\n"
       << "language    " << s.language.layers << " layers (" << s.language.layers_read
       << " read), width " << s.language.width << ", " << s.language.heads << "/"
       << s.language.kv_heads << " heads of " << s.language.head_dim << "\n"
       << "expert      " << ExpertKinds(s.expert) << ", width " << s.expert.width
       << "\n"
       << "heads from  " << vlm.source << "\n";
}

}  // namespace

CheckpointReport Inspect(const std::string& checkpoint,
                         const CheckpointOptions& options) {
  CheckpointReport report;
  report.checkpoint = ReadCheckpoint(checkpoint, options);
  const Checkpoint& c = report.checkpoint;
  std::filesystem::path tokenizer;
  try {
    ReadTokenizer(c, options, &tokenizer);
  } catch (const Error& e) {
    report.tokenizer_problem = e.what();
  }
  report.tokenizer = tokenizer.string();
  for (const char* feature : {"observation.state", "action"})
    report.statistics.push_back(InspectStatistics(c, options, feature));
  InspectWeights(report);
  report.parameters = CountParameters(c.sizes);
  report.cameras =
      static_cast<int64_t>(c.config.Cameras().size()) - c.config.empty_cameras;
  report.words = c.processors.max_tokens;
  report.cost = CostOfChunk(c.sizes, report.cameras, report.words, c.config.num_steps);
  return report;
}

Json ToJson(const CheckpointReport& r) {
  const Checkpoint& c = r.checkpoint;
  Json statistics = Json::object();
  for (const StatisticsReport& s : r.statistics)
    statistics[s.feature] = {{"mode", s.mode},
                             {"found", s.problem.empty()},
                             {"source", s.source},
                             {"problem", s.problem}};
  Json dtypes = Json::object();
  for (const auto& [name, count] : r.dtypes) dtypes[name] = count;
  return {{"checkpoint", c.folder.string()},
          {"architecture", ArchitectureOf(c.sizes)},
          {"heads_from", c.vlm.source},
          {"cameras", c.config.Cameras()},
          {"empty_cameras", c.config.empty_cameras},
          {"state_dim", c.config.StateDim()},
          {"action_dim", c.config.ActionDim()},
          {"chunk_size", c.config.chunk_size},
          {"n_action_steps", c.config.n_action_steps},
          {"num_steps", c.config.num_steps},
          {"tokenizer", r.tokenizer},
          {"tokenizer_problem", r.tokenizer_problem},
          {"statistics", statistics},
          {"parameters",
           {{"vision", r.parameters.vision},
            {"language", r.parameters.language},
            {"expert", r.parameters.expert},
            {"used", r.parameters.Used()},
            {"dead", r.parameters.dead}}},
          {"stored", {{"bytes", r.file_bytes}, {"parameters_by_dtype", dtypes}}},
          {"gflop_per_chunk",
           {{"cameras", r.cameras},
            {"words", r.words},
            {"steps", c.config.num_steps},
            {"vision", r.cost.vision / 1e9},
            {"prefix", r.cost.prefix / 1e9},
            {"expert", r.cost.expert / 1e9},
            {"total", r.cost.Total() / 1e9}}},
          {"warnings", c.warnings}};
}

std::string ToText(const CheckpointReport& r) {
  const Checkpoint& c = r.checkpoint;
  std::ostringstream text;
  text << c.folder.string() << "\n\n";
  WriteNetwork(text, c.sizes, c.vlm);
  text << "chunk       " << c.config.chunk_size << " actions of "
       << c.config.ActionDim() << " joints, " << c.config.n_action_steps
       << " of them executed, " << c.config.num_steps << " steps\n"
       << "state       " << c.config.StateDim() << " numbers\n";
  const auto cameras = c.config.Cameras();
  for (size_t i = 0; i < cameras.size(); ++i)
    text << (i ? "            " : "cameras     ") << i + 1 << " " << cameras[i] << "\n";
  text << "tokenizer   "
       << (r.tokenizer_problem.empty() ? r.tokenizer : "PROBLEM " + r.tokenizer_problem)
       << "\n";
  for (const StatisticsReport& s : r.statistics)
    text << "statistics  " << s.feature << ": "
         << (s.problem.empty() ? s.mode + (s.source.empty() ? "" : " from " + s.source)
                               : "PROBLEM " + s.problem)
         << "\n";
  text << "parameters  " << Millions(r.parameters.Used()) << " used (vision "
       << Millions(r.parameters.vision) << ", language "
       << Millions(r.parameters.language) << ", expert "
       << Millions(r.parameters.expert) << "), " << Millions(r.parameters.dead)
       << " dead\n"
       << "stored      " << Millions(r.file_bytes) << "B:";
  for (const auto& [name, count] : r.dtypes)
    text << " " << Millions(count) << " " << name;
  text << "\nGFLOP       " << Giga(r.cost.Total()) << " a chunk (vision "
       << Giga(r.cost.vision) << ", prefix " << Giga(r.cost.prefix) << ", expert "
       << Giga(r.cost.expert) << ") with " << r.cameras << " cameras and " << r.words
       << " words\n";
  return text.str();
}

}  // namespace svla
