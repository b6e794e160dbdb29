#include "smolvla/curate/repair.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/curate/mended_metadata.h"
#include "smolvla/curate/new_features.h"
#include "smolvla/curate/new_rows.h"
#include "smolvla/curate/verify_checks.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

struct Remedy {
  const char* code;
  const char* how;
};

constexpr const char* kLeavesOut = "those episodes are left out";
constexpr const char* kLeftOutAnyway = "the episodes are left out for another reason";

// What a new dataset has right whatever the old one said.
constexpr Remedy kRemedies[] = {
    {"totals-wrong", "counted anew"},
    {"episode-gap", "episodes are numbered anew"},
    {"frames-not-contiguous", "frames are counted anew"},
    {"task-duplicate", "each sentence has one number"},
    {"task-unused", "left out"},
    {"tasks-not-positional", "tasks are numbered anew"},
    {"episodes-damaged", "written anew"},
    {"task-not-text", "the sentence is the one that the episodes name"},
    {"tasks-unreadable", "sentences are those that the episodes name"},
    {"task-unknown",
     "the sentence is the one that the episode names; where it names "
     "none or several, the episode is left out"},
    {"episodes-unreadable",
     "the episodes are those that the rows name; their pictures are as many frames of "
     "the videos, in order"},
    {"data-missing", kLeavesOut},
    {"data-unreadable",
     "rows are read as far as they were written; other episodes are left out"},
    {"data-unlisted",
     "episodes that only it has are added, nothing else is taken over"},
    {"rows-miscounted",
     "rows are taken from the file before or behind, where they are there; other "
     "episodes are left out"},
    {"rows-out-of-order", "counted anew in the order of the rows"},
    {"timestamp-wrong", "frame_index / fps"},
    {"feature-missing",
     "a feature that no data file has is left out, otherwise the "
     "episodes without it"},
    {"column-undeclared", "the column is left out"},
    {"episode-duplicated", "the later episode is left out"},
    {"camera-folder-misnamed", "the videos are taken from the folder that is there"},
    {"video-missing", kLeavesOut},
    {"video-unreadable", kLeavesOut},
    {"video-short", kLeavesOut},
    {"video-info-wrong", "read from the videos"},
    {"video-times-off", "frames are counted from the first of the episode"},
    {"video-range-wrong", "computed from the frames"},
    {"video-range-overlap",
     "the episodes follow one another in the video, whose "
     "frames are as many; otherwise they are left out"},
    {"video-damaged", kLeavesOut},
    {"picture-unreadable", kLeavesOut},
    {"statistics-unreadable", "computed anew"},
    {"statistics-missing", "computed anew"},
    {"statistics-wrong", "computed anew"},
    {"statistics-unused-wrong", "computed anew"},
    {"picture-statistics-wrong", "computed anew"},
};

// True if the rows themselves lie in another order than frame_index and timestamp,
// which agree: not the numbers are wrong, and counting anew would hide it.
bool AreDisplaced(const Table& rows, double fps) {
  const Column* frames = rows.Find("frame_index");
  const Column* stamps = rows.Find("timestamp");
  for (const Column* column : {frames, stamps})
    if (!column || column->is_list || column->kind == ColumnKind::kBytes) return false;
  bool displaced = false;
  for (int64_t row = 0; row < rows.rows; ++row) {
    const double frame = frames->Number(row);
    if (!(std::abs(stamps->Number(row) - frame / fps) < 0.1 / fps)) return false;
    displaced = displaced || frame != static_cast<double>(row);
  }
  return displaced;
}

// Finds out why an episode cannot be taken over.
class EpisodeCheck {
 public:
  EpisodeCheck(const Dataset& dataset, const Assembly& plan,
               const FrameReaderOptions& options)
      : dataset_(dataset),
        reader_(dataset, options),
        columns_(NewColumns(plan, {&dataset})) {}

  // Empty if it can be.
  std::string Find(const Episode& episode) {
    if (episode.length == 0) return "it has no frame";
    try {
      CheckTheRows(episode);
      for (const NewColumn& column : columns_)
        if (column.made.feature.IsVideo()) CheckVideo(column.from, episode);
      return "";
    } catch (const Error& e) {
      const std::string text = e.what(), start = (dataset_.folder() / "").string();
      return text.starts_with(start) ? text.substr(start.size()) : text;
    }
  }

 private:
  void CheckTheRows(const Episode& episode) {
    const Table& rows = reader_.Rows(episode);
    if (AreDisplaced(rows, dataset_.info().fps))
      Fail("its rows are in another order than frame_index and timestamp");
    const Column* tasks = rows.Find("task_index");
    if (!tasks || tasks->kind != ColumnKind::kInteger || tasks->is_list)
      Fail("it has no column task_index of whole numbers");
    for (const int64_t task : tasks->integers)
      if (!dataset_.tasks().contains(task))
        Fail("task_index ", task,
             " has no sentence, and the metadata do not name one; --task gives it one");
    const NewNumbers numbers{0, 0, std::vector<int64_t>(rows.rows), true};
    NewRows(columns_, dataset_, episode, reader_, numbers);
  }

  void CheckVideo(const std::string& camera, const Episode& episode) {
    const int64_t first = reader_.FirstVideoFrame(camera, episode);
    const fs::path& file = episode.videos.at(camera).file;
    const auto frames =
        static_cast<int64_t>(reader_.OpenVideo(file).times().size()) - first;
    if (frames < episode.length)
      Fail(file.string(), ": expected ", episode.length, " frames, found ", frames);
  }

  const Dataset& dataset_;
  FrameReader reader_;
  std::vector<NewColumn> columns_;
};

// What only whoever has looked at every picture and number knows.
std::map<int64_t, std::string> KnownFaults(const Verification& found) {
  std::map<int64_t, std::string> faults;
  for (const DatasetFinding& f : found.findings)
    if (f.code == "video-damaged" || f.code == "picture-unreadable" ||
        f.code == "episode-duplicated")
      for (const int64_t episode : f.episodes)
        faults[episode] = f.code + ": " + f.found;
  return faults;
}

void ChooseEpisodes(const Verification& found, const MendedMetadata& mended,
                    RepairPlan& plan) {
  FrameReaderOptions reading;
  reading.count_frames = plan.assembly.timestamps_anew;
  EpisodeCheck check(*plan.dataset, plan.assembly, reading);
  std::map<int64_t, std::string> known = KnownFaults(found);
  known.insert(mended.unplaced.begin(), mended.unplaced.end());
  for (const Episode& episode : plan.dataset->episodes()) {
    const auto fault = known.find(episode.index);
    const std::string why = fault == known.end() ? check.Find(episode) : fault->second;
    if (why.empty())
      plan.assembly.episodes.push_back({plan.dataset.get(), &episode});
    else
      plan.left_out.push_back({episode.index, why});
  }
}

RepairPlan::Step StepOf(const DatasetFinding& finding, const RepairPlan& plan,
                        const MendedMetadata& mended) {
  const auto left = [&](const std::string& why) {
    return RepairPlan::Step{finding, false, why};
  };
  if (plan.assembly.episodes.empty()) return left("no episode is whole");
  const std::string& code = finding.code;
  if (code == "camera-folder-misnamed" && !mended.found_folder)
    return left("more than one folder may be the one: give it the camera's name");
  const bool retimes = code == "timestamp-wrong" || code == "video-times-off";
  if (retimes && !plan.assembly.timestamps_anew)
    return left("the rate of the videos is not the dataset's");
  for (const Remedy& remedy : kRemedies)
    if (code == remedy.code) return {finding, true, remedy.how};
  const bool gone =
      !finding.episodes.empty() &&
      std::all_of(finding.episodes.begin(), finding.episodes.end(), [&](int64_t e) {
        return std::any_of(plan.left_out.begin(), plan.left_out.end(),
                           [&](const auto& out) { return out.episode == e; });
      });
  return gone ? RepairPlan::Step{finding, true, kLeftOutAnyway} : left(finding.remedy);
}

}  // namespace

bool RepairPlan::Mends() const {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.mended; });
}

RepairPlan PlanRepair(const fs::path& folder, const Verification& found,
                      const RepairOptions& options) {
  RepairPlan plan;
  // At another rate frame_index / fps would be the wrong time of every picture.
  plan.assembly.timestamps_anew =
      !found.Has("video-rate-wrong") &&
      (found.Has("timestamp-wrong") || found.Has("video-times-off") ||
       found.Has("video-range-overlap"));
  plan.assembly.pictures_anew = found.Has("episodes-unreadable") ||
                                found.Has("statistics-unreadable") ||
                                found.Has("picture-statistics-wrong");
  MendedMetadata mended =
      MendMetadata(folder, found, plan.assembly.timestamps_anew, options.task);
  plan.added = mended.added;
  plan.dataset = mended.dataset;
  for (const auto& [file, rows] : mended.footers.rows)
    plan.salvaged.push_back({file, rows, ""});
  for (const auto& [file, why] : mended.footers.lost)
    plan.salvaged.push_back({file, 0, why});
  plan.assembly.drops = mended.missing_features;
  plan.dropped.assign(plan.assembly.drops.begin(), plan.assembly.drops.end());
  ChooseEpisodes(found, mended, plan);
  for (const DatasetFinding& finding : found.findings)
    plan.steps.push_back(StepOf(finding, plan, mended));
  return plan;
}

}  // namespace svla
