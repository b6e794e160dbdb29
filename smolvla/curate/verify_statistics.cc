#include "smolvla/curate/verify_statistics.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/computed_statistics.h"
#include "smolvla/curate/episode_statistics.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWholeFile = "meta/stats.json";

// Older versions summed in float, where mean and std lose digits beside a large mean;
// what is off by less than a hundredth of the spread moves no normalised number by
// more than a hundredth.
double Tolerance(const std::string& statistic, double value, double spread) {
  const double rounding = statistic == "std" ? 1e-3 : 1e-4;
  return 0.01 * spread + rounding * std::abs(value) + 1e-6;
}

bool IsCompared(const std::string& statistic) {
  return statistic == "min" || statistic == "max" || statistic == "mean" ||
         statistic == "std";
}

// What is wrong, if anything: "std of wrist_flex.pos 3.2", "0".
struct Difference {
  std::string expected, found;
};
std::optional<Difference> Differ(const Feature& feature, const CountedStatistics& kept,
                                 const CountedStatistics& computed) {
  const std::vector<double>& spread = computed.values.at("std");
  const std::vector<double>& mean = computed.values.at("mean");
  for (const auto& [statistic, values] : computed.values) {
    if (!IsCompared(statistic)) continue;
    const auto there = kept.values.find(statistic);
    if (there == kept.values.end())
      return Difference{Say("\"", statistic, "\" of ", feature.key), "none"};
    // LeRobot up to 0.3 kept them in the feature's whole shape.
    const auto whole = static_cast<size_t>(feature.Size());
    if (there->second.size() == whole && values.size() != whole) continue;
    if (there->second.size() != values.size())
      return Difference{
          Say(values.size(), " numbers in \"", statistic, "\" of ", feature.key),
          Say(there->second.size())};
    for (size_t i = 0; i < values.size(); ++i) {
      // The std of numbers far from 0 is what rounding leaves of it.
      const double size = std::max(std::abs(values[i]), std::abs(mean[i]));
      const double away = std::abs(there->second[i] - values[i]);
      if (away <= Tolerance(statistic, size, spread[i])) continue;
      const std::string name =
          feature.Size() > 1 && i < feature.names.size() ? ", " + feature.names[i] : "";
      return Difference{Say(statistic, " of ", feature.key, name, ": ", values[i]),
                        Say(there->second[i])};
    }
  }
  return std::nullopt;
}

// The code of a fault of the feature's statistics.
const char* CodeOfWrong(const Feature& feature) {
  if (feature.IsCamera()) return "picture-statistics-wrong";
  const bool is_used = feature.key == kState || feature.key == kAction;
  return is_used ? "statistics-wrong" : "statistics-unused-wrong";
}

}  // namespace

const char* EpisodeStatisticsFile(const Dataset& dataset) {
  return dataset.info().major == 3 ? "meta/episodes" : "meta/episodes_stats.jsonl";
}

StatisticsCheck::StatisticsCheck(Verifying& v) : v_(v) {
  ReadEpisodes();
  ReadWhole();
}

void StatisticsCheck::ReadEpisodes() {
  std::set<std::string> features;
  for (const Feature& feature : v_.dataset.info().features)
    if (feature.IsNumeric()) features.insert(feature.key);
  const char* file = EpisodeStatisticsFile(v_.dataset);
  try {
    episodes_ = ReadEpisodeStatistics(v_.dataset, features);
  } catch (const Error& e) {
    v_.log.Add(Unreadable("statistics-unreadable", e, v_.dataset.folder(), file,
                          "statistics of the episodes"));
    return;
  }
  // v2.1 has no others.
  if (v_.dataset.info().version != "v2.1") return;
  for (const Episode& episode : v_.dataset.episodes())
    for (const char* key : {kState, kAction})
      if (v_.dataset.info().Find(key) && !episodes_[episode.index].contains(key))
        v_.log.Add({"statistics-missing", key, file, episode.index,
                    Say("statistics of ", key), "none"});
}

void StatisticsCheck::ReadWhole() {
  if (v_.dataset.info().version == "v2.1") return;
  const fs::path path = v_.dataset.folder() / kWholeFile;
  try {
    if (IsFile(path)) whole_ = ParseStatisticsByFeature(ReadJson(path), path.string());
  } catch (const Error& e) {
    v_.log.Add(Unreadable("statistics-unreadable", e, v_.dataset.folder(), kWholeFile,
                          "statistics of the dataset"));
    return;
  }
  for (const char* key : {kState, kAction})
    if (v_.dataset.info().Find(key) && !whole_.contains(key))
      v_.log.Add({"statistics-missing", key, kWholeFile, -1, Say("statistics of ", key),
                  "none"});
}

void StatisticsCheck::Add(const Episode& episode, const Table& rows,
                          const std::set<std::string>& sound) {
  const std::string file = EpisodeStatisticsFile(v_.dataset);
  StatisticsByFeature computed;
  for (const Column& column : rows.columns) {
    const Feature& feature = *v_.dataset.info().Find(column.name);
    if (!feature.IsNumeric()) continue;
    if (!sound.contains(feature.key) || rows.rows == 0) {
      unsound_.insert(feature.key);
      continue;
    }
    try {
      computed[feature.key] = StatisticsOfColumn(column, feature);
    } catch (const Error&) {
      // A dtype that has no statistics.
      unsound_.insert(feature.key);
      continue;
    }
    const auto of_episode = episodes_.find(episode.index);
    if (of_episode == episodes_.end()) continue;
    if (const auto kept = of_episode->second.find(feature.key);
        kept != of_episode->second.end())
      Compare(feature, file, episode.index, kept->second, computed[feature.key]);
  }
  // A single frame of lists in lists has statistics of another shape.
  for (auto at = computed_.begin(); at != computed_.end();) {
    const auto found = computed.find(at->first);
    const bool joins =
        found == computed.end() || found->second.shape == at->second.shape;
    if (!joins) unsound_.insert(at->first);
    at = joins ? std::next(at) : computed_.erase(at);
  }
  for (const std::string& key : unsound_) {
    computed.erase(key);
    computed_.erase(key);
  }
  computed_ = Aggregate({computed_, computed});
}

void StatisticsCheck::Compare(const Feature& feature, const std::string& file,
                              int64_t episode, const CountedStatistics& kept,
                              const CountedStatistics& computed) {
  const auto difference = Differ(feature, kept, computed);
  if (!difference) return;
  v_.log.Add({CodeOfWrong(feature), feature.key, file, episode, difference->expected,
              difference->found});
}

void CheckStatisticsAreFinite(Verifying& v, const std::string& file, int64_t episode,
                              const StatisticsByFeature& kept) {
  for (const auto& [key, statistics] : kept) {
    const Feature* feature = v.dataset.info().Find(key);
    // Those of numbers that are NaN are right.
    if (!feature || v.log.Has("numbers-not-finite", key)) continue;
    for (const auto& [name, values] : statistics.values) {
      const auto odd = std::find_if_not(values.begin(), values.end(),
                                        [](double x) { return std::isfinite(x); });
      if (odd == values.end()) continue;
      v.log.Add({CodeOfWrong(*feature), key, file, episode,
                 Say("finite numbers in \"", name, "\" of ", key), Say(*odd)});
      break;
    }
  }
}

void StatisticsCheck::Finish() {
  v_.result.checked.push_back("the statistics of the numbers");
  for (const auto& [episode, kept] : episodes_)
    CheckStatisticsAreFinite(v_, EpisodeStatisticsFile(v_.dataset), episode, kept);
  CheckStatisticsAreFinite(v_, kWholeFile, -1, whole_);
  if (whole_.empty()) return;
  if (!v_.unread.empty()) {
    v_.result.not_checked.push_back(
        "meta/stats.json, which is of rows that cannot be read");
    return;
  }
  for (const auto& [key, computed] : computed_) {
    const Feature& feature = *v_.dataset.info().Find(key);
    if (const auto kept = whole_.find(key); kept != whole_.end())
      Compare(feature, kWholeFile, -1, kept->second, computed);
  }
}

}  // namespace svla
