#include "smolvla/data/row_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/data/histogram_quantiles.h"
#include "smolvla/data/pairwise_sum.h"

namespace svla {
namespace {

// np.result_type(dtype, np.float32)
bool IsSummedInFloat(const std::string& dtype) {
  static const std::set<std::string> kFloat = {"float32", "float16", "bool",  "int8",
                                               "int16",   "uint8",   "uint16"};
  static const std::set<std::string> kDouble = {"float64", "int32", "int64", "uint32",
                                                "uint64"};
  if (kFloat.contains(dtype)) return true;
  if (!kDouble.contains(dtype))
    Fail("statistics: expected a type of numbers, found \"", dtype, "\"");
  return false;
}

template <class T>
struct Rows {
  std::vector<T> values;  // [rows, width]
  int64_t rows = 0, width = 0;
};

// The mean over the rows of value(i) for each column. numpy adds rows to rows, but runs
// through a single column as through any array. Its division is in double.
template <class T, class ValueAt>
std::vector<T> MeanOf(const Rows<T>& rows, const ValueAt& value) {
  std::vector<T> mean(rows.width);
  if (rows.width == 1) {
    mean[0] = PairwiseSum<T>(0, rows.rows, value);
  } else {
    for (int64_t row = 0; row < rows.rows; ++row)
      for (int64_t column = 0; column < rows.width; ++column)
        mean[column] += value(row * rows.width + column);
  }
  for (T& sum : mean)
    sum = static_cast<T>(static_cast<double>(sum) / static_cast<double>(rows.rows));
  return mean;
}

// E[x^2] - E[x]^2 loses digits where the spread is small beside the mean, down to 0; so
// it does in LeRobot.
template <class T>
T Std(T mean, T mean_of_squares) {
  const T variance = mean_of_squares - mean * mean;
  return std::isnan(variance) ? variance : std::sqrt(std::max(T{0}, variance));
}

template <class T>
void AddMoments(const Rows<T>& rows, FeatureStatistics& values) {
  const auto mean = MeanOf(rows, [&](int64_t i) { return rows.values[i]; });
  const auto squares =
      MeanOf(rows, [&](int64_t i) { return rows.values[i] * rows.values[i]; });
  for (int64_t column = 0; column < rows.width; ++column) {
    values["mean"].push_back(mean[column]);
    values["std"].push_back(Std(mean[column], squares[column]));
  }
}

template <class T>
void AddOrder(std::vector<T> column, FeatureStatistics& values) {
  if (std::any_of(column.begin(), column.end(), [](T x) { return std::isnan(x); })) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    for (const char* name : {"min", "max"}) values[name].push_back(kNan);
    for (const NamedQuantile& quantile : kQuantiles)
      values[quantile.name].push_back(kNan);
    return;
  }
  std::sort(column.begin(), column.end());
  const auto below = [&](T edge, bool inclusive) {
    const auto end = inclusive ? std::upper_bound(column.begin(), column.end(), edge)
                               : std::lower_bound(column.begin(), column.end(), edge);
    return static_cast<int64_t>(end - column.begin());
  };
  const auto count = static_cast<int64_t>(column.size());
  const QuantileHistogram<T> histogram(column.front(), column.back(), count, below);
  values["min"].push_back(column.front());
  values["max"].push_back(column.back());
  for (const NamedQuantile& quantile : kQuantiles)
    values[quantile.name].push_back(histogram.At(quantile.share).value);
}

template <class T>
FeatureStatistics OfSeveral(std::span<const double> numbers, int64_t width) {
  Rows<T> rows;
  rows.width = width;
  rows.rows = static_cast<int64_t>(numbers.size()) / width;
  rows.values.assign(numbers.begin(), numbers.end());
  FeatureStatistics values;
  AddMoments(rows, values);
  std::vector<T> column(rows.rows);
  for (int64_t i = 0; i < width; ++i) {
    for (int64_t row = 0; row < rows.rows; ++row)
      column[row] = rows.values[row * width + i];
    AddOrder(column, values);
  }
  return values;
}

FeatureStatistics OfOne(std::span<const double> numbers) {
  const std::vector<double> frame(numbers.begin(), numbers.end());
  FeatureStatistics values;
  for (const char* name : {"min", "max", "mean"}) values[name] = frame;
  for (const double number : frame) values["std"].push_back(number - number);
  for (const NamedQuantile& quantile : kQuantiles) values[quantile.name] = frame;
  return values;
}

}  // namespace

CountedStatistics StatisticsOfRows(std::span<const double> numbers,
                                   const std::string& dtype,
                                   const std::vector<int64_t>& shape) {
  const bool in_float = IsSummedInFloat(dtype);
  int64_t size = 1;
  for (const int64_t length : shape) {
    if (length < 1 || length > std::numeric_limits<int32_t>::max() / size)
      Fail("statistics: expected a shape of numbers, found a length of ", length);
    size *= length;
  }
  const auto total = static_cast<int64_t>(numbers.size());
  if (total == 0 || total % size != 0)
    Fail("statistics: expected frames of ", size, " numbers, found ", total,
         " numbers in all");
  CountedStatistics statistics;
  statistics.count = total / size;
  if (statistics.count == 1) {
    statistics.shape = shape.empty() ? std::vector<int64_t>{1} : shape;
    statistics.values = OfOne(numbers);
    return statistics;
  }
  const int64_t width = shape.empty() ? 1 : shape.back();
  statistics.shape = {width};
  statistics.values =
      in_float ? OfSeveral<float>(numbers, width) : OfSeveral<double>(numbers, width);
  return statistics;
}

}  // namespace svla
