#include "smolvla/curate/encode_anew.h"

#include "smolvla/base/error.h"
#include "smolvla/curate/dataset_writer.h"
#include "smolvla/curate/declared_column.h"
#include "smolvla/curate/new_features.h"
#include "smolvla/curate/readers.h"

namespace svla {
namespace {

// The features to record, and where each comes from.
std::vector<NewColumn> RecordedColumns(const Assembly& plan) {
  std::vector<NewColumn> columns;
  for (NewColumn& column : NewColumns(plan, DatasetsOf(plan))) {
    if (IsCountingFeature(column.made.feature.key)) continue;
    column.made.entry.erase("info");  // of the old encoding
    column.made.entry.erase("video_info");
    columns.push_back(std::move(column));
  }
  return columns;
}

void CheckColumns(const std::vector<NewColumn>& columns, const Assembly::Part& part,
                  FrameReader& reader) {
  const std::string file = (part.dataset->folder() / part.episode->data_file).string();
  const Table& rows = reader.Rows(*part.episode);
  for (const NewColumn& column : columns)
    if (!column.made.feature.IsCamera())
      DeclaredColumn(rows, column.from, column.made.feature, file);
}

// Requires columns that have been checked.
RecordedFrame ReadFrame(const std::vector<NewColumn>& columns,
                        const Assembly::Part& part, int64_t frame,
                        FrameReader& reader) {
  RecordedFrame read;
  for (const NewColumn& column : columns) {
    const Feature& feature = column.made.feature;
    if (feature.IsCamera()) {
      reader.ReadPicture(column.from, *part.episode, frame, read.pictures[feature.key]);
      continue;
    }
    const Column& values = *reader.Rows(*part.episode).Find(column.from);
    if (feature.IsText())
      read.texts[feature.key] = values.bytes[values.Begin(frame)];
    else
      for (int64_t i = values.Begin(frame); i < values.End(frame); ++i)
        read.numbers[feature.key].push_back(values.Number(i));
  }
  read.task = TaskOf(*part.dataset, *part.episode, reader.Rows(*part.episode), frame);
  return read;
}

}  // namespace

void EncodeAnew(const Assembly& plan, const std::filesystem::path& folder,
                const VideoEncoding& encoding, const AssemblyOptions& options) {
  if (plan.episodes.empty())
    Fail("expected one episode at least to remain, found none");
  const std::vector<NewColumn> columns = RecordedColumns(plan);
  Recording recording;
  recording.fps = plan.episodes.front().dataset->info().fps;
  recording.robot_type = plan.episodes.front().dataset->info().robot_type;
  recording.encoding = encoding;
  recording.limits = plan.limits;
  for (const NewColumn& column : columns) recording.features.push_back(column.made);

  FrameReaderOptions reading;
  reading.decoder_threads = options.decoder_threads;
  reading.count_frames = plan.timestamps_anew;
  Readers readers(reading);
  int64_t done = 0, whole = 0;
  for (const Assembly::Part& part : plan.episodes) whole += part.episode->length;
  DatasetWriter writer(folder, recording);
  for (const Assembly::Part& part : plan.episodes) {
    FrameReader& reader = readers.Of(*part.dataset);
    CheckColumns(columns, part, reader);
    for (int64_t frame = 0; frame < part.episode->length; ++frame) {
      writer.Add(ReadFrame(columns, part, frame, reader));
      if (options.progress) options.progress(++done, whole);
    }
    writer.SaveEpisode();
  }
}

}  // namespace svla
