// The seam between the network and the machine. The model calls these operations
// over whole tensors and knows nothing of threads, vectors or cards.
//
//   std::unique_ptr<Backend> backend = MakeBackend("cpu");
//   backend->Linear(x, w, bias, y);
//
// Conventions. x [n, m] is n rows of m numbers; rows may lie further apart than
// m (Tensor::stride), weights never do. Activations are of type Real(). Outputs
// come last and are assigned, except in the operations named ...Add. An output
// may be the input itself only where it says "may alias". Sizes that do not fit
// are bugs (SVLA_CHECK). Not for two threads at once: one backend, one caller.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "smolvla/base/tensor.h"

namespace svla {

// Which keys a query row sees. kFull: all. kCausal: with as many rows as there
// are own keys at the end, row r of n sees all but the last n - 1 - r.
enum class Mask { kFull, kCausal };

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view Name() const = 0;

  // The type of activations and of everything the network computes.
  virtual DType Real() const = 0;

  // A matrix [out, in], plain and of type Real(), as Linear wants it: copied into
  // the arena in the layout this backend multiplies fastest.
  virtual Tensor Pack(const Tensor& plain, Arena& arena) = 0;

  // y = x wᵀ + bias.  x [n, in], w [out, in] packed or plain, bias [out] or
  // empty, y [n, out].
  virtual void Linear(const Tensor& x, const Tensor& w, const Tensor& bias,
                      const Tensor& y) = 0;

  // y += x wᵀ + bias. The same shapes.
  virtual void LinearAdd(const Tensor& x, const Tensor& w, const Tensor& bias,
                         const Tensor& y) = 0;

  // y = (x - mean) / sqrt(variance + eps) * weight + bias, each row by itself,
  // variance over n.  x, y [n, m], weight, bias [m].
  virtual void LayerNorm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         double eps, const Tensor& y) = 0;

  // y = x / sqrt(mean(x²) + eps) * weight, each row by itself.  x, y [n, m].
  virtual void RmsNorm(const Tensor& x, const Tensor& weight, double eps,
                       const Tensor& y) = 0;

  // Rotary position embedding of the reference, wavelength 10,000 whatever the
  // language model says, in half-split pairs: with d = head_dim, i < d/2,
  // angle = (first + row) / 10000^(2i/d) in float,
  //   y[i] = x[i] cos - x[i+d/2] sin,  y[i+d/2] = x[i+d/2] cos + x[i] sin.
  // x, y [n, heads * head_dim]; may alias.
  virtual void Rope(const Tensor& x, int64_t first, int64_t head_dim,
                    const Tensor& y) = 0;

  // y = softmax(q kᵀ / sqrt(head_dim)) v for every head.  q, y [n, heads * d],
  // k, v [m, kv_heads * d]; heads is a multiple of kv_heads and query head h reads
  // key head h / (heads / kv_heads).
  virtual void Attention(const Tensor& q, const Tensor& k, const Tensor& v,
                         int64_t head_dim, Mask mask, const Tensor& y) = 0;

  // y = 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))). May alias.
  virtual void Gelu(const Tensor& x, const Tensor& y) = 0;

  // y = x / (1 + exp(-x)). May alias.
  virtual void Silu(const Tensor& x, const Tensor& y) = 0;

  // y = silu(gate) * up. May alias either.
  virtual void SiluMul(const Tensor& gate, const Tensor& up, const Tensor& y) = 0;

  // y += factor * x.
  virtual void AddScaled(const Tensor& x, double factor, const Tensor& y) = 0;

  // y = factor * x. May alias. With factor 1, the copy between row strides.
  virtual void Scale(const Tensor& x, double factor, const Tensor& y) = 0;

  // y[i] = factor * table[ids[i]].  table [entries, m] F32, BF16, F16 or Real(),
  // y [n, m]; every id is in [0, entries).
  virtual void Embed(const Tensor& table, std::span<const int64_t> ids, double factor,
                     const Tensor& y) = 0;

  // The patches of a picture as rows: y[r * columns + c] holds the p x p pixels of
  // patch (r, c) of each channel, channel by channel, row by row.  pixels
  // [3, height, width], y [(height/p) * (width/p), 3 p²]; pixels beyond the last
  // whole patch are left out.
  virtual void Patches(const Tensor& pixels, int64_t p, const Tensor& y) = 0;

  // Joins s x s neighbouring tokens of a square grid: row (R, C) of y holds, for
  // dy, dx in order, token (R s + dy, C s + dx).  x [side², m], y [(side/s)², s² m].
  virtual void PixelShuffle(const Tensor& x, int64_t side, int64_t s,
                            const Tensor& y) = 0;

  // From and to the caller's own memory.  x [n, m] contiguous.
  virtual void Write(std::span<const double> values, const Tensor& x) = 0;
  virtual void Write(std::span<const float> values, const Tensor& x) = 0;
  virtual void Read(const Tensor& x, std::span<double> values) = 0;
};

// The definition of right: plain loops in double.
std::unique_ptr<Backend> MakeReferenceBackend();

// oneDNN's matrix products, panels of our own where oneDNN lacks what is asked for,
// and vector loops of our own. Activations are float; packed weights are kF32 or
// kBF16. Results do not depend on the number of threads.
std::unique_ptr<Backend> MakeCpuBackend(DType weights = DType::kF32);

// "cpu" with "fp32" or "bf16" weights, or "reference" with "fp32", which says there
// that nothing is rounded. Throws Error for any other name.
std::unique_ptr<Backend> MakeBackend(const std::string& name,
                                     const std::string& dtype = "fp32");

}  // namespace svla
