#include "smolvla/kernels/products.h"

#include <compare>
#include <dnnl.hpp>
#include <map>
#include <unordered_map>

#include "smolvla/base/error.h"

namespace svla {
namespace {

using dnnl::memory;

constexpr auto kFloat = memory::data_type::f32;

// The layout of packed weights may depend on the number of rows they will meet;
// it is chosen for this many, between the expert's 50 and the prefix's 177.
constexpr int64_t kRowsToPackFor = 64;

memory::desc Strided(int64_t rows, int64_t columns, int64_t stride) {
  return {{rows, columns}, kFloat, memory::dims{stride, 1}};
}

// w [out, in] row by row is, to oneDNN, [in, out] column by column.
memory::desc PlainWeights(int64_t in, int64_t out) {
  return {{in, out}, kFloat, memory::dims{1, in}};
}

memory::desc AnyWeights(int64_t in, int64_t out) {
  return {{in, out}, kFloat, memory::format_tag::any};
}

// All that a primitive depends on.
struct Key {
  int64_t rows, in, out, x_stride, y_stride;
  bool bias, add, packed;
  auto operator<=>(const Key&) const = default;
};

// A primitive with memory objects that are pointed elsewhere at each call.
struct Product {
  dnnl::matmul primitive;
  memory x, w, bias, y;
};

}  // namespace

struct Products::Engine {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::map<Key, Product> products;
  std::unordered_map<const void*, memory::desc> layouts;  // of what Pack made

  dnnl::matmul::primitive_desc Describe(const Key& key, const memory::desc& w) const {
    dnnl::primitive_attr attributes;
    if (key.add) {
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      attributes.set_post_ops(sum);
    }
    const memory::desc x = Strided(key.rows, key.in, key.x_stride);
    const memory::desc y = Strided(key.rows, key.out, key.y_stride);
    const auto description =
        key.bias ? dnnl::matmul::desc(x, w, Strided(1, key.out, key.out), y)
                 : dnnl::matmul::desc(x, w, y);
    return {description, attributes, engine};
  }

  Product Make(const Key& key, const memory::desc& w) const {
    const auto description = Describe(key, w);
    return {dnnl::matmul(description), memory(description.src_desc(), engine, nullptr),
            memory(description.weights_desc(), engine, nullptr),
            key.bias ? memory(description.bias_desc(), engine, nullptr) : memory(),
            memory(description.dst_desc(), engine, nullptr)};
  }

  memory::desc LayoutOf(const Tensor& w) const {
    if (w.layout == Layout::kPlain) return PlainWeights(w.Columns(), w.Rows());
    const auto found = layouts.find(w.data);
    SVLA_CHECK(found != layouts.end());
    return found->second;
  }
};

Products::Products() : engine_(std::make_unique<Engine>()) {}
Products::~Products() = default;

Tensor Products::Pack(const Tensor& plain, Arena& arena) {
  SVLA_CHECK(plain.dtype == DType::kF32 && plain.Contiguous());
  const int64_t out = plain.Rows(), in = plain.Columns();
  const Key key{kRowsToPackFor, in, out, in, out, false, false, true};
  const memory::desc layout =
      engine_->Describe(key, AnyWeights(in, out)).weights_desc();
  Tensor packed = plain;
  packed.data = arena.NewBytes(layout.get_size());
  packed.layout = Layout::kPacked;
  memory from(PlainWeights(in, out), engine_->engine, plain.data);
  memory to(layout, engine_->engine, packed.data);
  dnnl::reorder(from, to).execute(engine_->stream, from, to);
  engine_->stream.wait();
  engine_->layouts[packed.data] = layout;
  return packed;
}

void Products::Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, bool add,
                        const Tensor& y) {
  SVLA_CHECK(x.dtype == DType::kF32 && w.dtype == DType::kF32);
  SVLA_CHECK(x.Rows() == y.Rows() && x.Columns() == w.Columns());
  SVLA_CHECK(y.Columns() == w.Rows() && (!bias || bias.Count() == w.Rows()));
  if (x.Rows() == 0) return;
  // The stride of a single row says nothing, and must not make a second primitive.
  const bool one = x.Rows() == 1;
  const Key key{x.Rows(),
                x.Columns(),
                y.Columns(),
                one ? x.Columns() : x.stride,
                one ? y.Columns() : y.stride,
                static_cast<bool>(bias),
                add,
                w.layout == Layout::kPacked};
  auto found = engine_->products.find(key);
  if (found == engine_->products.end())
    found =
        engine_->products.emplace(key, engine_->Make(key, engine_->LayoutOf(w))).first;
  Product& product = found->second;
  product.x.set_data_handle(x.data);
  product.w.set_data_handle(w.data);
  product.y.set_data_handle(y.data);
  if (bias) product.bias.set_data_handle(bias.data);
  // The C call takes its arguments from the stack; the C++ one builds a map.
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_SRC, product.x.get()},
      {DNNL_ARG_WEIGHTS, product.w.get()},
      {DNNL_ARG_DST, product.y.get()},
      {DNNL_ARG_BIAS, bias ? product.bias.get() : nullptr}};
  const dnnl_status_t status = dnnl_primitive_execute(
      product.primitive.get(), engine_->stream.get(), bias ? 4 : 3, arguments);
  SVLA_CHECK(status == dnnl_success);
}

}  // namespace svla
