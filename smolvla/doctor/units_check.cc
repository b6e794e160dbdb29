#include <algorithm>

#include "smolvla/doctor/checks.h"
#include "smolvla/doctor/spread.h"

namespace svla {
namespace {

// Degrees and radians differ by 57, percent and fractions by 100.
constexpr double kOtherUnits = 20;
// Another unit is the same factor in every joint; one joint alone may be a gripper,
// which actions that are steps command by other numbers than the state tells.
constexpr double kSameFactor = 2;

// Pairs of joints of the state and the action that are the same joint: by name where
// the dataset has names, by place where it has none.
std::vector<std::pair<size_t, size_t>> SameJoints(const DatasetFacts* dataset,
                                                  size_t states, size_t actions) {
  std::vector<std::pair<size_t, size_t>> pairs;
  const VectorFacts* state = NamesOf(dataset, "observation.state", states);
  const VectorFacts* action = NamesOf(dataset, "action", actions);
  const bool named = state && action;
  if (!named && states != actions) return pairs;
  for (size_t i = 0; i < states; ++i) {
    if (!named) {
      pairs.emplace_back(i, i);
      continue;
    }
    const auto& names = action->names;
    const auto same = std::find(names.begin(), names.end(), state->names[i]);
    if (same != names.end())
      pairs.emplace_back(i, static_cast<size_t>(same - names.begin()));
  }
  return pairs;
}

}  // namespace

void CheckUnits(const Patient& p, const DatasetFacts* dataset, Diagnosis& to) {
  const NormalizationMode mode = p.parts.processors.state_mode;
  if (!p.state || !p.action || mode != p.parts.processors.action_mode) return;
  const auto state = SpreadsOf(mode, p.state->values);
  const auto action = SpreadsOf(mode, p.action->values);
  const auto joints = SameJoints(dataset, state.size(), action.size());
  const char* what = "units of the state against the action's";
  if (joints.empty())
    return to.not_checked.push_back(
        {what, "a dataset that names the joints: state and action differ in length"});
  const VectorFacts* names = NamesOf(dataset, "observation.state", state.size());
  std::vector<double> factors;
  for (const auto& [i, j] : joints)
    if (state[i] > 0 && action[j] > 0) factors.push_back(state[i] / action[j]);
  to.checked.push_back(what);
  const double factor = Median(factors);
  if (factors.empty() || std::max(factor, 1 / factor) <= kOtherUnits) return;
  std::vector<std::string> notes;
  for (const auto& [i, j] : joints) {
    const double a = state[i], b = action[j];
    if (a > 0 && b > 0 && std::max(a / b / factor, factor / (a / b)) <= kSameFactor)
      notes.push_back(JointNote(
          i, names, Text(Digits(a), " in the state, ", Digits(b), " in the action")));
  }
  if (2 * notes.size() <= factors.size()) return;
  to.findings.push_back(
      {"statistics-units-differ", Severity::kWarning, "observation.state, action",
       Text("expected spreads of the same size, found most ",
            Digits(std::max(factor, 1 / factor)), " times apart: ", JoinNotes(notes)),
       "one of the two is likely in degrees and the other in radians, or of another "
       "robot: the arm moves by the wrong amounts",
       "compare both with the dataset: --dataset DIR"});
}

}  // namespace svla
