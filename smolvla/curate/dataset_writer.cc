#include "smolvla/curate/dataset_writer.h"

#include "smolvla/base/error.h"
#include "smolvla/curate/commit_log.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/curate/recorded_episode.h"
#include "smolvla/curate/recording_state.h"
#include "smolvla/curate/save_episode.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

FolderLock LockFor(const fs::path& folder) {
  std::optional<FolderLock> lock = FolderLock::Try(folder);
  if (!lock) Fail(folder.string(), ": another process is recording into it");
  return std::move(*lock);
}

const fs::path& MadeFolder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) Fail(folder.string(), ": cannot make: ", failed.message());
  return folder;
}

}  // namespace

struct DatasetWriter::Open {
  Open(const fs::path& the_folder, const Recording& the_recording)
      : folder(MadeFolder(the_folder)),
        lock(LockFor(folder)),
        recording(the_recording) {
    FinishCommit(folder);
    state = ReadRecordingState(folder, recording);
  }
  ~Open() {
    episode.reset();
    RemoveUnsaved();
  }

  // A commit that failed half-way is completed by the next process.
  void RemoveUnsaved() const {
    std::error_code ignored;
    if (!HasUnfinishedCommit()) fs::remove_all(CommitFolder(folder), ignored);
  }

  bool HasUnfinishedCommit() const {
    std::error_code ignored;
    return fs::exists(CommitFolder(folder) / "commit.json", ignored);
  }

  RecordedEpisode& Episode() {
    if (!episode) {
      if (HasUnfinishedCommit())
        Fail(folder.string(),
             ": an episode could not be put into place; make room and ",
             "open the dataset again, which completes it");
      MadeFolder(CommitFolder(folder));
      episode = std::make_unique<RecordedEpisode>(recording, CommitFolder(folder));
    }
    return *episode;
  }

  fs::path folder;
  FolderLock lock;
  Recording recording;
  RecordingState state;
  std::unique_ptr<RecordedEpisode> episode;  // null between episodes
  int64_t waits = 0;                         // of episodes before
};

DatasetWriter::DatasetWriter(const fs::path& folder, const Recording& recording)
    : open_(std::make_unique<Open>(folder, recording)) {}
DatasetWriter::~DatasetWriter() = default;

void DatasetWriter::Add(const RecordedFrame& frame) { open_->Episode().Add(frame); }

void DatasetWriter::SaveEpisode() {
  const std::string name = open_->folder.string();
  if (frames() == 0) Fail(name, ": expected a frame at least in the episode");
  if (open_->episode->failed())
    Fail(name, ": a picture of the episode could not be encoded; discard the episode");
  try {
    open_->state = SaveEpisodeFiles(open_->folder, open_->recording, open_->state,
                                    *open_->episode);
  } catch (const fs::filesystem_error& e) {
    DiscardEpisode();
    Fail(name, ": cannot save the episode: ", e.code().message());
  } catch (...) {
    DiscardEpisode();
    throw;
  }
  open_->waits += open_->episode->waits();
  open_->episode.reset();
}

void DatasetWriter::DiscardEpisode() {
  open_->episode.reset();
  open_->RemoveUnsaved();
}

int64_t DatasetWriter::episodes() const { return open_->state.totals.episodes; }
int64_t DatasetWriter::frames() const {
  return open_->episode ? open_->episode->frames() : 0;
}
int64_t DatasetWriter::waits() const {
  return open_->waits + (open_->episode ? open_->episode->waits() : 0);
}

namespace {

NewFeature MadeFeature(const std::string& key, const std::string& dtype,
                       const std::vector<int64_t>& shape, const Json& names) {
  NewFeature made;
  made.entry = {{"dtype", dtype}, {"shape", shape}, {"names", names}};
  made.feature.key = key;
  made.feature.dtype = dtype;
  made.feature.shape = shape;
  return made;
}

}  // namespace

NewFeature NumbersFeature(const std::string& key, const std::string& dtype,
                          const std::vector<int64_t>& shape,
                          const std::vector<std::string>& names) {
  NewFeature made =
      MadeFeature(key, dtype, shape, names.empty() ? Json(nullptr) : Json(names));
  made.feature.names = names;
  return made;
}

NewFeature CameraFeature(const std::string& key, const std::string& dtype,
                         int64_t width, int64_t height) {
  NewFeature made =
      MadeFeature(key, dtype, {height, width, 3}, {"height", "width", "channels"});
  made.feature.width = width;
  made.feature.height = height;
  made.feature.channels = 3;
  return made;
}

NewFeature TextFeature(const std::string& key) {
  return MadeFeature(key, "string", {1}, nullptr);
}

}  // namespace svla
