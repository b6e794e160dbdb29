#include "smolvla/data/batch_reader.h"

#include <algorithm>
#include <set>

#include "smolvla/base/error.h"

namespace svla {
namespace {

std::vector<uint8_t> Padding(const std::vector<Sample>& samples,
                             const std::vector<int64_t>& steps) {
  std::vector<uint8_t> is_pad;
  for (const Sample& sample : samples) {
    const Window window = WindowAt(sample.frame, sample.episode->length, steps);
    is_pad.insert(is_pad.end(), window.is_pad.begin(), window.is_pad.end());
  }
  return is_pad;
}

// Copies a row's values of a column to `to`, `size` of them.
void CopyRow(const Column& column, int64_t row, int64_t size, float* to) {
  const int64_t begin = column.Begin(row);
  if (column.End(row) - begin != size)
    Fail("expected ", size, " numbers of \"", column.name, "\" in row ", row,
         " of the episode, found ", column.End(row) - begin);
  for (int64_t i = 0; i < size; ++i)
    to[i] = static_cast<float>(column.Number(begin + i));
}

struct Wanted {
  const Episode* episode;
  int64_t frame;
  size_t to;  // which picture of the batch

  int64_t Index() const { return episode->first_frame + frame; }
};

// In the order of the dataset, which is that of files and of times within them: what
// lies together is decoded together, and what is wanted twice lies side by side.
std::vector<Wanted> InReadingOrder(const std::vector<Sample>& samples,
                                   const std::vector<int64_t>& steps) {
  std::vector<Wanted> wanted;
  for (const Sample& sample : samples)
    for (const int64_t frame :
         WindowAt(sample.frame, sample.episode->length, steps).frames)
      wanted.push_back({sample.episode, frame, wanted.size()});
  std::stable_sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return a.Index() < b.Index();
  });
  return wanted;
}

void ReadPictures(const std::string& camera, const std::vector<Wanted>& wanted,
                  FrameReader& reader, const std::stop_token& stop,
                  std::vector<Image>& images) {
  for (size_t i = 0; i < wanted.size() && !stop.stop_requested(); ++i) {
    Image& image = images[wanted[i].to];
    if (i > 0 && wanted[i - 1].Index() == wanted[i].Index())
      image = images[wanted[i - 1].to];
    else
      reader.ReadPicture(camera, *wanted[i].episode, wanted[i].frame, image);
  }
}

}  // namespace

BatchReader::BatchReader(const Dataset& dataset, const BatchFeatures& features)
    : dataset_(dataset) {
  CheckKeys(features);
  if (features.cameras.empty())
    for (const Feature* camera : dataset.info().Cameras())
      cameras_.push_back(MakeEntry(*camera, features));
  for (const std::string& name : features.cameras)
    cameras_.push_back(MakeEntry(dataset.Camera(name), features));
  for (const Feature& feature : dataset.info().features)
    // Training has no use for the counting features as numbers.
    if (feature.IsNumeric() &&
        (!IsCountingFeature(feature.key) || features.steps.contains(feature.key)))
      numbers_.push_back(MakeEntry(feature, features));
  CheckNames();
}

BatchReader::Entry BatchReader::MakeEntry(const Feature& feature,
                                          const BatchFeatures& features) const {
  Entry entry{&feature, feature.key, {0}};
  if (const auto name = features.rename.find(feature.key);
      name != features.rename.end())
    entry.name = name->second;
  if (const auto steps = features.steps.find(feature.key);
      steps != features.steps.end())
    entry.steps = steps->second;
  return entry;
}

void BatchReader::CheckKeys(const BatchFeatures& features) const {
  const auto check = [&](const std::string& key) {
    const Feature* feature = dataset_.info().Find(key);
    if (feature && !feature->IsText()) return;
    std::string keys;
    for (const Feature& each : dataset_.info().features)
      if (!each.IsText()) keys += (keys.empty() ? "" : ", ") + each.key;
    Fail(dataset_.folder().string(), ": expected one of the features ", keys,
         ", found \"", key, "\"");
  };
  for (const auto& [key, name] : features.rename) check(key);
  for (const auto& [key, steps] : features.steps) {
    check(key);
    if (steps.empty())
      Fail(dataset_.folder().string(), ": expected one step or more of ", key,
           ", found none");
  }
}

void BatchReader::CheckNames() const {
  std::set<std::string> names;
  for (const std::vector<Entry>* entries : {&cameras_, &numbers_})
    for (const Entry& entry : *entries)
      if (!names.insert(entry.name).second)
        Fail(dataset_.folder().string(),
             ": expected a name of its own for each feature, found \"", entry.name,
             "\" twice");
}

void BatchReader::Prepare(const std::vector<Sample>& samples, Batch& batch) const {
  const auto count = static_cast<int64_t>(samples.size());
  batch.frames.clear();
  for (const Sample& sample : samples)
    batch.frames.push_back(sample.episode->first_frame + sample.frame);
  batch.tasks.resize(samples.size());
  for (const Entry& entry : numbers_) {
    Numbers& numbers = batch.numbers[entry.name];
    numbers.shape = {count, static_cast<int64_t>(entry.steps.size())};
    const std::vector<int64_t>& shape = entry.feature->shape;
    numbers.shape.insert(numbers.shape.end(), shape.begin(), shape.end());
    numbers.is_pad = Padding(samples, entry.steps);
    numbers.values.resize(numbers.is_pad.size() *
                          static_cast<size_t>(entry.feature->Size()));
  }
  for (const Entry& entry : cameras_) {
    Pictures& pictures = batch.pictures[entry.name];
    pictures.steps = static_cast<int64_t>(entry.steps.size());
    pictures.is_pad = Padding(samples, entry.steps);
    pictures.images.resize(pictures.is_pad.size());
  }
}

void BatchReader::Read(int64_t part, const std::vector<Sample>& samples,
                       FrameReader& reader, const std::stop_token& stop,
                       Batch& batch) const {
  SVLA_CHECK(part >= 0 && part < parts());
  if (part + 1 == parts()) return ReadNumbers(samples, reader, batch);
  const Entry& camera = cameras_[static_cast<size_t>(part)];
  ReadPictures(camera.feature->key, InReadingOrder(samples, camera.steps), reader, stop,
               batch.pictures.at(camera.name).images);
}

void BatchReader::ReadNumbers(const std::vector<Sample>& samples, FrameReader& reader,
                              Batch& batch) const {
  for (size_t i = 0; i < samples.size(); ++i) {
    const Episode& episode = *samples[i].episode;
    const Table& rows = reader.Rows(episode);
    batch.tasks[i] = TaskOf(dataset_, episode, rows, samples[i].frame);
    for (const Entry& entry : numbers_) {
      const std::string& key = entry.feature->key;
      const std::string file = (dataset_.folder() / episode.data_file).string();
      const Column* column = rows.Find(key);
      if (!column || column->kind == ColumnKind::kBytes)
        Fail(file, ": expected numbers of \"", key, "\", found ",
             column ? column->type : "no such column");
      const int64_t size = entry.feature->Size();
      float* to = batch.numbers.at(entry.name).values.data() +
                  i * entry.steps.size() * static_cast<size_t>(size);
      try {
        for (const int64_t row :
             WindowAt(samples[i].frame, episode.length, entry.steps).frames) {
          CopyRow(*column, row, size, to);
          to += size;
        }
      } catch (const Error& e) {
        Fail(file, ": ", e.what());
      }
    }
  }
}

}  // namespace svla
