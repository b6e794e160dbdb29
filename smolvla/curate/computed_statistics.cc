#include "smolvla/curate/computed_statistics.h"

#include "smolvla/base/error.h"
#include "smolvla/data/picture_statistics.h"
#include "smolvla/data/row_statistics.h"

namespace svla {
namespace {

constexpr size_t kMostHeld = 1000;  // episodes, before they are put together

// The column of a feature, of as many numbers a row as declared.
const Column& NumbersOf(const Dataset& dataset, const Feature& feature,
                        const Episode& episode, const Table& rows) {
  const std::string where =
      (dataset.folder() / episode.data_file).string() + ": " + feature.key;
  const Column* column = rows.Find(feature.key);
  if (!column)
    Fail(where, ": expected a column of this name, as info.json declares it, found ",
         "none; `smolvla data rename --drop ", feature.key, "` leaves it out");
  if (column->kind == ColumnKind::kBytes)
    Fail(where, ": expected ", feature.dtype, ", as info.json says, found ",
         column->type);
  for (int64_t row = 0; row < column->rows; ++row)
    if (const int64_t size = column->End(row) - column->Begin(row);
        size != feature.Size())
      Fail(where, ": expected ", feature.Size(), " numbers a row, as info.json says, ",
           "found ", size, " in row ", row, " of episode ", episode.index);
  return *column;
}

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
    for (const Feature& feature : dataset.info().features)
      if (feature.IsNumeric())
        here[feature.key] =
            StatisticsOfColumn(NumbersOf(dataset, feature, *episode, rows), feature);
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
