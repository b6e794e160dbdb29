// Products over oneDNN, which this file alone asks for them. A product is cut into
// blocks that do not depend on the number of threads, each one primitive's work made
// for one thread: left to share a product out itself, oneDNN may also cut the sum, and
// then the last bits depend on the team.
//
// oneDNN 2.6's fast products with packed weights (brgemm) take dense activations and
// write dense results; for any other it falls back to plain loops, a thousand times
// slower, without a word. So rows that lie apart are gathered, results go through a
// block of each thread's own, and Works() asks for the implementation's name.
#include <algorithm>
#include <compare>
#include <deque>
#include <dnnl.hpp>
#include <map>
#include <string_view>
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
constexpr int64_t kBlockOutputs = 128;  // brgemm packs 64 together
constexpr int64_t kAlignment = 64;

int64_t Divide(int64_t n, int64_t by) { return (n + by - 1) / by; }
int64_t RoundUp(int64_t n, int64_t to) { return Divide(n, to) * to; }

// The outputs of a product in blocks, all of one width but the last.
struct Cut {
  explicit Cut(int64_t outputs)
      : width(std::min(outputs, kBlockOutputs)),
        count(Divide(outputs, width)),
        last(outputs - (count - 1) * width) {}

  int64_t Width(int64_t block) const { return block + 1 < count ? width : last; }

  int64_t width, count, last;
};

memory::desc Dense(int64_t rows, int64_t columns, memory::data_type type) {
  return {{rows, columns}, type, memory::dims{columns, 1}};
}

// All that a primitive depends on.
struct Key {
  int64_t rows, in, out;
  bool bias, packed;
  auto operator<=>(const Key&) const = default;
};

// Memory objects that are pointed elsewhere at each call; every worker has its own.
struct Arguments {
  memory x, w, bias, y, scratch;
};

struct Primitive {
  dnnl::matmul matmul;
  dnnl::matmul::primitive_desc description;
  size_t scratch_bytes;  // asking the description takes memory
  std::vector<Arguments> workers;
};

// What a worker computes in.
struct Worker {
  Arena memory;
  float* y = nullptr;  // [kBlockRows, kBlockOutputs]
  void* scratch = nullptr;
  size_t scratch_bytes = 0;
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

  // Whether oneDNN has fast products of this kind here.
  bool Works() {
    try {
      for (const int64_t rows : {int64_t{1}, int64_t{50}, kBlockRows}) {
        const Key key{rows, 64, 64, true, true};
        const auto found = Describe(key, PackedLayout(key.in, key.out));
        if (std::string_view(found.impl_info_str()).starts_with("ref")) return false;
      }
      return true;
    } catch (const dnnl::error&) {
      return false;
    }
  }

  Tensor Pack(const Tensor& plain, Arena& arena) override {
    SVLA_CHECK(plain.dtype == DType::kF32 && plain.Contiguous());
    const int64_t in = plain.Columns();
    const Cut cut(plain.Rows());
    const int64_t block_bytes = BlockBytes(in, cut);
    Tensor packed = plain;
    packed.data = arena.NewBytes(static_cast<size_t>(cut.count * block_bytes));
    packed.dtype = weights_;
    packed.layout = Layout::kPacked;
    for (int64_t block = 0; block < cut.count; ++block) {
      const int64_t out = cut.Width(block);
      memory from({{in, out}, kFloat, memory::dims{1, in}}, engine_,
                  plain.Row<float>(block * cut.width));
      memory to(PackedLayout(in, out), engine_,
                packed.As<std::byte>() + block * block_bytes);
      dnnl::reorder(from, to).execute(stream_, from, to);
      stream_.wait();
    }
    return packed;
  }

  void Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, bool add,
                const Tensor& y) override {
    CheckProduct(x, w, bias, y);
    const int64_t rows = x.Rows(), in = x.Columns();
    if (rows == 0) return;
    const Cut cut(w.Rows());
    const int64_t row_blocks = Divide(rows, kBlockRows), tasks = row_blocks * cut.count;
    const bool packed = w.layout == Layout::kPacked;
    const std::byte* source = DenseRows(x, packed);
    const int64_t row_bytes = in * (packed ? SizeOf(weights_) : SizeOf(DType::kF32));
    const int64_t block_bytes =
        packed ? BlockBytes(in, cut) : cut.width * in * SizeOf(DType::kF32);
    ReadyWorkers();

    // At most two numbers of rows and two of outputs.
    const int64_t few = rows / row_blocks;
    Primitive* primitives[2][2] = {};
    for (const int more : {0, 1})
      for (const int last : {0, 1})
        if (more == 0 || rows % row_blocks)
          primitives[more][last] = &Find({few + more, in, last ? cut.last : cut.width,
                                          static_cast<bool>(bias), packed});

    const auto run = [&](int64_t task, int worker) {
      const int64_t block = task % cut.count, row_block = task / cut.count;
      const int64_t first = rows * row_block / row_blocks;
      const int64_t count = rows * (row_block + 1) / row_blocks - first;
      Primitive& primitive = *primitives[count - few][block + 1 == cut.count];
      const Worker& at = workers_[static_cast<size_t>(worker)];
      Execute(primitive.matmul, primitive.workers[static_cast<size_t>(worker)],
              source + first * row_bytes, w.As<std::byte>() + block * block_bytes,
              bias ? bias.As<float>() + block * cut.width : nullptr, at);
      const int64_t out = cut.Width(block);
      for (int64_t r = 0; r < count; ++r) {
        float* to = y.Row<float>(first + r) + block * cut.width;
        if (add)
          loops::AddScaled(at.y + r * out, 1.0f, out, to);
        else
          std::copy_n(at.y + r * out, out, to);
      }
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
    const memory::desc x = Dense(key.rows, key.in, Type(key.packed));
    const memory::desc y = Dense(key.rows, key.out, kFloat);
    const auto description =
        key.bias ? dnnl::matmul::desc(x, w, Dense(1, key.out, kFloat), y)
                 : dnnl::matmul::desc(x, w, y);
    const OneThread one;
    return {description, attributes, engine_};
  }

  // Of a block of `out` outputs. (w [out, in] row by row is, to oneDNN, [in, out]
  // column by column.)
  const memory::desc& PackedLayout(int64_t in, int64_t out) {
    const auto found = layouts_.find({in, out});
    if (found != layouts_.end()) return found->second;
    const Key key{kRowsToPackFor, in, out, false, true};
    const memory::desc any({in, out}, Type(true), memory::format_tag::any);
    return layouts_.emplace(std::pair(in, out), Describe(key, any).weights_desc())
        .first->second;
  }

  int64_t BlockBytes(int64_t in, const Cut& cut) {
    size_t bytes = PackedLayout(in, cut.width).get_size();
    bytes = std::max(bytes, PackedLayout(in, cut.last).get_size());
    return RoundUp(static_cast<int64_t>(bytes), kAlignment);
  }

  void ReadyWorkers() {
    while (workers_.size() < static_cast<size_t>(ThreadCount())) {
      Worker& worker = workers_.emplace_back();
      worker.y =
          worker.memory.New(DType::kF32, {kBlockRows, kBlockOutputs}).As<float>();
    }
  }

  // The primitive, with arguments for every worker there may be.
  Primitive& Find(const Key& key) {
    auto found = primitives_.find(key);
    if (found == primitives_.end()) {
      const memory::desc plain({key.in, key.out}, kFloat, memory::dims{1, key.in});
      const auto description =
          Describe(key, key.packed ? PackedLayout(key.in, key.out) : plain);
      found = primitives_
                  .emplace(key, Primitive{dnnl::matmul(description),
                                          description,
                                          description.scratchpad_desc().get_size(),
                                          {}})
                  .first;
    }
    Primitive& primitive = found->second;
    while (primitive.workers.size() < workers_.size())
      primitive.workers.push_back(ArgumentsOf(primitive.description, key.bias));
    const size_t bytes = primitive.scratch_bytes;
    for (Worker& worker : workers_)
      if (worker.scratch_bytes < bytes) {
        worker.scratch = worker.memory.NewBytes(bytes);
        worker.scratch_bytes = bytes;
      }
    return primitive;
  }

  Arguments ArgumentsOf(const dnnl::matmul::primitive_desc& d, bool bias) const {
    const auto nowhere = [this](const memory::desc& desc) {
      return memory(desc, engine_, nullptr);
    };
    return {nowhere(d.src_desc()), nowhere(d.weights_desc()),
            bias ? nowhere(d.bias_desc()) : memory(), nowhere(d.dst_desc()),
            nowhere(d.scratchpad_desc())};
  }

  // One block, into the worker's y.
  void Execute(const dnnl::matmul& matmul, Arguments& a, const std::byte* x,
               std::byte* w, float* bias, const Worker& at) {
    a.x.set_data_handle(const_cast<std::byte*>(x));
    a.w.set_data_handle(w);
    a.y.set_data_handle(at.y);
    a.scratch.set_data_handle(at.scratch);
    if (bias) a.bias.set_data_handle(bias);
    // The C call takes its arguments from the stack; the C++ one builds a map.
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, a.x.get()},
        {DNNL_ARG_WEIGHTS, a.w.get()},
        {DNNL_ARG_DST, a.y.get()},
        {DNNL_ARG_SCRATCHPAD, a.scratch.get()},
        {DNNL_ARG_BIAS, bias ? a.bias.get() : nullptr}};
    const dnnl_status_t status =
        dnnl_primitive_execute(matmul.get(), stream_.get(), bias ? 5 : 4, arguments);
    SVLA_CHECK(status == dnnl_success);
  }

  // The rows of x without gaps, as bfloat16 where packed weights are.
  const std::byte* DenseRows(const Tensor& x, bool packed) {
    const bool round = packed && weights_ == DType::kBF16;
    if (!round && x.Contiguous()) return x.As<std::byte>();
    const int64_t m = x.Columns();
    dense_.resize(std::max(dense_.size(), static_cast<size_t>(x.Count())));
    auto* rounded = reinterpret_cast<uint16_t*>(dense_.data());
    ParallelFor(x.Rows(), 16, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        if (round)
          loops::RoundToBF16(x.Row<float>(r), m, rounded + r * m);
        else
          std::copy_n(x.Row<float>(r), m, dense_.data() + r * m);
    });
    return reinterpret_cast<const std::byte*>(dense_.data());
  }

  DType weights_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::map<std::pair<int64_t, int64_t>, memory::desc> layouts_;  // by in, out
  std::map<Key, Primitive> primitives_;
  std::deque<Worker> workers_;
  std::vector<float> dense_;
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
