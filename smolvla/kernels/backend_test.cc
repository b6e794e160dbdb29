#include "smolvla/kernels/backend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <iostream>

#include "smolvla/base/error.h"
#include "smolvla/base/threads.h"
#include "smolvla/kernels/cpu_loops.h"
#include "smolvla/kernels/op_cases.h"
#include "smolvla/kernels/products.h"

namespace svla {
namespace {

struct Param {
  std::string op, instructions;
  std::string products;  // of Linear and LinearAdd
  DType weights = DType::kF32;
};

std::string NameOfParam(const ::testing::TestParamInfo<Param>& info) {
  const Param& p = info.param;
  const std::string name = p.op + "_" + p.instructions;
  return p.products.empty() ? name : name + "_" + p.products + "_" + NameOf(p.weights);
}

void PrintTo(const Param& param, std::ostream* out) { *out << NameOfParam({param, 0}); }

// "best" is whatever the processor has.
std::vector<Param> EveryOpAtEveryInstructionSet() {
  std::vector<Param> params;
  for (const std::string& op : OpNames()) {
    const bool product = op.starts_with("Linear");
    for (const char* set : {"SSE4", "AVX2", "AVX3"})
      for (const DType weights : {DType::kF32, DType::kBF16})
        if (product)
          params.push_back({op, set, "panels", weights});
        else if (weights == DType::kF32)
          params.push_back({op, set, "", weights});
    // oneDNN has instruction sets of its own.
    for (const DType weights : {DType::kF32, DType::kBF16})
      if (product) params.push_back({op, "best", "oneDNN", weights});
  }
  return params;
}

// The cpu backend held to one instruction set and one kind of products.
class BackendTest : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    const Param& p = GetParam();
    const std::string set = p.instructions == "best" ? "" : p.instructions;
    try {
      loops::ForceInstructionSet(set);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    if (!set.empty()) {
      ASSERT_EQ(loops::InstructionSet(), set);
    }
    std::unique_ptr<Products> products = p.products == "oneDNN"
                                             ? MakeOneDnnProducts(p.weights)
                                             : MakePanelProducts(p.weights);
    if (!products) GTEST_SKIP() << "oneDNN has no bfloat16 here";
    cpu_ = MakeCpuBackend(std::move(products));
  }
  ~BackendTest() override {
    loops::ForceInstructionSet("");
    SetThreadCount(threads_);
  }

  std::vector<OpCase> Swept() const { return Bounded(SweptCases(GetParam().op)); }
  std::vector<OpCase> Real() const { return Bounded(RealCases(GetParam().op)); }

  int threads_ = ThreadCount();
  std::unique_ptr<Backend> cpu_;

 private:
  // Packed bfloat16 weights have a bound of their own, and oneDNN may sum all terms
  // one after another.
  std::vector<OpCase> Bounded(std::vector<OpCase> cases) const {
    const Param& p = GetParam();
    if (p.products.empty()) return cases;
    const int64_t longest = p.products == "oneDNN" ? 1 << 20 : 256;
    for (OpCase& c : cases) {
      const bool rounded = p.weights == DType::kBF16 && c.inputs[1].packed;
      const bool activations = p.products == "oneDNN";
      c.bound = [add = p.op == "LinearAdd", rounded, activations,
                 longest](const OpCase& o) {
        const Matrix before = add ? o.y.matrix : Matrix();
        const auto& in = o.inputs;
        return rounded ? tolerance::LinearBF16(in[0].matrix, in[1].matrix, in[2].matrix,
                                               before, activations)
                       : tolerance::Linear(in[0].matrix, in[1].matrix, in[2].matrix,
                                           before, longest);
      };
    }
    return cases;
  }
};

TEST_P(BackendTest, AgreesWithTheReference) {
  double worst = 0;
  for (const OpCase& op : Swept()) {
    SCOPED_TRACE(op.name);
    // Waking threads for each of hundreds of small cases takes long on a busy machine.
    SetThreadCount(op.y.matrix.values.size() < 10'000 ? 1 : 2);
    Trial trial(*cpu_, op);
    trial.Run();
    const double ratio =
        tolerance::WorstRatio(trial.Output(), Expected(op), op.bound(op));
    EXPECT_LE(ratio, 1);
    EXPECT_TRUE(trial.OthersUntouched());
    worst = std::max(worst, ratio);
  }
  RecordProperty("largest_share_of_the_bound", std::to_string(worst));
  std::cout << "largest share of the bound: " << worst << "\n";
}

bool SameBits(const Matrix& a, const Matrix& b) {
  return std::memcmp(a.values.data(), b.values.data(),
                     a.values.size() * sizeof(double)) == 0;
}

TEST_P(BackendTest, BitsAreTheSameAtAnyThreadCountAndTime) {
  for (const OpCase& op : Real()) {
    SCOPED_TRACE(op.name);
    Matrix first;
    for (const int threads : {1, 2, 3}) {
      SetThreadCount(threads);
      Trial trial(*cpu_, op);
      trial.Run();
      const Matrix once = trial.Output();
      trial.Fill();
      trial.Run();
      EXPECT_TRUE(SameBits(trial.Output(), once)) << threads << " threads, again";
      if (threads == 1) first = once;
      EXPECT_TRUE(SameBits(first, once)) << threads << " threads";
    }
  }
}

bool NoneLost(const Matrix& actual, const Matrix& expected) {
  for (size_t i = 0; i < actual.values.size(); ++i)
    if (std::isfinite(actual.values[i]) && !std::isfinite(expected.values[i]))
      return false;
  return true;
}

// A NaN or an infinity in one operand: what depends on it is what the reference
// makes of it, and nothing else is touched.
TEST_P(BackendTest, WhatIsNoNumberIsNeitherLostNorSpread) {
  SetThreadCount(1);
  for (const OpCase& op : Swept()) {
    // The larger cases add nothing here.
    if (op.y.matrix.values.size() > 400) continue;
    SCOPED_TRACE(op.name);
    for (size_t input = 0; input < op.inputs.size(); ++input)
      for (const double planted : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        OpCase changed = op;
        std::vector<double>& values = changed.inputs[input].matrix.values;
        if (values.empty()) continue;
        values[values.size() / 2] = planted;
        Trial trial(*cpu_, changed);
        trial.Run();
        const Matrix actual = trial.Output(), expected = Expected(changed);
        // A value that a mask hides is multiplied by 0, not skipped.
        if (input == 2 && op.name.ends_with("causal"))
          EXPECT_TRUE(NoneLost(actual, expected)) << planted;
        else
          EXPECT_LE(tolerance::WorstRatio(actual, expected, changed.bound(changed)), 1)
              << planted << " in input " << input;
      }
  }
}

// Every power of two that float holds, in both signs.
TEST_P(BackendTest, ActivationsReachTheirLimits) {
  const std::string op = GetParam().op;
  if (op != "Gelu" && op != "Silu" && op != "SiluMul") return;
  OpCase limits = SweptCases(op).front();
  Matrix x(2, 277);
  for (int i = 0; i < 277; ++i) {
    x(0, i) = std::ldexp(1.0, i - 149);
    x(1, i) = -x(0, i);
  }
  limits.inputs[0].matrix = x;
  limits.y.matrix = x;
  if (op == "SiluMul") {
    limits.inputs[1].matrix = x;
    limits.inputs[1].matrix.values.assign(x.values.size(), 1);
  }
  Trial trial(*cpu_, limits);
  trial.Run();
  EXPECT_LE(
      tolerance::WorstRatio(trial.Output(), Expected(limits), limits.bound(limits)), 1);
}

INSTANTIATE_TEST_SUITE_P(Ops, BackendTest,
                         ::testing::ValuesIn(EveryOpAtEveryInstructionSet()),
                         NameOfParam);

TEST(BackendNamesTest, OnlyKnownBackendsAreMade) {
  EXPECT_EQ(MakeBackend("cpu")->Name(), "cpu");
  EXPECT_EQ(MakeBackend("reference")->Name(), "reference");
  EXPECT_EQ(MakeBackend("cpu", "bf16")->Name(), "cpu");
  EXPECT_THROW(MakeBackend("cuda"), Error);
  EXPECT_THROW(MakeBackend("cpu", "fp16"), Error);
  EXPECT_THROW(MakeBackend("reference", "bf16"), Error);
}

TEST(InstructionSetTest, AnUnknownOneIsAnErrorThatListsThoseThereAre) {
  const std::string best = loops::InstructionSet();
  try {
    loops::ForceInstructionSet("AVX9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(best), std::string::npos);
  }
  EXPECT_EQ(loops::InstructionSet(), best);
}

}  // namespace
}  // namespace svla
