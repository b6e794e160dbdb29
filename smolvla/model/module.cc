#include "smolvla/model/module.h"

#include "smolvla/base/error.h"

namespace svla {

Param Matrix(const std::string& name, int64_t out, int64_t in) {
  return {{{name, {out, in}, out}}, {out, in}, Use::kMatrix};
}

Param Vector(const std::string& name, int64_t n) {
  return {{{name, {n}, n}}, {n}, Use::kVector};
}

Param Table(const std::string& name, int64_t entries, int64_t width) {
  return {{{name, {entries, width}, entries}}, {entries, width}, Use::kTable};
}

Param ColumnsOf(const std::string& name, int64_t out, int64_t stored_in, int64_t first,
                int64_t in) {
  return {{{name, {out, stored_in}, out, first}}, {out, in}, Use::kMatrix};
}

Param Dead(const std::string& name, std::vector<int64_t> shape) {
  return {{{name, std::move(shape), 0}}, {}, Use::kDead};
}

Param Stack(const Param& above, const Param& below) {
  SVLA_CHECK(above.use == below.use && above.shape.rank == below.shape.rank);
  Param both = above;
  both.parts.insert(both.parts.end(), below.parts.begin(), below.parts.end());
  both.shape.dims[0] += below.shape[0];
  return both;
}

}  // namespace svla
