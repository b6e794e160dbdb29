// Any bytes as a Parquet file: columns, or an Error.
#include "fuzz/memory_file.h"
#include "smolvla/base/error.h"
#include "smolvla/data/parquet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryFile memory(data, size);
  try {
    const svla::ParquetFile file(memory.path());
    // A small file may hold billions of equal rows.
    if (file.rows() > 100'000) return 0;
    for (const std::string& column : file.columns())
      for (size_t group = 0; group < file.group_rows().size(); ++group)
        file.Read(column, static_cast<int64_t>(group));
  } catch (const svla::Error&) {
  }
  return 0;
}
