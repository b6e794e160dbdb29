// Any bytes as a Parquet file: columns, or an Error. Then the same as one whose footer
// is missing.
#include "fuzz/memory_file.h"
#include "smolvla/base/error.h"
#include "smolvla/data/parquet.h"
#include "smolvla/data/parquet_salvage.h"

namespace {

void ReadAll(const svla::ParquetFile& file) {
  // A small file may hold billions of equal rows.
  if (file.rows() > 100'000) return;
  for (const std::string& column : file.columns())
    for (size_t group = 0; group < file.group_rows().size(); ++group)
      file.Read(column, static_cast<int64_t>(group));
}

// Those of the files that the seeds are.
const std::vector<svla::ColumnShape> kColumns{
    {"action", "float", {6}},     {"observation.state", "float", {6}},
    {"next.reward", "float", {}}, {"next.done", "bool", {}},
    {"phase", "string", {}},      {"timestamp", "float", {}},
    {"frame_index", "int64", {}}, {"episode_index", "int64", {}},
    {"index", "int64", {}},       {"task_index", "int64", {}}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryFile memory(data, size);
  try {
    ReadAll(svla::ParquetFile(memory.path()));
  } catch (const svla::Error&) {
  }
  try {
    ReadAll(
        svla::ParquetFile(memory.path(), svla::SalvageFooter(memory.path(), kColumns)));
  } catch (const svla::Error&) {
  }
  return 0;
}
