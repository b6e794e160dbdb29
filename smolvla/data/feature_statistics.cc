#include "smolvla/data/feature_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// Before the quantiles, as LeRobot writes them.
constexpr const char* kRequired[] = {"min", "max", "mean", "std"};

bool IsQuantile(const std::string& name) {
  return name.size() > 1 && name[0] == 'q' &&
         name.find_first_not_of("0123456789", 1) == std::string::npos;
}

// Values from `next` on, in lists of shape[level], shape[level + 1], ...
Json Nested(const std::vector<double>& values, const std::vector<int64_t>& shape,
            size_t level, size_t& next) {
  Json list = Json::array();
  for (int64_t i = 0; i < shape[level]; ++i) {
    if (level + 1 < shape.size())
      list.push_back(Nested(values, shape, level + 1, next));
    else if (const double value = values[next++]; std::isfinite(value))
      list.push_back(value);
    else
      list.push_back(nullptr);
  }
  return list;
}

std::optional<double> NumberIn(const Json& json) {
  if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (json.is_boolean()) return json.get<bool>() ? 1 : 0;
  if (json.is_number()) return json.get<double>();
  return std::nullopt;
}

struct Numbers {
  std::vector<double> values;
  std::vector<int64_t> shape;
};

// Adds what is in `json`. The first list of each level says how long the others are.
// False if there is something that is no number.
bool Read(const Json& json, size_t level, const std::string& where, Numbers& numbers) {
  auto& shape = numbers.shape;
  if (json.is_array()) {
    const auto length = static_cast<int64_t>(json.size());
    if (numbers.values.empty() && shape.size() == level) shape.push_back(length);
    if (level >= shape.size() || shape[level] != length)
      Fail(where, ": expected lists of equal lengths, found uneven ones");
    return std::all_of(json.begin(), json.end(), [&](const Json& element) {
      return Read(element, level + 1, where, numbers);
    });
  }
  const std::optional<double> number = NumberIn(json);
  if (!number) return false;
  if (level != shape.size())
    Fail(where, ": expected lists of equal depth, found uneven ones");
  numbers.values.push_back(*number);
  return true;
}

int64_t ReadCount(const Json& json, const std::string& where) {
  constexpr double kMost = 1LL << 53;
  Numbers numbers;
  const bool read = Read(json, 0, where, numbers);
  if (!read || numbers.values.size() != 1 ||
      !(numbers.values[0] >= 0 && numbers.values[0] <= kMost))
    Fail(where, ": expected a list of one number of frames, found ", Serialized(json));
  return static_cast<int64_t>(numbers.values[0]);
}

// One feature in several parts.
class FeatureAggregate {
 public:
  explicit FeatureAggregate(const std::string& feature) : feature_(feature) {}

  void Add(const CountedStatistics& part) {
    if (part.count < 1)
      Fail("statistics of ", feature_, ": expected a count of frames, found none");
    for (const char* name : kRequired)
      if (!part.values.contains(name))
        Fail("statistics of ", feature_, ": expected \"", name, "\", found none");
    if (!parts_.empty() && part.shape != parts_[0]->shape)
      Fail("statistics of ", feature_, ": expected one shape, found lists of ",
           parts_[0]->values.at("mean").size(), " and of ",
           part.values.at("mean").size(), " numbers, or nested otherwise");
    parts_.push_back(&part);
    total_.count += part.count;
  }

  CountedStatistics Total() {
    total_.shape = parts_[0]->shape;
    auto& values = total_.values;
    values["min"] = Extreme("min", [](double a, double b) { return a < b; });
    values["max"] = Extreme("max", [](double a, double b) { return a > b; });
    values["mean"] = Mean("mean");
    values["std"] = Std(values["mean"]);
    for (const auto& [name, unused] : parts_[0]->values)
      if (IsQuantile(name) && AllHave(name)) values[name] = Mean(name);
    return std::move(total_);
  }

 private:
  bool AllHave(const std::string& name) const {
    return std::all_of(
        parts_.begin(), parts_.end(),
        [&](const CountedStatistics* part) { return part->values.contains(name); });
  }

  // A value that is not a number stays, as it does in numpy.
  template <class Before>
  std::vector<double> Extreme(const char* name, Before before) const {
    std::vector<double> extreme = parts_[0]->values.at(name);
    for (const CountedStatistics* part : parts_)
      for (size_t i = 0; i < extreme.size(); ++i)
        if (const double value = part->values.at(name)[i];
            before(value, extreme[i]) || std::isnan(value))
          extreme[i] = value;
    return extreme;
  }

  std::vector<double> Mean(const std::string& name) const {
    std::vector<double> mean(parts_[0]->values.at(name).size());
    for (const CountedStatistics* part : parts_)
      for (size_t i = 0; i < mean.size(); ++i)
        mean[i] += part->values.at(name)[i] * static_cast<double>(part->count);
    for (double& value : mean) value /= static_cast<double>(total_.count);
    return mean;
  }

  std::vector<double> Std(const std::vector<double>& mean) const {
    std::vector<double> std(mean.size());
    for (const CountedStatistics* part : parts_)
      for (size_t i = 0; i < std.size(); ++i) {
        const double moved = part->values.at("mean")[i] - mean[i];
        const double own = part->values.at("std")[i];
        std[i] += (own * own + moved * moved) * static_cast<double>(part->count);
      }
    for (double& value : std)
      value = std::sqrt(value / static_cast<double>(total_.count));
    return std;
  }

  std::string feature_;
  std::vector<const CountedStatistics*> parts_;
  CountedStatistics total_;
};

}  // namespace

Json ToJson(const CountedStatistics& statistics) {
  Json json = Json::object();
  const auto write = [&](const std::string& name, const std::vector<double>& values) {
    size_t next = 0;
    json[name] = Nested(values, statistics.shape, 0, next);
  };
  for (const char* name : kRequired)
    if (const auto found = statistics.values.find(name);
        found != statistics.values.end())
      write(name, found->second);
  if (statistics.count > 0) json["count"] = {statistics.count};
  for (const auto& [name, values] : statistics.values)
    if (!json.contains(name)) write(name, values);
  return json;
}

Json ToJson(const StatisticsByFeature& features) {
  Json json = Json::object();
  for (const auto& [feature, statistics] : features) json[feature] = ToJson(statistics);
  return json;
}

CountedStatistics ParseStatistics(const Json& json, const std::string& name) {
  if (!json.is_object()) Fail(name, ": expected an object of statistics");
  CountedStatistics statistics;
  for (const auto& [key, value] : json.items()) {
    const std::string where = name + ": " + key;
    if (key == "count") {
      statistics.count = ReadCount(value, where);
      continue;
    }
    Numbers numbers;
    if (value.is_null() || !Read(value, 0, where, numbers)) continue;
    if (numbers.shape.empty()) numbers.shape = {1};
    if (!statistics.values.empty() && numbers.shape != statistics.shape)
      Fail(where, ": expected the shape of the feature's other statistics, found ",
           Serialized(value).substr(0, 60));
    statistics.shape = std::move(numbers.shape);
    statistics.values[key] = std::move(numbers.values);
  }
  return statistics;
}

StatisticsByFeature ParseStatisticsByFeature(const Json& json,
                                             const std::string& name) {
  if (!json.is_object()) Fail(name, ": expected an object of features");
  StatisticsByFeature features;
  for (const auto& [feature, statistics] : json.items())
    features[feature] = ParseStatistics(statistics, name + ": " + feature);
  return features;
}

StatisticsByFeature Aggregate(const std::vector<StatisticsByFeature>& parts) {
  std::map<std::string, FeatureAggregate> aggregates;
  for (const StatisticsByFeature& part : parts)
    for (const auto& [feature, statistics] : part)
      aggregates.try_emplace(feature, feature).first->second.Add(statistics);
  StatisticsByFeature total;
  for (auto& [feature, aggregate] : aggregates) total[feature] = aggregate.Total();
  return total;
}

}  // namespace svla
