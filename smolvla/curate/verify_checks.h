// The parts of VerifyDataset, and what they share. For the .cc files of verify only.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "smolvla/curate/fault.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/dataset.h"
#include "smolvla/policy/robot.h"

namespace svla {

inline constexpr const char* kState = "observation.state";
inline constexpr const char* kAction = "action";

inline constexpr double kTimeTolerance = 1e-4;  // seconds, LeRobot's own

// Where numbers lie: of one joint in an episode, or in all.
struct Extent {
  double min = 0, max = 0;
  double Range() const { return max - min; }
};

// What one check leaves for another.
struct Verifying {
  const VerifyOptions& options;
  const Dataset& dataset;
  FaultLog& log;
  Verification& result;

  // Episodes whose rows are not there, or not those that the metadata say.
  std::set<int64_t> unread;
  // Episodes in which a joint of the state moves by more than 5 % of its range.
  std::set<int64_t> moving;
  int64_t done = 0, whole = 0;  // frames, of all passes

  void Advance(int64_t frames) {
    done += frames;
    if (options.progress) options.progress(std::min(done, whole), whole);
  }
};

// The message of a reader without the file that it begins with: the finding names it.
std::string Reason(const std::exception& error, const std::filesystem::path& folder,
                   const std::filesystem::path& file);

// The fault of the file below `folder` that the message of a reader begins with; of
// `file` if it names none.
DatasetFault Unreadable(const std::string& code, const std::exception& error,
                        const std::filesystem::path& folder, const std::string& file,
                        const std::string& expected);

// The metadata against themselves, and the files that are there against the metadata.
void CheckEpisodes(Verifying& v);
void CheckTasks(Verifying& v);
void CheckStrayFiles(Verifying& v);

// Data files: that they are there and whole, hold the features and the rows. Then all
// rows, episode by episode: how they count, their numbers, the statistics of these.
void CheckRows(Verifying& v);

// Videos: that they are there and whole, of the size and rate declared, with a frame
// for every row. With decode_videos every frame is decoded.
void CheckVideos(Verifying& v);

// Pictures inside the data files; only with decode_videos.
void CheckPictures(Verifying& v);

}  // namespace svla
