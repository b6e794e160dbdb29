#include "smolvla/curate/recorded_episode.h"

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/declared_column.h"
#include "smolvla/data/picture_statistics.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

// float32 is what the file will hold, and what the statistics are of.
double Kept(const Feature& feature, double number) {
  return feature.dtype == "float32" ? static_cast<float>(number) : number;
}

void AddNumbers(const Feature& feature, const std::vector<double>& numbers,
                Column& to) {
  for (const double number : numbers)
    if (to.kind == ColumnKind::kInteger)
      to.integers.push_back(static_cast<int64_t>(number));
    else
      to.reals.push_back(Kept(feature, number));
  if (to.is_list) to.offsets.push_back(to.offsets.back() + feature.Size());
  ++to.rows;
}

}  // namespace

RecordedEpisode::RecordedEpisode(const Recording& recording,
                                 const std::filesystem::path& folder)
    : recording_(recording), folder_(folder) {
  const std::vector<ColumnShape> shapes = DataColumns(recording.features);
  size_t next = 0;
  for (const NewFeature& made : recording.features) {
    const Feature& feature = made.feature;
    if (feature.IsVideo()) {
      videos_[feature.key] =
          std::make_unique<CameraRecorder>(VideoFile(feature.key), recording.fps,
                                           recording.encoding, recording.most_waiting);
      continue;
    }
    Column& column = rows_.columns.emplace_back();
    column.name = feature.key;
    column.kind = !feature.IsNumeric()     ? ColumnKind::kBytes
                  : HoldsIntegers(feature) ? ColumnKind::kInteger
                                           : ColumnKind::kReal;
    column.is_list = !shapes[next++].shape.empty();
    if (column.is_list) column.offsets.push_back(0);
  }
}

void RecordedEpisode::Check(const RecordedFrame& frame) const {
  size_t known = 0;
  for (const NewFeature& made : recording_.features) {
    const Feature& feature = made.feature;
    const auto missing = [&](const char* what) {
      Fail("frame ", frames(), ": expected ", what, " of ", feature.key,
           ", found none");
    };
    ++known;
    if (feature.IsCamera()) {
      const auto picture = frame.pictures.find(feature.key);
      if (picture == frame.pictures.end()) missing("a picture");
      const Image& image = picture->second;
      const bool whole =
          static_cast<int64_t>(image.rgb.size()) == image.width * image.height * 3;
      if (image.width != feature.width || image.height != feature.height || !whole)
        Fail("frame ", frames(), ": ", feature.key, ": expected a picture of ",
             feature.width, "x", feature.height, ", found ", image.width, "x",
             image.height);
    } else if (feature.IsText()) {
      if (!frame.texts.contains(feature.key)) missing("a text");
    } else {
      const auto numbers = frame.numbers.find(feature.key);
      if (numbers == frame.numbers.end()) missing("the numbers");
      if (static_cast<int64_t>(numbers->second.size()) != feature.Size())
        Fail("frame ", frames(), ": ", feature.key, ": expected ", feature.Size(),
             " numbers, found ", numbers->second.size());
      for (const double number : numbers->second)
        if (!Holds(feature, number))
          Fail("frame ", frames(), ": ", feature.key, ": expected ",
               HoldsIntegers(feature) ? "whole" : "finite", " numbers of ",
               feature.dtype, ", found ", number);
    }
  }
  if (known != frame.numbers.size() + frame.texts.size() + frame.pictures.size())
    Fail("frame ", frames(), ": expected the ", known,
         " features of the recording, found others as well");
  if (frame.task.empty())
    Fail("frame ", frames(), ": expected a task, in a sentence, found an empty one");
}

void RecordedEpisode::AddPicture(const Feature& feature, const Image& picture) {
  if (feature.IsVideo()) {
    videos_.at(feature.key)->Add(picture);
    return;
  }
  const std::filesystem::path file = folder_ / "picture.png";
  WritePng(file, picture);
  for (Column& column : rows_.columns)
    if (column.name == feature.key) {
      column.bytes.push_back(ReadText(file));
      ++column.rows;
    }
}

void RecordedEpisode::Add(const RecordedFrame& frame) {
  Check(frame);
  if (failed_)
    Fail("a picture of the episode could not be encoded: discard the episode");
  failed_ = true;  // until all pictures are taken
  for (const NewFeature& made : recording_.features)
    if (made.feature.IsCamera())
      AddPicture(made.feature, frame.pictures.at(made.feature.key));
  failed_ = false;
  for (Column& column : rows_.columns) {
    for (const NewFeature& made : recording_.features) {
      const Feature& feature = made.feature;
      if (feature.key != column.name || feature.IsCamera()) continue;
      if (feature.IsText()) {
        column.bytes.push_back(frame.texts.at(feature.key));
        ++column.rows;
      } else {
        AddNumbers(feature, frame.numbers.at(feature.key), column);
      }
    }
  }
  tasks_.push_back(frame.task);
  ++rows_.rows;
}

int64_t RecordedEpisode::waits() const {
  int64_t waits = 0;
  for (const auto& [camera, recorder] : videos_) waits += recorder->waits();
  return waits;
}

Table RecordedEpisode::Rows(int64_t episode, int64_t first_frame,
                            const std::vector<int64_t>& task_numbers) const {
  Table rows = rows_;
  for (Column& column :
       CountedColumns(rows, recording_.fps, {episode, first_frame, task_numbers, true}))
    rows.columns.push_back(std::move(column));
  return rows;
}

StatisticsByFeature RecordedEpisode::FinishPictures() {
  StatisticsByFeature statistics;
  for (const auto& [camera, recorder] : videos_)
    statistics[camera] = recorder->Finish();
  for (const NewFeature& made : recording_.features) {
    if (!made.feature.IsCamera() || made.feature.IsVideo()) continue;
    PictureStatistics pictures;
    const Column& column = *rows_.Find(made.feature.key);
    for (const int64_t frame : SampledFrames(frames()))
      pictures.Add(DecodePicture(std::as_bytes(std::span(column.bytes[frame])),
                                 made.feature.key));
    statistics[made.feature.key] = pictures.Total();
  }
  return statistics;
}

std::filesystem::path RecordedEpisode::VideoFile(const std::string& camera) const {
  return folder_ / (camera + ".mp4");
}

}  // namespace svla
