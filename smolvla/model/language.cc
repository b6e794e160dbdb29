#include "smolvla/model/language.h"

#include <cmath>

#include "smolvla/base/error.h"

namespace svla {
namespace {

const std::string kText = "model.vlm_with_expert.vlm.model.text_model.";

// Lays the embedded tokens into x from front to back.
class PrefixWriter {
 public:
  PrefixWriter(Run run, const Tensor& words, const Tensor& x)
      : run_(run), words_(words), x_(x) {}

  void Words(std::span<const int64_t> ids, double factor) {
    if (ids.empty()) return;
    run_.be.Embed(words_, ids, factor, Next(static_cast<int64_t>(ids.size())));
  }

  Tensor Next(int64_t rows) {
    at_ += rows;
    return Rows(x_, at_ - rows, rows);
  }

  bool Full() const { return at_ == x_.Rows(); }

 private:
  Run run_;
  const Tensor& words_;
  const Tensor& x_;
  int64_t at_ = 0;
};

void EmbedState(Run run, const Language& w, const LanguageConfig& c,
                std::span<const double> state, const Tensor& x) {
  const Tensor padded = run.New({1, c.max_state_dim});
  run.be.Write(state, padded);
  run.be.Linear(padded, w.state, w.state_bias, x);
}

void EmbedPrefix(Run run, const Language& w, const LanguageConfig& c,
                 const Tensor& image_tokens, int64_t tokens_per_image,
                 const PrefixInput& input, const Tensor& x) {
  // Images and words are scaled alike; the special tokens around an image and the
  // state are not.
  const double scale = std::sqrt(static_cast<double>(c.width));
  PrefixWriter writer(run, w.words, x);
  for (const PrefixInput::Camera& camera : input.cameras) {
    writer.Words(input.before_image, 1.0);
    if (camera.visible)
      run.be.Scale(Rows(image_tokens, camera.first_row, tokens_per_image), scale,
                   writer.Next(tokens_per_image));
    writer.Words(input.after_image, 1.0);
  }
  writer.Words(input.words, scale);
  EmbedState(run, w, c, input.state, writer.Next(1));
  SVLA_CHECK(writer.Full());
}

// Keys and values of the last rows of the prefix, rotated and put where the expert
// will read them.
void WriteKv(Run run, const LanguageConfig& c, const Tensor& kv, const Tensor& k,
             const Tensor& v) {
  const int64_t first = k.Rows() - kv.Rows();
  run.be.Rope(Columns(kv, 0, c.KvWidth()), first, c.head_dim,
              Rows(k, first, kv.Rows()));
  run.be.Scale(Columns(kv, c.KvWidth(), c.KvWidth()), 1.0, Rows(v, first, kv.Rows()));
}

// x += out(attention(norm(x))), and the layer's keys and values. x are all rows of
// the prefix, or the state alone.
void Attend(Run run, const LanguageLayer& w, const LanguageConfig& c, const Tensor& x,
            const Tensor& k, const Tensor& v, LanguageLayerTrace* trace) {
  const int64_t n = x.Rows();
  const Tensor before = trace ? run.Keep(x) : x;
  const Tensor h = run.New({n, c.width});
  const Tensor qkv = run.New({n, c.QueryWidth() + 2 * c.KvWidth()});
  const Tensor attended = run.New({n, c.QueryWidth()});
  const Tensor q = Columns(qkv, 0, c.QueryWidth());

  run.be.RmsNorm(x, w.norm, c.norm_eps, h);
  run.be.Linear(h, w.qkv, {}, qkv);
  run.be.Rope(q, /*first=*/k.Rows() - n, c.head_dim, q);
  WriteKv(run, c, Columns(qkv, c.QueryWidth(), 2 * c.KvWidth()), k, v);

  // Images and words, all rows but the last, see one another; the state, the last
  // row, sees everything.
  const int64_t seen = n - 1;
  if (seen > 0)
    run.be.Attention(Rows(q, 0, seen), Rows(k, 0, seen), Rows(v, 0, seen), c.head_dim,
                     Mask::kFull, Rows(attended, 0, seen));
  run.be.Attention(Rows(q, seen, 1), k, v, c.head_dim, Mask::kFull,
                   Rows(attended, seen, 1));
  run.be.LinearAdd(attended, w.out, {}, x);
  if (trace) {
    trace->x = before;
    trace->h = h;
    trace->qkv = qkv;
    trace->attended = attended;
  }
}

// Of the last layer that is read only keys and values matter.
void KeysAndValuesOnly(Run run, const LanguageLayer& w, const LanguageConfig& c,
                       const Tensor& x, const Tensor& k, const Tensor& v,
                       LanguageLayerTrace* trace) {
  const Tensor h = run.New({x.Rows(), c.width});
  const Tensor kv = run.New({x.Rows(), 2 * c.KvWidth()});
  run.be.RmsNorm(x, w.norm, c.norm_eps, h);
  run.be.Linear(h, w.qkv, {}, kv);
  WriteKv(run, c, kv, k, v);
  if (trace) {
    trace->x = x;
    trace->h = h;
    trace->qkv = kv;
  }
}

// x, all rows of the prefix or the last, through the layers.
void ReadLayers(Run run, const Language& w, const LanguageConfig& c, const Tensor& x,
                const PrefixKv& kv, LanguageTrace* trace) {
  for (int64_t i = 0; i < c.layers_read; ++i) {
    const LayerScope scope(run, trace);
    const LanguageLayer& layer = w.layers[static_cast<size_t>(i)];
    LanguageLayerTrace* kept = trace ? &trace->layers[static_cast<size_t>(i)] : nullptr;
    if (i + 1 == c.layers_read) {
      KeysAndValuesOnly(run, layer, c, x, kv.K(i), kv.V(i), kept);
    } else {
      Attend(run, layer, c, x, kv.K(i), kv.V(i), kept);
      MlpForward(run, layer.mlp, c.ForMlp(), x, kept ? &kept->mlp : nullptr);
    }
  }
}

// A layer beyond the last one read: in every checkpoint, without effect.
void VisitDeadLayer(const std::string& at, const LanguageConfig& c, const ParamFn& f) {
  Tensor nothing;
  f(Dead(at + "input_layernorm.weight", {c.width}), nothing);
  f(Dead(at + "self_attn.q_proj.weight", {c.QueryWidth(), c.width}), nothing);
  f(Dead(at + "self_attn.k_proj.weight", {c.KvWidth(), c.width}), nothing);
  f(Dead(at + "self_attn.v_proj.weight", {c.KvWidth(), c.width}), nothing);
  f(Dead(at + "self_attn.o_proj.weight", {c.width, c.QueryWidth()}), nothing);
  VisitDeadMlp(at, c.ForMlp(), f);
}

}  // namespace

void LanguageLayer::Visit(const std::string& at, const LanguageConfig& c, bool last,
                          const ParamFn& f) {
  const Param q = Matrix(at + "self_attn.q_proj.weight", c.QueryWidth(), c.width);
  const Param kv = Stack(Matrix(at + "self_attn.k_proj.weight", c.KvWidth(), c.width),
                         Matrix(at + "self_attn.v_proj.weight", c.KvWidth(), c.width));
  f(Vector(at + "input_layernorm.weight", c.width), norm);
  f(last ? kv : Stack(q, kv), qkv);
  if (!last) {
    f(Matrix(at + "self_attn.o_proj.weight", c.width, c.QueryWidth()), out);
    mlp.Visit(at, c.ForMlp(), f);
    return;
  }
  Tensor nothing;
  f(Dead(at + "self_attn.q_proj.weight", {c.QueryWidth(), c.width}), nothing);
  f(Dead(at + "self_attn.o_proj.weight", {c.width, c.QueryWidth()}), nothing);
  VisitDeadMlp(at, c.ForMlp(), f);
}

void Language::Visit(const LanguageConfig& c, const ParamFn& f) {
  layers.resize(static_cast<size_t>(c.layers_read));
  f(Table(kText + "embed_tokens.weight", c.vocabulary, c.width), words);
  for (int64_t i = 0; i < c.layers; ++i) {
    const std::string at = kText + "layers." + std::to_string(i) + ".";
    if (i < c.layers_read)
      layers[static_cast<size_t>(i)].Visit(at, c, i + 1 == c.layers_read, f);
    else
      VisitDeadLayer(at, c, f);
  }
  Tensor nothing;
  f(Dead(kText + "norm.weight", {c.width}), nothing);
  f(Dead("model.vlm_with_expert.vlm.lm_head.weight", {c.vocabulary, c.width}), nothing);
  f(Matrix("model.state_proj.weight", c.width, c.max_state_dim), state);
  f(Vector("model.state_proj.bias", c.width), state_bias);
}

bool SameButState(const PrefixInput& a, const PrefixInput& b) {
  return a.cameras == b.cameras && a.before_image == b.before_image &&
         a.after_image == b.after_image && a.words == b.words;
}

int64_t PrefixTokens(const PrefixInput& input, int64_t tokens_per_image) {
  auto tokens = static_cast<int64_t>(input.words.size()) + 1;
  for (const PrefixInput::Camera& camera : input.cameras)
    tokens +=
        static_cast<int64_t>(input.before_image.size() + input.after_image.size()) +
        (camera.visible ? tokens_per_image : 0);
  return tokens;
}

void EncodePrefix(Run run, const Language& w, const LanguageConfig& c,
                  const Tensor& image_tokens, int64_t tokens_per_image,
                  const PrefixInput& input, const PrefixKv& kv, LanguageTrace* trace) {
  SVLA_CHECK(kv.Tokens() == PrefixTokens(input, tokens_per_image));
  const LayerScope all(run, trace);
  if (trace) trace->layers.resize(w.layers.size());
  const Tensor x = run.New({kv.Tokens(), c.width});
  EmbedPrefix(run, w, c, image_tokens, tokens_per_image, input, x);

  ReadLayers(run, w, c, x, kv, trace);
}

void EncodeState(Run run, const Language& w, const LanguageConfig& c,
                 const PrefixInput& input, const PrefixKv& kv) {
  const Scope scope(run.scratch);
  const Tensor x = run.New({1, c.width});
  EmbedState(run, w, c, input.state, x);
  ReadLayers(run, w, c, x, kv, /*trace=*/nullptr);
}

}  // namespace svla
