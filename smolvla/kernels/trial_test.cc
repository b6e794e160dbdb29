// Trial of op_cases.h. Named like a test because test code is built by that ending.
#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/base/threads.h"
#include "smolvla/kernels/op_cases.h"

namespace svla {
namespace {

constexpr double kInputPad = std::numeric_limits<double>::quiet_NaN();
constexpr double kOutputPad = -77;

double Get(const Tensor& x, int64_t r, int64_t c) {
  return x.dtype == DType::kF64 ? x.Row<double>(r)[c] : x.Row<float>(r)[c];
}

void Set(const Tensor& x, int64_t r, int64_t c, double value) {
  if (x.dtype == DType::kF64)
    x.Row<double>(r)[c] = value;
  else
    x.Row<float>(r)[c] = static_cast<float>(value);
}

bool Same(double a, double b) { return a == b || (a != a && b != b); }

}  // namespace

Matrix Draw(int64_t rows, int64_t columns, uint64_t seed, double scale) {
  Matrix x(rows, columns);
  const Random random(seed, static_cast<uint64_t>(columns));
  // Large ones repeat themselves, out of step with any row: drawing would take
  // longer than computing.
  constexpr size_t kPeriod = 65'537;
  for (size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = i < kPeriod ? static_cast<float>(scale * random.Normal(i))
                              : x.values[i - kPeriod];
  return x;
}

Trial::Trial(Backend& backend, const OpCase& op) : backend_(backend), case_(op) {
  for (const Operand& input : op.inputs) places_.push_back(Take(input));
  if (op.alias < 0) y_place_ = Take(op.y);
  Fill();
  for (size_t i = 0; i < places_.size(); ++i)
    inputs_.push_back(op.inputs[i].packed ? backend.Pack(places_[i].part, arena_)
                                          : places_[i].part);
  y_ = op.alias < 0 ? y_place_.part : inputs_[static_cast<size_t>(op.alias)];
}

Trial::Place Trial::Take(const Operand& operand) {
  const Matrix& m = operand.matrix;
  if (m.rows == 0) return {};
  Place place;
  place.whole = arena_.New(backend_.Real(), {m.rows, m.columns + 2 * operand.pad});
  place.part = Columns(place.whole, operand.pad, m.columns);
  if (operand.shape.rank) place.part = Reshape(place.whole, operand.shape);
  return place;
}

void Trial::FillPlace(const Operand& operand, const Place& place, double pad) {
  const Matrix& m = operand.matrix;
  for (int64_t r = 0; r < m.rows; ++r)
    for (int64_t c = 0; c < place.whole.Columns(); ++c) {
      const int64_t column = c - operand.pad;
      const bool inside = column >= 0 && column < m.columns;
      Set(place.whole, r, c, inside ? m(r, column) : pad);
    }
}

void Trial::Fill() {
  for (size_t i = 0; i < places_.size(); ++i)
    FillPlace(case_.inputs[i], places_[i], kInputPad);
  if (case_.alias < 0) FillPlace(case_.y, y_place_, kOutputPad);
}

Matrix Trial::Output() const {
  Matrix y(y_.Rows(), y_.Columns());
  for (int64_t r = 0; r < y.rows; ++r)
    for (int64_t c = 0; c < y.columns; ++c) y(r, c) = Get(y_, r, c);
  return y;
}

bool Trial::OthersUntouched() const {
  const auto untouched = [](const Operand& operand, const Place& place, bool inside_too,
                            double pad) {
    for (int64_t r = 0; r < operand.matrix.rows; ++r)
      for (int64_t c = 0; c < place.whole.Columns(); ++c) {
        const int64_t column = c - operand.pad;
        const bool inside = column >= 0 && column < operand.matrix.columns;
        if (inside && !inside_too) continue;
        const double value = inside ? operand.matrix(r, column) : pad;
        if (!Same(Get(place.whole, r, c), value)) return false;
      }
    return true;
  };
  for (size_t i = 0; i < places_.size(); ++i)
    if (!untouched(case_.inputs[i], places_[i], case_.alias != static_cast<int>(i),
                   kInputPad))
      return false;
  return case_.alias >= 0 || untouched(case_.y, y_place_, false, kOutputPad);
}

Matrix Expected(const OpCase& op) {
  // Thousands of small cases would spend their time waking threads.
  const int threads = ThreadCount();
  SetThreadCount(1);
  const auto reference = MakeReferenceBackend();
  Trial trial(*reference, op);
  trial.Run();
  SetThreadCount(threads);
  return trial.Output();
}

}  // namespace svla
