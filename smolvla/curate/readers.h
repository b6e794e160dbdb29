// A reader for each of several datasets.
#pragma once

#include <map>

#include "smolvla/data/frame_reader.h"

namespace svla {

class Readers {
 public:
  explicit Readers(const FrameReaderOptions& options) : options_(options) {}

  // The dataset must outlive this.
  FrameReader& Of(const Dataset& dataset) {
    return readers_.try_emplace(&dataset, dataset, options_).first->second;
  }

 private:
  FrameReaderOptions options_;
  std::map<const Dataset*, FrameReader> readers_;
};

}  // namespace svla
