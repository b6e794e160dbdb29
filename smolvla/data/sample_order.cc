#include "smolvla/data/sample_order.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <random>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// numpy's SeedSequence, after M. E. O'Neill, "Developing a seed_seq alternative": words
// of entropy are hashed into a pool, which is hashed into seeds. The multiplier of the
// hash changes with every use.
class Hash {
 public:
  Hash(uint32_t start, uint32_t factor) : multiplier_(start), factor_(factor) {}

  uint32_t operator()(uint32_t word) {
    word ^= multiplier_;
    multiplier_ *= factor_;
    word *= multiplier_;
    return word ^ word >> 16;
  }

 private:
  uint32_t multiplier_, factor_;
};

uint32_t Mix(uint32_t x, uint32_t y) {
  const uint32_t mixed = 0xCA01F9DD * x - 0x4973F715 * y;
  return mixed ^ mixed >> 16;
}

using Pool = std::array<uint32_t, 4>;

// Requires at most as many words as the pool has.
Pool MixedPool(const std::vector<uint32_t>& entropy) {
  Hash hash(0x43B0D7E5, 0x931E8875);
  Pool pool;
  for (size_t i = 0; i < pool.size(); ++i)
    pool[i] = hash(i < entropy.size() ? entropy[i] : 0);
  for (size_t from = 0; from < pool.size(); ++from)
    for (size_t to = 0; to < pool.size(); ++to)
      if (from != to) pool[to] = Mix(pool[to], hash(pool[from]));
  return pool;
}

// From the low word up, and one word for 0.
void AppendWords(uint64_t number, std::vector<uint32_t>& words) {
  words.push_back(static_cast<uint32_t>(number));
  if (number >> 32) words.push_back(static_cast<uint32_t>(number >> 32));
}

// Forwards: each place draws from itself and those after it. The remainder favours
// small numbers a little, which torch accepts for lists that are short beside 2^32.
void ShuffleShort(std::mt19937& words, std::vector<int64_t>& order) {
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = 0; i + 1 < order.size(); ++i)
    std::swap(order[i], order[i + words() % (order.size() - i)]);
}

// Inside out, and with two words a draw.
void ShuffleLong(std::mt19937& words, std::vector<int64_t>& order) {
  for (uint64_t i = 0; i < order.size(); ++i) {
    const uint64_t high = words();
    const uint64_t drawn = (high << 32 | words()) % (i + 1);
    order[i] = order[drawn];
    order[drawn] = static_cast<int64_t>(i);
  }
}

}  // namespace

uint64_t EpochSeed(uint64_t seed, uint64_t epoch) {
  std::vector<uint32_t> entropy;
  AppendWords(seed, entropy);
  AppendWords(epoch, entropy);
  const Pool pool = MixedPool(entropy);
  Hash hash(0x8B51F9DD, 0x58F38DED);
  const uint64_t low = hash(pool[0]);
  return uint64_t{hash(pool[1])} << 32 | low;
}

std::vector<int64_t> SampleOrder(uint64_t seed, uint64_t epoch, int64_t count) {
  constexpr int64_t kMost = int64_t{1} << 40;
  constexpr int64_t kLong = std::numeric_limits<uint32_t>::max() / 20;
  if (count < 0 || count > kMost)
    Fail("order of samples: expected a number of frames, found ", count);
  // Of the seed, torch's generator takes the low half.
  std::mt19937 words(static_cast<uint32_t>(EpochSeed(seed, epoch)));
  std::vector<int64_t> order(count);
  if (count < kLong)
    ShuffleShort(words, order);
  else
    ShuffleLong(words, order);
  return order;
}

SampledEpisodes::SampledEpisodes(const std::vector<FrameRange>& episodes,
                                 int64_t drop_first, int64_t drop_last) {
  if (drop_first < 0 || drop_last < 0)
    Fail(
        "order of samples: expected to leave out 0 frames or more of an episode, "
        "found ",
        std::min(drop_first, drop_last));
  int64_t count = 0;
  for (const FrameRange& episode : episodes) {
    const int64_t frames = episode.to - episode.from;
    if (frames <= drop_first || frames - drop_first <= drop_last) continue;
    count += frames - drop_first - drop_last;
    starts_.push_back(episode.from + drop_first);
    ends_.push_back(count);
  }
  if (ends_.empty())
    Fail("order of samples: expected frames, found none in ", episodes.size(),
         " episodes, of which the first ", drop_first, " and the last ", drop_last,
         " frames are left out");
}

int64_t SampledEpisodes::FrameAt(int64_t position) const {
  SVLA_CHECK(position >= 0 && position < count());
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), position);
  const int64_t episode = end - ends_.begin();
  const int64_t before = episode == 0 ? 0 : ends_[episode - 1];
  return starts_[episode] + position - before;
}

}  // namespace svla
