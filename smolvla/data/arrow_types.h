// Arrow's names for the columns of parquet.h. For the .cc files that use Arrow.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/data/parquet.h"

namespace arrow {
class DataType;
class Schema;
}  // namespace arrow

namespace svla {

// Of one value: the types that ColumnShape::type may name. Throws Error for another.
std::shared_ptr<arrow::DataType> ArrowLeafType(const std::string& name);

// Of whole columns, in order, and the notes beside them.
std::shared_ptr<arrow::Schema> ArrowSchema(
    const std::vector<ColumnShape>& columns,
    const std::map<std::string, std::string>& notes);

}  // namespace svla
