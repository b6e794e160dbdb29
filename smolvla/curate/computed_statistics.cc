#include "smolvla/curate/computed_statistics.h"

#include "smolvla/base/error.h"
#include "smolvla/curate/declared_column.h"
#include "smolvla/data/picture_statistics.h"
#include "smolvla/data/row_statistics.h"

namespace svla {
namespace {

constexpr size_t kMostHeld = 1000;  // episodes, before they are put together

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
  int64_t done = 0, whole = 0;
  for (const Episode* episode : episodes) whole += episode->length;
  for (const Episode* episode : episodes) {
    if (episode->length == 0)
      Fail(dataset.folder().string(), ": episode ", episode->index,
           " has no frame; `smolvla data repair` leaves such episodes out");
    StatisticsByFeature here;
    const Table& rows = reader.Rows(*episode);
    const std::string file = (dataset.folder() / episode->data_file).string();
    for (const Feature& feature : dataset.info().features)
      if (feature.IsNumeric())
        here[feature.key] = StatisticsOfColumn(
            DeclaredColumn(rows, feature.key, feature, file), feature);
    if (options.pictures)
      for (const Feature* camera : dataset.info().Cameras())
        here[camera->key] = StatisticsOfPictures(camera->key, *episode, reader);
    total.Add(here);
    if (options.each) options.each(*episode, here);
    done += episode->length;
    if (options.progress) options.progress(done, whole);
  }
  return total.Total();
}

}  // namespace svla
