#include <limits>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/policy/places.h"

namespace svla {
namespace {

// Those of every SmolVLM tokenizer.
constexpr const char* kSpecialTokens[] = {
    "<|endoftext|>", "<|im_start|>", "<end_of_utterance>",
    "<image>",       "<global-img>", "<fake_token_around_image>"};

// Words, digits, marks and letters with accents: two vocabularies that agree here
// read tasks alike.
constexpr const char* kProbe =
    "Pick up the 2nd red cube (left), then place it in box #10; don't drop the café's "
    "yellow bottle!\n";

std::string LastPart(const std::string& name) {
  return std::filesystem::path(name).filename().string();
}

// A vocabulary smaller than the embedding by more than padding explains.
void CheckVocabulary(const Patient& p, Diagnosis& to) {
  const int64_t rows = p.parts.sizes.language.vocabulary;
  const int64_t ids = p.tokenizer->size();
  const bool beyond = ids > rows;
  if (!beyond && rows - ids <= std::max<int64_t>(128, rows / 20)) return;
  to.findings.push_back(
      {"tokenizer-vocabulary", beyond ? Severity::kError : Severity::kWarning,
       p.tokenizer_file.string(),
       Text("expected ", rows, " ids, as the network's vocabulary has, found ", ids,
            ": the tokenizer of another model"),
       beyond ? "the policy does not load"
              : "the network reads other words than the task's",
       "--tokenizer FILE names the tokenizer.json of the checkpoint's VLM"});
}

void CheckSpecialTokens(const Patient& p, Diagnosis& to) {
  std::vector<std::string> absent;
  for (const char* token : kSpecialTokens)
    if (!p.tokenizer->IdOf(token)) absent.push_back(token);
  if (absent.empty()) return;
  const bool needed = p.parts.config.add_image_special_tokens &&
                      (!p.tokenizer->IdOf("<fake_token_around_image>") ||
                       !p.tokenizer->IdOf("<global-img>"));
  to.findings.push_back(
      {"tokenizer-special-tokens", needed ? Severity::kError : Severity::kWarning,
       p.tokenizer_file.string(),
       "expected the special tokens of SmolVLM, found none of " + Join(absent),
       needed ? "the policy does not load: it puts special tokens around pictures"
              : "it may be the tokenizer of another model, whose words have other ids",
       "--tokenizer FILE names the tokenizer.json of the checkpoint's VLM"});
}

void CheckNames(const Patient& p, Diagnosis& to) {
  const std::string& used = p.parts.processors.tokenizer_name;
  const std::string& vlm = p.parts.config.vlm_model_name;
  if (!p.has_config || used.empty() || LastPart(used) == LastPart(vlm)) return;
  to.findings.push_back(
      {"tokenizer-name-differs", Severity::kWarning, "tokenizer_name",
       Text("the preprocessor names \"", used, "\", config.json's vlm_model_name \"",
            vlm, "\""),
       "if the two tokenizers differ, the network reads other words than the task's",
       "make the two files name the model of the training"});
}

// The file that is used against the one that the preprocessor names, where that is on
// this machine.
void CompareWithNamed(const Patient& p, Diagnosis& to) {
  const Wanted named{
      "tokenizer", "tokenizer.json", "", "", {}, {p.parts.processors.tokenizer_name}};
  try {
    const auto other = Find(named, p.parts.folder);
    if (!other) return;
    const Tokenizer second = Tokenizer::FromFile(*other);
    if (second.size() == p.tokenizer->size() &&
        second.Encode(kProbe) == p.tokenizer->Encode(kProbe))
      return;
    to.findings.push_back(
        {"tokenizer-differs", Severity::kWarning, p.tokenizer_file.string(),
         Text("reads an ordinary sentence as other ids than ", other->string(),
              ", which the preprocessor names"),
         "the network reads other words than the task's",
         Text("--tokenizer ", other->string(), " uses the one of the training")});
  } catch (const Error&) {
    // One that cannot be read cannot be the one in use.
  }
}

}  // namespace

void CheckTokenizer(Patient& p, Diagnosis& to) {
  // The vocabulary is compared below, with a code of its own.
  Checkpoint any = p.parts;
  any.sizes.language.vocabulary = std::numeric_limits<int64_t>::max();
  try {
    p.tokenizer = ReadTokenizer(any, p.options, &p.tokenizer_file);
  } catch (const Error& e) {
    const bool found = !p.tokenizer_file.empty();
    return to.findings.push_back(
        {found ? "tokenizer-invalid" : "tokenizer-missing", Severity::kError,
         found ? p.tokenizer_file.string() : "tokenizer.json", e.what(),
         "the policy does not load",
         "--tokenizer FILE names the tokenizer.json of the checkpoint's VLM"});
  }
  if (p.has_sizes)
    CheckVocabulary(p, to);
  else
    to.not_checked.push_back(
        {"the tokenizer against the network's vocabulary",
         "a config.json, weights and a VLM configuration that agree"});
  CheckSpecialTokens(p, to);
  CheckNames(p, to);
  CompareWithNamed(p, to);
  to.checked.push_back("tokenizer");
}

}  // namespace svla
