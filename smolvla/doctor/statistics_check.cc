#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/doctor/spread.h"

namespace svla {
namespace {

// A spread this small beside its own range, its own mean or the other joints' says
// that the joint did not move, or that the statistics are not of joint positions.
// float32 holds seven digits: below 1e-6 of the mean a spread is rounding.
constexpr double kTinyBesideRange = 1e-4;
constexpr double kTinyBesideMean = 1e-6;
constexpr double kTinyBesideOthers = 1e-4;

// One feature's statistics under examination.
struct Subject {
  std::string feature;
  NormalizationMode mode = NormalizationMode::kIdentity;
  int64_t dim = 0;
  const FeatureStatistics* values = nullptr;
  std::string source;
  const VectorFacts* names = nullptr;
};

const char* ScaleConsequence(const std::string& feature) {
  return feature == "action"
             ? "actions come out in another scale and the robot moves wrongly"
             : "the network reads the state in another scale and answers with wrong "
               "actions";
}

// --stats-prefix P for one, and a choice for several.
void AddPrefixed(const Patient& p, const std::string& feature,
                 const std::vector<std::string>& prefixes, Severity severity,
                 Diagnosis& to) {
  const std::string& asked = p.options.stats_prefix;
  const std::string consequence =
      std::string("LeRobot finds none and passes raw numbers through in silence; ") +
      ScaleConsequence(feature);
  if (!asked.empty())
    return to.findings.push_back(
        {"statistics-prefix-unknown", severity, feature,
         Text("--stats-prefix ", asked, ": expected one of ", Join(prefixes)),
         consequence, Text("--stats-prefix ", Nearest(asked, prefixes))});
  if (prefixes.size() == 1)
    return to.findings.push_back(
        {"statistics-prefixed", severity, feature,
         Text("expected statistics under the plain name, found them only under the ",
              "prefix ", prefixes[0]),
         consequence, Text("--stats-prefix ", prefixes[0])});
  to.findings.push_back(
      {"statistics-ambiguous", severity, feature,
       Text("expected statistics under the plain name, found those of ",
            prefixes.size(), " datasets: ", Join(prefixes)),
       consequence,
       Text("--stats-prefix with the robot's own, such as --stats-prefix ", prefixes[0],
            "; or --stats-from DIR with the dataset that the robot recorded")});
}

void AddMissing(const Patient& p, const std::string& feature, Diagnosis& to) {
  // Who passes raw numbers on purpose is reminded, not stopped.
  const Severity severity =
      p.options.unnormalized ? Severity::kWarning : Severity::kError;
  const auto prefixes = StatisticsPrefixes(p.parts, feature);
  if (!prefixes.empty() && p.options.stats_from.empty())
    return AddPrefixed(p, feature, prefixes, severity, to);
  to.findings.push_back(
      {"statistics-missing", severity, feature,
       p.options.stats_from.empty()
           ? "expected statistics of the training data, found none"
           : Text("expected statistics in ", p.options.stats_from, ", found none"),
       ScaleConsequence(feature),
       "--stats-from DIR names the training dataset or another checkpoint of it; "
       "smolvla refuses to go on without, unless --unnormalized"});
}

void Add(const Subject& s, Diagnosis& to, const char* code, Severity severity,
         const std::vector<std::string>& notes, const std::string& consequence) {
  if (notes.empty()) return;
  to.findings.push_back({code, severity, s.feature,
                         Text(s.source, ": ", JoinNotes(notes)), consequence,
                         "take the statistics anew from the training dataset: "
                         "--stats-from DIR"});
}

// The two statistics of the mode are there, long enough and finite. All else needs
// that.
bool Usable(const Subject& s, Diagnosis& to) {
  const ModeStatistics mode = StatisticsOf(s.mode);
  std::vector<std::string> absent, lengths, broken;
  for (const char* name : {mode.center, mode.extent}) {
    const auto found = s.values->find(name);
    if (found == s.values->end()) {
      absent.push_back(Text("expected \"", name, "\" for ", mode.mode, ", found none"));
      continue;
    }
    if (s.dim > 0 && static_cast<int64_t>(found->second.size()) != s.dim)
      lengths.push_back(Text("\"", name, "\": expected ", s.dim,
                             " numbers as in config.json, found ",
                             found->second.size()));
    for (size_t i = 0; i < found->second.size(); ++i)
      if (!std::isfinite(found->second[i]))
        broken.push_back(JointNote(i, s.names, Text(name, " ", found->second[i])));
  }
  const char* unusable = "the policy does not load";
  Add(s, to, "statistics-incomplete", Severity::kError, absent, unusable);
  Add(s, to, "statistics-length", Severity::kError, lengths, unusable);
  Add(s, to, "statistics-not-finite", Severity::kError, broken, unusable);
  return absent.empty() && lengths.empty() && broken.empty() &&
         s.values->at(mode.center).size() == s.values->at(mode.extent).size();
}

bool IsTiny(const Subject& s, size_t joint, double spread, double median) {
  const auto& min = StatisticOr(*s.values, "min");
  const auto& max = StatisticOr(*s.values, "max");
  if (s.mode == NormalizationMode::kMeanStd && joint < min.size() &&
      joint < max.size() && spread < kTinyBesideRange * (max[joint] - min[joint]))
    return true;
  return spread < kTinyBesideMean *
                      std::abs(s.values->at(StatisticsOf(s.mode).center)[joint]) ||
         spread < kTinyBesideOthers * median;
}

// True if they can be computed with.
bool CheckSpreads(const Subject& s, Diagnosis& to) {
  const char* name = StatisticsOf(s.mode).extent;
  const bool std = s.mode == NormalizationMode::kMeanStd;
  const std::vector<double> spreads = SpreadsOf(s.mode, *s.values);
  const double median = Median(spreads);
  std::vector<std::string> negative, none, tiny;
  for (size_t i = 0; i < spreads.size(); ++i) {
    const std::string note =
        JointNote(i, s.names, Text(std ? name : "range", " ", Digits(spreads[i])));
    if (spreads[i] < 0)
      negative.push_back(note);
    else if (spreads[i] == 0)
      none.push_back(note);
    else if (IsTiny(s, i, spreads[i], median))
      tiny.push_back(note);
  }
  const bool action = s.feature == "action";
  Add(s, to, std ? "statistics-negative-std" : "statistics-min-above-max",
      Severity::kError, negative,
      "no data has such statistics: they are damaged, and the joint moves the wrong "
      "way");
  Add(s, to, "statistics-zero-spread", action ? Severity::kWarning : Severity::kError,
      none,
      action ? "the joint is sent one number always"
             : "the joint did not move in training: a reading the least bit off "
               "becomes millions, and every action is wrong");
  Add(s, to, "statistics-tiny-spread", Severity::kWarning, tiny,
      action ? "the joint will hardly move"
             : "the joint hardly moved in training: a reading slightly off becomes "
               "hundreds of standard deviations, and every action is wrong");
  return negative.empty();
}

// What no data can have: min above max, a mean outside of them, a std of more than
// half the range (Popoviciu).
void CheckConsistency(const Subject& s, Diagnosis& to) {
  const auto& min = StatisticOr(*s.values, "min");
  const auto& max = StatisticOr(*s.values, "max");
  const auto& mean = StatisticOr(*s.values, "mean");
  const auto& std = StatisticOr(*s.values, "std");
  const bool crossed_is_named = s.mode == NormalizationMode::kMinMax;
  std::vector<std::string> crossed, impossible;
  for (size_t i = 0; i < std::min(min.size(), max.size()); ++i) {
    const double range = max[i] - min[i];
    if (range < 0) {
      crossed.push_back(JointNote(
          i, s.names, Text("min ", Digits(min[i]), " above max ", Digits(max[i]))));
      continue;
    }
    const double slack = 1e-3 * range + 1e-5 * std::abs(max[i]);
    if (i < mean.size() && (mean[i] < min[i] - slack || mean[i] > max[i] + slack))
      impossible.push_back(JointNote(i, s.names,
                                     Text("mean ", Digits(mean[i]), " outside ",
                                          Digits(min[i]), " to ", Digits(max[i]))));
    else if (i < std.size() && std[i] > range / 2 + slack)
      impossible.push_back(
          JointNote(i, s.names,
                    Text("std ", Digits(std[i]), " above half the range ",
                         Digits(min[i]), " to ", Digits(max[i]))));
  }
  const std::string damaged =
      "no data has such statistics: they are damaged or put together from two sets";
  if (!crossed_is_named)
    Add(s, to, "statistics-min-above-max", Severity::kWarning, crossed, damaged);
  Add(s, to, "statistics-inconsistent", Severity::kWarning, impossible, damaged);
}

std::optional<FoundStatistics> CheckFeature(const Patient& p, Subject s,
                                            Diagnosis& to) {
  std::optional<FoundStatistics> found;
  try {
    found = FindStatistics(p.parts, p.options, s.feature);
  } catch (const std::exception& e) {
    to.findings.push_back({"statistics-unreadable", Severity::kError, s.feature,
                           e.what(), "the policy does not load",
                           "--stats-from names a dataset, its stats.json, or another "
                           "checkpoint"});
    return std::nullopt;
  }
  if (s.mode == NormalizationMode::kIdentity) {
    if (found)
      to.findings.push_back(
          {"statistics-unused", Severity::kWarning, s.feature,
           Text("the mode is IDENTITY, but there are statistics in ", found->source),
           Text("they are not used; if the training did use them, ",
                ScaleConsequence(s.feature)),
           "set the mode of the training in normalization_mapping and the processors"});
    return std::nullopt;
  }
  if (!found) {
    AddMissing(p, s.feature, to);
    return std::nullopt;
  }
  s.values = &found->values;
  s.source = found->source;
  if (!Usable(s, to)) return std::nullopt;
  const bool computable = CheckSpreads(s, to);
  CheckConsistency(s, to);
  to.checked.push_back("statistics of " + s.feature);
  return computable ? found : std::nullopt;
}

}  // namespace

void CheckStatistics(Patient& p, const DatasetFacts* dataset, Diagnosis& to) {
  if (!p.has_processors) return;  // ReadPatient has said so
  const auto subject = [&](const char* feature, NormalizationMode mode,
                           std::optional<int64_t> dim) {
    Subject s;
    s.feature = feature;
    s.mode = mode;
    s.dim = dim.value_or(0);
    s.names = NamesOf(dataset, feature, static_cast<size_t>(s.dim));
    return s;
  };
  const Processors& processors = p.parts.processors;
  p.state = CheckFeature(
      p, subject("observation.state", processors.state_mode, p.state_dim), to);
  p.action =
      CheckFeature(p, subject("action", processors.action_mode, p.action_dim), to);
}

}  // namespace svla
