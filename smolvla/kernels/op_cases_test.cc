// The lists of op_cases.h. Named like a test because test code is built by that
// ending.
#include "smolvla/kernels/op_cases.h"

#include <cmath>

#include "smolvla/kernels/op_makers.h"

namespace svla {
namespace {

// Around the vectors and tiles of every instruction set, and the model's widths.
constexpr int64_t kWidths[] = {1,  2,  5,  6,  7,  8,  9,  15, 16, 17,  23,  24,  25,
                               31, 32, 33, 47, 48, 49, 63, 64, 80, 720, 960, 1000};

// Every size with every other, the flags turning with them.
std::vector<OpCase> SweptLinear(bool add) {
  std::vector<OpCase> cases;
  int64_t turn = 0;
  for (const int64_t rows : {1, 5, 6, 7, 16, 17, 25, 49})
    for (const int64_t in : {1, 7, 16, 17, 48, 65})
      for (const int64_t out : {1, 5, 16, 24, 47}) {
        cases.push_back(make::Linear(
            {rows, in, out, turn % 2 == 0, turn % 3 == 0, add, turn % 5 == 0 ? 3 : 0}));
        ++turn;
      }
  // One shape in both layouts, which must not be taken for each other.
  for (const bool packed : {true, false})
    cases.push_back(make::Linear({50, 64, 96, true, packed, add, 0}));
  cases.push_back(make::Linear({50, 720, 320, true, true, add, 0}));
  cases.push_back(make::Linear({177, 960, 160, false, true, add, 5}));
  cases.push_back(make::Linear({1024, 768, 64, true, false, add, 0}));
  return cases;
}

std::vector<OpCase> SweptNorm(OpCase (*make)(int64_t, int64_t, int64_t)) {
  std::vector<OpCase> cases;
  for (const int64_t m : kWidths) {
    cases.push_back(make(1, m, 0));
    cases.push_back(make(7, m, 3));
  }
  for (const int64_t rows : {50, 177, 1024}) cases.push_back(make(rows, 768, 1));
  return cases;
}

std::vector<OpCase> SweptRope() {
  std::vector<OpCase> cases;
  for (const int64_t head_dim : {2, 6, 16, 20, 64, 80})
    for (const int64_t rows : {1, 5, 50})
      for (const int64_t first : {0, 1, 226})
        cases.push_back(make::Rope(rows, rows % 3 + 1, head_dim, first, rows == 5));
  cases.push_back(make::Rope(177, 15, 64, 0, true));
  cases.push_back(make::Rope(50, 15, 64, 177, false));
  return cases;
}

std::vector<OpCase> SweptAttention() {
  std::vector<OpCase> cases;
  for (const int64_t head_dim : {2, 6, 16, 20, 64, 80})
    for (const int64_t queries : {1, 5, 6, 7, 23, 24, 25, 47, 49})
      for (const int64_t more : {0, 1, 9, 24}) {
        const int64_t kv_heads = queries % 2 + 1, heads = kv_heads * (more % 3 + 1);
        cases.push_back(make::Attention(
            {queries, queries + more, heads, kv_heads, head_dim, Mask::kCausal}));
        const int64_t keys = std::max<int64_t>(1, queries + more - 16);
        cases.push_back(
            make::Attention({queries, keys, heads, kv_heads, head_dim, Mask::kFull}));
      }
  cases.push_back(make::Attention({50, 177, 15, 5, 64, Mask::kFull}));
  cases.push_back(make::Attention({50, 227, 15, 5, 64, Mask::kCausal}));
  cases.push_back(make::Attention({177, 177, 3, 1, 64, Mask::kCausal}));
  cases.push_back(make::Attention({1024, 1024, 1, 1, 64, Mask::kFull}));
  return cases;
}

std::vector<OpCase> SweptElementwise(const std::string& op) {
  std::vector<OpCase> cases;
  const int aliases = op == "SiluMul" ? 2 : op == "AddScaled" ? 0 : 1;
  for (int alias = -1; alias < aliases; ++alias)
    for (const int64_t m : kWidths) {
      cases.push_back(make::Elementwise(op, 1, m, 0, alias));
      cases.push_back(make::Elementwise(op, 7, m, 3, alias));
    }
  for (const int64_t rows : {50, 177, 1024})
    cases.push_back(make::Elementwise(op, rows, 768, 1, -1));
  return cases;
}

std::vector<OpCase> SweptMoves(const std::string& op) {
  std::vector<OpCase> cases;
  if (op == "Embed")
    for (const int64_t m : {1, 7, 16, 960})
      for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16})
        cases.push_back(make::Embed(9, m, dtype, m == 7 ? 1.0 : std::sqrt(960.0)));
  if (op == "Patches")
    for (const int64_t p : {1, 2, 16})
      for (const int64_t more : {0, 1})
        cases.push_back(make::Patches(33, 48 + more, p));
  if (op == "PixelShuffle")
    for (const int64_t s : {1, 2, 3, 4})
      for (const int64_t m : {1, 7, 48}) cases.push_back(make::PixelShuffle(12, s, m));
  return cases;
}

std::vector<OpCase> RealLinear(bool add) {
  std::vector<OpCase> cases;
  // Rows, in, out of the vision tower, the connector, the prefix and the expert.
  constexpr int64_t kSizes[][3] = {
      {1024, 768, 768}, {1024, 768, 3072}, {1024, 3072, 768}, {64, 12288, 960},
      {177, 960, 1600}, {177, 960, 960},   {177, 960, 5120},  {177, 2560, 960},
      {1, 32, 960},     {1, 1440, 720},    {50, 32, 720},     {50, 720, 1600},
      {50, 720, 4096},  {50, 2048, 720},   {50, 960, 720},    {177, 320, 320},
      {50, 720, 32},    {241, 960, 960}};
  for (const auto& [rows, in, out] : kSizes)
    for (const bool packed : {false, true}) {
      if (!packed && (add || in * out > 1'000'000)) continue;
      cases.push_back(make::Linear({rows, in, out, /*bias=*/true, packed, add, 0}));
    }
  return cases;
}

}  // namespace

const std::vector<std::string>& OpNames() {
  static const std::vector<std::string> names = {
      "Linear", "LinearAdd", "LayerNorm", "RmsNorm",     "Rope",
      "Gelu",   "Silu",      "SiluMul",   "AddScaled",   "Scale",
      "Embed",  "Patches",   "Attention", "PixelShuffle"};
  return names;
}

std::vector<OpCase> SweptCases(const std::string& op) {
  if (op == "Linear" || op == "LinearAdd") return SweptLinear(op == "LinearAdd");
  if (op == "LayerNorm") return SweptNorm(make::LayerNorm);
  if (op == "RmsNorm") return SweptNorm(make::RmsNorm);
  if (op == "Rope") return SweptRope();
  if (op == "Attention") return SweptAttention();
  if (op == "Embed" || op == "Patches" || op == "PixelShuffle") return SweptMoves(op);
  return SweptElementwise(op);
}

std::vector<OpCase> RealCases(const std::string& op) {
  if (op == "Linear" || op == "LinearAdd") return RealLinear(op == "LinearAdd");
  if (op == "LayerNorm")
    return {make::LayerNorm(1024, 768, 0), make::LayerNorm(2048, 768, 0)};
  if (op == "RmsNorm") return {make::RmsNorm(177, 960, 0), make::RmsNorm(50, 720, 0)};
  if (op == "Rope")
    return {make::Rope(177, 15, 64, 0, true), make::Rope(50, 5, 64, 177, false)};
  if (op == "Attention")
    return {make::Attention({1024, 1024, 12, 12, 64, Mask::kFull}),
            make::Attention({177, 177, 15, 5, 64, Mask::kCausal}),
            make::Attention({50, 227, 15, 5, 64, Mask::kCausal}),
            make::Attention({50, 177, 15, 5, 64, Mask::kFull})};
  if (op == "Embed") return {make::Embed(1000, 960, DType::kBF16, std::sqrt(960.0))};
  if (op == "Patches") return {make::Patches(512, 512, 16)};
  if (op == "PixelShuffle") return {make::PixelShuffle(32, 4, 768)};
  return {make::Elementwise(op, 1024, 3072, 0, -1),
          make::Elementwise(op, 177, 2560, 0, -1),
          make::Elementwise(op, 50, 720, 0, -1), make::Elementwise(op, 1, 720, 0, -1)};
}

}  // namespace svla
