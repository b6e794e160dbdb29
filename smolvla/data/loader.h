// The frames of a dataset as training takes them: shuffled as LeRobot shuffles them, in
// batches that are read ahead.
//
//   Loader loader(dataset, options);
//   for (;;) Train(loader.Next());
//
// The order and every byte are a function of dataset, seed and position, and not of the
// number of threads: a loader that seeks to the saved position of another goes on as it
// would have.
#pragma once

#include <cstdint>
#include <memory>

#include "smolvla/data/batch.h"
#include "smolvla/data/batch_order.h"
#include "smolvla/data/batch_reader.h"
#include "smolvla/data/dataset.h"
#include "smolvla/data/frame_reader.h"

namespace svla {

struct LoaderOptions {
  BatchOrderOptions order;
  BatchFeatures features;
  int threads = 2;       // that read
  int64_t prefetch = 2;  // batches a thread that are held in memory at most
  FrameReaderOptions reading{.most_videos = 64};  // of each thread
};

// One thread at a time.
class Loader {
 public:
  // The dataset must outlive it. Throws Error if an episode or a feature is not there,
  // or nothing remains to be read. Requires batch, threads and prefetch of at least 1.
  Loader(const Dataset& dataset, const LoaderOptions& options);
  // Waits for at most one picture a thread.
  ~Loader();

  int64_t frames() const;  // of an epoch

  // The next batch; it is the caller's until the next call of any kind. Epochs follow
  // one another without end. Throws Error if it cannot be read, now and whenever asked
  // again: only Seek() leads past it.
  const Batch& Next();

  // Where the batch begins that Next() would give.
  LoaderPosition position() const;

  // Goes on from there. Throws Error if an epoch has fewer frames.
  void Seek(const LoaderPosition& position);

 private:
  class Ahead;
  std::unique_ptr<Ahead> ahead_;
};

}  // namespace svla
