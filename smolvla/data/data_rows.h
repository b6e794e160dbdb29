// Where the rows of an episode are in a dataset's data files, and columns of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "smolvla/data/dataset.h"
#include "smolvla/data/parquet.h"
#include "smolvla/data/recent.h"

namespace svla {

// Keeps files open and columns read, the last used within `most_bytes`; more where a
// single row group takes more. One thread at a time; the dataset must outlive it.
class DataRows {
 public:
  DataRows(const Dataset& dataset, int64_t most_bytes);

  // Rows [first, first + count) of a row group.
  struct Part {
    int64_t group, first, count;
  };
  // All rows of an episode, in their order.
  struct Place {
    std::filesystem::path file;  // within the dataset's folder
    std::vector<Part> parts;
  };

  // Where the metadata say, if the rows there name the episode; else where rows of that
  // file do, or of the one before or behind it: LeRobot's converter of v2.1 names the
  // wrong one of two where a file ends. Throws Error, naming the file, if there are
  // more or fewer rows than the metadata say.
  const Place& PlaceOf(const Episode& episode);

  bool Has(const std::filesystem::path& file, const std::string& column);

  // The column in all rows of a place. Throws Error.
  Column Collect(const Place& place, const std::string& column);
  // The column in a whole row group, kept until others are asked for.
  const Column& Group(const std::filesystem::path& file, const std::string& column,
                      int64_t group);

 private:
  const ParquetFile& Open(const std::filesystem::path& file);
  bool AreOf(const Episode& episode, const Place& place, bool otherwise);
  bool GoesOnAt(const Episode& episode, int64_t row);
  Place Search(const Episode& episode, const std::filesystem::path& file);
  Place SearchBeside(const Episode& episode);
  Place AsToldBy(const Episode& episode);
  Place Find(const Episode& episode);

  const Dataset& dataset_;
  Recent<std::filesystem::path, ParquetFile> files_;
  // Columns of a group stay together, whatever they take: an episode needs them all,
  // and where one group holds a whole file none could be spared for another.
  Recent<std::pair<std::filesystem::path, int64_t>, std::map<std::string, Column>>
      groups_;
  Recent<int64_t, Place> places_;  // by episode
};

}  // namespace svla
