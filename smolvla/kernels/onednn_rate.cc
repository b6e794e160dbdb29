#include "smolvla/kernels/onednn_rate.h"

#include <algorithm>
#include <dnnl.hpp>
#include <limits>
#include <string>

#include "smolvla/base/bf16.h"
#include "smolvla/base/error.h"
#include "smolvla/base/stopwatch.h"
#include "smolvla/kernels/products.h"

namespace svla {
namespace {

using dnnl::memory;

// The first call warms the caches and is one of the few.
constexpr int kLeastCalls = 3, kMostCalls = 20;
constexpr double kEnough = 100;  // milliseconds

struct Product {
  dnnl::matmul::primitive_desc description;
  memory x, w, y;
};

std::optional<Product> Describe(const dnnl::engine& engine, int64_t rows, int64_t in,
                                int64_t out, memory::data_type type) {
  const memory::desc x({rows, in}, type, memory::format_tag::ab);
  const memory::desc w({in, out}, type, memory::format_tag::any);
  const memory::desc y({rows, out}, type, memory::format_tag::ab);
  // Not by exception: that a type is not there is no error.
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(x, w, y),
                                                 dnnl::primitive_attr(), engine,
                                                 /*allow_empty=*/true);
  // Plain loops would be no yardstick.
  if (!description || std::string(description.impl_info_str()).starts_with("ref"))
    return std::nullopt;
  return Product{description, memory(description.src_desc(), engine),
                 memory(description.weights_desc(), engine),
                 memory(description.dst_desc(), engine)};
}

// Ordinary numbers: zeros and denormals may take another time. The weights are made
// plain and reordered once.
void Fill(Product& product, int64_t in, int64_t out, memory::data_type type,
          dnnl::stream& stream) {
  const dnnl::engine engine = stream.get_engine();
  memory plain({{in, out}, type, memory::format_tag::ba}, engine);
  for (memory* each : {&product.x, &plain}) {
    const size_t bytes = each->get_desc().get_size();
    void* data = each->get_data_handle();
    if (type == memory::data_type::f32)
      std::fill_n(static_cast<float*>(data), bytes / sizeof(float), 0.01f);
    else
      std::fill_n(static_cast<BF16*>(data), bytes / sizeof(BF16), ToBF16(0.01f));
  }
  dnnl::reorder(plain, product.w).execute(stream, plain, product.w);
  stream.wait();
}

}  // namespace

std::optional<double> OneDnnMilliseconds(int64_t rows, int64_t in, int64_t out,
                                         DType dtype) {
  SVLA_CHECK(dtype == DType::kF32 || dtype == DType::kBF16);
  // Where there are no bf16 instructions oneDNN may still emulate them.
  if (dtype == DType::kBF16 && !MakeOneDnnProducts(dtype)) return std::nullopt;
  const auto type =
      dtype == DType::kF32 ? memory::data_type::f32 : memory::data_type::bf16;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  std::optional<Product> product = Describe(engine, rows, in, out, type);
  if (!product) return std::nullopt;
  dnnl::stream stream(engine);
  Fill(*product, in, out, type, stream);
  const dnnl::matmul multiply(product->description);
  double best = std::numeric_limits<double>::infinity(), spent = 0;
  for (int call = 0; call < kMostCalls; ++call) {
    if (call >= kLeastCalls && spent >= kEnough) break;
    const Stopwatch watch;
    multiply.execute(stream, {{DNNL_ARG_SRC, product->x},
                              {DNNL_ARG_WEIGHTS, product->w},
                              {DNNL_ARG_DST, product->y}});
    stream.wait();
    const double took = watch.Elapsed();
    best = std::min(best, took);
    spent += took;
  }
  return best;
}

}  // namespace svla
