#include "smolvla/data/frame_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "smolvla/base/error.h"
#include "smolvla/data/recent.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostTables = 8;     // files kept open
constexpr int64_t kMostPlaces = 1024;  // episodes whose place is remembered

// Rows [first, first + count) of a row group.
struct Part {
  int64_t group, first, count;
};

int64_t RowsOf(const std::vector<Part>& parts) {
  int64_t rows = 0;
  for (const Part& part : parts) rows += part.count;
  return rows;
}

// The parts of the row groups that hold rows [first, first + count) of the file.
std::vector<Part> PartsAt(const ParquetFile& file, int64_t first, int64_t count) {
  std::vector<Part> parts;
  int64_t start = 0;
  for (size_t group = 0; group < file.group_rows().size(); ++group) {
    const int64_t end = start + file.group_rows()[group];
    const int64_t from = std::max(first, start), to = std::min(first + count, end);
    if (from < to)
      parts.push_back({static_cast<int64_t>(group), from - start, to - from});
    start = end;
  }
  return parts;
}

int64_t BytesOf(const Table& table) {
  int64_t bytes = 0;
  for (const Column& column : table.columns) bytes += column.Bytes();
  return bytes;
}

bool AreNumbers(const Column& column) {
  return column.kind != ColumnKind::kBytes && !column.is_list;
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
  if (numbers && numbers->kind == ColumnKind::kInteger)
    return dataset.Task(numbers->integers[numbers->Begin(frame)]);
  return episode.tasks.empty() ? "" : episode.tasks.front();
}

// What FrameReader keeps, and how it finds rows.
struct FrameReader::Kept {
  Kept(const Dataset& the_dataset, const FrameReaderOptions& options)
      : dataset(the_dataset),
        tables(kMostTables),
        groups(options.most_bytes),
        places(kMostPlaces),
        rows(options.most_bytes),
        videos(options.most_videos) {}

  const ParquetFile& OpenTable(const fs::path& file) {
    return tables.Get(
        file, [&] { return dataset.OpenData(file); },
        [](const ParquetFile&) { return 1; });
  }

  // Columns of a group stay together, whatever they take: an episode needs them all,
  // and where one group holds a whole file none could be spared for another.
  const Column& Group(const Episode& episode, const ParquetFile& file,
                      const std::string& column, int64_t group) {
    std::map<std::string, Column>& columns = groups.Get(
        {episode.data_file, group}, [] { return std::map<std::string, Column>(); },
        [](const auto&) { return 0; });
    auto found = columns.find(column);
    if (found == columns.end()) {
      found = columns.emplace(column, file.Read(column, group)).first;
      groups.Charge(found->second.Bytes());
    }
    return found->second;
  }

  // The column in the rows of `parts`. A group that is read whole is not kept: what is
  // made of it is.
  Column Collect(const Episode& episode, const ParquetFile& file,
                 const std::string& column, const std::vector<Part>& parts) {
    if (parts.size() == 1 && parts[0].count == file.group_rows()[parts[0].group])
      return file.Read(column, parts[0].group);
    Column collected;
    for (const Part& part : parts)
      collected.Append(Group(episode, file, column, part.group), part.first,
                       part.count);
    return collected;
  }

  // True if all rows of `parts` say that they are the episode's. `otherwise` where they
  // say nothing that is a number.
  bool AreOf(const Episode& episode, const ParquetFile& file,
             const std::vector<Part>& parts, bool otherwise) {
    if (!file.Has("episode_index")) return otherwise;
    const Column numbers = Collect(episode, file, "episode_index", parts);
    if (!AreNumbers(numbers)) return otherwise;
    for (int64_t row = 0; row < numbers.rows; ++row)
      if (numbers.Number(row) != static_cast<double>(episode.index)) return false;
    return true;
  }

  // All rows of the file that name the episode.
  std::vector<Part> Search(const Episode& episode, const ParquetFile& file) {
    std::vector<Part> parts;
    for (size_t group = 0; group < file.group_rows().size(); ++group) {
      const auto at = static_cast<int64_t>(group);
      const Column& numbers = Group(episode, file, "episode_index", at);
      for (int64_t row = 0; AreNumbers(numbers) && row < numbers.rows; ++row) {
        if (numbers.Number(row) != static_cast<double>(episode.index)) continue;
        const bool goes_on = !parts.empty() && parts.back().group == at &&
                             parts.back().first + parts.back().count == row;
        if (goes_on)
          ++parts.back().count;
        else
          parts.push_back({at, row, 1});
      }
    }
    return parts;
  }

  // True if there is such a row and it says that it is the episode's, too: an episode
  // of more rows than the metadata say.
  bool GoesOnAt(const Episode& episode, const ParquetFile& file, int64_t row) {
    return row >= 0 && row < file.rows() &&
           AreOf(episode, file, PartsAt(file, row, 1), false);
  }

  // Where the metadata say that the rows are, if the rows agree; else where they are.
  std::vector<Part> FindParts(const Episode& episode, const ParquetFile& file) {
    std::vector<Part> found;
    if (dataset.info().major == 2) {
      found = PartsAt(file, 0, file.rows());
    } else {
      int64_t first = 0;
      for (const Episode* before : dataset.EpisodesIn(episode.data_file)) {
        if (before == &episode) break;
        first += before->length;
      }
      found = PartsAt(file, first, episode.length);
      if (RowsOf(found) != episode.length || !AreOf(episode, file, found, true) ||
          GoesOnAt(episode, file, first - 1) ||
          GoesOnAt(episode, file, first + episode.length))
        found = Search(episode, file);
    }
    if (RowsOf(found) != episode.length)
      Fail((dataset.folder() / episode.data_file).string(), ": expected ",
           episode.length, " rows of episode ", episode.index,
           ", as the metadata say, ", "found ", RowsOf(found));
    return found;
  }

  const std::vector<Part>& PartsOf(const Episode& episode, const ParquetFile& file) {
    return places.Get(
        episode.index, [&] { return FindParts(episode, file); },
        [](const std::vector<Part>&) { return 1; });
  }

  Table ReadRows(const Episode& episode) {
    const ParquetFile& file = OpenTable(episode.data_file);
    const std::vector<Part>& in = PartsOf(episode, file);
    Table table;
    table.rows = episode.length;
    for (const Feature& feature : dataset.info().features) {
      if (feature.IsCamera() || feature.dtype == "language" || !file.Has(feature.key))
        continue;
      table.columns.push_back(Collect(episode, file, feature.key, in));
      if (feature.IsText() || IsCountingFeature(feature.key))
        CheckOneARow(table.columns.back(), dataset.folder() / episode.data_file);
    }
    return table;
  }

  // The file of a picture, of a camera with dtype "image".
  const std::string& PictureBytes(const std::string& camera, const Episode& episode,
                                  int64_t frame) {
    const ParquetFile& file = OpenTable(episode.data_file);
    // There are as many rows in all as the episode has frames.
    auto part = PartsOf(episode, file).begin();
    while (frame >= part->count) frame -= (part++)->count;
    const Column& pictures = Group(episode, file, camera, part->group);
    if (pictures.kind != ColumnKind::kBytes || pictures.is_list)
      Fail((dataset.folder() / episode.data_file).string(), ": column \"", camera,
           "\": expected pictures, found ", pictures.type);
    return pictures.bytes[part->first + frame];
  }

  const Dataset& dataset;
  Recent<fs::path, ParquetFile> tables;
  Recent<std::pair<fs::path, int64_t>, std::map<std::string, Column>> groups;
  Recent<int64_t, std::vector<Part>> places;  // by episode
  Recent<int64_t, Table> rows;                // by episode
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
