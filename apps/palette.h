// The colours and sizes of letters of every plot.
#pragma once

#include "apps/pen.h"

namespace svla {

// Okabe and Ito's, told apart by every kind of colour vision.
constexpr Colour kBlue = {0.000, 0.447, 0.698};
constexpr Colour kVermilion = {0.835, 0.369, 0.000};
constexpr Colour kGreen = {0.000, 0.620, 0.451};

constexpr Colour kInk = {0.13, 0.15, 0.18}, kPale = {0.45, 0.48, 0.52};
constexpr Colour kGrid = {0.90, 0.91, 0.925}, kZero = {0.72, 0.74, 0.77};
constexpr Colour kFrame = {0.975, 0.978, 0.983}, kWhite = {1, 1, 1};

constexpr Font kTitle = {17, kInk, true}, kSubtitle = {11, kPale};
constexpr Font kName = {10.5, kInk, true}, kLabel = {9, kPale};

}  // namespace svla
