#include "smolvla/curate/new_features.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/data/video.h"

namespace svla {
namespace {

Json ReadInfo(const Dataset& dataset) {
  return ReadJson(dataset.folder() / "meta" / "info.json");
}

std::string Place(const Dataset& dataset) { return dataset.folder().string(); }

void CheckNamesMean(const Dataset& dataset, const Assembly& plan) {
  const auto check = [&](const std::string& key, const char* what) {
    if (!dataset.info().Find(key))
      Fail(Place(dataset), ": expected a feature to ", what, ", found none named \"",
           key, "\"");
    if (IsCountingFeature(key))
      Fail(Place(dataset), ": \"", key, "\" belongs to every dataset: cannot ", what,
           " it");
  };
  for (const auto& [from, to] : plan.renames) check(from, "rename");
  for (const std::string& key : plan.drops) check(key, "drop");
}

std::string NewName(const Assembly& plan, const std::string& key) {
  const auto renamed = plan.renames.find(key);
  return renamed == plan.renames.end() ? key : renamed->second;
}

// What a user who merges has to mend.
void CheckSameFeatures(const Assembly& plan, const Dataset& first,
                       const Dataset& other) {
  const auto differ = [&](const std::string& what, const std::string& wanted,
                          const std::string& found) {
    Fail(Place(other), ": expected ", what, " ", wanted, " as in ", Place(first),
         ", found ", found);
  };
  const auto kept = [&](const Feature& feature) {
    return !plan.drops.contains(feature.key) && !IsCountingFeature(feature.key) &&
           feature.dtype != "language";
  };
  for (const Feature& feature : first.info().features) {
    if (!kept(feature)) continue;
    const Feature* same = other.info().Find(feature.key);
    if (!same)
      differ("the feature", feature.key,
             "none; `smolvla data rename` renames or drops features");
    if (same->dtype != feature.dtype)
      differ(feature.key + " of type", feature.dtype, same->dtype);
    const bool same_size = feature.IsCamera() ? same->width == feature.width &&
                                                    same->height == feature.height &&
                                                    same->channels == feature.channels
                                              : same->shape == feature.shape;
    if (!same_size)
      differ(feature.key + " of shape", Serialized(feature.shape),
             Serialized(same->shape));
    if (!feature.IsCamera() && same->names != feature.names)
      differ(feature.key + " with the names", Serialized(feature.names),
             Serialized(same->names));
  }
  for (const Feature& feature : other.info().features)
    if (kept(feature) && !first.info().Find(feature.key))
      differ("no feature", feature.key, "one; `smolvla data rename` drops features");
  if (first.info().fps != other.info().fps)
    differ("frames a second:", Serialized(first.info().fps),
           Serialized(other.info().fps));
  if (first.info().robot_type != other.info().robot_type)
    differ("the robot", "\"" + first.info().robot_type + "\"",
           "\"" + other.info().robot_type + "\"");
}

void CheckNamesDiffer(const std::vector<NewColumn>& columns, const Dataset& dataset) {
  std::set<std::string> names;
  for (const NewColumn& column : columns) {
    const std::string& key = column.made.feature.key;
    if (key.empty() || key.find('/') != key.npos || key == "." || key == "..")
      Fail(Place(dataset), ": expected a new name without \"/\", found \"", key, "\"");
    if (!names.insert(key).second)
      Fail(Place(dataset), ": expected features of different names, found \"", key,
           "\" twice after renaming");
  }
}

}  // namespace

Json RobotType(const Dataset& dataset) {
  const Json info = ReadInfo(dataset);
  return info.contains("robot_type") ? info["robot_type"] : Json(nullptr);
}

std::vector<NewColumn> NewColumns(const Assembly& plan,
                                  const std::vector<const Dataset*>& datasets) {
  const Dataset& first = *datasets.front();
  CheckNamesMean(first, plan);
  for (const Dataset* other : datasets)
    if (other != &first) CheckSameFeatures(plan, first, *other);
  const Json info = ReadInfo(first);
  std::vector<NewColumn> columns;
  for (const Feature& feature : first.info().features) {
    if (plan.drops.contains(feature.key) || feature.dtype == "language" ||
        IsCountingFeature(feature.key))
      continue;
    NewColumn& column = columns.emplace_back();
    column.from = feature.key;
    column.made = {feature, info["features"][feature.key]};
    column.made.feature.key = NewName(plan, feature.key);
  }
  for (const NewFeature& counting : CountingFeatures())
    columns.push_back({counting, counting.feature.key});
  CheckNamesDiffer(columns, first);
  return columns;
}

void DescribeVideo(const std::filesystem::path& file, Json& entry) {
  const VideoFacts facts = Video(file, 1).facts();
  Json described = Json::object();
  // Converters of old put it under another name.
  for (const char* key : {"info", "video_info"})
    if (entry.contains(key) && entry[key].is_object() && described.empty())
      described = entry[key];
  entry.erase("video_info");
  described["video.height"] = facts.height;
  described["video.width"] = facts.width;
  described["video.codec"] = facts.codec;
  described["video.pix_fmt"] = facts.pixel_format;
  const double whole = static_cast<double>(static_cast<int64_t>(facts.fps + 0.5));
  if (facts.fps == whole)
    described["video.fps"] = static_cast<int64_t>(whole);
  else
    described["video.fps"] = facts.fps;
  if (!described.contains("video.channels")) described["video.channels"] = 3;
  described["has_audio"] = false;
  if (described.contains("video.is_depth_map") && !described.contains("is_depth_map"))
    described["is_depth_map"] = described["video.is_depth_map"];
  described.erase("video.is_depth_map");
  if (!described.contains("is_depth_map")) described["is_depth_map"] = false;
  entry["info"] = described;
}

void DescribeOtherVideo(const std::filesystem::path& file, Json& entry) {
  const VideoFacts facts = Video(file, 1).facts();
  for (const char* name : {"info", "video_info"}) {
    if (!entry.contains(name) || !entry[name].is_object()) continue;
    Json& described = entry[name];
    const std::pair<const char*, const std::string&> there[] = {
        {"video.codec", facts.codec}, {"video.pix_fmt", facts.pixel_format}};
    for (const auto& [key, value] : there)
      if (described.contains(key) && described[key] != value) described[key] = nullptr;
  }
}

}  // namespace svla
