#include "smolvla/data/frame_reader.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/data/data_rows.h"
#include "smolvla/data/recent.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

int64_t BytesOf(const Table& table) {
  int64_t bytes = 0;
  for (const Column& column : table.columns) bytes += column.Bytes();
  return bytes;
}

void CheckOneARow(const Column& column, const fs::path& file) {
  for (int64_t row = 0; column.is_list && row < column.rows; ++row)
    if (column.End(row) - column.Begin(row) != 1)
      Fail(file.string(), ": column \"", column.name, "\": expected one value a row, ",
           "found ", column.End(row) - column.Begin(row), " in row ", row,
           " of an episode");
}

const VideoPlace& PlaceOf(const Dataset& dataset, const std::string& camera,
                          const Episode& episode) {
  const auto place = episode.videos.find(camera);
  if (place == episode.videos.end())
    Fail(dataset.folder().string(), ": the metadata name no video of ", camera,
         " for episode ", episode.index);
  return place->second;
}

}  // namespace

double SecondsOf(const Table& rows, int64_t frame, double fps) {
  const Column* stamps = rows.Find("timestamp");
  if (stamps && stamps->kind == ColumnKind::kReal)
    return stamps->reals[stamps->Begin(frame)];
  return static_cast<double>(frame) / fps;
}

Window WindowAt(int64_t frame, int64_t length, const std::vector<int64_t>& steps) {
  Window window;
  for (const int64_t step : steps) {
    const int64_t wanted = frame + step;
    window.frames.push_back(std::clamp<int64_t>(wanted, 0, length - 1));
    window.is_pad.push_back(wanted < 0 || wanted >= length);
  }
  return window;
}

std::string TaskOf(const Dataset& dataset, const Episode& episode, const Table& rows,
                   int64_t frame) {
  const Column* numbers = rows.Find("task_index");
  if (numbers && numbers->kind != ColumnKind::kBytes) {
    const double number = numbers->Number(numbers->Begin(frame));
    if (IsWhole(number)) return dataset.Task(static_cast<int64_t>(number));
  }
  return episode.tasks.empty() ? "" : episode.tasks.front();
}

// What FrameReader keeps.
struct FrameReader::Kept {
  Kept(const Dataset& the_dataset, const FrameReaderOptions& options)
      : dataset(the_dataset),
        data(the_dataset, options.most_bytes),
        rows(options.most_bytes),
        videos(options.most_videos) {}

  Table ReadRows(const Episode& episode) {
    const DataRows::Place& place = data.PlaceOf(episode);
    Table table;
    table.rows = episode.length;
    for (const Feature& feature : dataset.info().features) {
      if (feature.IsCamera() || feature.dtype == "language" ||
          !data.Has(place.file, feature.key))
        continue;
      table.columns.push_back(data.Collect(place, feature.key));
      if (feature.IsText() || IsCountingFeature(feature.key))
        CheckOneARow(table.columns.back(), dataset.folder() / place.file);
    }
    return table;
  }

  // The file of a picture, of a camera with dtype "image".
  const std::string& PictureBytes(const std::string& camera, const Episode& episode,
                                  int64_t frame) {
    const DataRows::Place& place = data.PlaceOf(episode);
    // There are as many rows in all as the episode has frames.
    auto part = place.parts.begin();
    while (frame >= part->count) frame -= (part++)->count;
    const Column& pictures = data.Group(place.file, camera, part->group);
    if (pictures.kind != ColumnKind::kBytes || pictures.is_list)
      Fail((dataset.folder() / place.file).string(), ": column \"", camera,
           "\": expected pictures, found ", pictures.type);
    return pictures.bytes[part->first + frame];
  }

  const Dataset& dataset;
  DataRows data;
  Recent<int64_t, Table> rows;  // by episode
  Recent<fs::path, Video> videos;
};

FrameReader::FrameReader(const Dataset& dataset, const FrameReaderOptions& options)
    : dataset_(dataset),
      options_(options),
      kept_(std::make_unique<Kept>(dataset, options)) {}

FrameReader::~FrameReader() = default;

const Table& FrameReader::Rows(const Episode& episode) {
  return kept_->rows.Get(
      episode.index, [&] { return kept_->ReadRows(episode); }, BytesOf);
}

Video& FrameReader::OpenVideo(const fs::path& file) {
  return kept_->videos.Get(
      file, [&] { return Video(dataset_.folder() / file, options_.decoder_threads); },
      [](const Video&) { return 1; });
}

void FrameReader::ReadPicture(const std::string& camera, const Episode& episode,
                              int64_t frame, Image& image) {
  SVLA_CHECK(frame >= 0 && frame < episode.length);
  const Feature& feature = dataset_.Camera(camera);
  if (!feature.IsVideo()) {
    const std::string& bytes = PictureBytes(feature.key, episode, frame);
    image = DecodePicture(std::as_bytes(std::span(bytes)),
                          (dataset_.folder() / episode.data_file).string() + ": " +
                              feature.key + " of frame " + std::to_string(frame));
    return;
  }
  if (options_.count_frames) {
    const int64_t first = FirstVideoFrame(feature.key, episode);
    OpenVideo(PlaceOf(dataset_, feature.key, episode).file).Read(first + frame, image);
    return;
  }
  const double seconds = SecondsOf(Rows(episode), frame, dataset_.info().fps);
  const VideoPlace& place = PlaceOf(dataset_, feature.key, episode);
  Video& video = OpenVideo(place.file);
  video.Read(video.FrameAt(place.from_s + seconds, options_.tolerance_s), image);
}

const std::string& FrameReader::PictureBytes(const std::string& camera,
                                             const Episode& episode, int64_t frame) {
  SVLA_CHECK(frame >= 0 && frame < episode.length);
  return kept_->PictureBytes(camera, episode, frame);
}

int64_t FrameReader::FirstVideoFrame(const std::string& camera,
                                     const Episode& episode) {
  const VideoPlace& place = PlaceOf(dataset_, camera, episode);
  if (options_.count_frames)
    return OpenVideo(place.file).FrameAt(place.from_s, 0.5 / dataset_.info().fps);
  const double seconds = SecondsOf(Rows(episode), 0, dataset_.info().fps);
  return OpenVideo(place.file).FrameAt(place.from_s + seconds, options_.tolerance_s);
}

}  // namespace svla
