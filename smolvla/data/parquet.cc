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
#include <limits>

#include "smolvla/base/error.h"

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

// One array's worth of a column, taken out of its lists and dictionaries.
class Flattener {
 public:
  explicit Flattener(Column& to) : to_(to) {}

  void Add(const std::shared_ptr<arrow::Array>& array) {
    to_.rows += array->length();
    std::shared_ptr<arrow::Array> values = Plain(array);
    if (!IsListType(*values->type())) return AddValues(*values);
    to_.is_list = true;
    std::vector<int64_t> offsets;
    while (IsListType(*values->type())) {
      to_.nulls += values->null_count();
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
    to_.kind = ColumnKind::kInteger;
    for (int64_t i = 0; i < typed.length(); ++i)
      to_.integers.push_back(typed.IsNull(i) ? 0
                                             : static_cast<int64_t>(typed.Value(i)));
  }

  template <class ArrowArray>
  void AddReals(const arrow::Array& array) {
    const auto& typed = static_cast<const ArrowArray&>(array);
    to_.kind = ColumnKind::kReal;
    for (int64_t i = 0; i < typed.length(); ++i)
      to_.reals.push_back(typed.IsNull(i) ? std::nan("") : Real(typed.Value(i)));
  }
  static double Real(double value) { return value; }
  static double Real(uint16_t half) {
    return arrow::util::Float16::FromBits(half).ToDouble();
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
    if (!bytes) Fail("a picture, which is a struct with \"bytes\"");
    AddValues(*bytes);
    to_.type = "image";
  }

  void AddDictionary(const arrow::DictionaryArray& array) {
    Column words;
    Flattener(words).Add(array.dictionary());
    if (words.kind != ColumnKind::kBytes) Fail("texts in a dictionary");
    to_.kind = ColumnKind::kBytes;
    to_.type = words.type;
    for (int64_t i = 0; i < array.length(); ++i) {
      const int64_t at = array.IsNull(i) ? -1 : array.GetValueIndex(i);
      if (at >= words.rows) Fail("a word of the dictionary, found number ", at);
      to_.bytes.push_back(at < 0 ? "" : words.bytes[at]);
    }
  }

  void AddValues(const arrow::Array& array) {
    to_.nulls += array.null_count();
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
        Fail("numbers, texts or pictures, not ", to_.type);
    }
  }

  Column& to_;
};

void CollectLeaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.column_index >= 0) leaves.push_back(field.column_index);
  for (const auto& child : field.children) CollectLeaves(child, leaves);
}

}  // namespace

int64_t Column::Bytes() const {
  int64_t total = static_cast<int64_t>(integers.size() * sizeof(int64_t) +
                                       reals.size() * sizeof(double) +
                                       offsets.size() * sizeof(int64_t));
  for (const std::string& value : bytes)
    total += static_cast<int64_t>(sizeof(std::string) + value.capacity());
  return total;
}

const Column* Table::Find(const std::string& name) const {
  for (const Column& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

struct ParquetFile::Open {
  std::unique_ptr<arrow::CappedMemoryPool> memory;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::map<std::string, std::vector<int>> leaves;  // by column
};

ParquetFile::ParquetFile(const fs::path& path)
    : open_(std::make_unique<Open>()), path_(path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) Fail(path.string(), ": no such file");
  open_->memory = std::make_unique<arrow::CappedMemoryPool>(
      arrow::default_memory_pool(), kMostGroupBytes);
  try {
    const auto source = Take(arrow::io::ReadableFile::Open(path.string()), path);
    if (fs::file_size(path) < 12)
      Fail(path.string(), ": expected a Parquet file, found ", fs::file_size(path),
           " bytes");
    char end[4];
    const int64_t size = static_cast<int64_t>(fs::file_size(path));
    if (Take(source->ReadAt(size - 4, 4, end), path) != 4 ||
        (std::string_view(end, 4) != "PAR1" && std::string_view(end, 4) != "PARE"))
      Fail(path.string(),
           ": expected a Parquet file, found one without a footer: it is cut off, or "
           "its recording was not finished");
    parquet::arrow::FileReaderBuilder builder;
    parquet::ReaderProperties properties(open_->memory.get());
    properties.enable_buffered_stream();
    Check(builder.Open(source, properties), path);
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

int64_t ParquetFile::GroupBytes(int64_t group) const {
  const auto metadata = open_->reader->parquet_reader()->metadata();
  return metadata->RowGroup(static_cast<int>(group))->total_byte_size();
}

Column ParquetFile::Read(const std::string& column, int64_t group) const {
  const auto leaves = open_->leaves.find(column);
  if (leaves == open_->leaves.end())
    Fail(path_.string(), ": expected a column \"", column, "\", found none");
  Column read;
  read.name = column;
  try {
    const auto table = Take(
        open_->reader->ReadRowGroup(static_cast<int>(group), leaves->second), path_);
    if (table->num_columns() != 1)
      Fail(path_.string(), ": two columns have the name \"", column, "\"");
    Flattener flattener(read);
    for (const auto& chunk : table->column(0)->chunks()) flattener.Add(chunk);
  } catch (const parquet::ParquetException& e) {
    Fail(path_.string(), ": column \"", column, "\": ", FirstLine(e.what()));
  } catch (const Error& e) {
    // The flattener does not know where it is.
    const std::string message = e.what();
    if (message.starts_with(path_.string())) throw;
    Fail(path_.string(), ": column \"", column, "\": expected ", message);
  }
  if (read.is_list && read.offsets.empty()) read.offsets.push_back(0);
  if (read.rows != group_rows_[group])
    Fail(path_.string(), ": column \"", column, "\": expected ", group_rows_[group],
         " rows, found ", read.rows);
  return read;
}

namespace {

void Append(const Column& from, Column& to) {
  if (to.rows == 0 && to.type.empty()) {
    to = from;
    return;
  }
  if (from.rows == 0) return;
  if (to.kind != from.kind || to.is_list != from.is_list)
    Fail("one type in all row groups");
  to.integers.insert(to.integers.end(), from.integers.begin(), from.integers.end());
  to.reals.insert(to.reals.end(), from.reals.begin(), from.reals.end());
  to.bytes.insert(to.bytes.end(), from.bytes.begin(), from.bytes.end());
  if (to.is_list) {
    const int64_t base = to.offsets.back();
    for (size_t i = 1; i < from.offsets.size(); ++i)
      to.offsets.push_back(base + from.offsets[i]);
  }
  to.rows += from.rows;
  to.nulls += from.nulls;
}

}  // namespace

Table ParquetFile::ReadAll(const std::vector<std::string>& columns) const {
  Table table;
  table.rows = rows_;
  for (const std::string& name : columns) {
    Column& whole = table.columns.emplace_back();
    whole.name = name;
    for (size_t g = 0; g < group_rows_.size(); ++g)
      Append(Read(name, static_cast<int64_t>(g)), whole);
  }
  return table;
}

}  // namespace svla
