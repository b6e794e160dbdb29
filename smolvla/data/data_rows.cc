#include "smolvla/data/data_rows.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

namespace fs = std::filesystem;
using Part = DataRows::Part;

constexpr int64_t kMostFiles = 8;      // kept open
constexpr int64_t kMostPlaces = 1024;  // episodes whose place is remembered

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

bool AreNumbers(const Column& column) {
  return column.kind != ColumnKind::kBytes && !column.is_list;
}

}  // namespace

DataRows::DataRows(const Dataset& dataset, int64_t most_bytes)
    : dataset_(dataset),
      files_(kMostFiles),
      groups_(most_bytes),
      places_(kMostPlaces) {}

const ParquetFile& DataRows::Open(const fs::path& file) {
  return files_.Get(
      file, [&] { return dataset_.OpenData(file); },
      [](const ParquetFile&) { return 1; });
}

bool DataRows::Has(const fs::path& file, const std::string& column) {
  return Open(file).Has(column);
}

const Column& DataRows::Group(const fs::path& file, const std::string& column,
                              int64_t group) {
  std::map<std::string, Column>& columns = groups_.Get(
      {file, group}, [] { return std::map<std::string, Column>(); },
      [](const auto&) { return 0; });
  auto found = columns.find(column);
  if (found == columns.end()) {
    found = columns.emplace(column, Open(file).Read(column, group)).first;
    groups_.Charge(found->second.Bytes());
  }
  return found->second;
}

Column DataRows::Collect(const Place& place, const std::string& column) {
  // A group that is read whole is not kept: what is made of it is.
  if (const ParquetFile& file = Open(place.file);
      place.parts.size() == 1 &&
      place.parts[0].count == file.group_rows()[place.parts[0].group])
    return file.Read(column, place.parts[0].group);
  Column collected;
  for (const Part& part : place.parts)
    collected.Append(Group(place.file, column, part.group), part.first, part.count);
  return collected;
}

// True if all rows of the place say that they are the episode's. `otherwise` where they
// say nothing that is a number.
bool DataRows::AreOf(const Episode& episode, const Place& place, bool otherwise) {
  if (!Has(place.file, "episode_index")) return otherwise;
  const Column numbers = Collect(place, "episode_index");
  if (!AreNumbers(numbers)) return otherwise;
  for (int64_t row = 0; row < numbers.rows; ++row)
    if (numbers.Number(row) != static_cast<double>(episode.index)) return false;
  return true;
}

// True if there is such a row and it says that it is the episode's, too: an episode of
// more rows than the metadata say.
bool DataRows::GoesOnAt(const Episode& episode, int64_t row) {
  const ParquetFile& file = Open(episode.data_file);
  return row >= 0 && row < file.rows() &&
         AreOf(episode, {episode.data_file, PartsAt(file, row, 1)}, false);
}

// All rows of the file that name the episode.
DataRows::Place DataRows::Search(const Episode& episode, const fs::path& file) {
  Place found{file, {}};
  if (!Has(file, "episode_index")) return found;
  const size_t groups = Open(file).group_rows().size();
  for (size_t group = 0; group < groups; ++group) {
    const auto at = static_cast<int64_t>(group);
    const Column& numbers = Group(file, "episode_index", at);
    for (int64_t row = 0; AreNumbers(numbers) && row < numbers.rows; ++row) {
      if (numbers.Number(row) != static_cast<double>(episode.index)) continue;
      const bool goes_on = !found.parts.empty() && found.parts.back().group == at &&
                           found.parts.back().first + found.parts.back().count == row;
      if (goes_on)
        ++found.parts.back().count;
      else
        found.parts.push_back({at, row, 1});
    }
  }
  return found;
}

// In the files beside the one that the metadata name. Without rows if there are none.
DataRows::Place DataRows::SearchBeside(const Episode& episode) {
  const std::vector<fs::path> files = DataFilesOf(dataset_.folder());
  const auto named = std::find(files.begin(), files.end(), episode.data_file);
  if (named == files.end()) return {};
  std::vector<fs::path> beside;
  if (named + 1 != files.end()) beside.push_back(named[1]);
  if (named != files.begin()) beside.push_back(named[-1]);
  for (const fs::path& file : beside) {
    try {
      if (Place found = Search(episode, file); !found.parts.empty()) return found;
    } catch (const Error&) {
      continue;  // what cannot be read holds nothing; the file named is the fault
    }
  }
  return {};
}

// Where the metadata say that the rows are.
DataRows::Place DataRows::AsToldBy(const Episode& episode) {
  const ParquetFile& file = Open(episode.data_file);
  if (dataset_.info().major == 2)
    return {episode.data_file, PartsAt(file, 0, file.rows())};
  int64_t first = 0;
  for (const Episode* before : dataset_.EpisodesIn(episode.data_file)) {
    if (before == &episode) break;
    first += before->length;
  }
  Place told{episode.data_file, PartsAt(file, first, episode.length)};
  if (RowsOf(told.parts) == episode.length && AreOf(episode, told, true) &&
      !GoesOnAt(episode, first - 1) && !GoesOnAt(episode, first + episode.length))
    return told;
  return {};
}

DataRows::Place DataRows::Find(const Episode& episode) {
  Place found = AsToldBy(episode);
  if (dataset_.info().major == 3) {
    if (found.parts.empty()) found = Search(episode, episode.data_file);
    if (found.parts.empty()) found = SearchBeside(episode);
  }
  if (RowsOf(found.parts) != episode.length)
    Fail((dataset_.folder() / episode.data_file).string(), ": expected ",
         episode.length, " rows of episode ", episode.index, ", as the metadata say, ",
         "found ", RowsOf(found.parts));
  return found;
}

const DataRows::Place& DataRows::PlaceOf(const Episode& episode) {
  return places_.Get(
      episode.index, [&] { return Find(episode); }, [](const Place&) { return 1; });
}

}  // namespace svla
