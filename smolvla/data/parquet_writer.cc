// ParquetWriter of parquet.h.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/float16.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <numeric>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/data/arrow_types.h"
#include "smolvla/data/parquet.h"

namespace svla {
namespace {

namespace fs = std::filesystem;
using ArrayPointer = std::shared_ptr<arrow::Array>;
using TypePointer = std::shared_ptr<arrow::DataType>;

void Check(const arrow::Status& status, const fs::path& path) {
  if (!status.ok()) Fail(path.string(), ": cannot write: ", status.message());
}

template <class T>
T Take(arrow::Result<T> result, const fs::path& path) {
  Check(result.status(), path);
  return std::move(result).ValueUnsafe();
}

template <class Builder, class Values, class Convert>
ArrayPointer Build(const Values& values, Convert convert, const fs::path& path) {
  Builder builder;
  Check(builder.Reserve(static_cast<int64_t>(values.size())), path);
  for (const auto& value : values) Check(builder.Append(convert(value)), path);
  return Take(builder.Finish(), path);
}

template <class Builder>
ArrayPointer Numbers(const Column& column, const fs::path& path) {
  using Value = typename Builder::value_type;
  const auto convert = [](auto value) { return static_cast<Value>(value); };
  return column.kind == ColumnKind::kInteger
             ? Build<Builder>(column.integers, convert, path)
             : Build<Builder>(column.reals, convert, path);
}

ArrayPointer Halves(const Column& column, const fs::path& path) {
  return Build<arrow::HalfFloatBuilder>(
      column.reals,
      [](double value) { return arrow::util::Float16::FromDouble(value).bits(); },
      path);
}

ArrayPointer Pictures(const Column& column, const fs::path& path) {
  const auto same = [](const std::string& value) { return value; };
  const ArrayPointer bytes = Build<arrow::BinaryBuilder>(column.bytes, same, path);
  // The file that a picture came from means nothing elsewhere.
  const ArrayPointer paths =
      Take(arrow::MakeArrayOfNull(arrow::utf8(), bytes->length()), path);
  return Take(arrow::StructArray::Make(arrow::ArrayVector{bytes, paths},
                                       ArrowLeafType("image")->fields()),
              path);
}

ArrayPointer Leaves(const Column& column, const TypePointer& type,
                    const fs::path& path) {
  const auto same = [](const std::string& value) { return value; };
  switch (type->id()) {
    case arrow::Type::BOOL:
      return Numbers<arrow::BooleanBuilder>(column, path);
    case arrow::Type::INT8:
      return Numbers<arrow::Int8Builder>(column, path);
    case arrow::Type::INT16:
      return Numbers<arrow::Int16Builder>(column, path);
    case arrow::Type::INT32:
      return Numbers<arrow::Int32Builder>(column, path);
    case arrow::Type::INT64:
      return Numbers<arrow::Int64Builder>(column, path);
    case arrow::Type::UINT8:
      return Numbers<arrow::UInt8Builder>(column, path);
    case arrow::Type::UINT16:
      return Numbers<arrow::UInt16Builder>(column, path);
    case arrow::Type::UINT32:
      return Numbers<arrow::UInt32Builder>(column, path);
    case arrow::Type::UINT64:
      return Numbers<arrow::UInt64Builder>(column, path);
    case arrow::Type::HALF_FLOAT:
      return Halves(column, path);
    case arrow::Type::FLOAT:
      return Numbers<arrow::FloatBuilder>(column, path);
    case arrow::Type::DOUBLE:
      return Numbers<arrow::DoubleBuilder>(column, path);
    case arrow::Type::STRING:
      return Build<arrow::StringBuilder>(column.bytes, same, path);
    case arrow::Type::BINARY:
      return Build<arrow::BinaryBuilder>(column.bytes, same, path);
    default:
      return Pictures(column, path);
  }
}

ArrayPointer OffsetsArray(const std::vector<int64_t>& offsets, const fs::path& path) {
  return Build<arrow::Int32Builder>(
      offsets, [](int64_t offset) { return static_cast<int32_t>(offset); }, path);
}

// The values wrapped in the lists of the shape.
ArrayPointer ArrayOf(const Column& column, const ColumnShape& shape,
                     const fs::path& path) {
  ArrayPointer array = Leaves(column, ArrowLeafType(shape.type), path);
  if (shape.shape.empty()) return array;
  if (shape.shape.size() == 1 && shape.shape[0] > 0)
    return Take(arrow::FixedSizeListArray::FromArrays(
                    array, static_cast<int32_t>(shape.shape[0])),
                path);
  // Inner levels have a fixed length each; the outermost follows the rows.
  for (size_t level = shape.shape.size() - 1; level > 0; --level) {
    const int64_t length = shape.shape[level];
    std::vector<int64_t> offsets(array->length() / length + 1);
    for (size_t i = 0; i < offsets.size(); ++i)
      offsets[i] = static_cast<int64_t>(i) * length;
    array =
        Take(arrow::ListArray::FromArrays(*OffsetsArray(offsets, path), *array), path);
  }
  int64_t inner = 1;
  for (size_t level = 1; level < shape.shape.size(); ++level)
    inner *= shape.shape[level];
  std::vector<int64_t> offsets = column.offsets;
  for (int64_t& offset : offsets) offset /= inner;
  return Take(arrow::ListArray::FromArrays(*OffsetsArray(offsets, path), *array), path);
}

// A table that does not fit its own description is a fault of ours.
void CheckFits(const Column& column, const ColumnShape& shape, int64_t rows) {
  SVLA_CHECK(column.name == shape.name && column.rows == rows);
  SVLA_CHECK(column.is_list == !shape.shape.empty());
  const int64_t length =
      std::accumulate(shape.shape.begin(), shape.shape.end(), int64_t{1},
                      [](int64_t a, int64_t b) { return a * b; });
  if (length > 0 && column.is_list)
    for (int64_t row = 0; row < rows; ++row)
      SVLA_CHECK(column.End(row) - column.Begin(row) == length);
}

}  // namespace

struct ParquetWriter::Open {
  explicit Open(const fs::path& path) : file(path) {}

  PendingFile file;
  std::vector<ColumnShape> columns;
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<arrow::io::FileOutputStream> sink;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

ParquetWriter::ParquetWriter(const fs::path& path, std::vector<ColumnShape> columns,
                             const std::map<std::string, std::string>& notes)
    : open_(std::make_unique<Open>(path)) {
  open_->schema = ArrowSchema(columns, notes);
  open_->columns = std::move(columns);
  open_->sink =
      Take(arrow::io::FileOutputStream::Open(open_->file.temporary().string()), path);
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::SNAPPY)
                              ->build();
  // With the schema stored, lists of a fixed length are read back as such.
  const auto arrow_properties =
      parquet::ArrowWriterProperties::Builder().store_schema()->build();
  open_->writer = Take(
      parquet::arrow::FileWriter::Open(*open_->schema, arrow::default_memory_pool(),
                                       open_->sink, properties, arrow_properties),
      path);
}

ParquetWriter::~ParquetWriter() = default;
ParquetWriter::ParquetWriter(ParquetWriter&&) noexcept = default;

void ParquetWriter::WriteGroup(const Table& rows) {
  const fs::path& path = open_->file.path();
  SVLA_CHECK(rows.columns.size() == open_->columns.size());
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    CheckFits(rows.columns[i], open_->columns[i], rows.rows);
    arrays.push_back(ArrayOf(rows.columns[i], open_->columns[i], path));
  }
  const auto table = arrow::Table::Make(open_->schema, arrays, rows.rows);
  Check(open_->writer->WriteTable(*table, std::max<int64_t>(rows.rows, 1)), path);
}

int64_t ParquetWriter::bytes() const {
  return Take(open_->sink->Tell(), open_->file.path());
}

void ParquetWriter::Close() {
  const fs::path& path = open_->file.path();
  Check(open_->writer->Close(), path);
  Check(open_->sink->Close(), path);
  open_->file.Commit();
}

}  // namespace svla
