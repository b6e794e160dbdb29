#include "smolvla/data/parquet_salvage.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "smolvla/base/error.h"
#include "smolvla/data/arrow_types.h"
#include "smolvla/data/lfs_pointer.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// A damaged page may ask for any amount.
constexpr int64_t kMostPageBytes = int64_t{512} << 20;

struct FoundPage {
  int64_t begin = 0, end = 0;  // in the file, header and all
  int64_t uncompressed = 0;
  bool is_dictionary = false;
  bool holds_texts = false;  // a dictionary of texts: each after its length
  int64_t values = 0;
  parquet::Encoding::type encoding = parquet::Encoding::UNKNOWN;
};

// A column of a row group: its dictionary, if any, and its values.
struct Chunk {
  size_t begin = 0, end = 0;  // pages
  int64_t values = 0;
};

struct Group {
  int64_t rows = 0;
  std::vector<Chunk> chunks;  // a leaf each
};

void Check(const arrow::Status& status, const fs::path& path) {
  if (!status.ok()) Fail(path.string(), ": ", status.message());
}

template <class T>
T Take(arrow::Result<T> result, const fs::path& path) {
  Check(result.status(), path);
  return std::move(result).ValueUnsafe();
}

bool AreTexts(const parquet::DictionaryPage& page) {
  int64_t at = 0, texts = 0;
  for (; at + 4 <= page.size(); ++texts) {
    uint32_t length = 0;
    std::memcpy(&length, page.data() + at, 4);
    at += 4 + int64_t{length};
  }
  return at == page.size() && texts == page.num_values();
}

FoundPage Describe(const parquet::Page& page) {
  FoundPage found;
  found.is_dictionary = page.type() == parquet::PageType::DICTIONARY_PAGE;
  if (found.is_dictionary) {
    const auto& dictionary = static_cast<const parquet::DictionaryPage&>(page);
    found.uncompressed = dictionary.size();
    found.encoding = dictionary.encoding();
    found.values = dictionary.num_values();
    found.holds_texts = AreTexts(dictionary);
    return found;
  }
  const auto& data = static_cast<const parquet::DataPage&>(page);
  found.uncompressed = data.uncompressed_size();
  found.encoding = data.encoding();
  found.values = data.num_values();
  return found;
}

// All pages up to the first that is not whole.
std::vector<FoundPage> ScanPages(const fs::path& path,
                                 const parquet::ColumnDescriptor& any) {
  const auto file =
      Take(arrow::io::MemoryMappedFile::Open(path.string(), arrow::io::FileMode::READ),
           path);
  const auto bytes = Take(file->ReadAt(0, Take(file->GetSize(), path)), path);
  if (bytes->size() < 4 || std::string_view(*bytes).substr(0, 4) != "PAR1") {
    RefuseLfsPointer(path);
    Fail(path.string(), ": expected a Parquet file, found another beginning");
  }
  const auto stream = std::make_shared<arrow::io::BufferReader>(bytes);
  Check(stream->Advance(4), path);
  arrow::CappedMemoryPool memory(arrow::default_memory_pool(), kMostPageBytes);
  const auto reader = parquet::PageReader::Open(
      stream, /*total_num_values=*/INT64_MAX, parquet::Compression::SNAPPY,
      parquet::ReaderProperties(&memory), any);
  std::vector<FoundPage> pages;
  try {
    for (;;) {
      const int64_t begin = Take(stream->Tell(), path);
      const auto page = reader->NextPage();
      if (!page) break;
      pages.push_back(Describe(*page));
      pages.back().begin = begin;
      pages.back().end = Take(stream->Tell(), path);
    }
  } catch (const parquet::ParquetException&) {
    // What was being written when the writer died, or the beginnings of a footer.
  }
  return pages;
}

// A column as its values lie in pages: one number, text or truth after another.
struct Leaf {
  int64_t width = 1;   // values a row
  int64_t bytes = 0;   // of a value; 0 if that is no fixed number
  bool truth = false;  // booleans have no dictionary
};

// Tells the pages' columns and row groups apart, which no page says: a column has a
// fixed number of values a row, and where dictionaries are used one begins it, whose
// size tells how long a value is.
class Groups {
 public:
  Groups(const std::vector<FoundPage>& pages, const std::vector<Leaf>& leaves)
      : pages_(pages), leaves_(leaves), dictionaries_(Dictionaries(0) > 0) {}

  // Throws Error, naming `path`, if a row group behind the first is of other columns.
  std::vector<Group> Find(const fs::path& path) const {
    std::vector<Group> groups;
    size_t at = 0;
    for (;;) {
      Group group;
      if (!TakeLeaf(0, at, group)) break;
      at = group.chunks.back().end;
      groups.push_back(std::move(group));
    }
    const int64_t begins = std::count_if(leaves_.begin(), leaves_.end(),
                                         [](const Leaf& leaf) { return !leaf.truth; });
    // The last one may lack nothing but the end of its last column.
    if (!groups.empty() && Dictionaries(at) > begins)
      Fail(path.string(), ": expected row groups of ", leaves_.size(),
           " columns, found others behind the first ", groups.size(),
           ": the file has columns that are not known");
    return groups;
  }

 private:
  // Behind `at`.
  int64_t Dictionaries(size_t at) const {
    return std::count_if(pages_.begin() + static_cast<std::ptrdiff_t>(at), pages_.end(),
                         [](const FoundPage& page) { return page.is_dictionary; });
  }

  static bool Fits(const FoundPage& dictionary, const Leaf& leaf) {
    if (leaf.truth) return false;
    return leaf.bytes == 0 ? dictionary.holds_texts
                           : dictionary.uncompressed == leaf.bytes * dictionary.values;
  }

  // The leaf whose pages begin at `at`, and all after it. The first one tells how many
  // rows there are, so that all its ends are tried.
  bool TakeLeaf(size_t number, size_t at, Group& group) const {
    if (number == leaves_.size()) return true;
    const Leaf& leaf = leaves_[number];
    Chunk chunk{at, at, 0};
    if (at < pages_.size() && pages_[at].is_dictionary) {
      if (!Fits(pages_[chunk.end++], leaf)) return false;
    } else if (dictionaries_ && !leaf.truth) {
      return false;
    }
    while (chunk.end < pages_.size() && !pages_[chunk.end].is_dictionary) {
      chunk.values += pages_[chunk.end++].values;
      if (number == 0) {
        if (chunk.values == 0 || chunk.values % leaf.width != 0) continue;
        group.rows = chunk.values / leaf.width;
      }
      if (chunk.values > group.rows * leaf.width) return false;
      if (chunk.values < group.rows * leaf.width) continue;
      group.chunks.push_back(chunk);
      if (TakeLeaf(number + 1, chunk.end, group)) return true;
      group.chunks.resize(number);
      if (number > 0) return false;
    }
    return false;
  }

  const std::vector<FoundPage>& pages_;
  const std::vector<Leaf>& leaves_;
  bool dictionaries_;
};

int64_t BytesOf(const parquet::ColumnDescriptor& column) {
  switch (column.physical_type()) {
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      return 4;
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE:
      return 8;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return column.type_length();
    default:
      return 0;
  }
}

void FillColumn(const std::vector<FoundPage>& pages, const Chunk& chunk,
                parquet::ColumnChunkMetaDataBuilder& column) {
  const FoundPage& first = pages[chunk.begin];
  std::map<parquet::Encoding::type, int32_t> dictionary, data;
  int64_t uncompressed = 0;
  for (size_t i = chunk.begin; i < chunk.end; ++i) {
    ++(pages[i].is_dictionary ? dictionary : data)[pages[i].encoding];
    uncompressed += pages[i].uncompressed;
  }
  const size_t first_data = chunk.begin + (first.is_dictionary ? 1 : 0);
  column.Finish(chunk.values, first.is_dictionary ? first.begin : 0,
                /*index_page_offset=*/-1, pages[first_data].begin,
                pages[chunk.end - 1].end - first.begin, uncompressed,
                first.is_dictionary, /*dictionary_fallback=*/false, dictionary, data);
}

std::string MakeFooter(const std::vector<FoundPage>& pages,
                       const std::vector<Group>& groups,
                       const parquet::SchemaDescriptor& schema,
                       const std::shared_ptr<parquet::WriterProperties>& properties) {
  const auto footer = parquet::FileMetaDataBuilder::Make(&schema, properties);
  for (const Group& group : groups) {
    parquet::RowGroupMetaDataBuilder& made = *footer->AppendRowGroup();
    made.set_num_rows(group.rows);
    for (const Chunk& chunk : group.chunks)
      FillColumn(pages, chunk, *made.NextColumnChunk());
    made.Finish(pages[group.chunks.back().end - 1].end -
                pages[group.chunks.front().begin].begin);
  }
  return footer->Finish()->SerializeToString();
}

int64_t ValuesARow(const ColumnShape& column) {
  return std::accumulate(column.shape.begin(), column.shape.end(), int64_t{1},
                         [](int64_t a, int64_t b) { return a * b; });
}

}  // namespace

std::string SalvageFooter(const fs::path& path,
                          const std::vector<ColumnShape>& columns) {
  SVLA_CHECK(!columns.empty());
  std::vector<Leaf> leaves;
  for (const ColumnShape& column : columns) {
    if (ValuesARow(column) <= 0)
      Fail(path.string(), ": cannot be salvaged: column \"", column.name,
           "\" has no fixed number of values a row");
    // A picture's bytes and its path.
    leaves.insert(leaves.end(), column.type == "image" ? 2 : 1,
                  Leaf{ValuesARow(column), 0, false});
  }
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::SNAPPY)
                              ->build();
  try {
    std::shared_ptr<parquet::SchemaDescriptor> schema;
    Check(parquet::arrow::ToParquetSchema(ArrowSchema(columns, {}).get(), *properties,
                                          &schema),
          path);
    SVLA_CHECK(schema->num_columns() == static_cast<int>(leaves.size()));
    for (int i = 0; i < schema->num_columns(); ++i) {
      const parquet::ColumnDescriptor& column = *schema->Column(i);
      leaves[i].bytes = BytesOf(column);
      leaves[i].truth = column.physical_type() == parquet::Type::BOOLEAN;
    }
    const std::vector<FoundPage> pages = ScanPages(path, *schema->Column(0));
    const std::vector<Group> groups = Groups(pages, leaves).Find(path);
    if (groups.empty())
      Fail(path.string(), ": expected a row group of ", columns.size(),
           " columns, found ", pages.size(), " pages that are none");
    return MakeFooter(pages, groups, *schema, properties);
  } catch (const parquet::ParquetException& e) {
    Fail(path.string(), ": cannot be salvaged: ", e.what());
  }
}

}  // namespace svla
