#include "smolvla/curate/verify_numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace svla {
namespace {

// What counts as moving: encoders jitter, and a robot at rest sinks a little.
constexpr double kMovingShare = 0.05;  // of the joint's range in the whole dataset

constexpr uint64_t kHashStart = 0xCBF29CE484222325;

// FNV-1a over whole numbers in place of bytes.
uint64_t Hashed(uint64_t hash, const Column& column) {
  for (const double number : column.reals)
    hash = (hash ^ std::bit_cast<uint64_t>(number)) * 0x100000001B3;
  for (const int64_t number : column.integers)
    hash = (hash ^ static_cast<uint64_t>(number)) * 0x100000001B3;
  return hash;
}

void Widen(Extent& extent, const Extent& by) {
  extent.min = std::min(extent.min, by.min);
  extent.max = std::max(extent.max, by.max);
}

}  // namespace

std::string JointName(const Feature& feature, size_t joint) {
  return joint < feature.names.size() ? feature.names[joint] : Say("number ", joint);
}

std::set<std::string> NumbersCheck::Add(const Episode& episode, const Table& rows) {
  std::set<std::string> sound;
  for (const Column& column : rows.columns) {
    const Feature& feature = *v_.dataset.info().Find(column.name);
    if (!feature.IsNumeric() || !IsAsDeclared(episode, feature, column)) continue;
    if (!IsFinite(episode, feature, column)) continue;
    sound.insert(feature.key);
    if (feature.key == kState || feature.key == kAction)
      AddExtents(episode, feature, column);
  }
  AddHash(episode, rows);
  return sound;
}

bool NumbersCheck::IsAsDeclared(const Episode& episode, const Feature& feature,
                                const Column& column) {
  const auto tell = [&](const std::string& expected, const std::string& found) {
    v_.log.Add({"feature-mismatch", feature.key, episode.data_file.string(),
                episode.index, feature.key + ": " + expected, found});
    return false;
  };
  if (column.kind == ColumnKind::kBytes) return tell("numbers", column.type);
  for (int64_t row = 0; row < column.rows; ++row)
    if (const int64_t size = column.End(row) - column.Begin(row);
        size != feature.Size())
      return tell(Say(feature.Size(), " numbers a row"), Say(size, " in row ", row));
  return true;
}

bool NumbersCheck::IsFinite(const Episode& episode, const Feature& feature,
                            const Column& column) {
  bool finite = true;
  const int64_t size = feature.Size();
  for (int64_t i = 0; i < static_cast<int64_t>(column.reals.size()); ++i) {
    if (std::isfinite(column.reals[i])) continue;
    finite = false;
    auto& joints = not_finite_[feature.key];
    joints.resize(static_cast<size_t>(size));
    NotFinite& joint = joints[static_cast<size_t>(i % size)];
    if (joint.numbers++ > 0) continue;
    joint.episode = episode.index;
    joint.frame = i / size;
  }
  return finite;
}

void NumbersCheck::AddExtents(const Episode& episode, const Feature& feature,
                              const Column& column) {
  if (column.rows == 0) return;
  const int64_t size = feature.Size();
  Extents extents(static_cast<size_t>(size));
  for (int64_t i = 0; i < column.rows * size; ++i) {
    const double number = column.Number(i);
    Extent& extent = extents[static_cast<size_t>(i % size)];
    if (i < size) extent = {number, number};
    Widen(extent, {number, number});
  }
  Extents& whole = whole_.try_emplace(feature.key, extents).first->second;
  for (size_t joint = 0; joint < whole.size(); ++joint)
    Widen(whole[joint], extents[joint]);
  episodes_[feature.key][episode.index] = std::move(extents);
}

void NumbersCheck::AddHash(const Episode& episode, const Table& rows) {
  uint64_t hash = kHashStart;
  bool any = false;
  for (const char* name : {kState, kAction})
    if (const Column* column = rows.Find(name)) {
      hash = Hashed(hash, *column);
      any = true;
    }
  if (!any || rows.rows == 0) return;
  const auto [same, is_new] = hashes_.try_emplace(hash, episode.index);
  if (!is_new)
    v_.log.Add({"episode-duplicated", "", episode.data_file.string(), episode.index,
                "states and actions of its own",
                Say("those of episode ", same->second)});
}

void NumbersCheck::Finish() {
  for (const auto& [feature, joints] : not_finite_) TellNotFinite(feature, joints);
  for (const char* feature : {kState, kAction}) TellConstantJoints(feature);
  for (const auto& [episode, unused] : episodes_[kState])
    if (Moves(kState, episode)) v_.moving.insert(episode);
  TellStill(kAction, kState, "action-constant");
  TellStill(kState, kAction, "state-constant");
}

void NumbersCheck::TellNotFinite(const std::string& feature,
                                 const std::vector<NotFinite>& joints) {
  std::vector<std::string> names;
  const NotFinite* first = nullptr;
  for (size_t joint = 0; joint < joints.size(); ++joint) {
    const NotFinite& bad = joints[joint];
    if (bad.numbers == 0) continue;
    names.push_back(Say(JointName(*v_.dataset.info().Find(feature), joint), " in ",
                        bad.numbers, bad.numbers == 1 ? " frame" : " frames"));
    if (!first ||
        std::pair(bad.episode, bad.frame) < std::pair(first->episode, first->frame))
      first = &bad;
  }
  v_.log.Add({"numbers-not-finite", feature,
              v_.dataset.EpisodeAt(first->episode).data_file.string(), -1,
              "finite numbers",
              Say("none in ", feature, ": ", SayList(names), "; the first in episode ",
                  first->episode, ", frame ", first->frame)});
}

void NumbersCheck::TellConstantJoints(const std::string& feature) {
  const auto found = whole_.find(feature);
  if (found == whole_.end() || v_.dataset.frames() < 2) return;
  std::vector<std::string> names;
  double value = 0;
  for (size_t joint = 0; joint < found->second.size(); ++joint)
    if (found->second[joint].Range() == 0) {
      if (names.empty()) value = found->second[joint].min;
      names.push_back(JointName(*v_.dataset.info().Find(feature), joint));
    }
  if (!names.empty())
    v_.log.Add(
        {"joint-constant", feature, "data", -1, "joints that move",
         Say(SayList(names), " of ", feature, " constant in all ",
             episodes_[feature].size(), " episodes (the first at ", value, ")")});
}

bool NumbersCheck::Moves(const std::string& feature, int64_t episode) const {
  const auto known = episodes_.find(feature);
  if (known == episodes_.end()) return false;
  const auto found = known->second.find(episode);
  if (found == known->second.end()) return false;
  const Extents& whole = whole_.at(feature);
  for (size_t joint = 0; joint < whole.size(); ++joint)
    if (const double range = found->second[joint].Range();
        range > 0 && range > kMovingShare * whole[joint].Range())
      return true;
  return false;
}

void NumbersCheck::TellStill(const std::string& still, const std::string& moving,
                             const std::string& code) {
  for (const auto& [index, extents] : episodes_[still]) {
    const bool constant = std::all_of(extents.begin(), extents.end(),
                                      [](const Extent& e) { return e.Range() == 0; });
    if (constant && Moves(moving, index))
      v_.log.Add({code, "", v_.dataset.EpisodeAt(index).data_file.string(), index,
                  Say(still, " that changes as ", moving, " does"),
                  "one value for the whole episode"});
  }
}

}  // namespace svla
