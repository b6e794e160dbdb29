#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/doctor/spread.h"

namespace svla {
namespace {

// Of normally distributed readings one in two million is beyond 5 standard deviations;
// 20 is another unit, another zero point or another robot.
constexpr double kFarInStd = 5;
constexpr double kAbsurdInStd = 20;
// The same for modes that know the two ends of a range: how far beyond it, in widths
// of the range. Quantiles leave a few readings out by design.
constexpr double kFarInRanges = 0.5;
constexpr double kAbsurdInRanges = 5;

// Radians where the training had degrees are small numbers, and those lie among the
// training's: no joint is far from it, yet the arm seems to stand near zero.
constexpr double kTurn = 6.283185307179586;  // no joint reads more in radians
constexpr double kDegreesStd = 10;           // of the middle joint, in training
constexpr double kWidthInStd = 4;            // a range, where there is no std
constexpr double kMoved = 0.5;               // a joint at its zero reads less
constexpr size_t kFewestJoints = 4;
constexpr int64_t kFewestMoved = 2;

// How far a reading is from training, by the mode's own measure.
struct Distance {
  double value = 0;  // standard deviations, or widths of the range outside it
  bool far = false;
  bool absurd = false;
};

Distance DistanceOf(NormalizationMode mode, double normalized) {
  if (mode == NormalizationMode::kMeanStd) {
    const double z = std::abs(normalized);
    return {normalized, z > kFarInStd, z > kAbsurdInStd};
  }
  // -1 and 1 are the ends of the range, 2 its width.
  const double outside = std::max(0.0, (std::abs(normalized) - 1) / 2);
  return {outside, outside > kFarInRanges, outside > kAbsurdInRanges};
}

std::vector<double> Normalized(const Normalizer& normalizer, std::vector<float> state,
                               double factor) {
  std::vector<double> values;
  for (const float value : state) values.push_back(value * factor);
  normalizer.Normalize(values);
  return values;
}

constexpr double kDegrees = 57.29577951308232;

// Degrees given for radians, or the other way round, if that explains all joints.
std::string UnitHint(const Normalizer& normalizer, const std::vector<float>& state) {
  for (const auto& [factor, words] :
       {std::pair(kDegrees, "multiplied by 57.3 (radians to degrees)"),
        std::pair(1 / kDegrees, "divided by 57.3 (degrees to radians)")}) {
    bool fits = true;
    for (const double value : Normalized(normalizer, state, factor))
      fits = fits && !DistanceOf(normalizer.mode(), value).far;
    if (fits) return Text("; ", words, " the state would be as in training");
  }
  return "";
}

std::string Described(NormalizationMode mode, const FeatureStatistics& statistics,
                      size_t joint, float value, double distance) {
  const ModeStatistics names = StatisticsOf(mode);
  const std::string center = Digits(StatisticOr(statistics, names.center)[joint]);
  const std::string extent = Digits(StatisticOr(statistics, names.extent)[joint]);
  if (mode == NormalizationMode::kMeanStd)
    return Text(Digits(value), " is ", Digits(distance), " standard deviations from ",
                center, " (std ", extent, ")");
  return Text(Digits(value), " is ", Digits(distance),
              Digits(distance) == "1" ? " width" : " widths", " outside ", center,
              " to ", extent);
}

// True if the state may be in radians, the training was in degrees, and the state
// turned into degrees lies nearer to it. The last spares an arm near its zero pose
// where the training's mean is elsewhere.
bool LikeRadians(const Normalizer& normalizer, const FeatureStatistics& statistics,
                 const std::vector<float>& state) {
  const double spread = Median(SpreadsOf(normalizer.mode(), statistics));
  const bool std = normalizer.mode() == NormalizationMode::kMeanStd;
  const auto moved = std::count_if(state.begin(), state.end(),
                                   [](float x) { return std::abs(x) >= kMoved; });
  const bool small = std::all_of(state.begin(), state.end(),
                                 [](float x) { return std::abs(x) <= kTurn; });
  if (!small || state.size() < kFewestJoints || moved < kFewestMoved ||
      spread <= kDegreesStd * (std ? 1 : kWidthInStd))
    return false;
  double as_given = 0, converted = 0;
  for (const double value : Normalized(normalizer, state, 1)) as_given += value * value;
  for (const double value : Normalized(normalizer, state, kDegrees)) {
    converted += value * value;
    if (DistanceOf(normalizer.mode(), value).far) return false;
  }
  return converted < as_given;
}

void AddLikeRadians(Diagnosis& to) {
  to.findings.push_back(
      {"state-like-radians", Severity::kWarning, "--state",
       "expected numbers as large as the training's, found none above 2 pi; multiplied "
       "by 57.3 they would be nearer to it",
       "if the driver reports radians, the network sees an arm that hardly leaves its "
       "zero pose, and answers for that",
       "convert to degrees if the driver reports radians; if the arm does stand near "
       "its zero pose, all is well"});
}

void CompareWithTraining(const Patient& p, const std::vector<float>& state,
                         const VectorFacts* names, Diagnosis& to) {
  const NormalizationMode mode = p.parts.processors.state_mode;
  const auto& statistics = p.state->values;
  const Normalizer normalizer(mode, statistics, static_cast<int64_t>(state.size()),
                              p.parts.processors.state_eps, p.state->source);
  const auto normalized = Normalized(normalizer, state, 1);
  std::vector<std::string> notes;
  bool absurd = false;
  for (size_t i = 0; i < state.size(); ++i) {
    const Distance distance = DistanceOf(mode, normalized[i]);
    absurd = absurd || distance.absurd;
    if (distance.far)
      notes.push_back(JointNote(
          i, names, Described(mode, statistics, i, state[i], distance.value)));
  }
  to.checked.push_back("the robot's state against the statistics");
  // A wrong unit is wrong in most joints.
  const bool most = notes.size() * 2 >= state.size();
  const std::string hint = most ? UnitHint(normalizer, state) : "";
  if (hint.empty() && LikeRadians(normalizer, statistics, state)) AddLikeRadians(to);
  if (notes.empty()) return;
  to.findings.push_back(
      {"state-outside-training", absurd ? Severity::kError : Severity::kWarning,
       "--state", JoinNotes(notes),
       "the network has never seen such a state, and what it answers is arbitrary",
       Text("check the joints' units, order and zero points against the recording",
            hint)});
}

}  // namespace

void CheckState(const Patient& p, const Given& given, const DatasetFacts* dataset,
                Diagnosis& to) {
  const std::vector<float>& state = *given.state;
  std::vector<std::string> broken;
  const VectorFacts* names = NamesOf(dataset, "observation.state", state.size());
  for (size_t i = 0; i < state.size(); ++i)
    if (!std::isfinite(state[i])) broken.push_back(JointNote(i, names, Text(state[i])));
  if (!broken.empty())
    to.findings.push_back({"state-not-finite", Severity::kError, "--state",
                           Text("expected finite numbers, found ", JoinNotes(broken)),
                           "smolvla refuses the observation", "read the joints again"});
  const bool wrong_length =
      p.state_dim && static_cast<int64_t>(state.size()) != *p.state_dim;
  if (wrong_length)
    to.findings.push_back({"state-length", Severity::kError, "--state",
                           Text("expected ", *p.state_dim,
                                " numbers as in config.json, found ", state.size()),
                           "smolvla refuses the observation",
                           "give the joints that were recorded, in their order"});
  const char* what = "the robot's state against the statistics";
  if (p.has_processors && p.parts.processors.state_mode == NormalizationMode::kIdentity)
    return to.not_checked.push_back(
        {what, "a mode other than IDENTITY: this policy reads raw numbers"});
  if (!p.state || !p.state_dim || wrong_length || !broken.empty())
    return to.not_checked.push_back(
        {what, "statistics that can be used, and a state of their length"});
  CompareWithTraining(p, state, names, to);
}

}  // namespace svla
