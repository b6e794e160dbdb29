#include "smolvla/data/batch_order.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// By first frame. A frame that two episodes count as theirs would be either's.
std::vector<const Episode*> Selected(const Dataset& dataset,
                                     const std::vector<int64_t>& wanted) {
  std::vector<const Episode*> episodes;
  for (const int64_t index : wanted) episodes.push_back(&dataset.EpisodeAt(index));
  if (wanted.empty())
    for (const Episode& episode : dataset.episodes()) episodes.push_back(&episode);
  std::sort(episodes.begin(), episodes.end(), [](const Episode* a, const Episode* b) {
    return std::pair(a->first_frame, a->index) < std::pair(b->first_frame, b->index);
  });
  episodes.erase(std::unique(episodes.begin(), episodes.end()), episodes.end());
  for (size_t i = 1; i < episodes.size(); ++i)
    if (episodes[i - 1]->first_frame + episodes[i - 1]->length >
        episodes[i]->first_frame)
      Fail(dataset.folder().string(), ": expected frames of their own for episodes ",
           episodes[i - 1]->index, " and ", episodes[i]->index,
           ", found that both count frame ", episodes[i]->first_frame);
  return episodes;
}

std::vector<FrameRange> RangesOf(const std::vector<const Episode*>& episodes) {
  std::vector<FrameRange> ranges;
  for (const Episode* episode : episodes)
    ranges.push_back({episode->first_frame, episode->first_frame + episode->length});
  return ranges;
}

}  // namespace

BatchOrder::BatchOrder(const Dataset& dataset, const BatchOrderOptions& options)
    : options_(options),
      episodes_(Selected(dataset, options.episodes)),
      sampled_(RangesOf(episodes_), options.drop_first, options.drop_last) {}

std::vector<Sample> BatchOrder::BatchAt(const LoaderPosition& position) {
  SVLA_CHECK(position.taken >= 0 && position.taken < frames());
  std::vector<Sample> samples;
  const int64_t end = std::min(position.taken + options_.batch, frames());
  for (int64_t at = position.taken; at < end; ++at)
    samples.push_back(SampleAt(sampled_.FrameAt(Shuffled(position.epoch, at))));
  return samples;
}

LoaderPosition BatchOrder::After(const LoaderPosition& position) const {
  const int64_t taken = position.taken + options_.batch;
  if (taken >= frames()) return {position.epoch + 1, 0};
  return {position.epoch, taken};
}

int64_t BatchOrder::Shuffled(int64_t epoch, int64_t at) {
  if (!options_.shuffle) return at;
  if (epoch_ != epoch)
    order_ = SampleOrder(options_.seed, static_cast<uint64_t>(epoch), frames());
  epoch_ = epoch;
  return order_[static_cast<size_t>(at)];
}

Sample BatchOrder::SampleAt(int64_t index) const {
  const auto after = std::upper_bound(
      episodes_.begin(), episodes_.end(), index,
      [](int64_t wanted, const Episode* each) { return wanted < each->first_frame; });
  // Episodes without frames share their first with the next one.
  const Episode* episode = *(after - 1);
  return {episode, index - episode->first_frame};
}

}  // namespace svla
