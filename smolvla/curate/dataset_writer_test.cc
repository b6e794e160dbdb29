#include "smolvla/curate/dataset_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "smolvla/base/file.h"
#include "smolvla/curate/commit_log.h"
#include "smolvla/curate/test_damage.h"
#include "smolvla/curate/test_recordings.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/frame_reader.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

std::string Codes(const fs::path& folder) {
  std::string codes;
  for (const DatasetFinding& finding : VerifyDataset(folder, {}).findings)
    codes += finding.code + " (" + finding.file + ": " + finding.found + ") ";
  return codes;
}

// Every number and picture is what was recorded.
void ExpectRecorded(const fs::path& folder, int64_t episodes) {
  const Dataset dataset(folder);
  ASSERT_EQ(dataset.episodes().size(), static_cast<size_t>(episodes));
  FrameReader reader(dataset, {});
  Image image;
  for (const Episode& episode : dataset.episodes()) {
    ASSERT_EQ(episode.length, RecordedLength(episode.index));
    for (int64_t frame = 0; frame < episode.length; ++frame) {
      const Table& rows = reader.Rows(episode);
      const Column& state = *rows.Find("observation.state");
      for (int64_t joint = 0; joint < 2; ++joint)
        EXPECT_EQ(state.reals[state.Begin(frame) + joint],
                  RecordedNumber(episode.index, frame, joint));
      EXPECT_EQ(rows.Find("note")->bytes[frame], "frame " + std::to_string(frame));
      EXPECT_EQ(rows.Find("next.done")->integers[frame], frame + 1 == episode.length);
      EXPECT_EQ(rows.Find("timestamp")->reals[frame],
                static_cast<float>(static_cast<double>(frame) / 10));
      EXPECT_EQ(rows.Find("index")->integers[frame], episode.first_frame + frame);
      EXPECT_EQ(dataset.Task(rows.Find("task_index")->integers[frame]),
                RecordedTask(episode.index));
      reader.ReadPicture("top", episode, frame, image);
      EXPECT_NEAR(image.rgb[0], RecordedPicture(episode.index, frame).rgb[0], 3)
          << episode.index << " " << frame;
    }
  }
}

std::vector<std::string> Sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words;
}

class DatasetWriterTest : public ::testing::TestWithParam<const char*> {
 protected:
  TestFolder folder_;
  fs::path dataset_ = folder_.path() / "dataset";
  Recording recording_ = TwoJoints(GetParam());
};

TEST_P(DatasetWriterTest, IsWholeAfterEveryEpisode) {
  DatasetWriter writer(dataset_, recording_);
  for (int64_t episode = 0; episode < 5; ++episode) {
    AddEpisode(writer);
    writer.SaveEpisode();
    ExpectRecorded(dataset_, episode + 1);
    EXPECT_EQ(Codes(dataset_), "");
  }
  EXPECT_EQ(Dataset(dataset_).tasks().size(), 3u);
}

TEST_P(DatasetWriterTest, FilesThatWereNotFetchedKeepTheirNames) {
  const auto record = [&] {
    DatasetWriter writer(dataset_, recording_);
    AddEpisode(writer);
    writer.SaveEpisode();
  };
  record();
  const Episode first = Dataset(dataset_).episodes()[0];
  fs::remove(dataset_ / first.data_file);
  for (const auto& [camera, video] : first.videos) fs::remove(dataset_ / video.file);
  record();
  EXPECT_FALSE(fs::exists(dataset_ / first.data_file));
  const Dataset after(dataset_);
  EXPECT_NE(after.episodes()[1].data_file, first.data_file);
  for (const auto& [camera, video] : after.episodes()[1].videos)
    EXPECT_NE(video.file, first.videos.at(camera).file);
}

TEST_P(DatasetWriterTest, GoesOnInNewFiles) {
  for (int64_t session = 0; session < 3; ++session) {
    DatasetWriter writer(dataset_, recording_);
    EXPECT_EQ(writer.episodes(), 2 * session);
    for (int64_t episode = 0; episode < 2; ++episode) {
      AddEpisode(writer);
      writer.SaveEpisode();
    }
    ExpectRecorded(dataset_, 2 * session + 2);
  }
  EXPECT_EQ(Codes(dataset_), "");
  EXPECT_TRUE(fs::exists(dataset_ / "data/chunk-000/file-002.parquet"));
  EXPECT_FALSE(fs::exists(CommitFolder(dataset_)));
}

// Greys that cannot be made small: a megabyte is soon full.
Image Noise(std::mt19937& random) {
  Image image = RecordedPicture(0, 0);
  for (size_t i = 0; i < image.rgb.size(); i += 3)
    std::fill_n(image.rgb.begin() + i, 3, static_cast<uint8_t>(random()));
  return image;
}

TEST_P(DatasetWriterTest, FilesRollOver) {
  constexpr int64_t kFrames = 100;
  recording_.limits = {2, 1, 1};
  recording_.encoding.crf = 1;
  std::mt19937 random(1);
  {
    DatasetWriter writer(dataset_, recording_);
    for (int64_t episode = 0; episode < 4; ++episode) {
      for (int64_t frame = 0; frame < kFrames; ++frame) {
        RecordedFrame made = FrameOf(episode, frame, frame + 1 == kFrames);
        made.pictures.begin()->second = Noise(random);
        writer.Add(made);
      }
      writer.SaveEpisode();
    }
  }
  const std::string camera = "observation.images.top";
  const fs::path files =
      dataset_ / (GetParam() == std::string("video") ? "videos/" + camera : "data");
  const std::string end = GetParam() == std::string("video") ? ".mp4" : ".parquet";
  EXPECT_TRUE(fs::exists(files / ("chunk-000/file-001" + end)));
  EXPECT_FALSE(fs::exists(files / ("chunk-000/file-002" + end)));
  EXPECT_EQ(Codes(dataset_), "");
}

// What is added to a file is copied with it.
TEST_P(DatasetWriterTest, FilesOfManyEpisodesAreLeftAsTheyAre) {
  recording_.episodes_a_file = 2;
  const std::string file = "data/chunk-000/file-000.parquet";
  DatasetWriter writer(dataset_, recording_);
  std::string first;
  for (int64_t episode = 0; episode < 5; ++episode) {
    AddEpisode(writer);
    writer.SaveEpisode();
    if (episode == 1) first = ReadText(dataset_ / file);
  }
  ExpectRecorded(dataset_, 5);
  EXPECT_EQ(Codes(dataset_), "");
  EXPECT_EQ(ReadText(dataset_ / file), first);
  std::vector<std::string> folders{"data", "meta/episodes"};
  if (GetParam() == std::string("video"))
    folders.push_back("videos/observation.images.top");
  for (const std::string& folder : folders) {
    const std::string end = folder.starts_with("videos") ? ".mp4" : ".parquet";
    for (int number = 0; number < 4; ++number)
      EXPECT_EQ(fs::exists(dataset_ / folder / "chunk-000" /
                           ("file-00" + std::to_string(number) + end)),
                number < 3)
          << folder << " " << number;
  }
}

TEST_P(DatasetWriterTest, ADiscardedEpisodeLeavesNothing) {
  DatasetWriter writer(dataset_, recording_);
  AddEpisode(writer);
  writer.DiscardEpisode();
  EXPECT_EQ(writer.frames(), 0);
  EXPECT_TRUE(fs::is_empty(dataset_));
  AddEpisode(writer);
  writer.SaveEpisode();
  AddEpisode(writer);
  writer.DiscardEpisode();
  AddEpisode(writer);
  writer.SaveEpisode();
  ExpectRecorded(dataset_, 2);
}

TEST_P(DatasetWriterTest, FramesOfAnotherKindAreRefusedAndTheEpisodeGoesOn) {
  DatasetWriter writer(dataset_, recording_);
  const auto refusal = [&](auto&& change) {
    RecordedFrame frame = FrameOf(0, 0, false);
    change(frame);
    return Refusal([&] { writer.Add(frame); });
  };
  using Frame = RecordedFrame;
  EXPECT_NE(refusal([](Frame& f) { f.numbers.erase("action"); }).find("action"),
            std::string::npos);
  EXPECT_NE(refusal([](Frame& f) {
              f.numbers["action"].push_back(1);
            }).find("expected 2 numbers, found 3"),
            std::string::npos);
  EXPECT_NE(refusal([](Frame& f) { f.numbers["speed"] = {1}; }), "");
  EXPECT_NE(refusal([](Frame& f) { f.task.clear(); }).find("task"), std::string::npos);
  EXPECT_NE(
      refusal([](Frame& f) { f.pictures.begin()->second.width = 32; }).find("64x64"),
      std::string::npos);
  EXPECT_NE(refusal([](Frame& f) { f.numbers["action"][1] = NAN; }).find("found nan"),
            std::string::npos);
  EXPECT_NE(refusal([](Frame& f) { f.numbers["action"][0] = 1e39; }).find("finite"),
            std::string::npos);
  for (const double number : {2.0, 0.5, -1.0, 1e300, double(NAN)})
    EXPECT_NE(
        refusal([&](Frame& f) { f.numbers["next.done"] = {number}; }).find("whole"),
        std::string::npos)
        << number;
  EXPECT_NE(Refusal([&] { writer.SaveEpisode(); }), "");
  AddEpisode(writer);
  writer.SaveEpisode();
  ExpectRecorded(dataset_, 1);
}

TEST_P(DatasetWriterTest, AnotherRecordingCannotGoOnWithIt) {
  {
    DatasetWriter writer(dataset_, recording_);
    AddEpisode(writer);
    writer.SaveEpisode();
    EXPECT_NE(
        Refusal([&] { DatasetWriter(dataset_, recording_); }).find("another process"),
        std::string::npos);
  }
  Recording other = recording_;
  other.fps = 30;
  EXPECT_NE(Refusal([&] { DatasetWriter(dataset_, other); }).find("frames a second"),
            std::string::npos);
  other = recording_;
  other.features.pop_back();
  EXPECT_NE(Refusal([&] { DatasetWriter(dataset_, other); }), "");
  // A copy: the writer locks the folder, and other tests may be at it.
  const SpoiltDataset old("v21");
  EXPECT_NE(Refusal([&] { DatasetWriter(old.path(), recording_); }).find("v2.1"),
            std::string::npos);
  ExpectRecorded(dataset_, 1);
}

INSTANTIATE_TEST_SUITE_P(Cameras, DatasetWriterTest,
                         ::testing::Values("video", "image"),
                         [](const auto& test) { return std::string(test.param); });

TEST(DatasetWriter, AnotherCodecIsSaidOfNoVideo) {
  const TestFolder folder;
  const fs::path dataset = folder.path() / "dataset";
  Recording recording = TwoJoints("video");
  for (const char* codec : {"h264", "av1", "h264"}) {
    recording.encoding.codec = codec;
    DatasetWriter writer(dataset, recording);
    AddEpisode(writer);
    writer.SaveEpisode();
  }
  ExpectRecorded(dataset, 3);
  EXPECT_EQ(Codes(dataset), "");
}

// LeRobot reads the files of all sessions as one table.
TEST(DatasetWriter, RefusesAtOnceWhatItCannotGoOnWith) {
  const TestFolder folder;
  const fs::path dataset = folder.path() / "dataset";
  {
    DatasetWriter writer(dataset, TwoJoints("image"));
    AddEpisode(writer);
    writer.SaveEpisode();
  }
  const fs::path file = dataset / "meta/episodes/chunk-000/file-000.parquet";
  const ParquetFile before(file);
  Table table = before.ReadAll(before.columns());
  std::vector<ColumnShape> shapes;
  for (Column& column : table.columns) {
    if (column.name == "stats/action/q01") column.name = "stats/action/q05";
    shapes.push_back(
        {column.name, column.type,
         column.is_list ? std::vector<int64_t>{-1} : std::vector<int64_t>{}});
  }
  ParquetWriter after(file, shapes, before.notes());
  after.WriteGroup(table);
  after.Close();
  EXPECT_NE(Refusal([&] {
              DatasetWriter(dataset, TwoJoints("image"));
            }).find("stats/action/q05"),
            std::string::npos);
}

// LeRobot reads the files of all sessions as one table.
TEST(DatasetWriter, GoesOnWithTheStatisticsThatThereAre) {
  SpoiltDataset dataset("v30_two_cameras");
  const std::string file = "meta/episodes/chunk-000/file-000.parquet";
  dataset.EditTable(file, [](Table& table) {
    std::erase_if(table.columns, [](const Column& column) {
      return column.name.find("/q") != std::string::npos ||
             column.name.starts_with("stats/next.done/");
    });
  });
  const Dataset before(dataset.path());
  Recording recording;
  recording.fps = before.info().fps;
  recording.encoding.codec = "h264";
  const Json info = ReadJson(dataset / "meta/info.json");
  for (const Feature& feature : before.info().features)
    if (!IsCountingFeature(feature.key))
      recording.features.push_back({feature, info["features"][feature.key]});
  RecordedFrame frame;
  frame.task = "Wait.";
  for (const NewFeature& made : recording.features) {
    const Feature& feature = made.feature;
    if (feature.IsText()) frame.texts[feature.key] = "x";
    if (feature.IsNumeric()) frame.numbers[feature.key].assign(feature.Size(), 1);
    if (!feature.IsCamera()) continue;
    Image& image = frame.pictures[feature.key];
    image.width = feature.width;
    image.height = feature.height;
    image.rgb.assign(feature.width * feature.height * 3, 100);
  }
  {
    DatasetWriter writer(dataset.path(), recording);
    for (int i = 0; i < 4; ++i) writer.Add(frame);
    writer.SaveEpisode();
  }
  EXPECT_EQ(
      Sorted(
          ParquetFile(dataset / "meta/episodes/chunk-000/file-001.parquet").columns()),
      Sorted(ParquetFile(dataset / file).columns()));
  EXPECT_EQ(Dataset(dataset.path()).episodes().size(), 4u);
}

TEST(DatasetWriter, WaitsForTheEncoderAndLosesNoPicture) {
  const TestFolder folder;
  Recording recording = TwoJoints("video");
  recording.most_waiting = 1;
  DatasetWriter writer(folder.path() / "dataset", recording);
  for (int64_t frame = 0; frame < 200; ++frame) writer.Add(FrameOf(0, frame, false));
  writer.SaveEpisode();
  const Dataset dataset(folder.path() / "dataset");
  FrameReader reader(dataset, {});
  Image image;
  for (int64_t frame = 0; frame < 200; ++frame) {
    reader.ReadPicture("top", dataset.episodes()[0], frame, image);
    EXPECT_NEAR(image.rgb[0], RecordedPicture(0, frame).rgb[0], 3);
  }
  EXPECT_EQ(Codes(folder.path() / "dataset"), "");
}

}  // namespace
}  // namespace svla
