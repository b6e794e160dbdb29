// The vector loops that oneDNN does not have, in float. One source for every
// instruction set (Highway); the best that the processor has is chosen at run
// time. Everything here is one thread's work on plain pointers.
#pragma once

#include <cstdint>
#include <string>

namespace svla::loops {

// y[0..m) from one row x[0..m); see Backend for the formulas.
void LayerNorm(const float* x, const float* weight, const float* bias, float eps,
               int64_t m, float* y);
void RmsNorm(const float* x, const float* weight, float eps, int64_t m, float* y);
void Gelu(const float* x, int64_t m, float* y);
void Silu(const float* x, int64_t m, float* y);
void SiluMul(const float* gate, const float* up, int64_t m, float* y);
void AddScaled(const float* x, float factor, int64_t m, float* y);
void Scale(const float* x, float factor, int64_t m, float* y);

// One row of heads, each rotated by the same angles: cosine and sine hold
// head_dim / 2 each. May alias.
void Rope(const float* x, const float* cosine, const float* sine, int64_t heads,
          int64_t head_dim, float* y);

// As bfloat16, to nearest, ties to even.
void RoundToBF16(const float* x, int64_t m, uint16_t* y);

// The instruction set in use: "AVX2", "AVX3", "SSE4", ...
std::string InstructionSet();

// Restricts the choice to `name` ("SSE4", "AVX2", "AVX3"); "" lifts it. Throws
// Error if the processor or the build lacks it. For tests and the SMOLVLA_CPU
// environment variable; not while other threads compute.
void ForceInstructionSet(const std::string& name);

}  // namespace svla::loops
