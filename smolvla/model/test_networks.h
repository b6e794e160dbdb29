// For tests only: the recorded checkpoints and random ones of any size, ready to
// run; copies of them with something changed; and what an Error said.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/base/safetensors.h"
#include "smolvla/model/smolvla.h"

namespace svla {

inline std::filesystem::path TestDataFolder() {
  return std::filesystem::path(SMOLVLA_SOURCE_DIR) / "testdata";
}

inline std::filesystem::path GoldenFolder(const std::string& name) {
  return TestDataFolder() / "goldens" / name;
}

// LeRobot's own functions, recorded (testdata/README.md).
inline const SafetensorsFile& ReferenceValues() {
  static const SafetensorsFile file(TestDataFolder() / "reference_values.safetensors");
  return file;
}

inline std::vector<double> ReferenceValue(const std::string& name) {
  return ValuesOf<double>(ReferenceValues().At(name));
}

// The message of the Error that `call` throws, or "no error".
inline std::string MessageOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline testing::AssertionResult Says(const std::string& message,
                                     const std::string& part) {
  if (message.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << message << "\" lacks \"" << part << '"';
}

// A folder of this test's own, gone at its end.
class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            ("smolvla_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The tensors of a safetensors file, to be changed and written elsewhere.
class AlteredTensors {
 public:
  struct Entry {
    DType dtype = DType::kF32;
    std::vector<int64_t> shape;
    std::vector<std::byte> bytes;
  };

  AlteredTensors() = default;
  explicit AlteredTensors(const std::filesystem::path& path) {
    const SafetensorsFile file(path);
    for (const auto& [name, stored] : file.tensors())
      entries[name] = {
          stored.dtype, stored.shape, {stored.bytes.begin(), stored.bytes.end()}};
  }

  void Set(const std::string& name, const std::vector<int64_t>& shape,
           const std::vector<float>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    entries[name] = {DType::kF32, shape, {bytes.begin(), bytes.end()}};
  }

  void Rename(const std::string& from, const std::string& to) {
    auto node = entries.extract(from);
    SVLA_CHECK(!node.empty());
    node.key() = to;
    SVLA_CHECK(entries.insert(std::move(node)).inserted);
  }

  void RenamePrefix(const std::string& from, const std::string& to) {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries)
      if (name.starts_with(from)) names.push_back(name);
    SVLA_CHECK(!names.empty());
    for (const std::string& name : names) Rename(name, to + name.substr(from.size()));
  }

  void Write(const std::filesystem::path& path) {
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (auto& [name, entry] : entries) {
      Shape shape;
      SVLA_CHECK(entry.shape.size() <= shape.dims.size());
      for (const int64_t size : entry.shape)
        shape.dims[static_cast<size_t>(shape.rank++)] = size;
      tensors.emplace_back(name, View(entry.bytes.data(), entry.dtype, shape));
    }
    WriteSafetensors(path, tensors, {});
  }

  std::map<std::string, Entry> entries;
};

// "reference", "cpu" or, with bf16 weights, "cpu_bf16".
inline std::unique_ptr<Backend> MakeTestBackend(const std::string& name) {
  return name == "cpu_bf16" ? MakeBackend("cpu", "bf16") : MakeBackend(name);
}

// A network with all that it needs.
struct TestNetwork {
  TestNetwork(std::shared_ptr<const WeightFile> weights, const NetworkSizes& network,
              const std::string& backend_name, int64_t steps)
      : file(std::move(weights)),
        sizes(network),
        backend(MakeTestBackend(backend_name)),
        net(file, sizes, *backend, steps) {}

  std::shared_ptr<const WeightFile> file;
  NetworkSizes sizes;
  std::unique_ptr<Backend> backend;
  SmolVla net;
  Arena arena;

  svla::Run Run() { return {*backend, arena}; }

  std::vector<double> Read(const Tensor& x) {
    const Tensor copy = backend->Real() == DType::kF64
                            ? arena.New(DType::kF64, {x.Rows(), x.Columns()})
                            : arena.New(DType::kF32, {x.Rows(), x.Columns()});
    backend->Scale(x, 1.0, copy);
    std::vector<double> values(static_cast<size_t>(x.Count()));
    backend->Read(copy, values);
    return values;
  }

  std::vector<double> Predict(const ModelInput& input, std::span<const double> noise,
                              const Guidance* guidance = nullptr) {
    std::vector<double> actions(noise.size());
    net.Predict(input, noise, guidance, actions);
    return actions;
  }
};

inline NetworkSizes GoldenSizes(const std::string& name, const WeightFile& file) {
  std::vector<std::string> warnings;
  const SmolVlaConfig config = ReadConfig(GoldenFolder(name) / "config.json", warnings);
  return ResolveSizes(config, ReadVlmConfig(GoldenFolder(name) / "vlm_config.json"),
                      file);
}

inline TestNetwork GoldenNetwork(const std::string& name, const std::string& backend,
                                 int64_t steps = 3) {
  const auto file =
      std::make_shared<const WeightFile>(GoldenFolder(name) / "model.safetensors");
  return {file, GoldenSizes(name, *file), backend, steps};
}

// Every tensor the sizes ask for, drawn so that the numbers stay of order one.
inline AlteredTensors RandomTensors(const NetworkSizes& sizes, uint64_t seed) {
  AlteredTensors tensors;
  SmolVlaWeights weights;
  uint64_t stream = 0;
  weights.Visit(sizes, [&](const Param& param, Tensor&) {
    for (const Part& part : param.parts) {
      if (tensors.entries.contains(part.name)) continue;
      int64_t count = 1;
      for (const int64_t size : part.stored_shape) count *= size;
      const bool norm = param.use == Use::kVector && part.name.ends_with("weight");
      const double inputs = static_cast<double>(count / part.stored_shape[0]);
      const Random random(seed, stream++);
      std::vector<float> values;
      for (int64_t i = 0; i < count; ++i) {
        const double normal = random.Normal(static_cast<uint64_t>(i));
        values.push_back(static_cast<float>(
            norm ? 1.0 + 0.1 * normal
                 : normal * (part.stored_shape.size() == 1 ? 0.1
                                                           : 1.0 / std::sqrt(inputs))));
      }
      tensors.Set(part.name, part.stored_shape, values);
    }
  });
  return tensors;
}

inline std::vector<double> Normals(int64_t count, uint64_t seed) {
  const Random random(seed, /*stream=*/77);
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<double>(
        static_cast<float>(random.Normal(static_cast<uint64_t>(i)))));
  return values;
}

inline std::vector<double> RandomNoise(const NetworkSizes& sizes, uint64_t seed) {
  return Normals(sizes.expert.chunk * sizes.expert.max_action_dim, seed);
}

inline ModelInput RandomInput(const NetworkSizes& sizes, int64_t cameras, int64_t words,
                              uint64_t seed) {
  const VisionConfig& v = sizes.vision;
  const Random random(seed, /*stream=*/5);
  ModelInput input;
  for (int64_t i = 0; i < cameras * 3 * v.image_width * v.image_height; ++i)
    input.pixels.push_back(
        static_cast<float>(2.0 * random.Uniform(static_cast<uint64_t>(i)) - 1.0));
  for (int64_t i = 0; i < cameras; ++i)
    input.prefix.cameras.push_back({true, i * v.Tokens()});
  for (int64_t i = 0; i < words; ++i)
    input.prefix.words.push_back(random.Words(static_cast<uint64_t>(i))[2] %
                                 sizes.language.vocabulary);
  input.prefix.state = Normals(sizes.language.max_state_dim, seed + 1);
  return input;
}

}  // namespace svla
