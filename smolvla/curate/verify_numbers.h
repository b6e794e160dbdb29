// The numbers of a dataset's rows as they would meet a network. For the .cc files of
// verify only.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "smolvla/curate/verify_checks.h"
#include "smolvla/data/table.h"

namespace svla {

class NumbersCheck {
 public:
  explicit NumbersCheck(Verifying& v) : v_(v) {}

  // Looks at the rows of an episode. Returns the features whose numbers are all there
  // and finite: statistics of others say nothing.
  std::set<std::string> Add(const Episode& episode, const Table& rows);

  // What only all episodes together tell, and v.moving.
  void Finish();

 private:
  // The numbers of one joint that are none.
  struct NotFinite {
    int64_t numbers = 0, episode = 0, frame = 0;  // the first one's
  };
  using Extents = std::vector<Extent>;  // by joint

  bool IsAsDeclared(const Episode& episode, const Feature& feature,
                    const Column& column);
  bool IsFinite(const Episode& episode, const Feature& feature, const Column& column);
  void AddExtents(const Episode& episode, const Feature& feature, const Column& column);
  void AddHash(const Episode& episode, const Table& rows);
  void TellConstantJoints(const std::string& feature);
  // Episodes in which a feature does not change at all while another does.
  void TellStill(const std::string& still, const std::string& moving,
                 const std::string& code);
  bool Moves(const std::string& feature, int64_t episode) const;

  Verifying& v_;
  std::map<std::string, std::vector<NotFinite>> not_finite_;    // by feature and joint
  std::map<std::string, std::map<int64_t, Extents>> episodes_;  // of state and action
  std::map<std::string, Extents> whole_;
  std::map<uint64_t, int64_t> hashes_;  // the first episode of each
};

// "shoulder_pan.pos", or "number 3".
std::string JointName(const Feature& feature, size_t joint);

}  // namespace svla
