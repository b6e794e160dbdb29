// The loops of a product with packed weights. A panel is as many outputs of the
// weights as the tile of the instruction set in use is wide, input by input:
//   float      [inputs][width]
//   bfloat16   [inputs / 2, rounded up][width] words: the lower half belongs to the
//              even input, the upper to the odd one, so that widening two inputs
//              takes one load, a shift and a mask
// Everything here is one thread's work on plain pointers.
#pragma once

#include <cstdint>

namespace svla::loops {

// Outputs in a panel.
int64_t PanelWidth();

// A bfloat16 panel as float, exactly. to [inputs, rounded up to even][width].
void WidenPanel(const uint32_t* panel, int64_t inputs, float* to);

// `outputs` (at most the width) rows of plain weights as a panel; the rest is 0.
void GatherPanel(const float* w, int64_t stride, int64_t outputs, int64_t inputs,
                 float* to);
void GatherPanel(const float* w, int64_t stride, int64_t outputs, int64_t inputs,
                 uint32_t* to);

// y (+)= x panel + bias.
struct PanelProduct {
  const float* x;  // [rows, inputs]
  int64_t x_stride;
  int64_t rows;
  const float* panel;
  int64_t inputs;
  const float* bias;  // [outputs] or null
  bool add;           // to what is there
  float* y;           // [rows, outputs]
  int64_t y_stride;
  int64_t outputs;  // at most the width
};

void MultiplyPanel(const PanelProduct& product);

}  // namespace svla::loops
