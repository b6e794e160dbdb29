// The fast backend: products (products.h), vector loops, one team of threads.
// Operations are cut into ranges of rows; the work on a row does not depend on where
// a range is cut, so neither do the results.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "smolvla/base/threads.h"
#include "smolvla/kernels/attention_loops.h"
#include "smolvla/kernels/backend.h"
#include "smolvla/kernels/cpu_loops.h"
#include "smolvla/kernels/products.h"
#include "smolvla/kernels/rows.h"

namespace svla {
namespace {

// Numbers below which another thread costs more than it brings.
constexpr int64_t kGrain = 16 * 1024;

// Cosine and sine of every (position, i), grown to the largest position met.
class RopeTable {
 public:
  void Cover(int64_t positions, int64_t head_dim) {
    if (head_dim != head_dim_) {
      cosine_.clear();
      sine_.clear();
      head_dim_ = head_dim;
    }
    const int64_t half = head_dim / 2;
    for (auto at = static_cast<int64_t>(cosine_.size()); at < positions * half; ++at) {
      const double angle = RopeAngle(at / half, at % half, head_dim);
      cosine_.push_back(static_cast<float>(std::cos(angle)));
      sine_.push_back(static_cast<float>(std::sin(angle)));
    }
  }

  const float* Cosine(int64_t position) const {
    return cosine_.data() + position * (head_dim_ / 2);
  }
  const float* Sine(int64_t position) const {
    return sine_.data() + position * (head_dim_ / 2);
  }

 private:
  int64_t head_dim_ = 0;
  std::vector<float> cosine_, sine_;  // [positions, head_dim / 2]
};

// Grows, never shrinks.
float* AtLeast(std::vector<float>& memory, int64_t floats) {
  if (memory.size() < static_cast<size_t>(floats))
    memory.resize(static_cast<size_t>(floats));
  return memory.data();
}

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(std::unique_ptr<Products> products)
      : products_(std::move(products)) {}

  std::string_view Name() const override { return "cpu"; }
  DType Real() const override { return DType::kF32; }

  Tensor Pack(const Tensor& plain, Arena& arena) override {
    return products_->Pack(plain, arena);
  }

  void Linear(const Tensor& x, const Tensor& w, const Tensor& bias,
              const Tensor& y) override {
    products_->Multiply(x, w, bias, /*add=*/false, y);
  }

  void LinearAdd(const Tensor& x, const Tensor& w, const Tensor& bias,
                 const Tensor& y) override {
    products_->Multiply(x, w, bias, /*add=*/true, y);
  }

  void LayerNorm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps,
                 const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y) && weight.Count() == x.Columns());
    SVLA_CHECK(bias.Count() == x.Columns());
    ForRows(x, [&](int64_t r) {
      loops::LayerNorm(x.Row<float>(r), weight.As<float>(), bias.As<float>(),
                       static_cast<float>(eps), x.Columns(), y.Row<float>(r));
    });
  }

  void RmsNorm(const Tensor& x, const Tensor& weight, double eps,
               const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y) && weight.Count() == x.Columns());
    ForRows(x, [&](int64_t r) {
      loops::RmsNorm(x.Row<float>(r), weight.As<float>(), static_cast<float>(eps),
                     x.Columns(), y.Row<float>(r));
    });
  }

  void Rope(const Tensor& x, int64_t first, int64_t head_dim,
            const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y) && x.Columns() % head_dim == 0 && head_dim % 2 == 0);
    rope_.Cover(first + x.Rows(), head_dim);
    ForRows(x, [&](int64_t r) {
      loops::Rope(x.Row<float>(r), rope_.Cosine(first + r), rope_.Sine(first + r),
                  x.Columns() / head_dim, head_dim, y.Row<float>(r));
    });
  }

  void Attention(const Tensor& q, const Tensor& k, const Tensor& v, int64_t head_dim,
                 Mask mask, const Tensor& y) override {
    const bool causal = mask == Mask::kCausal;
    const AttentionSizes s = CheckAttention(q, k, v, head_dim, causal, y);
    const loops::AttentionPlan plan{s.keys, head_dim};
    const int64_t key_floats = plan.KeyFloats(), value_floats = plan.ValueFloats();
    float* keys = AtLeast(keys_, s.kv_heads * key_floats);
    float* values = AtLeast(values_, s.kv_heads * value_floats);
    ParallelTasks(s.kv_heads, [&](int64_t h, int) {
      loops::PackKeys(plan, k.As<float>() + h * head_dim, k.stride,
                      keys + h * key_floats);
      loops::PackValues(plan, v.As<float>() + h * head_dim, v.stride,
                        values + h * value_floats);
    });

    const int64_t blocks = (s.queries + loops::kQueryBlock - 1) / loops::kQueryBlock;
    const int64_t group = s.heads / s.kv_heads;
    scratch_.resize(std::max(scratch_.size(), static_cast<size_t>(ThreadCount())));
    for (std::vector<float>& memory : scratch_) AtLeast(memory, plan.ScratchFloats());
    ParallelTasks(s.heads * blocks, [&](int64_t task, int worker) {
      const int64_t head = task / blocks;
      const int64_t first = task % blocks * loops::kQueryBlock;
      const loops::QueryBlock block{q.Row<float>(first) + head * head_dim,
                                    q.stride,
                                    std::min(loops::kQueryBlock, s.queries - first),
                                    s.Visible(first, causal),
                                    causal ? 1 : 0,
                                    y.Row<float>(first) + head * head_dim,
                                    y.stride};
      loops::Attend(plan, keys + head / group * key_floats,
                    values + head / group * value_floats, block,
                    scratch_[static_cast<size_t>(worker)].data());
    });
  }

  void Gelu(const Tensor& x, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForRows(x, [&](int64_t r) {
      loops::Gelu(x.Row<float>(r), x.Columns(), y.Row<float>(r));
    });
  }

  void Silu(const Tensor& x, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForRows(x, [&](int64_t r) {
      loops::Silu(x.Row<float>(r), x.Columns(), y.Row<float>(r));
    });
  }

  void SiluMul(const Tensor& gate, const Tensor& up, const Tensor& y) override {
    SVLA_CHECK(SameRows(gate, y) && SameRows(up, y));
    ForRows(gate, [&](int64_t r) {
      loops::SiluMul(gate.Row<float>(r), up.Row<float>(r), gate.Columns(),
                     y.Row<float>(r));
    });
  }

  void AddScaled(const Tensor& x, double factor, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForRows(x, [&](int64_t r) {
      loops::AddScaled(x.Row<float>(r), static_cast<float>(factor), x.Columns(),
                       y.Row<float>(r));
    });
  }

  void Scale(const Tensor& x, double factor, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForRows(x, [&](int64_t r) {
      loops::Scale(x.Row<float>(r), static_cast<float>(factor), x.Columns(),
                   y.Row<float>(r));
    });
  }

  void Embed(const Tensor& table, std::span<const int64_t> ids, double factor,
             const Tensor& y) override {
    CheckEmbed(table, ids, y);
    for (size_t i = 0; i < ids.size(); ++i) {
      float* row = y.Row<float>(static_cast<int64_t>(i));
      for (int64_t c = 0; c < y.Columns(); ++c)
        row[c] = static_cast<float>(factor) *
                 TableValue<float>(table, ids[i] * table.Columns() + c);
    }
  }

  void Patches(const Tensor& pixels, int64_t p, const Tensor& y) override {
    GatherPatches<float>(pixels, p, y);
  }

  void PixelShuffle(const Tensor& x, int64_t side, int64_t s,
                    const Tensor& y) override {
    ShufflePixels<float>(x, side, s, y);
  }

  void Write(std::span<const double> values, const Tensor& x) override {
    SVLA_CHECK(x.Contiguous() && static_cast<int64_t>(values.size()) == x.Count());
    std::transform(values.begin(), values.end(), x.As<float>(),
                   [](double v) { return static_cast<float>(v); });
  }

  void Write(std::span<const float> values, const Tensor& x) override {
    SVLA_CHECK(x.Contiguous() && static_cast<int64_t>(values.size()) == x.Count());
    std::copy(values.begin(), values.end(), x.As<float>());
  }

  void Read(const Tensor& x, std::span<double> values) override {
    SVLA_CHECK(x.Contiguous() && static_cast<int64_t>(values.size()) == x.Count());
    std::copy_n(x.As<float>(), values.size(), values.begin());
  }

 private:
  // row(r) for every row, in parallel where there is enough to do.
  template <class Row>
  static void ForRows(const Tensor& x, const Row& row) {
    const int64_t grain =
        std::max<int64_t>(1, kGrain / std::max<int64_t>(1, x.Columns()));
    ParallelFor(x.Rows(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) row(r);
    });
  }

  std::unique_ptr<Products> products_;
  RopeTable rope_;
  std::vector<float> keys_, values_;         // Attention's laid out heads
  std::vector<std::vector<float>> scratch_;  // Attention's, by worker
};

}  // namespace

std::unique_ptr<Backend> MakeCpuBackend(DType weights) {
  if (const char* level = std::getenv("SMOLVLA_CPU")) loops::ForceInstructionSet(level);
  return MakeCpuBackend(MakeProducts(weights));
}

std::unique_ptr<Backend> MakeCpuBackend(std::unique_ptr<Products> products) {
  return std::make_unique<CpuBackend>(std::move(products));
}

}  // namespace svla
