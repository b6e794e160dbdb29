#include "smolvla/policy/statistics.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/json.h"

namespace svla {
namespace {

// Joints of a robot, pixels' channels: nothing that is a statistic is longer.
constexpr int64_t kLongest = 1 << 20;

// Old checkpoints write "observation_state" for "observation.state".
bool SameFeature(std::string_view written, std::string_view feature) {
  return written.size() == feature.size() &&
         std::equal(written.begin(), written.end(), feature.begin(),
                    [](char a, char b) { return a == b || (a == '_' && b == '.'); });
}

bool IsSeparator(char c) { return c == '.' || c == '_' || c == '/'; }

// "so100.buffer.action" and "action" → "so100"; nothing if it is not of that kind.
std::optional<std::string> PrefixOf(std::string_view written,
                                    std::string_view feature) {
  if (written.size() < feature.size()) return std::nullopt;
  if (!SameFeature(written.substr(written.size() - feature.size()), feature))
    return std::nullopt;
  std::string_view prefix = written.substr(0, written.size() - feature.size());
  if (!prefix.empty() && !IsSeparator(prefix.back())) return std::nullopt;
  constexpr std::string_view kBuffer = "buffer";
  const auto drop_separators = [&] {
    while (!prefix.empty() && IsSeparator(prefix.back())) prefix.remove_suffix(1);
  };
  drop_separators();
  if (prefix.ends_with(kBuffer)) prefix.remove_suffix(kBuffer.size());
  drop_separators();
  for (const std::string_view pipeline :
       {"normalize_inputs", "normalize_targets", "unnormalize_outputs"}) {
    if (!prefix.starts_with(pipeline)) continue;
    prefix.remove_prefix(pipeline.size());
    while (!prefix.empty() && IsSeparator(prefix.front())) prefix.remove_prefix(1);
  }
  return std::string(prefix);
}

// The numbers of a list of lists; false if there is anything else in it.
bool Flatten(const Json& value, std::vector<double>& values) {
  if (value.is_number()) {
    values.push_back(value.get<double>());
    return true;
  }
  return value.is_array() &&
         std::all_of(value.begin(), value.end(),
                     [&](const Json& element) { return Flatten(element, values); });
}

}  // namespace

void Statistics::Add(const std::map<std::string, StoredTensor>& tensors) {
  for (const auto& [name, stored] : tensors) {
    const size_t dot = name.rfind('.');
    if (dot == std::string::npos || !IsFloating(stored.dtype)) continue;
    if (stored.Count() > kLongest) continue;
    features_[name.substr(0, dot)][name.substr(dot + 1)] = ValuesOf<double>(stored);
  }
}

void Statistics::AddStatsJson(const std::filesystem::path& path) {
  const Json json = ReadJson(path);
  if (!json.is_object()) Fail(path.string(), ": expected an object of features");
  for (const auto& [feature, statistics] : json.items()) {
    const std::string where = path.string() + ": " + feature;
    if (!statistics.is_object()) Fail(where, ": expected an object of statistics");
    // A dataset may keep other things here, of no concern to a policy.
    for (const auto& [name, value] : statistics.items())
      if (std::vector<double> values; Flatten(value, values))
        features_[feature][name] = std::move(values);
  }
}

void Statistics::Set(const std::string& feature, FeatureStatistics statistics) {
  features_[feature] = std::move(statistics);
}

const FeatureStatistics* Statistics::Find(const std::string& feature,
                                          const std::string& prefix) const {
  if (prefix.empty())
    if (const auto exact = features_.find(feature); exact != features_.end())
      return &exact->second;
  for (const auto& [written, statistics] : features_)
    if (PrefixOf(written, feature) == prefix) return &statistics;
  return nullptr;
}

std::vector<std::string> Statistics::Prefixes(const std::string& feature) const {
  std::vector<std::string> prefixes;
  for (const auto& [written, statistics] : features_)
    if (const auto prefix = PrefixOf(written, feature); prefix && !prefix->empty())
      if (std::find(prefixes.begin(), prefixes.end(), *prefix) == prefixes.end())
        prefixes.push_back(*prefix);
  return prefixes;
}

}  // namespace svla
