#include "smolvla/model/random_weights.h"

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/base/threads.h"
#include "smolvla/model/smolvla.h"

namespace svla {
namespace {

struct Entry {
  std::string name;
  std::vector<int64_t> shape;
  int64_t count = 1;
  int64_t offset = 0;  // of the data, in numbers
};

std::vector<Entry> EntriesOf(const NetworkSizes& sizes) {
  SmolVlaWeights weights;
  std::vector<Entry> entries;
  std::set<std::string> seen;
  int64_t offset = 0;
  weights.Visit(sizes, [&](const Param& param, Tensor&) {
    for (const Part& part : param.parts) {
      if (!seen.insert(part.name).second) continue;
      Entry entry{part.name, part.stored_shape, 1, offset};
      for (const int64_t size : part.stored_shape) entry.count *= size;
      offset += entry.count;
      entries.push_back(std::move(entry));
    }
  });
  return entries;
}

std::string HeaderOf(const std::vector<Entry>& entries) {
  nlohmann::ordered_json header;
  for (const Entry& entry : entries)
    header[entry.name] = {
        {"dtype", "BF16"},
        {"shape", entry.shape},
        {"data_offsets", {entry.offset * 2, (entry.offset + entry.count) * 2}}};
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

// Uniform in [-spread, spread) around the centre, eight numbers of one draw.
void Fill(const Entry& entry, uint64_t seed, uint64_t stream, BF16* out) {
  const bool vector = entry.shape.size() == 1;
  const bool norm = vector && entry.name.ends_with("weight");
  const float centre = norm ? 1.0f : 0.0f;
  const float inputs =
      static_cast<float>(entry.count) / static_cast<float>(entry.shape[0]);
  const float spread = vector ? 0.1f : std::sqrt(3.0f / inputs);
  const Random random(seed, stream);
  ParallelFor((entry.count + 7) / 8, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto words = random.Words(static_cast<uint64_t>(i));
      for (int64_t k = i * 8; k < std::min(entry.count, i * 8 + 8); ++k) {
        const uint32_t word = words[static_cast<size_t>(k % 8 / 2)];
        const auto bits = static_cast<int16_t>(k % 2 ? word >> 16 : word & 0xffff);
        out[k] = ToBF16(centre + spread * static_cast<float>(bits) / 32768.0f);
      }
    }
  });
}

NetworkSizes PublishedSizes(int64_t layers, double expert_width,
                            int64_t expert_hidden) {
  NetworkSizes sizes;  // the defaults are SmolVLM2's
  SmolVlaConfig config;
  config.num_vlm_layers = layers;
  sizes.language.layers = layers;
  sizes.language.layers_read = layers;
  sizes.expert.width =
      static_cast<int64_t>(static_cast<double>(sizes.language.width) * expert_width);
  sizes.expert.hidden = expert_hidden;
  sizes.expert.layers = ExpertLayers(config, layers);
  return sizes;
}

}  // namespace

std::shared_ptr<const WeightFile> RandomWeights(const NetworkSizes& sizes,
                                                uint64_t seed) {
  const std::vector<Entry> entries = EntriesOf(sizes);
  const std::string header = HeaderOf(entries);
  const int64_t numbers = entries.back().offset + entries.back().count;
  const size_t before = 8 + header.size();
  const auto fill = [&](std::span<std::byte> bytes) {
    const uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    std::memcpy(bytes.data() + 8, header.data(), header.size());
    auto* data = reinterpret_cast<BF16*>(bytes.data() + before);
    for (size_t i = 0; i < entries.size(); ++i)
      Fill(entries[i], seed, i, data + entries[i].offset);
  };
  return std::make_shared<const WeightFile>(std::make_unique<MappedFile>(
      "random weights", before + static_cast<size_t>(numbers) * 2, fill));
}

NetworkSizes BaseSizes() { return PublishedSizes(16, 0.75, 2048); }
NetworkSizes LiberoSizes() { return PublishedSizes(32, 0.5, 1280); }

}  // namespace svla
