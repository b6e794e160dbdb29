// The cases that every test of the backends runs: one operation, its operands, and
// how far from the reference its result may lie.
//
//   for (const OpCase& c : SweptCases("Rope")) {
//     Trial trial(*backend, c);
//     trial.Run();
//     EXPECT_LE(WorstRatio(trial.Output(), expected, c.bound(c)), 1) << c.name;
//   }
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "smolvla/kernels/backend.h"
#include "smolvla/kernels/tolerance.h"

namespace svla {

using tolerance::Matrix;

struct Operand {
  Matrix matrix;        // of numbers that float holds; empty: no such operand
  int64_t pad = 0;      // foreign numbers on both sides of every row
  bool packed = false;  // handed through Backend::Pack
  Shape shape = {};     // where it is no matrix
};

struct OpCase {
  std::string name;
  std::vector<Operand> inputs;
  Operand y;       // with what it holds before; NaN where that must not matter
  int alias = -1;  // the input that y is, or -1
  std::function<void(Backend&, std::span<const Tensor> inputs, const Tensor& y)> run;
  std::function<Matrix(const OpCase&)> bound;
};

// The names of the operations, and of an operation the cases: small ones of many
// shapes, strides and aliases, which the reference can follow, and those of
// SmolVLA's own sizes.
const std::vector<std::string>& OpNames();
std::vector<OpCase> SweptCases(const std::string& op);
std::vector<OpCase> RealCases(const std::string& op);

// Standard normal numbers times `scale`, as float holds them; the same for the same
// arguments.
Matrix Draw(int64_t rows, int64_t columns, uint64_t seed, double scale = 1);

// One case in the memory of one backend.
class Trial {
 public:
  Trial(Backend& backend, const OpCase& op);

  // Gives inputs and y the numbers of the case.
  void Fill();
  void Run() { case_.run(backend_, inputs_, y_); }
  Matrix Output() const;

  // True if nothing was written but y.
  bool OthersUntouched() const;

 private:
  struct Place {
    Tensor whole;  // with the pads
    Tensor part;
  };
  Place Take(const Operand& operand);
  void FillPlace(const Operand& operand, const Place& place, double pad);

  Backend& backend_;
  const OpCase& case_;
  Arena arena_;
  std::vector<Place> places_;
  Place y_place_;
  std::vector<Tensor> inputs_;
  Tensor y_;
};

// What the reference makes of the case.
Matrix Expected(const OpCase& op);

}  // namespace svla
