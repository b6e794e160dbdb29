// A camera's picture as the vision tower wants it: shrunk or grown to fit, put in
// the lower right corner, in [-1, 1]. The definition is the reference's
// `resize_with_pad(img, ..., pad_value=0) * 2 - 1` (LeRobot, vla_utils.py):
//
//   x        pixel / 255, rounded to float32
//   ratio    max(w / W, h / H), in double
//   resized  int(w / ratio) x int(h / ratio), bilinear with align_corners=False
//            and no antialiasing, as torch's interpolate on the CPU in float32
//   padding  0 on the left and on top, so -1 after the last step
//   result   2 x - 1
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "smolvla/policy/robot.h"

namespace svla {

struct Size {
  int64_t width = 0;
  int64_t height = 0;
  bool operator==(const Size&) const = default;
};

// The largest size of from's shape that fits inside `target`, as the reference
// rounds it: it may fall one short (w / (w / 224) is 223 for some w). Throws Error,
// naming the size, if a side of `from` is below 1 or a side of the result is 0.
// Requires sides of `target` from 1 up.
Size FitInside(Size from, Size target);

// Resizes pictures to one target. Keeps its tables and rows, so that pictures of
// the size last seen cost no allocation. One thread at a time.
//
// Real is float or double. With float the result is torch's to the bit when the
// sides of the resized picture sum to more than 128 (torch 2.11 on a machine with
// AVX2); below, torch adds in another order and the two differ by 2.4e-7 at most.
// With double only the sums are taken in double: the float32 pixels, indices and
// weights are the same.
template <class Real>
class Resizer {
 public:
  explicit Resizer(Size target);

  // Writes pixels [3, target.height, target.width]. Requires a picture whose rgb
  // is of its size, and `pixels` of the target's. Throws Error as FitInside does.
  void Resize(const Image& image, std::span<Real> pixels);

 private:
  // Where output i comes from: lower[i] and upper[i], with these weights.
  struct Axis {
    void Rebuild(int64_t from, int64_t to);

    std::vector<int64_t> lower, upper;
    std::vector<float> lower_weight, upper_weight;
  };

  void Rebuild(Size from);
  const Real* Row(const Image& image, int64_t y);

  Size target_;
  Size from_;     // of the picture that the tables are for
  Size resized_;  // FitInside(from_, target_)
  Axis x_, y_;
  // Source row y, already resized in width, is in slot y % 2: [3, resized.width].
  std::array<std::vector<Real>, 2> rows_;
  std::array<int64_t, 2> row_in_slot_ = {};
};

}  // namespace svla
