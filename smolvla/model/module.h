// What every module of the network shares: where it computes, and how it lists
// its weights.
//
// A module is a struct of weights with a Visit that names each of them once; all
// else walks that list: loading, checking, counting, packing. Forward functions
// stand beside it. A trace, where a caller passes one, is filled with what a
// backward pass needs; null says that none will follow, and the temporaries are
// given back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/base/tensor.h"
#include "smolvla/kernels/backend.h"

namespace svla {

// Where to compute: the machine, and memory for temporaries.
struct Run {
  Backend& be;
  Arena& scratch;

  Tensor New(const Shape& shape) const { return scratch.New(be.Real(), shape); }

  // A copy of x that outlives what is done to x in place; for traces.
  Tensor Keep(const Tensor& x) const {
    const Tensor copy = New({x.Rows(), x.Columns()});
    be.Scale(x, 1.0, copy);
    return copy;
  }
};

// Gives a layer's temporaries back at its end, unless a trace points into them.
class LayerScope {
 public:
  LayerScope(Run run, const void* trace) {
    if (!trace) scope_.emplace(run.scratch);
  }

 private:
  std::optional<Scope> scope_;
};

// What a weight is for, which decides how it is held.
enum class Use {
  kMatrix,  // the w of Linear: packed
  kVector,  // a bias or the weight of a norm: plain
  kTable,   // the table of Embed: read where it lies in the file
  kDead,    // in every checkpoint and read by nothing: checked, not loaded
};

// A tensor of the checkpoint, or a column range of one, as part of a weight.
struct Part {
  std::string name;
  std::vector<int64_t> stored_shape;  // as in the file
  int64_t rows = 0;                   // that it contributes
  int64_t first_column = 0;           // of the stored matrix, for a column range
};

// One weight of the network: parts one below the other. q, k and v of an
// attention are one matrix of three parts, so that one product makes all three.
struct Param {
  std::vector<Part> parts;
  Shape shape;
  Use use = Use::kMatrix;
};

using ParamFn = std::function<void(const Param&, Tensor&)>;

// [out, in].
Param Matrix(const std::string& name, int64_t out, int64_t in);
// [n].
Param Vector(const std::string& name, int64_t n);
// [entries, width].
Param Table(const std::string& name, int64_t entries, int64_t width);
// Columns [first, first + in) of a stored [out, stored_in].
Param ColumnsOf(const std::string& name, int64_t out, int64_t stored_in, int64_t first,
                int64_t in);
// A tensor that must be there, has this shape, and is read by nothing.
Param Dead(const std::string& name, std::vector<int64_t> shape);
// Two weights of the same kind and width as one.
Param Stack(const Param& above, const Param& below);

}  // namespace svla
