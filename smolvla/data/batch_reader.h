// Fills batches (batch.h) with what a dataset has of their frames. What is read is cut
// into parts, one for each camera and one for numbers and tasks, which several threads
// may read at once.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "smolvla/data/batch.h"
#include "smolvla/data/batch_order.h"
#include "smolvla/data/frame_reader.h"

namespace svla {

// Which features a batch has, under which names, and at which steps.
struct BatchFeatures {
  // Key in the dataset -> name in the batch, as LeRobot's --rename_map.
  std::map<std::string, std::string> rename;
  // Frames from the present one, by key in the dataset; {0} where nothing is said.
  std::map<std::string, std::vector<int64_t>> steps;
  // Keys or bare names; empty: all of them.
  std::vector<std::string> cameras;
};

// Does not change. The dataset must outlive it.
class BatchReader {
 public:
  // Throws Error if a key is none of the dataset's, has no numbers or pictures, has no
  // steps, or if two features get one name.
  BatchReader(const Dataset& dataset, const BatchFeatures& features);

  // Cameras, then numbers and tasks as the last part.
  int64_t parts() const { return static_cast<int64_t>(cameras_.size()) + 1; }

  // Makes room for the samples: all keys, shapes, is_pad and frames, nothing read.
  void Prepare(const std::vector<Sample>& samples, Batch& batch) const;

  // Reads one part of a prepared batch. Requires the same samples; different parts of
  // one batch may be read at once, each with a reader of its own. Returns early, with
  // the part unfinished, when told to stop. Throws Error, naming the file.
  void Read(int64_t part, const std::vector<Sample>& samples, FrameReader& reader,
            const std::stop_token& stop, Batch& batch) const;

 private:
  struct Entry {
    const Feature* feature;
    std::string name;  // in the batch
    std::vector<int64_t> steps;
  };
  Entry MakeEntry(const Feature& feature, const BatchFeatures& features) const;
  void CheckKeys(const BatchFeatures& features) const;
  void CheckNames() const;
  void ReadNumbers(const std::vector<Sample>& samples, FrameReader& reader,
                   Batch& batch) const;

  const Dataset& dataset_;
  std::vector<Entry> cameras_, numbers_;
};

}  // namespace svla
