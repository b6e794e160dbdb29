// Products over panels (panel_loops.h).
#include <algorithm>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/threads.h"
#include "smolvla/kernels/panel_loops.h"
#include "smolvla/kernels/products.h"

namespace svla {
namespace {

// A block of rows and of inputs (384 KiB) stays in the second-level cache while panel
// after panel, each in the first (16 KiB with AVX2), is multiplied with it. A widened
// panel serves all its rows. Sums of more inputs are summed again, block by block,
// which also keeps their rounding small.
constexpr int64_t kBlockRows = 384;
constexpr int64_t kBlockInputs = 256;
// Panels in a task: few enough that with AVX2 eight threads share 50 x 720 outputs.
constexpr int64_t kTaskPanels = 6;

int64_t Divide(int64_t n, int64_t by) { return (n + by - 1) / by; }

class PanelProducts final : public Products {
 public:
  explicit PanelProducts(DType weights) : weights_(weights) {
    SVLA_CHECK(weights == DType::kF32 || weights == DType::kBF16);
  }

  std::string_view Name() const override { return "panels"; }

  Tensor Pack(const Tensor& plain, Arena& arena) override {
    SVLA_CHECK(plain.dtype == DType::kF32 && plain.Contiguous());
    const int64_t out = plain.Rows(), in = plain.Columns();
    const int64_t panels = Divide(out, Width()), words = PanelWords(weights_, in);
    Tensor packed = plain;
    packed.data = arena.NewBytes(static_cast<size_t>(panels * words) * kWord);
    packed.dtype = weights_;
    packed.layout = Layout::kPacked;
    ParallelTasks(panels, [&](int64_t panel, int) {
      const int64_t first = panel * Width(), count = std::min(Width(), out - first);
      if (weights_ == DType::kF32)
        loops::GatherPanel(plain.Row<float>(first), in, count, in,
                           packed.As<float>() + panel * words);
      else
        loops::GatherPanel(plain.Row<float>(first), in, count, in,
                           packed.As<uint32_t>() + panel * words);
    });
    return packed;
  }

  void Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, bool add,
                const Tensor& y) override {
    CheckProduct(x, w, bias, y);
    const int64_t rows = x.Rows();
    const int64_t row_blocks = Divide(rows, kBlockRows);
    const int64_t panels = Divide(w.Rows(), Width());
    const int64_t panel_blocks = Divide(panels, kTaskPanels);
    const auto scratch_floats = static_cast<size_t>(kBlockInputs * Width());
    scratch_.resize(static_cast<size_t>(ThreadCount()));
    for (std::vector<float>& scratch : scratch_) scratch.resize(scratch_floats);
    ParallelTasks(row_blocks * panel_blocks, [&](int64_t task, int worker) {
      const int64_t row = task / panel_blocks, panel = task % panel_blocks;
      const int64_t first = rows * row / row_blocks;
      const int64_t last = rows * (row + 1) / row_blocks;
      const Tensor block_y = Rows(y, first, last - first);
      MultiplyBlock(
          Rows(x, first, last - first), w, bias, add, block_y,
          {panels * panel / panel_blocks, panels * (panel + 1) / panel_blocks},
          scratch_[static_cast<size_t>(worker)].data());
    });
  }

 private:
  static constexpr size_t kWord = 4;

  struct Range {
    int64_t begin, end;
  };

  static int64_t Width() { return loops::PanelWidth(); }

  // Four-byte words that a panel takes.
  static int64_t PanelWords(DType weights, int64_t in) {
    return (weights == DType::kBF16 ? Divide(in, 2) : in) * Width();
  }

  // All inputs of some rows times some panels.
  static void MultiplyBlock(const Tensor& x, const Tensor& w, const Tensor& bias,
                            bool add, const Tensor& y, Range panels, float* scratch) {
    const int64_t in = x.Columns(), width = Width();
    for (int64_t at = 0; at < in; at += kBlockInputs) {
      const int64_t inputs = std::min(kBlockInputs, in - at);
      for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
        const int64_t first = panel * width;
        loops::PanelProduct product = {};
        product.x = x.As<float>() + at;
        product.x_stride = x.stride;
        product.rows = x.Rows();
        product.panel = FloatPanel(w, panel, at, inputs, scratch);
        product.inputs = inputs;
        product.bias = bias && at == 0 ? bias.As<float>() + first : nullptr;
        product.add = add || at > 0;
        product.y = y.As<float>() + first;
        product.y_stride = y.stride;
        product.outputs = std::min(width, w.Rows() - first);
        loops::MultiplyPanel(product);
      }
    }
  }

  // Inputs [at, at + inputs) of a panel: where it lies, or in the scratch. `at` is
  // even.
  static const float* FloatPanel(const Tensor& w, int64_t panel, int64_t at,
                                 int64_t inputs, float* scratch) {
    const int64_t width = Width(), in = w.Columns();
    if (w.layout == Layout::kPlain)
      loops::GatherPanel(w.Row<float>(panel * width) + at, w.stride,
                         std::min(width, w.Rows() - panel * width), inputs, scratch);
    else if (w.dtype == DType::kBF16)
      loops::WidenPanel(
          w.As<uint32_t>() + panel * PanelWords(w.dtype, in) + at / 2 * width, inputs,
          scratch);
    else
      return w.As<float>() + panel * PanelWords(w.dtype, in) + at * width;
    return scratch;
  }

  DType weights_;
  std::vector<std::vector<float>> scratch_;  // by worker
};

}  // namespace

std::unique_ptr<Products> MakePanelProducts(DType weights) {
  return std::make_unique<PanelProducts>(weights);
}

}  // namespace svla
