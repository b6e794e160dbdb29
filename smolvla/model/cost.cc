#include "smolvla/model/cost.h"

namespace svla {
namespace {

// What a stage, or all of them, computes.
class Work {
 public:
  void Product(int64_t rows, int64_t in, int64_t out, int64_t times = 1) {
    if (rows == 0 || times == 0) return;
    for (ProductShape& known : products_)
      if (known.rows == rows && known.in == in && known.out == out) {
        known.times += times;
        return;
      }
    products_.push_back({rows, in, out, times});
  }

  // Scores and the sum of values, for queries of `width` numbers.
  void Attention(int64_t queries, int64_t keys, int64_t width, int64_t times = 1) {
    attention_ += 2.0 * static_cast<double>(times) *
                  ProductShape{queries, keys, width, 1}.Operations();
  }

  double attention() const { return attention_; }
  const std::vector<ProductShape>& products() const { return products_; }

  double Operations() const {
    double sum = attention_;
    for (const ProductShape& product : products_)
      sum += static_cast<double>(product.times) * product.Operations();
    return sum;
  }

 private:
  std::vector<ProductShape> products_;
  double attention_ = 0;
};

void AddImages(const VisionConfig& c, int64_t cameras, Work& work) {
  const int64_t n = cameras * c.Patches();
  work.Product(n, c.PatchSize(), c.width);
  work.Product(n, c.width, 3 * c.width, c.layers);
  work.Attention(c.Patches(), c.Patches(), c.width, cameras * c.layers);
  work.Product(n, c.width, c.width, c.layers);
  work.Product(n, c.width, c.hidden, c.layers);
  work.Product(n, c.hidden, c.width, c.layers);
  work.Product(cameras * c.Tokens(), c.shuffle * c.shuffle * c.width, c.out_width);
}

void AddMlp(const MlpConfig& c, int64_t n, int64_t times, Work& work) {
  work.Product(n, c.width, 2 * c.hidden, times);
  work.Product(n, c.hidden, c.width, times);
}

void AddPrefix(const LanguageConfig& c, int64_t n, Work& work) {
  const int64_t whole = c.layers_read - 1;  // of the last only keys and values
  work.Product(1, c.max_state_dim, c.width);
  work.Product(n, c.width, c.QueryWidth() + 2 * c.KvWidth(), whole);
  work.Attention(n - 1, n - 1, c.QueryWidth(), whole);
  work.Attention(1, n, c.QueryWidth(), whole);
  work.Product(n, c.QueryWidth(), c.width, whole);
  AddMlp(c.ForMlp(), n, whole, work);
  work.Product(n, c.width, 2 * c.KvWidth());
}

void AddExpert(const ExpertConfig& c, int64_t prefix, int64_t steps, Work& work) {
  const int64_t n = c.chunk;
  work.Product(n, c.max_action_dim, c.width, steps);
  work.Product(n, c.width, c.width, 2 * steps);  // of action_time_mlp
  for (const ExpertLayerConfig& layer : c.layers) {
    if (layer.cross) {
      work.Product(prefix, c.KvWidth(), c.KvWidth(), 2);
      work.Product(n, c.width, c.QueryWidth(), steps);
      work.Attention(n, prefix, c.QueryWidth(), steps);
    } else {
      work.Product(n, c.width, c.QueryWidth() + 2 * c.KvWidth(), steps);
      work.Attention(n, prefix + n, c.QueryWidth(), steps);
    }
    work.Product(n, c.QueryWidth(), c.width, steps);
    AddMlp(c.ForMlp(), n, steps, work);
  }
  work.Product(n, c.width, c.max_action_dim, steps);
}

int64_t PrefixRows(const NetworkSizes& sizes, int64_t cameras, int64_t words) {
  return cameras * sizes.vision.Tokens() + words + 1;
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
  const int64_t prefix = PrefixRows(sizes, cameras, words);
  Work of_vision, of_prefix, of_expert;
  AddImages(sizes.vision, cameras, of_vision);
  AddPrefix(sizes.language, prefix, of_prefix);
  AddExpert(sizes.expert, prefix, steps, of_expert);
  return {of_vision.Operations(), of_prefix.Operations(), of_expert.Operations(),
          of_vision.attention() + of_prefix.attention() + of_expert.attention()};
}

std::vector<ProductShape> ProductsOfChunk(const NetworkSizes& sizes, int64_t cameras,
                                          int64_t words, int64_t steps) {
  const int64_t prefix = PrefixRows(sizes, cameras, words);
  Work all;
  AddImages(sizes.vision, cameras, all);
  AddPrefix(sizes.language, prefix, all);
  AddExpert(sizes.expert, prefix, steps, all);
  return all.products();
}

ParameterCount CountParameters(const NetworkSizes& sizes) {
  ParameterCount count;
  count.vision = Count<Vision>(sizes.vision, count.dead);
  count.language = Count<Language>(sizes.language, count.dead);
  count.expert = Count<Expert>(sizes.expert, count.dead);
  return count;
}

}  // namespace svla
