// The makers of op_makers.h. Named like a test because test code is built by that
// ending.
#include "smolvla/kernels/op_makers.h"

#include <cstring>

namespace svla::make {
namespace {

using Inputs = std::span<const Tensor>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// [rows, columns] to be filled by an operation that assigns.
Operand Unset(int64_t rows, int64_t columns, int64_t pad) {
  Operand y{Matrix(rows, columns), pad};
  y.matrix.values.assign(y.matrix.values.size(), kNan);
  return y;
}

std::string Name(const std::string& op, std::initializer_list<int64_t> sizes) {
  std::string name = op;
  for (const int64_t size : sizes) name += " " + std::to_string(size);
  return name;
}

// Rows of very different scales, some away from zero.
Matrix Uneven(int64_t rows, int64_t columns, uint64_t seed) {
  constexpr double kScales[] = {1, 1e-3, 30, 1e-2}, kShifts[] = {0, 0, 0, 0.5};
  Matrix x = Draw(rows, columns, seed);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      x(r, c) = static_cast<float>(x(r, c) * kScales[r % 4] + kShifts[(r + 1) % 4]);
  return x;
}

}  // namespace

OpCase Linear(const LinearSizes& s) {
  const auto in = static_cast<double>(s.in);
  OpCase c;
  c.name = Name(s.add ? "LinearAdd" : "Linear",
                {s.rows, s.in, s.out, s.bias, s.packed, s.pad});
  // Odd rows are all of one sign, the worst that rounding can meet.
  Matrix x = Draw(s.rows, s.in, 1);
  Matrix w = Draw(s.out, s.in, 2, 1 / std::sqrt(in));
  for (int64_t r = 1; r < s.rows; r += 2)
    for (int64_t i = 0; i < s.in; ++i) x(r, i) = std::abs(x(r, i));
  for (int64_t o = 1; o < s.out; o += 2)
    for (int64_t i = 0; i < s.in; ++i) w(o, i) = std::abs(w(o, i));
  c.inputs = {{x, s.pad}, {w, 0, s.packed}, {s.bias ? Draw(1, s.out, 3) : Matrix()}};
  c.y = Unset(s.rows, s.out, s.pad);
  if (s.add) c.y.matrix = Draw(s.rows, s.out, 4);
  c.run = [add = s.add](Backend& be, Inputs i, const Tensor& y) {
    add ? be.LinearAdd(i[0], i[1], i[2], y) : be.Linear(i[0], i[1], i[2], y);
  };
  c.bound = [add = s.add](const OpCase& o) {
    return tolerance::Linear(o.inputs[0].matrix, o.inputs[1].matrix, o.inputs[2].matrix,
                             add ? o.y.matrix : Matrix());
  };
  return c;
}

OpCase LayerNorm(int64_t rows, int64_t m, int64_t pad) {
  OpCase c;
  c.name = Name("LayerNorm", {rows, m, pad});
  c.inputs = {{Uneven(rows, m, 5), pad}, {Draw(1, m, 6)}, {Draw(1, m, 7, 0.2)}};
  c.y = Unset(rows, m, pad);
  c.run = [](Backend& be, Inputs i, const Tensor& y) {
    be.LayerNorm(i[0], i[1], i[2], 1e-6, y);
  };
  c.bound = [](const OpCase& o) {
    return tolerance::LayerNorm(o.inputs[0].matrix, o.inputs[1].matrix,
                                o.inputs[2].matrix, 1e-6);
  };
  return c;
}

OpCase RmsNorm(int64_t rows, int64_t m, int64_t pad) {
  OpCase c;
  c.name = Name("RmsNorm", {rows, m, pad});
  c.inputs = {{Uneven(rows, m, 8), pad}, {Draw(1, m, 9)}};
  c.y = Unset(rows, m, pad);
  c.run = [](Backend& be, Inputs i, const Tensor& y) {
    be.RmsNorm(i[0], i[1], 1e-5, y);
  };
  c.bound = [](const OpCase& o) {
    return tolerance::RmsNorm(o.inputs[0].matrix, o.inputs[1].matrix, 1e-5);
  };
  return c;
}

OpCase Rope(int64_t rows, int64_t heads, int64_t head_dim, int64_t first, bool alias) {
  OpCase c;
  c.name = Name("Rope", {rows, heads, head_dim, first, alias});
  c.inputs = {{Draw(rows, heads * head_dim, 10), 3}};
  c.y = Unset(rows, heads * head_dim, 2);
  c.alias = alias ? 0 : -1;
  c.run = [=](Backend& be, Inputs i, const Tensor& y) {
    be.Rope(i[0], first, head_dim, y);
  };
  c.bound = [=](const OpCase& o) {
    return tolerance::Rope(o.inputs[0].matrix, head_dim);
  };
  return c;
}

OpCase Attention(const AttentionCase& s) {
  OpCase c;
  c.name = Name("Attention", {s.queries, s.keys, s.heads, s.kv_heads, s.head_dim}) +
           (s.mask == Mask::kCausal ? " causal" : " full");
  // Scores with a deviation of 2: some keys matter, none alone.
  c.inputs = {{Draw(s.queries, s.heads * s.head_dim, 11, 2), 5},
              {Draw(s.keys, s.kv_heads * s.head_dim, 12), 7},
              {Draw(s.keys, s.kv_heads * s.head_dim, 13), 1}};
  c.y = Unset(s.queries, s.heads * s.head_dim, 3);
  c.run = [s](Backend& be, Inputs i, const Tensor& y) {
    be.Attention(i[0], i[1], i[2], s.head_dim, s.mask, y);
  };
  c.bound = [s](const OpCase& o) {
    return tolerance::Attention(o.inputs[0].matrix, o.inputs[1].matrix,
                                o.inputs[2].matrix, s.head_dim,
                                s.mask == Mask::kCausal);
  };
  return c;
}

OpCase Elementwise(const std::string& op, int64_t rows, int64_t m, int64_t pad,
                   int alias) {
  OpCase c;
  c.name = Name(op, {rows, m, pad, alias});
  c.inputs = {{Draw(rows, m, 14, 3), pad}};
  c.y = Unset(rows, m, pad);
  c.alias = alias;
  const double factor = m % 2 ? 1.0 : 31.0 / 9;
  if (op == "SiluMul") c.inputs.push_back({Draw(rows, m, 15), pad});
  if (op == "AddScaled") c.y.matrix = Draw(rows, m, 16);
  c.run = [=](Backend& be, Inputs i, const Tensor& y) {
    if (op == "Gelu") be.Gelu(i[0], y);
    if (op == "Silu") be.Silu(i[0], y);
    if (op == "SiluMul") be.SiluMul(i[0], i[1], y);
    if (op == "AddScaled") be.AddScaled(i[0], factor, y);
    if (op == "Scale") be.Scale(i[0], factor, y);
  };
  c.bound = [=](const OpCase& o) {
    const Matrix& x = o.inputs[0].matrix;
    if (op == "Gelu") return tolerance::Gelu(x);
    if (op == "Silu") return tolerance::Silu(x);
    if (op == "SiluMul") return tolerance::SiluMul(x, o.inputs[1].matrix);
    if (op == "AddScaled") return tolerance::AddScaled(x, factor, o.y.matrix);
    return tolerance::Scale(x, factor);
  };
  return c;
}

OpCase Embed(int64_t entries, int64_t m, DType dtype, double factor) {
  std::vector<std::byte> table(static_cast<size_t>(entries * m * SizeOf(dtype)) + 1);
  Matrix values = Draw(entries, m, 17);
  for (size_t i = 0; i < values.values.size(); ++i) {
    const auto number = static_cast<float>(values.values[i]);
    const BF16 rounded = ToBF16(number);
    // A half of the same bits is some other number, but a number.
    const bool single = dtype == DType::kF32;
    std::memcpy(table.data() + 1 + i * static_cast<size_t>(SizeOf(dtype)),
                single ? static_cast<const void*>(&number) : &rounded,
                static_cast<size_t>(SizeOf(dtype)));
    values.values[i] = single                  ? number
                       : dtype == DType::kBF16 ? ToFloat(rounded)
                                               : ToFloat(F16{rounded.bits});
  }
  const std::vector<int64_t> ids = {entries - 1, 0, entries / 2, 0};
  Matrix chosen(4, m);
  for (int64_t r = 0; r < 4; ++r)
    for (int64_t column = 0; column < m; ++column)
      chosen(r, column) = values(ids[static_cast<size_t>(r)], column);
  OpCase c;
  c.name = Name("Embed", {entries, m}) + " " + NameOf(dtype);
  c.y = Unset(4, m, 3);
  c.run = [=](Backend& be, Inputs, const Tensor& y) {
    auto* data = const_cast<std::byte*>(table.data()) + 1;
    be.Embed(View(data, dtype, {entries, m}), ids, factor, y);
  };
  c.bound = [=](const OpCase&) { return tolerance::Scale(chosen, factor); };
  return c;
}

OpCase Patches(int64_t height, int64_t width, int64_t p) {
  OpCase c;
  c.name = Name("Patches", {height, width, p});
  c.inputs = {{.matrix = Draw(3 * height, width, 18), .shape = {3, height, width}}};
  c.y = Unset((height / p) * (width / p), 3 * p * p, 2);
  c.run = [p](Backend& be, Inputs i, const Tensor& y) { be.Patches(i[0], p, y); };
  c.bound = [](const OpCase& o) { return tolerance::Exact(o.y.matrix); };
  return c;
}

OpCase PixelShuffle(int64_t side, int64_t s, int64_t m) {
  OpCase c;
  c.name = Name("PixelShuffle", {side, s, m});
  c.inputs = {{Draw(side * side, m, 19), 2}};
  c.y = Unset((side / s) * (side / s), s * s * m, 3);
  c.run = [=](Backend& be, Inputs i, const Tensor& y) {
    be.PixelShuffle(i[0], side, s, y);
  };
  c.bound = [](const OpCase& o) { return tolerance::Exact(o.y.matrix); };
  return c;
}

}  // namespace svla::make
