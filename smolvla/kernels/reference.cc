// The definition of right. Plain loops, everything in double, nothing clever:
// what a backend computes is compared with what stands here.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "smolvla/base/threads.h"
#include "smolvla/kernels/backend.h"
#include "smolvla/kernels/rows.h"

namespace svla {
namespace {

double SiluOf(double x) { return x / (1.0 + std::exp(-x)); }

double GeluOf(double x) {
  const double inner = std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1.0 + std::tanh(inner));
}

class ReferenceBackend final : public Backend {
 public:
  std::string_view Name() const override { return "reference"; }
  DType Real() const override { return DType::kF64; }

  Tensor Pack(const Tensor& plain, Arena& arena) override {
    const Tensor copy = arena.New(DType::kF64, plain.shape);
    Scale(plain, 1.0, copy);
    return copy;
  }

  void Linear(const Tensor& x, const Tensor& w, const Tensor& bias,
              const Tensor& y) override {
    Multiply(x, w, bias, y, /*add=*/false);
  }

  void LinearAdd(const Tensor& x, const Tensor& w, const Tensor& bias,
                 const Tensor& y) override {
    Multiply(x, w, bias, y, /*add=*/true);
  }

  void LayerNorm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps,
                 const Tensor& y) override {
    const int64_t m = x.Columns();
    SVLA_CHECK(SameRows(x, y) && weight.Count() == m && bias.Count() == m);
    for (int64_t r = 0; r < x.Rows(); ++r) {
      const double* in = x.Row<double>(r);
      double mean = 0, variance = 0;
      for (int64_t c = 0; c < m; ++c) mean += in[c];
      mean /= static_cast<double>(m);
      for (int64_t c = 0; c < m; ++c) variance += (in[c] - mean) * (in[c] - mean);
      variance /= static_cast<double>(m);
      for (int64_t c = 0; c < m; ++c)
        y.Row<double>(r)[c] =
            (in[c] - mean) / std::sqrt(variance + eps) * weight.As<double>()[c] +
            bias.As<double>()[c];
    }
  }

  void RmsNorm(const Tensor& x, const Tensor& weight, double eps,
               const Tensor& y) override {
    const int64_t m = x.Columns();
    SVLA_CHECK(SameRows(x, y) && weight.Count() == m);
    for (int64_t r = 0; r < x.Rows(); ++r) {
      const double* in = x.Row<double>(r);
      double square = 0;
      for (int64_t c = 0; c < m; ++c) square += in[c] * in[c];
      const double scale = 1.0 / std::sqrt(square / static_cast<double>(m) + eps);
      for (int64_t c = 0; c < m; ++c)
        y.Row<double>(r)[c] = in[c] * scale * weight.As<double>()[c];
    }
  }

  void Rope(const Tensor& x, int64_t first, int64_t head_dim,
            const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y) && x.Columns() % head_dim == 0 && head_dim % 2 == 0);
    const int64_t half = head_dim / 2;
    for (int64_t r = 0; r < x.Rows(); ++r)
      for (int64_t head = 0; head < x.Columns(); head += head_dim)
        for (int64_t i = 0; i < half; ++i) {
          const double angle = RopeAngle(first + r, i, head_dim);
          const double a = x.Row<double>(r)[head + i];
          const double b = x.Row<double>(r)[head + half + i];
          y.Row<double>(r)[head + i] = a * std::cos(angle) - b * std::sin(angle);
          y.Row<double>(r)[head + half + i] = b * std::cos(angle) + a * std::sin(angle);
        }
  }

  void Attention(const Tensor& q, const Tensor& k, const Tensor& v, int64_t head_dim,
                 Mask mask, const Tensor& y) override {
    const bool causal = mask == Mask::kCausal;
    const AttentionSizes s = CheckAttention(q, k, v, head_dim, causal, y);
    const double scale = 1.0 / std::sqrt(static_cast<double>(head_dim));
    probabilities_.resize(static_cast<size_t>(s.queries * s.heads * s.keys));
    ParallelFor(s.queries * s.heads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = i / s.heads, head = i % s.heads;
        const int64_t kv_head = head / (s.heads / s.kv_heads);
        AttendRow(q.Row<double>(row) + head * head_dim,
                  Columns(k, kv_head * head_dim, head_dim),
                  Columns(v, kv_head * head_dim, head_dim), s.Visible(row, causal),
                  scale, probabilities_.data() + i * s.keys,
                  y.Row<double>(row) + head * head_dim);
      }
    });
  }

  void Gelu(const Tensor& x, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForEachElement<double>(y, [&](double& out, int64_t r, int64_t c) {
      out = GeluOf(x.Row<double>(r)[c]);
    });
  }

  void Silu(const Tensor& x, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForEachElement<double>(y, [&](double& out, int64_t r, int64_t c) {
      out = SiluOf(x.Row<double>(r)[c]);
    });
  }

  void SiluMul(const Tensor& gate, const Tensor& up, const Tensor& y) override {
    SVLA_CHECK(SameRows(gate, y) && SameRows(up, y));
    ForEachElement<double>(y, [&](double& out, int64_t r, int64_t c) {
      out = SiluOf(gate.Row<double>(r)[c]) * up.Row<double>(r)[c];
    });
  }

  void AddScaled(const Tensor& x, double factor, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForEachElement<double>(y, [&](double& out, int64_t r, int64_t c) {
      out += factor * x.Row<double>(r)[c];
    });
  }

  void Scale(const Tensor& x, double factor, const Tensor& y) override {
    SVLA_CHECK(SameRows(x, y));
    ForEachElement<double>(y, [&](double& out, int64_t r, int64_t c) {
      out = factor * x.Row<double>(r)[c];
    });
  }

  void Embed(const Tensor& table, std::span<const int64_t> ids, double factor,
             const Tensor& y) override {
    CheckEmbed(table, ids, y);
    for (size_t i = 0; i < ids.size(); ++i)
      for (int64_t c = 0; c < y.Columns(); ++c)
        y.Row<double>(static_cast<int64_t>(i))[c] =
            factor * TableValue<double>(table, ids[i] * table.Columns() + c);
  }

  void Patches(const Tensor& pixels, int64_t p, const Tensor& y) override {
    GatherPatches<double>(pixels, p, y);
  }

  void PixelShuffle(const Tensor& x, int64_t side, int64_t s,
                    const Tensor& y) override {
    ShufflePixels<double>(x, side, s, y);
  }

  void Write(std::span<const double> values, const Tensor& x) override {
    SVLA_CHECK(x.Contiguous() && static_cast<int64_t>(values.size()) == x.Count());
    std::copy(values.begin(), values.end(), x.As<double>());
  }

  void Write(std::span<const float> values, const Tensor& x) override {
    SVLA_CHECK(x.Contiguous() && static_cast<int64_t>(values.size()) == x.Count());
    std::copy(values.begin(), values.end(), x.As<double>());
  }

  void Read(const Tensor& x, std::span<double> values) override {
    SVLA_CHECK(x.Contiguous() && static_cast<int64_t>(values.size()) == x.Count());
    std::copy_n(x.As<double>(), values.size(), values.begin());
  }

 private:
  void Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, const Tensor& y,
                bool add) {
    const int64_t in = x.Columns(), out = y.Columns();
    SVLA_CHECK(x.Rows() == y.Rows() && w.Rows() == out && w.Columns() == in);
    SVLA_CHECK(!bias || bias.Count() == out);
    ParallelFor(x.Rows() * out, 64, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const double* a = x.Row<double>(i / out);
        const double* b = w.Row<double>(i % out);
        double sum = bias ? bias.As<double>()[i % out] : 0.0;
        for (int64_t c = 0; c < in; ++c) sum += a[c] * b[c];
        double& to = y.Row<double>(i / out)[i % out];
        to = add ? to + sum : sum;
      }
    });
  }

  // One query of one head; k and v are that head's columns.
  static void AttendRow(const double* q, const Tensor& k, const Tensor& v,
                        int64_t visible, double scale, double* probability, double* y) {
    const int64_t d = k.Columns();
    double largest = -INFINITY;
    for (int64_t key = 0; key < visible; ++key) {
      double dot = 0;
      for (int64_t c = 0; c < d; ++c) dot += q[c] * k.Row<double>(key)[c];
      probability[key] = dot * scale;
      largest = std::max(largest, probability[key]);
    }
    double sum = 0;
    for (int64_t key = 0; key < visible; ++key)
      sum += probability[key] = std::exp(probability[key] - largest);
    std::fill_n(y, d, 0.0);
    for (int64_t key = 0; key < visible; ++key)
      for (int64_t c = 0; c < d; ++c)
        y[c] += probability[key] / sum * v.Row<double>(key)[c];
  }

  std::vector<double> probabilities_;  // scratch of Attention
};

}  // namespace

std::unique_ptr<Backend> MakeReferenceBackend() {
  return std::make_unique<ReferenceBackend>();
}

}  // namespace svla
