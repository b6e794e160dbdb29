#include "smolvla/curate/joined_videos.h"

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/data/video_writer.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// A file in the making.
class JoinedFile {
 public:
  struct Member {
    size_t episode;   // in the order of all
    size_t part;      // of the file
    double offset_s;  // of the episode's first frame from the part's
  };

  bool empty() const { return parts_.empty(); }
  int64_t bytes() const { return bytes_; }
  const std::vector<Member>& members() const { return members_; }
  const std::vector<VideoPart>& parts() const { return parts_; }

  // True if these frames follow the last ones in their own file.
  bool GoesOn(const VideoPart& part) const {
    return !empty() && parts_.back().file == part.file &&
           parts_.back().first + parts_.back().count == part.first;
  }

  // A part that goes on is no part of its own: nothing needs to be cut.
  void Add(size_t episode, const VideoPart& part, const std::vector<double>& times,
           int64_t bytes) {
    if (GoesOn(part))
      parts_.back().count += part.count;
    else
      parts_.push_back(part);
    members_.push_back(
        {episode, parts_.size() - 1, times[part.first] - times[parts_.back().first]});
    bytes_ += bytes;
  }

 private:
  std::vector<VideoPart> parts_;
  std::vector<Member> members_;
  int64_t bytes_ = 0;
};

int64_t BytesOf(const VideoPart& part, int64_t frames) {
  std::error_code ignored;
  const auto all = static_cast<double>(fs::file_size(part.file, ignored));
  return static_cast<int64_t>(all * static_cast<double>(part.count) /
                              static_cast<double>(frames));
}

}  // namespace

std::vector<EpisodeRow::Video> JoinEpisodeVideos(
    const Assembly& plan, const std::string& from, const std::string& to,
    const fs::path& folder, Readers& readers,
    const std::function<void(int64_t frames)>& done) {
  const std::vector<Assembly::Part>& episodes = plan.episodes;
  std::vector<EpisodeRow::Video> places(episodes.size());
  std::vector<double> first_stamps(episodes.size());
  FilePlace place;
  JoinedFile file;

  const auto write = [&] {
    if (file.empty()) return;
    const std::vector<double> starts =
        JoinVideos(file.parts(), WithFolder(folder / V3VideoFile(to, place)));
    for (const JoinedFile::Member& member : file.members()) {
      EpisodeRow::Video& video = places[member.episode];
      const Assembly::Part& source = episodes[member.episode];
      video.place = place;
      video.from_s =
          starts[member.part] + member.offset_s - first_stamps[member.episode];
      video.to_s = video.from_s + static_cast<double>(source.episode->length) /
                                      source.dataset->info().fps;
      done(source.episode->length);
    }
    place = place.Next(plan.limits.files_a_chunk);
    file = {};
  };

  for (size_t i = 0; i < episodes.size(); ++i) {
    const Episode& episode = *episodes[i].episode;
    FrameReader& reader = readers.Of(*episodes[i].dataset);
    const int64_t first = reader.FirstVideoFrame(from, episode);
    if (!plan.timestamps_anew)
      first_stamps[i] =
          SecondsOf(reader.Rows(episode), 0, episodes[i].dataset->info().fps);
    const fs::path& within = episode.videos.at(from).file;
    const std::vector<double>& times = reader.OpenVideo(within).times();
    const auto frames = static_cast<int64_t>(times.size());
    const VideoPart part{episodes[i].dataset->folder() / within, first, episode.length};
    if (first + episode.length > frames)
      Fail(part.file.string(), ": expected ", episode.length, " frames of episode ",
           episode.index, ", found ", frames - first,
           "; `smolvla data repair` leaves such episodes out");
    const int64_t bytes = BytesOf(part, frames);
    if (VideoFileIsFull(plan.limits, file.bytes(), bytes) ||
        (!file.empty() && !file.GoesOn(part) && file.parts().back().file != part.file &&
         !CanJoin(file.parts().front().file, part.file)))
      write();
    file.Add(i, part, times, bytes);
  }
  write();
  return places;
}

}  // namespace svla
