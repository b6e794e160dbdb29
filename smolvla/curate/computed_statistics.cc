#include "smolvla/curate/computed_statistics.h"

#include <cmath>
#include <map>
#include <utility>

#include "smolvla/base/error.h"
#include "smolvla/curate/declared_column.h"
#include "smolvla/data/picture_statistics.h"
#include "smolvla/data/row_statistics.h"

namespace svla {
namespace {

constexpr size_t kMostHeld = 1000;  // episodes, before they are put together

// The numbers that are NaN or infinite, by feature and place in its frames.
class NotFinite {
 public:
  bool any() const { return !faults_.empty(); }

  void Look(const Column& column, const Feature& feature, const Episode& episode) {
    if (column.kind != ColumnKind::kReal) return;
    for (int64_t frame = 0; frame < column.rows; ++frame)
      for (int64_t i = column.Begin(frame); i < column.End(frame); ++i) {
        if (std::isfinite(column.reals[i])) continue;
        const int64_t joint = i - column.Begin(frame);
        const auto at = faults_.try_emplace({feature.key, joint},
                                            Fault{&feature, episode.index, frame, 0});
        ++at.first->second.frames;
      }
  }

  [[noreturn]] void Refuse(const Dataset& dataset) const {
    const auto& [place, fault] = *faults_.begin();
    const auto joint = static_cast<size_t>(place.second);
    const std::vector<std::string>& names = fault.feature->names;
    const size_t others = faults_.size() - 1;
    Fail(dataset.folder().string(), ": expected finite numbers, found NaN or infinite ",
         "ones in ", place.first, ", joint ", joint,
         joint < names.size() ? " (" + names[joint] + ")" : "", ", of ", fault.frames,
         " frames, the first frame ", fault.frame, " of episode ", fault.episode,
         others ? ", and in " + std::to_string(others) + " more joints" : "",
         "; `smolvla data verify` names the episodes, `smolvla data delete` leaves ",
         "them out");
  }

 private:
  struct Fault {
    const Feature* feature;
    int64_t episode, frame;  // the first
    int64_t frames;
  };
  std::map<std::pair<std::string, int64_t>, Fault> faults_;
};

}  // namespace

CountedStatistics StatisticsOfColumn(const Column& values, const Feature& feature) {
  if (values.kind == ColumnKind::kReal)
    return StatisticsOfRows(values.reals, feature.dtype, feature.shape);
  const std::vector<double> numbers(values.integers.begin(), values.integers.end());
  return StatisticsOfRows(numbers, feature.dtype, feature.shape);
}

CountedStatistics StatisticsOfPictures(const std::string& camera,
                                       const Episode& episode, FrameReader& reader) {
  PictureStatistics statistics;
  Image image;
  for (const int64_t frame : SampledFrames(episode.length)) {
    reader.ReadPicture(camera, episode, frame, image);
    statistics.Add(image);
  }
  return statistics.Total();
}

void RunningStatistics::Add(const StatisticsByFeature& episode) {
  held_.push_back(episode);
  if (held_.size() > kMostHeld) held_ = {Aggregate(held_)};
}

StatisticsByFeature RunningStatistics::Total() const { return Aggregate(held_); }

StatisticsByFeature ComputeStatistics(const Dataset& dataset,
                                      const std::vector<const Episode*>& episodes,
                                      const StatisticsOptions& options) {
  FrameReaderOptions reading;
  reading.decoder_threads = options.decoder_threads;
  FrameReader reader(dataset, reading);
  RunningStatistics total;
  NotFinite not_finite;
  int64_t done = 0, whole = 0;
  for (const Episode* episode : episodes) whole += episode->length;
  for (const Episode* episode : episodes) {
    if (episode->length == 0)
      Fail(dataset.folder().string(), ": episode ", episode->index,
           " has no frame; `smolvla data repair` leaves such episodes out");
    StatisticsByFeature here;
    const Table& rows = reader.Rows(*episode);
    const std::string file = (dataset.folder() / episode->data_file).string();
    for (const Feature& feature : dataset.info().features) {
      if (!feature.IsNumeric()) continue;
      const Column& column = DeclaredColumn(rows, feature.key, feature, file);
      not_finite.Look(column, feature, *episode);
      here[feature.key] = StatisticsOfColumn(column, feature);
    }
    if (options.pictures && !not_finite.any())
      for (const Feature* camera : dataset.info().Cameras())
        here[camera->key] = StatisticsOfPictures(camera->key, *episode, reader);
    total.Add(here);
    if (options.each) options.each(*episode, here);
    done += episode->length;
    if (options.progress) options.progress(done, whole);
  }
  if (not_finite.any()) not_finite.Refuse(dataset);
  return total.Total();
}

}  // namespace svla
