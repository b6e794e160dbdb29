#include "apps/data/summary.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "smolvla/base/can_be_seen.h"
#include "smolvla/base/error.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

std::string WhyOutOfReach(const fs::path& file) {
  try {
    CheckCanBeSeen(file);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

void CountFiles(const fs::path& folder, const std::set<fs::path>& files,
                SummarisedFiles& counted, uintmax_t& bytes) {
  for (const fs::path& file : files) {
    std::error_code absent;
    const uintmax_t size = fs::file_size(folder / file, absent);
    if (absent) {
      counted.missing.push_back(file);
      if (counted.out_of_reach.empty())
        counted.out_of_reach = WhyOutOfReach(folder / file);
    } else {
      ++counted.found;
      bytes += size;
    }
  }
}

}  // namespace

DatasetSummary Summarise(const Dataset& dataset) {
  DatasetSummary summary;
  summary.folder = dataset.folder();
  summary.info = dataset.info();
  summary.episodes = static_cast<int64_t>(dataset.episodes().size());
  summary.frames = dataset.frames();
  for (const auto& [number, task] : dataset.tasks()) summary.tasks[task] = 0;
  std::set<fs::path> data, videos;
  for (const Episode& episode : dataset.episodes()) {
    const bool first = &episode == &dataset.episodes().front();
    summary.shortest =
        first ? episode.length : std::min(summary.shortest, episode.length);
    summary.longest = std::max(summary.longest, episode.length);
    for (const std::string& task : episode.tasks) ++summary.tasks[task];
    data.insert(episode.data_file);
    for (const auto& [camera, place] : episode.videos) videos.insert(place.file);
  }
  CountFiles(summary.folder, data, summary.data, summary.bytes);
  CountFiles(summary.folder, videos, summary.videos, summary.bytes);
  return summary;
}

std::string Describe(const Feature& feature) {
  std::ostringstream text;
  text << feature.dtype;
  if (feature.IsCamera()) {
    text << " " << feature.width << "x" << feature.height;
  } else if (!feature.shape.empty() && feature.Size() != 1) {
    for (size_t i = 0; i < feature.shape.size(); ++i)
      text << (i ? "x" : " ") << feature.shape[i];
  }
  std::string names;
  for (size_t i = 0; i < feature.names.size() && i < 8; ++i)
    names += (i ? ", " : "") + feature.names[i];
  if (feature.names.size() > 8) names += ", ...";
  if (!feature.IsCamera() && !names.empty()) text << ": " << names;
  return text.str();
}

std::string Duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  std::ostringstream text;
  if (whole >= 3600) text << whole / 3600 << " h ";
  if (whole >= 60) text << whole / 60 % 60 << " min ";
  text << whole % 60 << " s";
  return text.str();
}

std::string Counted(int64_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace svla
