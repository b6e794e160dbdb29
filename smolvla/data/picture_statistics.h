// Statistics of a camera's pictures, equal to those that LeRobot 0.6.1 computes of an
// episode (lerobot/datasets/compute_stats.py) to the bit, in memory that does not grow
// with the episode.
//
//   PictureStatistics camera;
//   for (const int64_t frame : SampledFrames(frames)) camera.Add(picture of frame);
//   camera.Total();
#pragma once

#include <array>

#include "smolvla/data/feature_statistics.h"
#include "smolvla/policy/robot.h"

namespace svla {

// The frames of an episode whose pictures are looked at, ascending: all of up to 100,
// then more slowly more, 10,000 at most, evenly spread. Requires frames >= 0.
std::vector<int64_t> SampledFrames(int64_t frames);

// The pixels of a picture that are looked at, which have the statistics of the whole: a
// small picture that can be kept until it is known which frames are looked at.
Image ThinnedPicture(const Image& picture);

class PictureStatistics {
 public:
  // Of a picture of 300 pixels or more in width or height only every second, or third,
  // ... pixel of every second, ... row is looked at. Throws Error if the picture is
  // empty or not of the first one's size.
  void Add(const Image& picture);

  int64_t pictures() const { return pictures_; }

  // Of the pictures so far: red, green and blue from 0 to 1, of shape [3, 1, 1];
  // `count` is the number of pictures. Requires one at least.
  CountedStatistics Total() const;

 private:
  // In float and, as everywhere in it, from picture to picture, row to row: numpy's
  // order. Only of a single picture numpy adds the pixels of each channel pairwise.
  struct Channel {
    float sum = 0, squares = 0;
    float first_sum = 0, first_squares = 0;  // of the first picture, pairwise
    std::array<int64_t, 256> counts = {};    // of pixels, by value
  };

  void AddFirst(const Image& picture, int64_t stride);

  int64_t pictures_ = 0;
  int64_t width_ = 0, height_ = 0;
  int64_t pixels_ = 0;  // looked at
  std::array<Channel, 3> channels_;
};

}  // namespace svla
