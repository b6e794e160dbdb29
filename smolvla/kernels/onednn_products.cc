// Products over oneDNN, which this file alone asks for them. A product is cut into
// blocks that do not depend on the number of threads, each one primitive's work made
// for one thread: left to share a product out itself, oneDNN may also cut the sum, and
// then the last bits depend on the team.
#include <algorithm>
#include <compare>
#include <dnnl.hpp>
#include <map>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/threads.h"
#include "smolvla/kernels/cpu_loops.h"
#include "smolvla/kernels/products.h"

namespace svla {
namespace {

using dnnl::memory;

// The layout of packed weights may depend on the number of rows they will meet;
// it is chosen for this many, between the expert's 50 and the prefix's 177.
constexpr int64_t kRowsToPackFor = 64;
constexpr int64_t kBlockRows = 256;
constexpr int64_t kBlockOutputs = 192;
constexpr int64_t kAlignment = 64;

int64_t Divide(int64_t n, int64_t by) { return (n + by - 1) / by; }
int64_t RoundUp(int64_t n, int64_t to) { return Divide(n, to) * to; }

// Outputs cut into an even number of blocks, so that two threads end together.
struct Cut {
  explicit Cut(int64_t outputs)
      : width(std::min(
            outputs,
            RoundUp(Divide(outputs, 2 * Divide(outputs, 2 * kBlockOutputs)), 16))),
        count(Divide(outputs, width)),
        last(outputs - (count - 1) * width) {}

  int64_t Width(int64_t block) const { return block + 1 < count ? width : last; }

  int64_t width, count, last;
};

memory::desc Strided(int64_t rows, int64_t columns, int64_t stride,
                     memory::data_type type) {
  return {{rows, columns}, type, memory::dims{stride, 1}};
}

// All that a primitive depends on.
struct Key {
  int64_t rows, in, out, x_stride, y_stride;
  bool bias, add, packed;
  auto operator<=>(const Key&) const = default;
};

// Memory objects that are pointed elsewhere at each call; every worker has its own.
struct Arguments {
  memory x, w, bias, y, scratch;
  std::vector<std::byte> scratch_bytes;
};

struct Primitive {
  dnnl::matmul matmul;
  dnnl::matmul::primitive_desc description;
  std::vector<Arguments> workers;
};

// oneDNN asks OpenMP how many threads there are when a primitive is made, and again
// when one runs outside of a team.
class OneThread {
 public:
  OneThread() { SetThreadCount(1); }
  ~OneThread() { SetThreadCount(before_); }

 private:
  int before_ = ThreadCount();
};

class OneDnnProducts final : public Products {
 public:
  explicit OneDnnProducts(DType weights) : weights_(weights) {}

  std::string_view Name() const override { return "oneDNN"; }

  // Whether this oneDNN makes such products at all.
  bool Works() {
    try {
      const Key key{kRowsToPackFor, 64, 64, 64, 64, true, true, true};
      dnnl::matmul(Describe(key, PackedLayout(key.in, key.out)));
      return true;
    } catch (const dnnl::error&) {
      return false;
    }
  }

  Tensor Pack(const Tensor& plain, Arena& arena) override {
    SVLA_CHECK(plain.dtype == DType::kF32 && plain.Contiguous());
    const int64_t in = plain.Columns();
    const Cut cut(plain.Rows());
    const auto bytes = static_cast<size_t>(cut.count * BlockBytes(in, cut));
    Tensor packed = plain;
    packed.data = arena.NewBytes(bytes);
    packed.dtype = weights_;
    packed.layout = Layout::kPacked;
    for (int64_t block = 0; block < cut.count; ++block) {
      const int64_t out = cut.Width(block);
      memory from({{in, out}, kFloat, memory::dims{1, in}}, engine_,
                  plain.Row<float>(block * cut.width));
      memory to(PackedLayout(in, out), engine_, PackedBlock(packed, cut, block));
      dnnl::reorder(from, to).execute(stream_, from, to);
      stream_.wait();
    }
    return packed;
  }

  void Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, bool add,
                const Tensor& y) override {
    CheckProduct(x, w, bias, y);
    const int64_t rows = x.Rows();
    if (rows == 0) return;
    const Cut cut(w.Rows());
    const int64_t row_blocks = Divide(rows, kBlockRows), tasks = row_blocks * cut.count;
    const bool packed = w.layout == Layout::kPacked;
    const void* source = x.data;
    int64_t x_stride = x.stride;
    if (packed && weights_ == DType::kBF16) {
      source = Rounded(x);
      x_stride = x.Columns();
    }
    const int64_t x_bytes = packed ? SizeOf(weights_) : SizeOf(DType::kF32);

    // At most two numbers of rows and two of outputs.
    const int64_t few = rows / row_blocks;
    const Key whole{few,      x.Columns(), cut.width,
                    x_stride, y.stride,    static_cast<bool>(bias),
                    add,      packed};
    Primitive* primitives[2][2] = {};
    for (const int more : {0, 1})
      for (const int last : {0, 1}) {
        Key key = whole;
        key.rows += more;
        if (last) key.out = cut.last;
        if (more == 0 || rows % row_blocks) primitives[more][last] = &Find(key);
      }

    const auto run = [&](int64_t task, int worker) {
      const int64_t block = task % cut.count, row_block = task / cut.count;
      const int64_t first = rows * row_block / row_blocks;
      const int64_t count = rows * (row_block + 1) / row_blocks - first;
      Primitive& primitive = *primitives[count - few][block + 1 == cut.count];
      Execute(primitive, primitive.workers[static_cast<size_t>(worker)],
              static_cast<const std::byte*>(source) + first * x_stride * x_bytes,
              packed ? PackedBlock(w, cut, block) : w.Row<float>(block * cut.width),
              bias ? bias.As<float>() + block * cut.width : nullptr,
              y.Row<float>(first) + block * cut.width);
    };
    if (tasks > 1) return ParallelTasks(tasks, run);
    const OneThread one;
    run(0, 0);
  }

 private:
  static constexpr auto kFloat = memory::data_type::f32;

  memory::data_type Type(bool packed) const {
    return packed && weights_ == DType::kBF16 ? memory::data_type::bf16 : kFloat;
  }

  dnnl::matmul::primitive_desc Describe(const Key& key, const memory::desc& w) const {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (key.add) {
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      attributes.set_post_ops(sum);
    }
    const memory::desc x = Strided(key.rows, key.in, key.x_stride, Type(key.packed));
    const memory::desc y = Strided(key.rows, key.out, key.y_stride, kFloat);
    const auto description =
        key.bias ? dnnl::matmul::desc(x, w, Strided(1, key.out, key.out, kFloat), y)
                 : dnnl::matmul::desc(x, w, y);
    const OneThread one;
    return {description, attributes, engine_};
  }

  // Of a block of `out` outputs. (w [out, in] row by row is, to oneDNN, [in, out]
  // column by column.)
  const memory::desc& PackedLayout(int64_t in, int64_t out) {
    const auto found = layouts_.find({in, out});
    if (found != layouts_.end()) return found->second;
    const Key key{kRowsToPackFor, in, out, in, out, false, false, true};
    const memory::desc any({in, out}, Type(true), memory::format_tag::any);
    return layouts_.emplace(std::pair(in, out), Describe(key, any).weights_desc())
        .first->second;
  }

  int64_t BlockBytes(int64_t in, const Cut& cut) {
    size_t bytes = PackedLayout(in, cut.width).get_size();
    bytes = std::max(bytes, PackedLayout(in, cut.last).get_size());
    return RoundUp(static_cast<int64_t>(bytes), kAlignment);
  }

  void* PackedBlock(const Tensor& w, const Cut& cut, int64_t block) {
    return w.As<std::byte>() + block * BlockBytes(w.Columns(), cut);
  }

  // The primitive, with arguments for every worker there may be.
  Primitive& Find(const Key& key) {
    auto found = primitives_.find(key);
    if (found == primitives_.end()) {
      const memory::desc plain({key.in, key.out}, kFloat, memory::dims{1, key.in});
      const auto description =
          Describe(key, key.packed ? PackedLayout(key.in, key.out) : plain);
      found = primitives_
                  .emplace(key, Primitive{dnnl::matmul(description), description, {}})
                  .first;
    }
    Primitive& primitive = found->second;
    while (primitive.workers.size() < static_cast<size_t>(ThreadCount()))
      primitive.workers.push_back(ArgumentsOf(primitive.description, key.bias));
    return primitive;
  }

  Arguments ArgumentsOf(const dnnl::matmul::primitive_desc& d, bool bias) const {
    const auto nowhere = [this](const memory::desc& desc) {
      return memory(desc, engine_, nullptr);
    };
    Arguments a{nowhere(d.src_desc()),
                nowhere(d.weights_desc()),
                bias ? nowhere(d.bias_desc()) : memory(),
                nowhere(d.dst_desc()),
                nowhere(d.scratchpad_desc()),
                std::vector<std::byte>(d.scratchpad_desc().get_size() + kAlignment)};
    const auto at = reinterpret_cast<uintptr_t>(a.scratch_bytes.data());
    a.scratch.set_data_handle(a.scratch_bytes.data() + (kAlignment - at % kAlignment));
    return a;
  }

  void Execute(const Primitive& primitive, Arguments& a, const std::byte* x, void* w,
               float* bias, float* y) {
    a.x.set_data_handle(const_cast<std::byte*>(x));
    a.w.set_data_handle(w);
    a.y.set_data_handle(y);
    if (bias) a.bias.set_data_handle(bias);
    // The C call takes its arguments from the stack; the C++ one builds a map.
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, a.x.get()},
        {DNNL_ARG_WEIGHTS, a.w.get()},
        {DNNL_ARG_DST, a.y.get()},
        {DNNL_ARG_SCRATCHPAD, a.scratch.get()},
        {DNNL_ARG_BIAS, bias ? a.bias.get() : nullptr}};
    const dnnl_status_t status = dnnl_primitive_execute(
        primitive.matmul.get(), stream_.get(), bias ? 5 : 4, arguments);
    SVLA_CHECK(status == dnnl_success);
  }

  // x as bfloat16, without gaps between the rows.
  const void* Rounded(const Tensor& x) {
    const int64_t m = x.Columns();
    rounded_.resize(std::max(rounded_.size(), static_cast<size_t>(x.Count())));
    ParallelFor(x.Rows(), 16, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        loops::RoundToBF16(x.Row<float>(r), m, rounded_.data() + r * m);
    });
    return rounded_.data();
  }

  DType weights_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::map<std::pair<int64_t, int64_t>, memory::desc> layouts_;  // by in, out
  std::map<Key, Primitive> primitives_;
  std::vector<uint16_t> rounded_;
};

}  // namespace

std::unique_ptr<Products> MakeOneDnnProducts(DType weights) {
  SVLA_CHECK(weights == DType::kF32 || weights == DType::kBF16);
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto needed = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  if (weights == DType::kBF16 && (isa & needed) != needed) return nullptr;
  auto products = std::make_unique<OneDnnProducts>(weights);
  return products->Works() ? std::move(products) : nullptr;
}

}  // namespace svla
