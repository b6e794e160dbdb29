#include "smolvla/curate/episode_ranges.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "smolvla/base/error.h"

namespace svla {
namespace {

[[noreturn]] void FailAt(const std::string& text, const std::string& found) {
  Fail("expected episodes such as 0,3:6 (which is 0, 3, 4 and 5), found \"", text,
       "\": ", found);
}

int64_t Number(std::string_view digits, const std::string& text) {
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0)
    FailAt(text, "\"" + std::string(digits) + "\" is no number");
  return number;
}

// From the first to the last of one item.
struct Range {
  int64_t first = 0, last = 0;
  bool is_one = false;
};

Range ReadRange(std::string_view item, const std::string& text, int64_t last) {
  const size_t colon = item.find(':');
  if (colon == item.npos) {
    const int64_t one = Number(item, text);
    return {one, one, true};
  }
  const std::string_view from = item.substr(0, colon), to = item.substr(colon + 1);
  const int64_t first = from.empty() ? 0 : Number(from, text);
  const int64_t end = to.empty() ? 0 : Number(to, text);
  if (!to.empty() && first >= end)
    FailAt(text, "\"" + std::string(item) + "\" is empty");
  return {first, to.empty() ? last : end - 1};
}

}  // namespace

std::vector<int64_t> ParseEpisodeRanges(const std::string& text,
                                        const std::vector<int64_t>& known) {
  const int64_t last = known.empty() ? -1 : known.back();
  std::vector<int64_t> episodes;
  std::set<int64_t> seen;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, comma - at);
    const Range range = ReadRange(item, text, last);
    if (range.first > last || range.last > last)
      FailAt(text, "the last episode is " + std::to_string(last));
    // Numbers need not be without gaps, so that a range may hold few of them.
    const auto begin = std::lower_bound(known.begin(), known.end(), range.first);
    const auto end = std::upper_bound(begin, known.end(), range.last);
    if (begin == end)
      FailAt(text, "there is no episode " + (range.is_one ? item : "in " + item));
    for (auto episode = begin; episode != end; ++episode) {
      if (!seen.insert(*episode).second)
        FailAt(text, "episode " + std::to_string(*episode) + " is named twice");
      episodes.push_back(*episode);
    }
    at = comma + 1;
  }
  return episodes;
}

}  // namespace svla
