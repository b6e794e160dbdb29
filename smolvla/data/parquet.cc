#include "smolvla/data/parquet.h"

#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <arrow/io/file.h>
#include <arrow/util/float16.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/data/lfs_pointer.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// A damaged file may ask for any amount of memory; one row group of a dataset is a
// hundred megabytes at most.
constexpr int64_t kMostGroupBytes = int64_t{2} << 30;

// Arrow's errors span lines and name its own source files.
std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

void Check(const arrow::Status& status, const fs::path& path) {
  if (!status.ok())
    Fail(path.string(), ": expected a Parquet file, found one that cannot be read: ",
         FirstLine(status.message()));
}

template <class T>
T Take(arrow::Result<T> result, const fs::path& path) {
  Check(result.status(), path);
  return std::move(result).ValueUnsafe();
}

bool IsListType(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
         type.id() == arrow::Type::FIXED_SIZE_LIST;
}

// Where the list of each entry lies in the child; one more than there are entries.
template <class ListArray>
std::vector<int64_t> ListOffsets(const ListArray& list) {
  std::vector<int64_t> offsets(list.length() + 1);
  for (int64_t i = 0; i < list.length(); ++i) offsets[i] = list.value_offset(i);
  offsets.back() = list.length() > 0 ? list.value_offset(list.length() - 1) +
                                           list.value_length(list.length() - 1)
                                     : 0;
  return offsets;
}

// Adds arrays to a column, taken out of their lists and dictionaries. `where` is the
// file and the column, for messages.
class Flattener {
 public:
  Flattener(Column& to, const std::string& where) : to_(to), where_(where) {}

  void Add(const std::shared_ptr<arrow::Array>& array) {
    to_.rows += array->length();
    std::shared_ptr<arrow::Array> values = Plain(array);
    if (!IsListType(*values->type())) return AddValues(*values);
    to_.is_list = true;
    std::vector<int64_t> offsets;
    while (IsListType(*values->type())) {
      std::vector<int64_t> inner = OffsetsOf(*values);
      if (!offsets.empty())
        for (int64_t& offset : offsets) offset = inner[offset];
      else
        offsets = std::move(inner);
      values = Plain(ChildOf(*values));
    }
    // The child may hold values before the first list and behind the last.
    const int64_t first = offsets.front();
    AddValues(*values->Slice(first, offsets.back() - first));
    if (to_.offsets.empty()) to_.offsets.push_back(0);
    const int64_t base = to_.offsets.back() - first;
    for (size_t i = 1; i < offsets.size(); ++i)
      to_.offsets.push_back(base + offsets[i]);
  }

 private:
  static std::shared_ptr<arrow::Array> Plain(std::shared_ptr<arrow::Array> array) {
    while (array->type_id() == arrow::Type::EXTENSION)
      array = static_cast<const arrow::ExtensionArray&>(*array).storage();
    return array;
  }

  static std::vector<int64_t> OffsetsOf(const arrow::Array& list) {
    if (list.type_id() == arrow::Type::LIST)
      return ListOffsets(static_cast<const arrow::ListArray&>(list));
    if (list.type_id() == arrow::Type::LARGE_LIST)
      return ListOffsets(static_cast<const arrow::LargeListArray&>(list));
    return ListOffsets(static_cast<const arrow::FixedSizeListArray&>(list));
  }

  static std::shared_ptr<arrow::Array> ChildOf(const arrow::Array& list) {
    if (list.type_id() == arrow::Type::LIST)
      return static_cast<const arrow::ListArray&>(list).values();
    if (list.type_id() == arrow::Type::LARGE_LIST)
      return static_cast<const arrow::LargeListArray&>(list).values();
    return static_cast<const arrow::FixedSizeListArray&>(list).values();
  }

  template <class ArrowArray>
  void AddIntegers(const arrow::Array& array) {
    const auto& typed = static_cast<const ArrowArray&>(array);
    // As pandas does it: no integer says that there is none.
    if (array.null_count() > 0 || !to_.reals.empty()) {
      to_.Widen();
      return AddReals<ArrowArray>(array);
    }
    to_.kind = ColumnKind::kInteger;
    for (int64_t i = 0; i < typed.length(); ++i) {
      if constexpr (std::is_same_v<ArrowArray, arrow::UInt64Array>)
        if (typed.Value(i) >> 63)
          Fail(where_, ": expected numbers below 2^63, found ", typed.Value(i));
      to_.integers.push_back(static_cast<int64_t>(typed.Value(i)));
    }
  }

  template <class ArrowArray>
  void AddReals(const arrow::Array& array) {
    const auto& typed = static_cast<const ArrowArray&>(array);
    to_.kind = ColumnKind::kReal;
    for (int64_t i = 0; i < typed.length(); ++i)
      to_.reals.push_back(typed.IsNull(i) ? std::nan("") : Real<ArrowArray>(typed, i));
  }
  template <class ArrowArray>
  static double Real(const ArrowArray& array, int64_t i) {
    if constexpr (std::is_same_v<ArrowArray, arrow::HalfFloatArray>)
      return arrow::util::Float16::FromBits(array.Value(i)).ToDouble();
    else
      return static_cast<double>(array.Value(i));
  }

  template <class ArrowArray>
  void AddBytes(const arrow::Array& array) {
    const auto& typed = static_cast<const ArrowArray&>(array);
    to_.kind = ColumnKind::kBytes;
    for (int64_t i = 0; i < typed.length(); ++i)
      to_.bytes.emplace_back(typed.IsNull(i) ? std::string_view() : typed.GetView(i));
  }

  void AddPictures(const arrow::StructArray& array) {
    const auto bytes = array.GetFieldByName("bytes");
    if (!bytes) Fail(where_, ": expected pictures, found a struct without \"bytes\"");
    AddValues(*bytes);
    to_.type = "image";
  }

  void AddDictionary(const arrow::DictionaryArray& array) {
    Column words;
    Flattener(words, where_).Add(array.dictionary());
    if (words.kind != ColumnKind::kBytes)
      Fail(where_, ": expected texts in its dictionary");
    to_.kind = ColumnKind::kBytes;
    to_.type = words.type;
    for (int64_t i = 0; i < array.length(); ++i) {
      const int64_t at = array.IsNull(i) ? -1 : array.GetValueIndex(i);
      if (at >= words.rows)
        Fail(where_, ": expected ", words.rows, " words, found number ", at);
      to_.bytes.push_back(at < 0 ? "" : words.bytes[at]);
    }
  }

  void AddValues(const arrow::Array& array) {
    to_.type = array.type()->ToString();
    switch (array.type_id()) {
      case arrow::Type::BOOL:
        return AddIntegers<arrow::BooleanArray>(array);
      case arrow::Type::INT8:
        return AddIntegers<arrow::Int8Array>(array);
      case arrow::Type::INT16:
        return AddIntegers<arrow::Int16Array>(array);
      case arrow::Type::INT32:
        return AddIntegers<arrow::Int32Array>(array);
      case arrow::Type::INT64:
        return AddIntegers<arrow::Int64Array>(array);
      case arrow::Type::UINT8:
        return AddIntegers<arrow::UInt8Array>(array);
      case arrow::Type::UINT16:
        return AddIntegers<arrow::UInt16Array>(array);
      case arrow::Type::UINT32:
        return AddIntegers<arrow::UInt32Array>(array);
      case arrow::Type::UINT64:
        return AddIntegers<arrow::UInt64Array>(array);
      case arrow::Type::HALF_FLOAT:
        return AddReals<arrow::HalfFloatArray>(array);
      case arrow::Type::FLOAT:
        return AddReals<arrow::FloatArray>(array);
      case arrow::Type::DOUBLE:
        return AddReals<arrow::DoubleArray>(array);
      case arrow::Type::STRING:
        return AddBytes<arrow::StringArray>(array);
      case arrow::Type::LARGE_STRING:
        return AddBytes<arrow::LargeStringArray>(array);
      case arrow::Type::BINARY:
        return AddBytes<arrow::BinaryArray>(array);
      case arrow::Type::LARGE_BINARY:
        return AddBytes<arrow::LargeBinaryArray>(array);
      case arrow::Type::STRUCT:
        return AddPictures(static_cast<const arrow::StructArray&>(array));
      case arrow::Type::DICTIONARY:
        return AddDictionary(static_cast<const arrow::DictionaryArray&>(array));
      // A column of nulls only, which pandas writes.
      case arrow::Type::NA:
        to_.reals.resize(to_.reals.size() + array.length(), NAN);
        return;
      default:
        Fail(where_, ": expected numbers, texts or pictures, found ", to_.type);
    }
  }

  Column& to_;
  const std::string& where_;
};

// Arrow's own words for a file that is cut off help nobody.
void CheckFooter(arrow::io::RandomAccessFile& source, const fs::path& path) {
  const int64_t size = Take(source.GetSize(), path);
  char end[4] = {};
  if (size < 12)
    Fail(path.string(), ": expected a Parquet file, found ", size, " bytes");
  Take(source.ReadAt(size - 4, 4, end), path);
  const std::string_view mark(end, 4);
  if (mark == "PAR1" || mark == "PARE") return;
  RefuseLfsPointer(path);
  Fail(path.string(),
       ": expected a Parquet file, found one without a footer: it is cut off, or its "
       "recording was not finished; `smolvla data repair` brings back what is in it");
}

// Null for none.
std::shared_ptr<parquet::FileMetaData> Parsed(const std::string& footer) {
  if (footer.empty()) return nullptr;
  return parquet::FileMetaData::Make(footer.data(),
                                     static_cast<int64_t>(footer.size()));
}

void CollectLeaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.column_index >= 0) leaves.push_back(field.column_index);
  for (const auto& child : field.children) CollectLeaves(child, leaves);
}

}  // namespace

struct ParquetFile::Open {
  std::unique_ptr<arrow::CappedMemoryPool> memory;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::map<std::string, std::vector<int>> leaves;  // by column
};

ParquetFile::ParquetFile(const fs::path& path, const std::string& footer)
    : open_(std::make_unique<Open>()), path_(path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) Fail(path.string(), ": no such file");
  open_->memory = std::make_unique<arrow::CappedMemoryPool>(
      arrow::default_memory_pool(), kMostGroupBytes);
  try {
    const auto source = Take(arrow::io::ReadableFile::Open(path.string()), path);
    if (footer.empty()) CheckFooter(*source, path);
    parquet::arrow::FileReaderBuilder builder;
    parquet::ReaderProperties properties(open_->memory.get());
    properties.enable_buffered_stream();
    Check(builder.Open(source, properties, Parsed(footer)), path);
    parquet::ArrowReaderProperties how;
    how.set_use_threads(false);
    how.set_pre_buffer(false);
    open_->reader =
        Take(builder.memory_pool(open_->memory.get())->properties(how)->Build(), path);
    for (const auto& field : open_->reader->manifest().schema_fields) {
      columns_.push_back(field.field->name());
      CollectLeaves(field, open_->leaves[columns_.back()]);
    }
    const auto metadata = open_->reader->parquet_reader()->metadata();
    for (int g = 0; g < metadata->num_row_groups(); ++g) {
      group_rows_.push_back(metadata->RowGroup(g)->num_rows());
      if (group_rows_.back() < 0)
        Fail(path.string(), ": row group ", g, " has a negative number of rows");
      rows_ += group_rows_.back();
    }
    if (const auto notes = metadata->key_value_metadata())
      for (int64_t i = 0; i < notes->size(); ++i)
        notes_[notes->key(i)] = notes->value(i);
  } catch (const parquet::ParquetException& e) {
    Fail(path.string(), ": expected a Parquet file, found one that cannot be read: ",
         FirstLine(e.what()));
  }
}

ParquetFile::~ParquetFile() = default;
ParquetFile::ParquetFile(ParquetFile&&) noexcept = default;

bool ParquetFile::Has(const std::string& column) const {
  return open_->leaves.contains(column);
}

Column ParquetFile::Read(const std::string& column, int64_t group) const {
  const auto leaves = open_->leaves.find(column);
  if (leaves == open_->leaves.end())
    Fail(path_.string(), ": expected a column \"", column, "\", found none");
  const std::string where = path_.string() + ": column \"" + column + "\"";
  Column read;
  read.name = column;
  try {
    const auto table = Take(
        open_->reader->ReadRowGroup(static_cast<int>(group), leaves->second), path_);
    if (table->num_columns() != 1)
      Fail(where, ": expected one column of that name, found several");
    Flattener flattener(read, where);
    for (const auto& chunk : table->column(0)->chunks()) flattener.Add(chunk);
  } catch (const parquet::ParquetException& e) {
    Fail(where, ": ", FirstLine(e.what()));
  }
  if (read.is_list && read.offsets.empty()) read.offsets.push_back(0);
  if (read.rows != group_rows_[group])
    Fail(where, ": expected ", group_rows_[group], " rows, found ", read.rows);
  return read;
}

Table ParquetFile::ReadAll(const std::vector<std::string>& columns) const {
  Table table;
  table.rows = rows_;
  for (const std::string& name : columns) {
    Column& whole = table.columns.emplace_back();
    whole.name = name;
    for (size_t g = 0; g < group_rows_.size(); ++g)
      whole.Append(Read(name, static_cast<int64_t>(g)), 0, group_rows_[g]);
  }
  return table;
}

}  // namespace svla
