#include "smolvla/model/weights.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/base/threads.h"

namespace svla {
namespace {

// Prefixes of other versions and what they are called now.
constexpr std::pair<const char*, const char*> kRenamed[] = {
    {"model.vlm_with_expert.vlm.vision_model.",
     "model.vlm_with_expert.vlm.model.vision_model."},
    {"model.vlm_with_expert.vlm.connector.",
     "model.vlm_with_expert.vlm.model.connector."},
    {"model.vlm_with_expert.vlm.text_model.",
     "model.vlm_with_expert.vlm.model.text_model."},
    {"model.vlm_with_expert.vlm.model.text_model.model.",
     "model.vlm_with_expert.vlm.model.text_model."},
    {"model.vlm_with_expert.lm_expert.model.", "model.vlm_with_expert.lm_expert."},
    {"vlm_with_expert.", "model.vlm_with_expert."},
    {"state_proj.", "model.state_proj."},
    {"action_in_proj.", "model.action_in_proj."},
    {"action_out_proj.", "model.action_out_proj."},
    {"action_time_mlp_in.", "model.action_time_mlp_in."},
    {"action_time_mlp_out.", "model.action_time_mlp_out."},
};

constexpr const char* kBuffers[] = {"normalize_inputs.", "normalize_targets.",
                                    "unnormalize_outputs."};

std::string TodaysName(std::string name) {
  // torch.compile puts this inside the names of what it wraps.
  constexpr std::string_view kCompiled = "_orig_mod.";
  for (size_t at; (at = name.find(kCompiled)) != std::string::npos;)
    name.erase(at, kCompiled.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [before, now] : kRenamed)
      if (name.starts_with(before)) {
        name = now + name.substr(std::string_view(before).size());
        changed = true;
      }
  }
  return name;
}

// One line a problem, all of them in one Error.
class Problems {
 public:
  template <class... Parts>
  void Add(const Parts&... parts) {
    std::ostringstream line;
    (line << ... << parts);
    lines_.push_back(line.str());
  }

  void FailIfAny(const std::string& name) const {
    if (lines_.empty()) return;
    std::string text;
    for (size_t i = 0; i < lines_.size() && i < kShown; ++i) text += "\n  " + lines_[i];
    if (lines_.size() > kShown)
      text += "\n  and " + std::to_string(lines_.size() - kShown) + " more";
    Fail(name, ": the tensors are not those of the network that config.json describes:",
         text);
  }

 private:
  static constexpr size_t kShown = 60;
  std::vector<std::string> lines_;
};

std::string ToString(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

void CheckPart(const WeightFile& file, const Part& part, Problems& problems) {
  const StoredTensor* stored = file.Find(part.name);
  if (!stored) {
    if (part.name != kMayBeAbsent)
      problems.Add(part.name, ": missing, expected ", ToString(part.stored_shape));
    return;
  }
  if (stored->shape != part.stored_shape)
    problems.Add(part.name, ": expected ", ToString(part.stored_shape), ", found ",
                 ToString(stored->shape));
  if (!IsFloating(stored->dtype))
    problems.Add(part.name, ": expected F64, F32, BF16 or F16, found ",
                 NameOf(stored->dtype));
}

void CheckNames(const WeightFile& file, const WeightWalk& walk) {
  Problems problems;
  std::set<std::string> known;
  walk([&](const Param& param, Tensor&) {
    for (const Part& part : param.parts)
      if (known.insert(part.name).second) CheckPart(file, part, problems);
  });
  for (const auto& [name, stored] : file.tensors())
    if (!known.contains(name))
      problems.Add(name, ": ", ToString(stored), " belongs to no part of the network");
  problems.FailIfAny(file.name());
}

// Copies the part's rows and columns, contiguous, to `out`. True if all are finite.
template <class T>
bool CopyPart(const StoredTensor& stored, const Part& part, int64_t columns, T* out) {
  const int64_t stored_columns = stored.Count() / std::max<int64_t>(part.rows, 1);
  std::atomic<bool> finite = true;
  ParallelFor(part.rows, 16, [&](int64_t begin, int64_t end) {
    bool good = true;
    for (int64_t row = begin; row < end; ++row) {
      const std::span<T> to(out + row * columns, static_cast<size_t>(columns));
      CopyValues<T>(stored, row * stored_columns + part.first_column, to);
      for (const T value : to) good = good && std::isfinite(value);
    }
    if (!good) finite = false;
  });
  return finite;
}

template <class T>
bool AllFinite(const StoredTensor& stored) {
  std::atomic<bool> finite = true;
  constexpr int64_t kBlock = 4096;
  ParallelFor((stored.Count() + kBlock - 1) / kBlock, 16,
              [&](int64_t begin, int64_t end) {
                std::array<T, kBlock> block;
                for (int64_t i = begin; i < end; ++i) {
                  const int64_t n = std::min(kBlock, stored.Count() - i * kBlock);
                  CopyValues<T>(stored, i * kBlock,
                                std::span(block.data(), static_cast<size_t>(n)));
                  for (int64_t k = 0; k < n; ++k)
                    if (!std::isfinite(block[static_cast<size_t>(k)])) finite = false;
                }
              });
  return finite;
}

class Loader {
 public:
  Loader(const WeightFile& file, Backend& backend, Arena& weights)
      : file_(file), backend_(backend), weights_(weights) {}

  void Load(const Param& param, Tensor& to) {
    if (param.use == Use::kDead) return;
    if (param.use == Use::kTable) {
      to = TableInFile(param);
      return;
    }
    const Scope scope(scratch_);
    Arena& arena = param.use == Use::kMatrix ? scratch_ : weights_;
    const Tensor plain = arena.New(backend_.Real(), param.shape);
    if (backend_.Real() == DType::kF64)
      CopyParts<double>(param, plain);
    else
      CopyParts<float>(param, plain);
    for (const Part& part : param.parts) file_.Release(*file_.Find(part.name));
    to = param.use == Use::kMatrix ? backend_.Pack(plain, weights_) : plain;
  }

  void FailIfBad() const { problems_.FailIfAny(file_.name()); }

 private:
  // The rows of a table are read one at a time, so it needs no copy of its own;
  // a type that Embed does not read is converted all the same.
  Tensor TableInFile(const Param& param) {
    const StoredTensor& stored = *file_.Find(param.parts[0].name);
    if (!AllFinite<float>(stored)) AddNotFinite(param.parts[0].name);
    file_.Release(stored);
    if (stored.dtype == DType::kF64) {
      const Tensor copy = weights_.New(backend_.Real(), param.shape);
      backend_.Write(std::span<const double>(ValuesOf<double>(stored)), copy);
      return copy;
    }
    return View(const_cast<std::byte*>(stored.bytes.data()), stored.dtype, param.shape);
  }

  template <class T>
  void CopyParts(const Param& param, const Tensor& plain) {
    int64_t row = 0;
    for (const Part& part : param.parts) {
      const int64_t columns = param.shape.rank == 1 ? 1 : param.shape[1];
      if (!CopyPart<T>(*file_.Find(part.name), part, columns,
                       plain.As<T>() + row * columns))
        AddNotFinite(part.name);
      row += part.rows;
    }
    SVLA_CHECK(row == param.shape[0]);
  }

  void AddNotFinite(const std::string& name) {
    problems_.Add(name, ": holds NaN or infinity");
  }

  const WeightFile& file_;
  Backend& backend_;
  Arena& weights_;
  Arena scratch_;
  Problems problems_;
};

}  // namespace

WeightFile::WeightFile(const std::filesystem::path& path) : file_(path) { Sort(); }

WeightFile::WeightFile(std::unique_ptr<MappedFile> file) : file_(std::move(file)) {
  Sort();
}

void WeightFile::Sort() {
  for (const auto& [name, stored] : file_.tensors()) {
    bool is_buffer = false;
    for (const char* prefix : kBuffers)
      is_buffer = is_buffer || name.starts_with(prefix);
    if (is_buffer) {
      buffers_[name] = stored;
      continue;
    }
    if (!tensors_.emplace(TodaysName(name), stored).second)
      Fail(file_.name(), ": ", name, " and another tensor are both ", TodaysName(name));
  }
}

const StoredTensor* WeightFile::Find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

int64_t WeightFile::CountLayers(const std::string& before,
                                const std::string& after) const {
  int64_t count = 0;
  while (tensors_.contains(before + std::to_string(count) + after)) ++count;
  return count;
}

int64_t WeightFile::SizeOf(const std::string& name, size_t dimension) const {
  const StoredTensor* stored = Find(name);
  if (!stored)
    Fail(file_.name(), ": expected tensor ", name,
         ", found none: not a SmolVLA checkpoint, or an incomplete one");
  if (dimension >= stored->shape.size())
    Fail(file_.name(), ": ", name, ": expected at least ", dimension + 1,
         " dimensions, found ", svla::ToString(*stored));
  return stored->shape[dimension];
}

void LoadWeights(const WeightFile& file, Backend& backend, const WeightWalk& walk,
                 Arena& weights) {
  CheckNames(file, walk);
  Loader loader(file, backend, weights);
  walk([&](const Param& param, Tensor& to) { loader.Load(param, to); });
  loader.FailIfBad();
}

}  // namespace svla
