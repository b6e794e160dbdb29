#include "apps/data/plotted_joints.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace svla {
namespace {

constexpr const char* kState = "observation.state";
constexpr const char* kAction = "action";
constexpr size_t kMostJoints = 64;
constexpr std::array<std::string_view, 5> kCounters = {
    "timestamp", "frame_index", "episode_index", "index", "task_index"};

bool IsJoint(const Feature& feature) {
  return feature.key == kState || feature.key == kAction;
}

std::string NameOf(const Feature& feature, int64_t element) {
  const bool is_joint = IsJoint(feature);
  if (feature.Size() == 1 && !is_joint) return feature.key;
  const std::string number = std::to_string(element);
  if (feature.names.empty())
    return is_joint ? "joint " + number : feature.key + "[" + number + "]";
  const std::string& name = feature.names[static_cast<size_t>(element)];
  return is_joint ? name : feature.key + ": " + name;
}

bool ShareJoints(const Feature* state, const Feature* action) {
  return state && action && state->Size() == action->Size() &&
         (state->names.empty() || action->names.empty() ||
          state->names == action->names);
}

class Collector {
 public:
  // All elements of a feature, or of two that share joints.
  void Add(const Feature& named, const std::string& state, const std::string& action) {
    const auto room = static_cast<int64_t>(kMostJoints - found_.joints.size());
    const int64_t size = named.Size(), taken = std::min(size, room);
    for (int64_t element = 0; element < taken; ++element)
      found_.joints.push_back(
          {NameOf(named, element), state, action, element, IsJoint(named)});
    found_.left_out += size - taken;
  }

  PlottedJoints Found() { return std::move(found_); }

 private:
  PlottedJoints found_;
};

const Feature* FindNumbers(const DatasetInfo& info, const std::string& key) {
  const Feature* feature = info.Find(key);
  return feature && feature->IsNumeric() ? feature : nullptr;
}

}  // namespace

PlottedJoints JointsToPlot(const DatasetInfo& info) {
  Collector collector;
  const Feature* state = FindNumbers(info, kState);
  const Feature* action = FindNumbers(info, kAction);
  if (ShareJoints(state, action)) {
    collector.Add(state->names.empty() ? *action : *state, kState, kAction);
  } else {
    if (state) collector.Add(*state, kState, "");
    if (action) collector.Add(*action, "", kAction);
  }
  for (const Feature& feature : info.features) {
    const bool counts =
        std::find(kCounters.begin(), kCounters.end(), feature.key) != kCounters.end();
    if (feature.IsNumeric() && !counts && &feature != state && &feature != action)
      collector.Add(feature, feature.key, "");
  }
  return collector.Found();
}

std::vector<double> ElementOf(const Table& rows, const std::string& feature,
                              int64_t element) {
  const Column* column = rows.Find(feature);
  if (!column || column->kind == ColumnKind::kBytes) return {};
  std::vector<double> values;
  for (int64_t row = 0; row < rows.rows; ++row) {
    const int64_t at = column->Begin(row) + element;
    values.push_back(at < column->End(row) ? column->Number(at)
                                           : std::numeric_limits<double>::quiet_NaN());
  }
  return values;
}

}  // namespace svla
