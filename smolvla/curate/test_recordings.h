// Small recordings whose every number is known. For tests only.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "smolvla/curate/dataset_writer.h"

namespace svla {

inline constexpr int64_t kRecordedSide = 64;  // pixels

// A state of two joints, an action, a camera.
inline Recording TwoJoints(const std::string& camera_dtype) {
  Recording recording;
  recording.fps = 10;
  recording.robot_type = "so101";
  recording.encoding.codec = "h264";
  recording.features = {
      NumbersFeature("action", "float32", {2}, {"pan.pos", "lift.pos"}),
      NumbersFeature("observation.state", "float32", {2}, {"pan.pos", "lift.pos"}),
      NumbersFeature("next.done", "bool", {1}, {}), TextFeature("note"),
      CameraFeature("observation.images.top", camera_dtype, kRecordedSide,
                    kRecordedSide)};
  return recording;
}

inline double RecordedNumber(int64_t episode, int64_t frame, int64_t joint) {
  return static_cast<float>(std::sin(0.7 * static_cast<double>(frame + joint) +
                                     static_cast<double>(episode)));
}

// Of one grey, which says which frame it is.
inline Image RecordedPicture(int64_t episode, int64_t frame) {
  Image image;
  image.width = image.height = kRecordedSide;
  image.rgb.assign(kRecordedSide * kRecordedSide * 3,
                   static_cast<uint8_t>(40 + (episode * 31 + frame * 17) % 180));
  return image;
}

inline std::string RecordedTask(int64_t episode) {
  return "Sort into box " + std::to_string(episode % 3) + ".";
}

inline RecordedFrame FrameOf(int64_t episode, int64_t frame, bool last) {
  RecordedFrame made;
  const std::vector<double> numbers{RecordedNumber(episode, frame, 0),
                                    RecordedNumber(episode, frame, 1)};
  made.numbers = {{"action", numbers},
                  {"observation.state", numbers},
                  {"next.done", {last ? 1.0 : 0.0}}};
  made.texts = {{"note", "frame " + std::to_string(frame)}};
  made.pictures = {{"observation.images.top", RecordedPicture(episode, frame)}};
  made.task = RecordedTask(episode);
  return made;
}

inline int64_t RecordedLength(int64_t episode) { return 5 + episode % 4; }

// Adds the writer's next episode, without saving it.
inline void AddEpisode(DatasetWriter& writer) {
  const int64_t episode = writer.episodes();
  const int64_t length = RecordedLength(episode);
  for (int64_t frame = 0; frame < length; ++frame)
    writer.Add(FrameOf(episode, frame, frame + 1 == length));
}

}  // namespace svla
