#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/curate/verify_checks.h"
#include "smolvla/curate/verify_pictures.h"
#include "smolvla/curate/verify_video_facts.h"
#include "smolvla/data/video.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

struct Shown {
  const Episode* episode;
  VideoPlace place;
};

// The episodes of each video of a camera, in the order in which it shows them.
std::map<fs::path, std::vector<Shown>> VideosOf(Verifying& v, const Feature& camera) {
  std::map<fs::path, std::vector<Shown>> videos;
  for (const Episode& episode : v.dataset.episodes()) {
    const auto place = episode.videos.find(camera.key);
    if (place == episode.videos.end())
      v.log.Add({"video-missing", camera.key, "meta/episodes", episode.index,
                 Say("the place of a video of ", camera.key), "none"});
    else if (!std::isfinite(place->second.from_s))
      v.log.Add({"video-times-off", camera.key, "meta/episodes", episode.index,
                 "a from_timestamp", Say(place->second.from_s)});
    else
      videos[place->second.file].push_back({&episode, place->second});
  }
  for (auto& [file, shown] : videos)
    std::stable_sort(shown.begin(), shown.end(), [](const Shown& a, const Shown& b) {
      return a.place.from_s < b.place.from_s;
    });
  return videos;
}

// One video of a camera.
class VideoCheck {
 public:
  VideoCheck(Verifying& v, const Feature& camera, const Json& info,
             const fs::path& file)
      : v_(v), camera_(camera), info_(info), file_(file) {}

  void Check(const std::vector<Shown>& episodes, CameraCheck& pictures) {
    CheckRanges(episodes);
    std::error_code ignored;
    if (!fs::exists(v_.dataset.folder() / file_, ignored))
      return TellOfAll(episodes, "video-missing", "a video", "no such file");
    try {
      Video video(v_.dataset.folder() / file_, v_.options.decoder_threads);
      if (!CheckVideoFacts(v_, camera_, file_, episodes.front().episode->index, info_,
                           video.facts()))
        return;
      for (const Shown& shown : episodes) {
        const int64_t first = FindFrames(video, shown);
        if (first >= 0 && v_.options.decode_videos)
          Decode(video, *shown.episode, first, pictures);
      }
    } catch (const Error& e) {
      TellOfAll(episodes, "video-unreadable", "a whole video",
                Reason(e, v_.dataset.folder(), file_));
    }
  }

 private:
  void Tell(const Episode& episode, const std::string& code,
            const std::string& expected, const std::string& found) {
    v_.log.Add({code, camera_.key, file_.string(), episode.index, expected, found});
  }

  void TellOfAll(const std::vector<Shown>& episodes, const std::string& code,
                 const std::string& expected, const std::string& found) {
    for (const Shown& shown : episodes) Tell(*shown.episode, code, expected, found);
  }

  // What the metadata say of from and to, which v2 does not have.
  void CheckRanges(const std::vector<Shown>& episodes) {
    const double frame = 1 / v_.dataset.info().fps;
    for (size_t i = 0; i < episodes.size(); ++i) {
      const auto& [episode, place] = episodes[i];
      if (place.to_s < 0) continue;
      const double length = static_cast<double>(episode->length) * frame;
      // Of a damaged file they need not be numbers.
      if (!(std::abs(place.to_s - place.from_s - length) <= frame / 2))
        Tell(*episode, "video-range-wrong",
             Say("to_timestamp ", length, " s after from_timestamp"),
             Say(place.to_s - place.from_s, " s"));
      if (i == 0) continue;
      const auto& [last, before] = episodes[i - 1];
      const double end = before.from_s + static_cast<double>(last->length) * frame;
      if (place.from_s < end - frame / 2)
        Tell(*episode, "video-range-overlap",
             Say("from_timestamp ", end, " s or later, where episode ", last->index,
                 " ends"),
             Say(place.from_s, " s"));
    }
  }

  // The frame of the video that an episode begins with; -1, and told, if its frames are
  // not all there, each at its time.
  int64_t FindFrames(const Video& video, const Shown& shown) {
    const Episode& episode = *shown.episode;
    const std::vector<double>& times = video.times();
    const double fps = v_.dataset.info().fps;
    const auto begin =
        std::lower_bound(times.begin(), times.end(), shown.place.from_s - 0.5 / fps);
    const int64_t first = begin - times.begin(), left = times.end() - begin;
    if (left < episode.length) {
      Tell(episode, "video-short", Say(episode.length, " frames"), Say(left));
      return -1;
    }
    if (v_.dataset.info().major == 2 && left > episode.length)
      Tell(episode, "video-long", Say(episode.length, " frames"), Say(left));
    int64_t wrong = 0, first_wrong = 0;
    for (int64_t i = 0; i < episode.length; ++i) {
      // As a row has it, in float.
      const double wanted =
          shown.place.from_s + static_cast<float>(static_cast<double>(i) / fps);
      if (std::abs(begin[i] - wanted) <= kTimeTolerance) continue;
      if (wrong++ == 0) first_wrong = i;
    }
    if (wrong == 0) return first;
    Tell(episode, "video-times-off",
         Say("frame ", first_wrong, " at ",
             shown.place.from_s + static_cast<double>(first_wrong) / fps, " s"),
         Say(begin[first_wrong], " s, and ", wrong, " of ", episode.length,
             " frames off"));
    return -1;
  }

  void Decode(Video& video, const Episode& episode, int64_t first,
              CameraCheck& pictures) {
    const std::vector<int64_t> sampled = SampledFrames(episode.length);
    auto next = sampled.begin();
    EpisodePictures seen;
    Image image;
    try {
      for (int64_t frame = 0; frame < episode.length; ++frame) {
        if (next == sampled.end() || *next != frame) {
          video.Decode(first + frame);
          continue;
        }
        ++next;
        video.Read(first + frame, image);
        seen.Add(image);
      }
    } catch (const Error& e) {
      Tell(episode, "video-damaged", "frames that can be decoded",
           Reason(e, v_.dataset.folder(), file_));
      return;
    }
    if (seen.pictures() > 0) pictures.Add(episode, file_.string(), seen);
  }

  Verifying& v_;
  const Feature& camera_;
  const Json& info_;  // what meta/info.json says of the camera's videos
  fs::path file_;
};

}  // namespace

void CheckVideos(Verifying& v) {
  for (const Feature& camera : v.dataset.info().features) {
    if (!camera.IsVideo()) continue;
    const auto videos = VideosOf(v, camera);
    const Json info = VideoInfo(v.dataset, camera);
    CameraCheck pictures(v, camera);
    if (!TellMisnamedFolder(v, camera))
      for (const auto& [file, episodes] : videos) {
        VideoCheck(v, camera, info, file).Check(episodes, pictures);
        if (v.options.decode_videos)
          for (const Shown& shown : episodes) v.Advance(shown.episode->length);
      }
    pictures.Finish();
    v.result.checked.push_back(Say("the videos of ", camera.key));
  }
}

}  // namespace svla
