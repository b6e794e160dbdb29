// Pictures made small.
#pragma once

#include "smolvla/policy/robot.h"

namespace svla {

// The picture, `width` wide at most, its height in proportion: each pixel the mean of
// those it stands for. Requires a picture that is not empty, and width >= 1.
Image Thumbnail(const Image& image, int64_t width);

}  // namespace svla
