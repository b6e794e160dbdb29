#include "apps/data/episode_view.h"

#include <algorithm>

#include "apps/data/thumbnail.h"
#include "smolvla/base/error.h"

namespace svla {
namespace {

// Without rows there are no timestamps, but a frame's number says as much.
void ReadByNumber(const Dataset& dataset, FrameReader& reader, const Feature& camera,
                  const Episode& episode, int64_t frame, Image& image) {
  const VideoPlace& place = episode.videos.at(camera.key);
  const double fps = dataset.info().fps;
  Video& video = reader.OpenVideo(place.file);
  const double seconds = place.from_s + static_cast<double>(frame) / fps;
  video.Read(video.FrameAt(seconds, /*tolerance_s=*/0.5 / fps), image);
}

CameraTiles ViewCamera(const Dataset& dataset, FrameReader& reader,
                       const Feature& camera, const Episode& episode, bool has_rows) {
  CameraTiles view;
  view.camera = camera.key;
  for (const int64_t frame : FramesToShow(episode.length)) {
    Tile tile;
    tile.frame = frame;
    try {
      Image image;
      if (!has_rows && episode.videos.contains(camera.key))
        ReadByNumber(dataset, reader, camera, episode, frame, image);
      else
        reader.ReadPicture(camera.key, episode, frame, image);
      tile.picture = Thumbnail(image, kTileWidth);
    } catch (const Error& error) {
      if (view.missing.empty()) view.missing = error.what();
    }
    view.tiles.push_back(std::move(tile));
  }
  return view;
}

}  // namespace

std::vector<int64_t> FramesToShow(int64_t length) {
  const int64_t count = std::min(length, kTilesOfCamera);
  std::vector<int64_t> frames;
  for (int64_t i = 0; i < count; ++i)
    frames.push_back(count == 1 ? 0 : i * (length - 1) / (count - 1));
  return frames;
}

EpisodeView ViewEpisode(const Dataset& dataset, FrameReader& reader,
                        const Episode& episode,
                        const std::vector<PlottedJoint>& joints) {
  EpisodeView view;
  view.episode = &episode;
  try {
    const Table& rows = reader.Rows(episode);
    for (const PlottedJoint& joint : joints)
      view.joints.push_back({ElementOf(rows, joint.state, joint.element),
                             ElementOf(rows, joint.action, joint.element)});
  } catch (const Error& error) {
    view.rows_missing = error.what();
  }
  for (const Feature* camera : dataset.info().Cameras())
    view.cameras.push_back(
        ViewCamera(dataset, reader, *camera, episode, view.rows_missing.empty()));
  return view;
}

}  // namespace svla
