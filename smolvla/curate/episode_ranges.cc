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

// [first, end) of one item.
std::pair<int64_t, int64_t> Range(std::string_view item, const std::string& text,
                                  int64_t last) {
  const size_t colon = item.find(':');
  if (colon == item.npos) {
    const int64_t one = Number(item, text);
    return {one, one + 1};
  }
  const std::string_view from = item.substr(0, colon), to = item.substr(colon + 1);
  const int64_t first = from.empty() ? 0 : Number(from, text);
  const int64_t end = to.empty() ? last + 1 : Number(to, text);
  if (first >= end) FailAt(text, "\"" + std::string(item) + "\" is empty");
  return {first, end};
}

}  // namespace

std::vector<int64_t> ParseEpisodeRanges(const std::string& text,
                                        const std::vector<int64_t>& known) {
  const int64_t last = known.empty() ? -1 : known.back();
  std::vector<int64_t> episodes;
  std::set<int64_t> seen;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const auto [first, end] =
        Range(std::string_view(text).substr(at, comma - at), text, last);
    if (first > last || end > last + 1)
      FailAt(text, "the last episode is " + std::to_string(last));
    for (int64_t episode = first; episode < end; ++episode) {
      const bool is_range = end - first > 1;
      if (!std::binary_search(known.begin(), known.end(), episode)) {
        if (is_range) continue;  // numbers need not be without gaps
        FailAt(text, "there is no episode " + std::to_string(episode));
      }
      if (!seen.insert(episode).second)
        FailAt(text, "episode " + std::to_string(episode) + " is named twice");
      episodes.push_back(episode);
    }
    at = comma + 1;
  }
  return episodes;
}

}  // namespace svla
