#include "smolvla/data/table.h"

#include <cmath>

#include "smolvla/base/error.h"

namespace svla {

bool IsWhole(double number) {
  return std::abs(number) < 0x1p53 && number == std::floor(number);
}

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

void Column::Widen() {
  if (kind != ColumnKind::kInteger) return;
  reals.assign(integers.begin(), integers.end());
  integers.clear();
  kind = ColumnKind::kReal;
}

void Column::Append(const Column& from, int64_t first, int64_t count) {
  SVLA_CHECK(first >= 0 && count >= 0 && first + count <= from.rows);
  if (type.empty()) {
    name = from.name, kind = from.kind, type = from.type, is_list = from.is_list;
    if (is_list) offsets.push_back(0);
  }
  if (kind != from.kind && kind != ColumnKind::kBytes &&
      from.kind != ColumnKind::kBytes) {
    Widen();
    if (from.kind == ColumnKind::kInteger) {
      Column wide = from;
      wide.Widen();
      return Append(wide, first, count);
    }
  }
  if (kind != from.kind || is_list != from.is_list)
    Fail("column \"", name, "\": expected ", type, " in all row groups, found ",
         from.type);
  if (count == 0) return;
  const int64_t begin = from.Begin(first), end = from.End(first + count - 1);
  const auto add = [&](const auto& source, auto& values) {
    if (!source.empty())
      values.insert(values.end(), source.begin() + begin, source.begin() + end);
  };
  add(from.integers, integers);
  add(from.reals, reals);
  add(from.bytes, bytes);
  if (is_list) {
    const int64_t base = offsets.back() - begin;
    for (int64_t row = first; row < first + count; ++row)
      offsets.push_back(base + from.offsets[row + 1]);
  }
  rows += count;
}

}  // namespace svla
