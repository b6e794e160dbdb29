#include "smolvla/data/info.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostSize = 1'000'000;
constexpr int64_t kMostValues = int64_t{1} << 28;
constexpr int64_t kMost = int64_t{1} << 40;
constexpr const char* kDataPath[] = {
    "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
    "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"};

void CollectStrings(const Json& value, std::vector<std::string>& strings) {
  if (value.is_string()) strings.push_back(value.get<std::string>());
  if (value.is_structured())
    for (const Json& element : value) CollectStrings(element, strings);
}

std::vector<int64_t> ReadShape(const JsonReader& feature) {
  const Json* sizes = feature.Find("shape");
  if (!sizes || !sizes->is_array() || sizes->size() > 8)
    feature.FailAt("shape", "a list of at most 8 sizes");
  std::vector<int64_t> shape;
  int64_t values = 1;
  for (const Json& size : *sizes) {
    const double number = size.is_number() ? size.get<double>() : -1;
    if (!(number >= 0 && number <= kMostSize) ||
        number != static_cast<double>(static_cast<int64_t>(number)))
      feature.FailAt("shape", "sizes from 0 to 1000000");
    shape.push_back(static_cast<int64_t>(number));
    values *= std::max<int64_t>(shape.back(), 1);
    if (values > kMostValues) feature.FailAt("shape", "at most 2^28 values");
  }
  return shape;
}

// [H, W, C] unless the names, or without them the sizes, say [C, H, W].
void ReadPictureSize(Feature& camera) {
  const auto& shape = camera.shape;
  if (shape.size() != 3) return;
  const bool channels_first = camera.names.empty()
                                  ? shape[0] <= 4 && shape[2] > 4
                                  : camera.names[0].starts_with("channel");
  camera.height = shape[channels_first ? 1 : 0];
  camera.width = shape[channels_first ? 2 : 1];
  camera.channels = shape[channels_first ? 0 : 2];
}

Feature ReadFeature(const std::string& key, const Json& entry,
                    const std::string& name) {
  const JsonReader read(entry, name);
  Feature feature;
  feature.key = key;
  feature.dtype = read.String("dtype", "");
  if (feature.dtype.empty()) read.FailAt("dtype", "a type such as \"float32\"");
  if (key.empty() || key.find('/') != std::string::npos || key.find('\0') != key.npos)
    Fail(name, ": expected a feature name without \"/\", found ",
         Serialized(Json(key)));
  // Texts have no shape in some datasets.
  if (!feature.IsText() || read.Find("shape")) feature.shape = ReadShape(read);
  if (const Json* names = read.Find("names")) CollectStrings(*names, feature.names);
  if (feature.IsCamera()) ReadPictureSize(feature);
  if (feature.IsNumeric() && feature.Size() == 0)
    read.FailAt("shape", "sizes from 1, of a feature of numbers");
  if (feature.IsNumeric() &&
      static_cast<int64_t>(feature.names.size()) != feature.Size())
    feature.names.clear();
  return feature;
}

void ReadVersion(const JsonReader& read, DatasetInfo& info) {
  info.version = read.String("codebase_version", "");
  if (info.version.starts_with("v2.")) info.major = 2;
  if (info.version.starts_with("v3.")) info.major = 3;
  if (info.major == 0)
    read.FailAt("codebase_version", "\"v2.0\", \"v2.1\" or \"v3.0\"");
}

// The templates are tried here, so that one that leads out of the folder is refused
// before any file is opened.
void ReadTemplates(const JsonReader& read, DatasetInfo& info) {
  info.data_path = read.String("data_path", kDataPath[info.major - 2]);
  info.video_path = read.String("video_path", "");
  const bool any_video = std::any_of(info.features.begin(), info.features.end(),
                                     [](const Feature& f) { return f.IsVideo(); });
  if (any_video && info.video_path.empty())
    read.FailAt("video_path", "a template, as there are video features");
  for (const char* key : {"data_path", "video_path"}) try {
      const std::string text = read.String(key, "");
      if (!text.empty()) FillTemplate(text, {0, 0, 0, "camera"});
    } catch (const Error& e) {
      read.FailAt(key, e.what());
    }
}

DatasetInfo Read(const Json& json, const std::string& name) {
  const JsonReader read(json, name);
  DatasetInfo info;
  ReadVersion(read, info);
  if (!read.Find("fps")) read.FailAt("fps", "frames a second");
  info.fps = read.Number("fps", 0, 0.001, 1e6);
  info.robot_type = read.String("robot_type", "");
  const Json* features = read.Find("features");
  if (!features || !features->is_object() || features->empty())
    read.FailAt("features", "an object of features");
  for (const auto& [key, entry] : features->items())
    info.features.push_back(ReadFeature(key, entry, name + ": " + key));
  info.total_episodes = read.Integer("total_episodes", 0, {0, kMost});
  info.total_frames = read.Integer("total_frames", 0, {0, kMost});
  info.total_tasks = read.Integer("total_tasks", 0, {0, kMost});
  info.chunks_size = read.Integer("chunks_size", 1000, {1, kMost});
  info.data_megabytes = read.Integer("data_files_size_in_mb", 100, {1, kMost});
  info.video_megabytes = read.Integer("video_files_size_in_mb", 200, {1, kMost});
  ReadTemplates(read, info);
  return info;
}

}  // namespace

int64_t Feature::Size() const {
  int64_t size = 1;
  for (const int64_t length : shape) size *= length;
  return size;
}

bool IsCountingFeature(const std::string& key) {
  return key == "timestamp" || key == "frame_index" || key == "episode_index" ||
         key == "index" || key == "task_index";
}

const Feature* DatasetInfo::Find(const std::string& key) const {
  for (const Feature& feature : features)
    if (feature.key == key) return &feature;
  return nullptr;
}

std::vector<const Feature*> DatasetInfo::Cameras() const {
  std::vector<const Feature*> cameras;
  for (const Feature& feature : features)
    if (feature.IsCamera()) cameras.push_back(&feature);
  return cameras;
}

DatasetInfo ParseDatasetInfo(std::string_view text, const std::string& name) {
  return Read(ParseJson(text, name), name);
}

DatasetInfo ReadDatasetInfo(const fs::path& folder) {
  const fs::path path = folder / "meta" / "info.json";
  if (!IsFile(path))
    Fail(folder.string(), ": expected a LeRobot dataset, found no meta/info.json");
  return ParseDatasetInfo(ReadText(path), path.string());
}

}  // namespace svla
