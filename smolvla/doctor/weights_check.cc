#include <array>
#include <atomic>
#include <cmath>

#include "smolvla/base/threads.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/model/smolvla.h"

namespace svla {
namespace {

constexpr const char* kSubject = "model.safetensors";

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const int64_t size : shape) sizes.push_back(std::to_string(size));
  return "[" + Join(sizes) + "]";
}

void AddList(Diagnosis& to, const char* code, Severity severity,
             const std::vector<std::string>& names, const std::string& what,
             const std::string& consequence, const std::string& remedy) {
  if (names.empty()) return;
  to.findings.push_back(
      {code, severity, kSubject,
       Text(names.size(), names.size() == 1 ? " tensor " : " tensors ", what, ": ",
            Join(names)),
       consequence, remedy});
}

struct KnownTensor {
  std::vector<int64_t> shape;
  bool dead = false;  // read by nothing
};

// Every tensor of the network, by name.
std::map<std::string, KnownTensor> TensorsOf(const Patient& p) {
  std::map<std::string, KnownTensor> tensors;
  SmolVlaWeights weights;
  weights.Visit(p.parts.sizes, [&](const Param& param, Tensor&) {
    for (const Part& part : param.parts)
      tensors.insert({part.name, {part.stored_shape, param.use == Use::kDead}});
  });
  return tensors;
}

struct Health {
  int64_t not_finite = 0;
  bool all_equal = false;
  float first = 0;
};

Health Examine(const StoredTensor& stored) {
  constexpr int64_t kBlock = 4096;
  Health health;
  if (stored.Count() < 1) return health;
  CopyValues<float>(stored, 0, std::span(&health.first, 1));
  std::atomic<int64_t> not_finite = 0;
  std::atomic<bool> differ = false;
  ParallelFor((stored.Count() + kBlock - 1) / kBlock, 16,
              [&](int64_t begin, int64_t end) {
                std::array<float, kBlock> block;
                for (int64_t i = begin; i < end; ++i) {
                  const int64_t n = std::min(kBlock, stored.Count() - i * kBlock);
                  CopyValues<float>(stored, i * kBlock,
                                    std::span(block.data(), static_cast<size_t>(n)));
                  int64_t bad = 0;
                  bool other = false;
                  for (int64_t k = 0; k < n; ++k) {
                    const float value = block[static_cast<size_t>(k)];
                    bad += std::isfinite(value) ? 0 : 1;
                    other = other || value != health.first;
                  }
                  not_finite += bad;
                  if (other) differ = true;
                }
              });
  health.not_finite = not_finite;
  health.all_equal = !differ;
  return health;
}

// Biases may be zero; the weight of a norm may be all ones, but not all zero.
bool IsNorm(const std::string& name, const StoredTensor& stored) {
  return stored.shape.size() == 1 && name.find("norm") != std::string::npos &&
         name.ends_with(".weight");
}

}  // namespace

void CheckTensorNames(const Patient& p, Diagnosis& to) {
  if (!p.has_sizes)
    return to.not_checked.push_back(
        {"names and shapes of the tensors",
         "a config.json, weights and a VLM configuration that agree"});
  std::vector<std::string> missing, misshapen, unknown;
  const auto known = TensorsOf(p);
  for (const auto& [name, expected] : known) {
    const StoredTensor* stored = p.parts.weights->Find(name);
    if (!stored) {
      if (name != kMayBeAbsent) missing.push_back(name);
    } else if (stored->shape != expected.shape || !IsFloating(stored->dtype)) {
      misshapen.push_back(Text(name, " (expected floats ", ShapeText(expected.shape),
                               ", found ", ToString(*stored), ")"));
    }
  }
  for (const auto& [name, stored] : p.parts.weights->tensors())
    if (!known.contains(name)) unknown.push_back(name);
  const std::string refused =
      "smolvla refuses the checkpoint; LeRobot leaves random weights there in silence";
  AddList(to, "tensors-missing", Severity::kError, missing, "missing", refused,
          "copy model.safetensors again, or train with the config.json beside it");
  AddList(to, "tensors-misshapen", Severity::kError, misshapen,
          "of another shape or type", refused,
          "use the config.json and model.safetensors of the same training run");
  AddList(to, "tensors-unknown", Severity::kError, unknown, "of no part of the network",
          "smolvla refuses the checkpoint; LeRobot leaves them out in silence",
          "use the config.json of the same training run, or remove the tensors");
  to.checked.push_back("names and shapes of the tensors");
}

void CheckTensorValues(const Patient& p, Diagnosis& to) {
  if (!p.parts.weights)
    return to.not_checked.push_back(
        {"values of the weights", "weights that can be read"});
  std::map<std::string, KnownTensor> known;
  if (p.has_sizes) known = TensorsOf(p);
  std::vector<std::string> not_finite, zero, constant;
  for (const auto& [name, stored] : p.parts.weights->tensors()) {
    const auto found = known.find(name);
    const bool dead = found != known.end() && found->second.dead;
    if (dead || !IsFloating(stored.dtype)) continue;
    const Health health = Examine(stored);
    p.parts.weights->Release(stored);
    const bool matrix = stored.shape.size() >= 2 && stored.Count() > 1;
    if (health.not_finite > 0)
      not_finite.push_back(
          Text(name, " (", health.not_finite, " of ", stored.Count(), " values)"));
    else if (health.all_equal && health.first == 0 && (matrix || IsNorm(name, stored)))
      zero.push_back(name);
    else if (health.all_equal && matrix)
      constant.push_back(Text(name, " (all ", Digits(health.first), ")"));
  }
  AddList(to, "weights-not-finite", Severity::kError, not_finite,
          "with NaN or infinity", "every action comes out as NaN",
          "the training diverged: use an earlier checkpoint of it");
  AddList(to, "weights-all-zero", Severity::kError, zero, "of zeros throughout",
          "this part of the network passes nothing on: actions do not depend on what "
          "goes through it",
          "the tensors were never trained or were lost on the way: copy "
          "model.safetensors again");
  AddList(to, "weights-constant", Severity::kWarning, constant,
          "with one number throughout",
          "no training leaves such a matrix; what goes through it is lost",
          "copy model.safetensors again");
  to.checked.push_back("values of the weights");
}

}  // namespace svla
