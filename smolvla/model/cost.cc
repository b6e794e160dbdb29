#include "smolvla/model/cost.h"

namespace svla {
namespace {

double Product(int64_t rows, int64_t in, int64_t out) {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(in) *
         static_cast<double>(out);
}

// Scores and the sum of values, for queries of `width` numbers.
double Attention(int64_t queries, int64_t keys, int64_t width) {
  return 2.0 * Product(queries, keys, width);
}

double OfImages(const VisionConfig& c, int64_t cameras) {
  const int64_t n = cameras * c.Patches();
  const double layer =
      Product(n, c.width, 4 * c.width) + Product(n, c.width, 2 * c.hidden) +
      static_cast<double>(cameras) * Attention(c.Patches(), c.Patches(), c.width);
  return Product(n, c.PatchSize(), c.width) + static_cast<double>(c.layers) * layer +
         Product(cameras * c.Tokens(), c.shuffle * c.shuffle * c.width, c.out_width);
}

double OfPrefix(const LanguageConfig& c, int64_t n) {
  const double layer = Product(n, c.width, 2 * c.QueryWidth() + 2 * c.KvWidth()) +
                       Product(n, c.width, 3 * c.hidden) +
                       Attention(n, n, c.QueryWidth());
  return static_cast<double>(c.layers_read - 1) * layer +
         Product(n, c.width, 2 * c.KvWidth()) + Product(1, c.max_state_dim, c.width);
}

double OfExpert(const ExpertConfig& c, int64_t prefix, int64_t steps) {
  const int64_t n = c.chunk;
  double once = 0;
  double step =
      Product(n, c.max_action_dim, 2 * c.width) + Product(n, c.width, 2 * c.width);
  for (const ExpertLayerConfig& layer : c.layers) {
    step += Product(n, c.width, 2 * c.QueryWidth() + 3 * c.hidden);
    if (layer.cross) {
      once += Product(prefix, c.KvWidth(), 2 * c.KvWidth());
      step += Attention(n, prefix, c.QueryWidth());
    } else {
      step += Product(n, c.width, 2 * c.KvWidth()) +
              Attention(n, prefix + n, c.QueryWidth());
    }
  }
  return once + static_cast<double>(steps) * step;
}

// The parameters of one module: those it uses and, added to `dead`, the others.
template <class Module, class Config>
int64_t Count(const Config& config, int64_t& dead) {
  Module module;
  int64_t used = 0;
  module.Visit(config, [&](const Param& param, Tensor&) {
    if (param.use != Use::kDead) {
      used += param.shape.Count();
      return;
    }
    for (const Part& part : param.parts) {
      int64_t count = 1;
      for (const int64_t size : part.stored_shape) count *= size;
      dead += count;
    }
  });
  return used;
}

}  // namespace

ChunkCost CostOfChunk(const NetworkSizes& sizes, int64_t cameras, int64_t words,
                      int64_t steps) {
  const int64_t prefix = cameras * sizes.vision.Tokens() + words + 1;
  return {OfImages(sizes.vision, cameras), OfPrefix(sizes.language, prefix),
          OfExpert(sizes.expert, prefix, steps)};
}

ParameterCount CountParameters(const NetworkSizes& sizes) {
  ParameterCount count;
  count.vision = Count<Vision>(sizes.vision, count.dead);
  count.language = Count<Language>(sizes.language, count.dead);
  count.expert = Count<Expert>(sizes.expert, count.dead);
  return count;
}

}  // namespace svla
