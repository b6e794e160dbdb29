#include "smolvla/data/arrow_types.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "smolvla/base/error.h"

namespace svla {
namespace {

using TypePointer = std::shared_ptr<arrow::DataType>;

TypePointer PictureType() {
  return arrow::struct_(
      {arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8())});
}

TypePointer TypeOf(const ColumnShape& column) {
  TypePointer type = ArrowLeafType(column.type);
  if (column.shape.size() == 1 && column.shape[0] > 0)
    return arrow::fixed_size_list(type, static_cast<int32_t>(column.shape[0]));
  for (size_t level = 0; level < column.shape.size(); ++level) type = arrow::list(type);
  return type;
}

}  // namespace

TypePointer ArrowLeafType(const std::string& name) {
  static const std::map<std::string, TypePointer> types{
      {"bool", arrow::boolean()},  {"int8", arrow::int8()},
      {"int16", arrow::int16()},   {"int32", arrow::int32()},
      {"int64", arrow::int64()},   {"uint8", arrow::uint8()},
      {"uint16", arrow::uint16()}, {"uint32", arrow::uint32()},
      {"uint64", arrow::uint64()}, {"halffloat", arrow::float16()},
      {"float", arrow::float32()}, {"double", arrow::float64()},
      {"string", arrow::utf8()},   {"large_string", arrow::utf8()},
      {"binary", arrow::binary()}, {"large_binary", arrow::binary()},
      {"image", PictureType()}};
  const auto found = types.find(name);
  if (found == types.end()) Fail("cannot write values of type ", name);
  return found->second;
}

std::shared_ptr<arrow::Schema> ArrowSchema(
    const std::vector<ColumnShape>& columns,
    const std::map<std::string, std::string>& notes) {
  arrow::FieldVector fields;
  for (const ColumnShape& column : columns)
    fields.push_back(arrow::field(column.name, TypeOf(column)));
  const auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : notes) metadata->Append(key, value);
  return arrow::schema(fields, metadata);
}

}  // namespace svla
