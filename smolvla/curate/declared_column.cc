#include "smolvla/curate/declared_column.h"

#include <cmath>
#include <limits>

#include "smolvla/base/error.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/v3_metadata.h"

namespace svla {
namespace {

// Of a type of whole numbers. A column of uint64 is kept in int64.
IntegerRange RangeOf(const std::string& dtype) {
  if (dtype == "bool") return {0, 1};
  const bool is_signed = dtype.starts_with("int");
  const auto width = dtype.substr(is_signed ? 3 : 4);
  if (width == "64") return is_signed ? IntegerRange{} : IntegerRange{0};
  const int bits = width == "8" ? 8 : width == "16" ? 16 : 32;
  if (!is_signed) return {0, (int64_t{1} << bits) - 1};
  return {-(int64_t{1} << (bits - 1)), (int64_t{1} << (bits - 1)) - 1};
}

double MostOf(const std::string& dtype) {
  if (dtype == "float16") return 65504;
  if (dtype == "float32") return std::numeric_limits<float>::max();
  return std::numeric_limits<double>::max();
}

}  // namespace

const Column& DeclaredColumn(const Table& rows, const std::string& key,
                             const Feature& feature, const std::string& file) {
  const std::string where = file + ": " + key;
  const Column* column = rows.Find(key);
  if (!column)
    Fail(where, ": expected a column of this name, as info.json declares it, found ",
         "none; `smolvla data rename --drop ", key, "` leaves it out");
  const bool is_text = column->kind == ColumnKind::kBytes;
  if (feature.IsText() != is_text || (is_text && column->is_list))
    Fail(where, ": expected ", feature.dtype, ", as info.json says, found ",
         column->is_list ? "lists of " : "", column->type);
  for (int64_t row = 0; !is_text && row < column->rows; ++row)
    if (const int64_t size = column->End(row) - column->Begin(row);
        size != feature.Size())
      Fail(where, ": expected ", feature.Size(), " numbers a row, as info.json says, ",
           "found ", size, " in row ", row, " of the episode");
  return *column;
}

bool Holds(const Feature& feature, int64_t number) {
  if (!HoldsIntegers(feature)) return true;
  const IntegerRange range = RangeOf(feature.dtype);
  return number >= range.least && number <= range.most;
}

bool Holds(const Feature& feature, double number) {
  if (!HoldsIntegers(feature)) return std::abs(number) <= MostOf(feature.dtype);
  return IsWhole(number) && Holds(feature, static_cast<int64_t>(number));
}

}  // namespace svla
