// How far a float backend may lie from the double reference, for every operation
// and element: a function of the operands and of float's epsilon, never of what the
// backend gave. The terms are first-order rounding errors; those of a sum grow with
// the root of its length, because roundings are nearly independent.
// tolerance_test.cc plants errors that these bounds must see.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

namespace svla::tolerance {

inline constexpr double kEps = std::numeric_limits<float>::epsilon();

// Rows of numbers, one after another; empty stands for an operand left out.
struct Matrix {
  int64_t rows = 0, columns = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(int64_t n, int64_t m)
      : rows(n), columns(m), values(static_cast<size_t>(n * m)) {}
  double& operator()(int64_t r, int64_t c) {
    return values[static_cast<size_t>(r * columns + c)];
  }
  double operator()(int64_t r, int64_t c) const {
    return values[static_cast<size_t>(r * columns + c)];
  }
};

// The largest |actual - expected| / bound; at most 1 is right. Infinite where NaN
// or infinity stands on one side only, and where a bound of 0 is missed.
inline double WorstRatio(const Matrix& actual, const Matrix& expected,
                         const Matrix& bound) {
  double worst = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const double a = actual.values[i], e = expected.values[i], b = bound.values[i];
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    const double ratio = std::abs(a - e) / b;
    worst = std::isnan(ratio) ? INFINITY : std::max(worst, ratio);
  }
  return worst;
}

// Of a sum, as a share of the sum of its terms' magnitudes: five deviations of n
// roundings one after another. Products of ours are summed in blocks of at most 256,
// and what sums more at once has to be as good.
inline double ChainError(int64_t terms, int64_t longest = 256) {
  const auto n = static_cast<double>(std::min(terms, longest));
  return kEps * (1 + 0.75 * std::sqrt(n));
}

// The same of a sum in at least eight parts.
inline double SumError(int64_t terms) {
  return kEps * (1 + 0.25 * std::sqrt(static_cast<double>(terms)));
}

// `before` is what y held, for LinearAdd; `longest` as of ChainError.
inline Matrix Linear(const Matrix& x, const Matrix& w, const Matrix& bias,
                     const Matrix& before, int64_t longest = 256) {
  Matrix bound(x.rows, w.rows);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t o = 0; o < w.rows; ++o) {
      double sum = bias.rows ? std::abs(bias(0, o)) : 0.0;
      if (before.rows) sum += std::abs(before(r, o));
      for (int64_t i = 0; i < x.columns; ++i) sum += std::abs(x(r, i) * w(o, i));
      bound(r, o) = ChainError(x.columns, longest) * sum;
    }
  return bound;
}

// With weights, and where a machine multiplies bfloat16 activations too, rounded to its
// eight bits: off by half of the last one, which of a number just above a power of two
// is 2^-8 of it.
inline Matrix LinearBF16(const Matrix& x, const Matrix& w, const Matrix& bias,
                         const Matrix& before, bool activations) {
  constexpr double kRounding = 0x1p-8;
  const double rounded = activations ? kRounding * (2 + kRounding) : kRounding;
  Matrix bound = Linear(x, w, bias, before);
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t o = 0; o < w.rows; ++o)
      for (int64_t i = 0; i < x.columns; ++i)
        bound(r, o) += rounded * std::abs(x(r, i) * w(o, i));
  return bound;
}

inline Matrix LayerNorm(const Matrix& x, const Matrix& weight, const Matrix& bias,
                        double eps) {
  Matrix bound(x.rows, x.columns);
  const auto m = static_cast<double>(x.columns);
  for (int64_t r = 0; r < x.rows; ++r) {
    double mean = 0, magnitude = 0, variance = 0;
    for (int64_t c = 0; c < x.columns; ++c) {
      mean += x(r, c) / m;
      magnitude += std::abs(x(r, c)) / m;
    }
    for (int64_t c = 0; c < x.columns; ++c)
      variance += (x(r, c) - mean) * (x(r, c) - mean) / m;
    const double scale = 1 / std::sqrt(variance + eps);
    // An error of the mean moves every element alike and, to first order, leaves
    // the variance where it is.
    const double mean_error = SumError(x.columns) * magnitude;
    const double scale_error =
        2 * SumError(x.columns) + std::pow(mean_error * scale, 2);
    for (int64_t c = 0; c < x.columns; ++c) {
      const double w = std::abs(weight(0, c)) * scale;
      bound(r, c) = w * mean_error + w * std::abs(x(r, c) - mean) * scale_error +
                    kEps * std::abs(bias(0, c));
    }
  }
  return bound;
}

inline Matrix RmsNorm(const Matrix& x, const Matrix& weight, double eps) {
  Matrix bound(x.rows, x.columns);
  for (int64_t r = 0; r < x.rows; ++r) {
    double square = 0;
    for (int64_t c = 0; c < x.columns; ++c) square += x(r, c) * x(r, c);
    const double scale = 1 / std::sqrt(square / static_cast<double>(x.columns) + eps);
    for (int64_t c = 0; c < x.columns; ++c)
      bound(r, c) = std::abs(x(r, c) * scale * weight(0, c)) * 2 * SumError(x.columns);
  }
  return bound;
}

inline Matrix Rope(const Matrix& x, int64_t head_dim) {
  Matrix bound(x.rows, x.columns);
  const int64_t half = head_dim / 2;
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t c = 0; c < x.columns; ++c) {
      const int64_t twin = c % head_dim < half ? c + half : c - half;
      bound(r, c) = 1.5 * kEps * std::hypot(x(r, c), x(r, twin));
    }
  return bound;
}

// One query of one head. Where score j is off by e(j), y is off by the sum of
// p(j) e(j) (v(j) - y): the errors of the dot products, which differ from key to
// key, add up like deviations; those of the exponential may all be of one sign.
struct AttentionRow {
  std::vector<double> p, dot_error, exp_error;

  void Score(const double* q, const Matrix& k, int64_t column, int64_t d,
             int64_t visible) {
    p.assign(static_cast<size_t>(visible), 0);
    dot_error = exp_error = p;
    const double root = std::sqrt(static_cast<double>(d));
    for (size_t j = 0; j < p.size(); ++j) {
      double magnitude = 0;
      for (int64_t c = 0; c < d; ++c) {
        const double product = q[c] * k(static_cast<int64_t>(j), column + c) / root;
        p[j] += product;
        magnitude += std::abs(product);
      }
      dot_error[j] = ChainError(d) * magnitude;
    }
    const double top = *std::max_element(p.begin(), p.end());
    double sum = 0;
    for (size_t j = 0; j < p.size(); ++j) {
      exp_error[j] = kEps * (2 + std::abs(p[j] - top));
      sum += p[j] = std::exp(p[j] - top);
      // As of a score of minus infinity.
      if (p[j] == 0) dot_error[j] = exp_error[j] = 0;
    }
    for (double& weight : p) weight /= sum;
  }

  double Error(const Matrix& v, int64_t column) const {
    double y = 0, magnitude = 0, square = 0, linear = 0;
    for (size_t j = 0; j < p.size(); ++j) {
      y += p[j] * v(static_cast<int64_t>(j), column);
      magnitude += p[j] * std::abs(v(static_cast<int64_t>(j), column));
    }
    for (size_t j = 0; j < p.size(); ++j) {
      const double share = p[j] * std::abs(v(static_cast<int64_t>(j), column) - y);
      square += share * dot_error[j] * share * dot_error[j];
      linear += share * exp_error[j];
    }
    return std::sqrt(square) + linear +
           ChainError(static_cast<int64_t>(p.size())) * magnitude;
  }
};

inline Matrix Attention(const Matrix& q, const Matrix& k, const Matrix& v,
                        int64_t head_dim, bool causal) {
  Matrix bound(q.rows, q.columns);
  const int64_t heads = q.columns / head_dim, kv_heads = k.columns / head_dim;
  AttentionRow row;
  for (int64_t r = 0; r < q.rows; ++r)
    for (int64_t head = 0; head < heads; ++head) {
      const int64_t column = head / (heads / kv_heads) * head_dim;
      row.Score(&q.values[static_cast<size_t>(r * q.columns + head * head_dim)], k,
                column, head_dim, causal ? k.rows - (q.rows - 1 - r) : k.rows);
      for (int64_t c = 0; c < head_dim; ++c)
        bound(r, head * head_dim + c) = row.Error(v, column + c);
    }
  return bound;
}

// Of x / (1 + exp(-t)) where t is known to a few eps of itself. Below 1e-36 float
// has overflowed or is subnormal.
inline double Sigmoid(double x, double t) {
  const double y = std::abs(x / (1 + std::exp(-t)));
  return y * kEps * (3 + 2 * std::abs(t) / (1 + std::exp(t))) + 1e-36;
}

inline Matrix Silu(const Matrix& x) {
  Matrix bound = x;
  for (double& b : bound.values) b = Sigmoid(b, b);
  return bound;
}

// 1 + tanh, as the reference has it, cancels in double too.
inline Matrix Gelu(const Matrix& x) {
  Matrix bound = x;
  for (double& b : bound.values)
    b = Sigmoid(b, std::sqrt(8 / std::numbers::pi) * (b + 0.044715 * b * b * b)) +
        std::abs(b) * std::numeric_limits<double>::epsilon();
  return bound;
}

inline Matrix SiluMul(const Matrix& gate, const Matrix& up) {
  Matrix bound = Silu(gate);
  for (size_t i = 0; i < bound.values.size(); ++i)
    bound.values[i] = 1.5 * bound.values[i] * std::abs(up.values[i]) + 1e-36;
  return bound;
}

// The factor itself is rounded to float.
inline double FactorError(double factor) {
  return factor == static_cast<double>(static_cast<float>(factor)) ? 0.5 : 1.0;
}

inline Matrix AddScaled(const Matrix& x, double factor, const Matrix& before) {
  Matrix bound = x;
  for (size_t i = 0; i < bound.values.size(); ++i)
    bound.values[i] =
        kEps * ((FactorError(factor) + 0.51) * std::abs(factor * x.values[i]) +
                0.51 * std::abs(before.values[i]));
  return bound;
}

// Exact for factor 1.
inline Matrix Scale(const Matrix& x, double factor) {
  Matrix bound = x;
  for (double& b : bound.values)
    b = factor == 1 ? 0 : 1.01 * kEps * FactorError(factor) * std::abs(factor * b);
  return bound;
}

// Of what is only moved.
inline Matrix Exact(const Matrix& expected) {
  return {expected.rows, expected.columns};
}

}  // namespace svla::tolerance
