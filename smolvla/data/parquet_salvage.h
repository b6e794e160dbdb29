// What is left of a Parquet file whose writer died before its footer was written: a
// recording that was killed, a disk that was full.
//
//   const ParquetFile file(path, SalvageFooter(path, columns));
//
// The rows are in the file, in whole row groups but for the last; what the footer
// would have said, where they begin and how many they are, is found by reading the
// pages one after another.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "smolvla/data/parquet.h"

namespace svla {

// A footer of the row groups that are whole. `columns` are those the file was written
// with, in their order, of which nothing in the file tells; each list must have a fixed
// length. Pages are taken to be SNAPPY-compressed, as LeRobot and ParquetWriter write
// them. Throws Error, naming the file, if not one whole row group of these columns is
// in it.
std::string SalvageFooter(const std::filesystem::path& path,
                          const std::vector<ColumnShape>& columns);

}  // namespace svla
