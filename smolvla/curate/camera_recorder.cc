#include "smolvla/curate/camera_recorder.h"

#include "smolvla/base/error.h"
#include "smolvla/data/picture_statistics.h"

namespace svla {

CameraRecorder::CameraRecorder(const std::filesystem::path& file, double fps,
                               const VideoEncoding& encoding, size_t most_waiting)
    : file_(file), fps_(fps), encoding_(encoding), most_waiting_(most_waiting) {
  SVLA_CHECK(most_waiting > 0);
  thread_ = std::thread([this] { Run(); });
}

CameraRecorder::~CameraRecorder() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      ends_ = dropped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  std::error_code ignored;
  std::filesystem::remove(ThinnedFile(), ignored);
}

void CameraRecorder::Add(const Image& picture) {
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= most_waiting_) {
    ++waits_;
    changed_.wait(lock, [this] { return waiting_.size() < most_waiting_ || failure_; });
  }
  if (failure_) std::rethrow_exception(failure_);
  waiting_.push_back(picture);
  changed_.notify_all();
}

CountedStatistics CameraRecorder::Finish() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  SVLA_CHECK(video_.has_value());
  video_->Close();
  return Statistics();
}

void CameraRecorder::Run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || ends_; });
    if (dropped_ || waiting_.empty()) return;
    const Image picture = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    changed_.notify_all();
    try {
      Encode(picture);
    } catch (...) {
      lock.lock();
      failure_ = std::current_exception();
      waiting_.clear();
      lock.unlock();
      changed_.notify_all();
      return;
    }
  }
}

void CameraRecorder::Encode(const Image& picture) {
  if (!video_) {
    video_.emplace(file_, picture.width, picture.height, fps_, encoding_);
    thinned_.open(ThinnedFile(), std::ios::binary | std::ios::trunc);
  }
  video_->Add(picture);
  const Image thinned = ThinnedPicture(picture);
  thinned_width_ = thinned.width;
  thinned_height_ = thinned.height;
  thinned_.write(reinterpret_cast<const char*>(thinned.rgb.data()),
                 static_cast<std::streamsize>(thinned.rgb.size()));
  if (!thinned_) Fail(ThinnedFile().string(), ": cannot write; is the disk full?");
}

// Which frames are looked at depends on how many there are, so that it is known only
// now.
CountedStatistics CameraRecorder::Statistics() {
  thinned_.close();
  std::ifstream kept(ThinnedFile(), std::ios::binary);
  Image picture;
  picture.width = thinned_width_;
  picture.height = thinned_height_;
  picture.rgb.resize(thinned_width_ * thinned_height_ * 3);
  const auto bytes = static_cast<std::streamsize>(picture.rgb.size());
  PictureStatistics statistics;
  for (const int64_t frame : SampledFrames(video_->frames())) {
    kept.seekg(frame * bytes);
    if (!kept.read(reinterpret_cast<char*>(picture.rgb.data()), bytes))
      Fail(ThinnedFile().string(), ": cannot read frame ", frame, " again");
    statistics.Add(picture);
  }
  return statistics.Total();
}

std::filesystem::path CameraRecorder::ThinnedFile() const {
  return file_.string() + ".thinned";
}

}  // namespace svla
