#include "smolvla/kernels/backend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <iostream>

#include "smolvla/base/error.h"
#include "smolvla/base/threads.h"
#include "smolvla/kernels/cpu_loops.h"
#include "smolvla/kernels/op_cases.h"

namespace svla {
namespace {

struct Param {
  std::string op, instructions;
};

void PrintTo(const Param& param, std::ostream* out) {
  *out << param.op << " at " << param.instructions;
}

std::string NameOfParam(const ::testing::TestParamInfo<Param>& info) {
  return info.param.op + "_" + info.param.instructions;
}

std::vector<Param> EveryOpAtEveryInstructionSet() {
  std::vector<Param> params;
  for (const std::string& op : OpNames())
    for (const char* set : {"SSE4", "AVX2", "AVX3"}) params.push_back({op, set});
  return params;
}

// The cpu backend held to one instruction set.
class BackendTest : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    try {
      loops::ForceInstructionSet(GetParam().instructions);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    ASSERT_EQ(loops::InstructionSet(), GetParam().instructions);
  }
  ~BackendTest() override {
    loops::ForceInstructionSet("");
    SetThreadCount(threads_);
  }

  int threads_ = ThreadCount();
  std::string best_ = loops::InstructionSet();
  std::unique_ptr<Backend> cpu_ = MakeCpuBackend();
};

TEST_P(BackendTest, AgreesWithTheReference) {
  double worst = 0;
  for (const OpCase& op : SweptCases(GetParam().op)) {
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

// oneDNN cuts some products along the sum where that keeps more threads busy, so
// their last bits depend on how many there are; which ones is printed. No other
// operation may depend on it, and nothing on when it runs.
TEST_P(BackendTest, BitsAreTheSameAtAnyThreadCountAndTime) {
  const bool product = GetParam().op.starts_with("Linear");
  // oneDNN has instruction sets of its own.
  if (product && GetParam().instructions != best_) return;
  for (const OpCase& op : RealCases(GetParam().op)) {
    SCOPED_TRACE(op.name);
    Matrix first;
    for (const int threads : {1, 2}) {
      SetThreadCount(threads);
      Trial trial(*cpu_, op);
      trial.Run();
      const Matrix once = trial.Output();
      trial.Fill();
      trial.Run();
      EXPECT_TRUE(SameBits(trial.Output(), once)) << threads << " threads, again";
      if (threads == 1) first = once;
      if (product && !SameBits(first, once))
        std::cout << op.name << ": other bits at " << threads << " threads\n";
      else
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
  for (const OpCase& op : SweptCases(GetParam().op)) {
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
  const std::string& op = GetParam().op;
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
  EXPECT_THROW(MakeBackend("cuda"), Error);
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
