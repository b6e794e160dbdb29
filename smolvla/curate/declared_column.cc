#include "smolvla/curate/declared_column.h"

#include "smolvla/base/error.h"

namespace svla {

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

}  // namespace svla
