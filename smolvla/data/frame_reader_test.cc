#include "smolvla/data/frame_reader.h"

#include <gtest/gtest.h>

#include <fstream>

#include "smolvla/base/json.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// Datasets that LeRobot wrote, or that were written as its older versions did, beside
// what the reference reads in them.
class ReferenceDatasetTest : public ::testing::TestWithParam<const char*> {
 protected:
  ReferenceDatasetTest()
      : dataset_(TestDataset(GetParam())),
        expected_(TestDataset(std::string(GetParam()) + ".expected.safetensors")) {}

  Json Metadata(const char* key) const {
    return ParseJson(expected_.metadata().at(key), key);
  }

  Dataset dataset_;
  SafetensorsFile expected_;
};

TEST_P(ReferenceDatasetTest, HasTheEpisodesAndTasks) {
  const auto lengths = Metadata("lengths").get<std::vector<int64_t>>();
  ASSERT_EQ(dataset_.episodes().size(), lengths.size());
  int64_t frames = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    EXPECT_EQ(dataset_.episodes()[i].length, lengths[i]);
    EXPECT_EQ(dataset_.episodes()[i].first_frame, frames);
    frames += lengths[i];
  }
  EXPECT_EQ(dataset_.frames(), frames);
  const auto tasks = Metadata("tasks").get<std::vector<std::string>>();
  ASSERT_EQ(dataset_.tasks().size(), tasks.size());
  for (size_t i = 0; i < tasks.size(); ++i)
    EXPECT_EQ(dataset_.Task(static_cast<int64_t>(i)), tasks[i]);
}

// All numbers of a column, whichever episode is asked for first.
TEST_P(ReferenceDatasetTest, NumbersAreTheReferences) {
  FrameReader reader(dataset_, {});
  int64_t columns = 0;
  for (const auto& [name, tensor] : expected_.tensors()) {
    if (!name.starts_with("column.")) continue;
    ++columns;
    const bool integers = tensor.dtype == DType::kI64;
    const std::vector<double> reals =
        integers ? std::vector<double>() : ValuesOf<double>(tensor);
    const std::vector<int64_t> whole =
        integers ? Integers(tensor) : std::vector<int64_t>();
    const int64_t width = tensor.Count() / dataset_.frames();
    for (auto episode = dataset_.episodes().rbegin();
         episode != dataset_.episodes().rend(); ++episode) {
      const Column* column = reader.Rows(*episode).Find(name.substr(7));
      ASSERT_TRUE(column) << name;
      ASSERT_EQ(column->rows, episode->length);
      for (int64_t row = 0; row < episode->length; ++row) {
        ASSERT_EQ(column->End(row) - column->Begin(row), width) << name;
        for (int64_t i = 0; i < width; ++i) {
          const int64_t at = (episode->first_frame + row) * width + i;
          const double found = column->Number(column->Begin(row) + i);
          ASSERT_EQ(found, integers ? static_cast<double>(whole[at]) : reals[at])
              << name << " of frame " << episode->first_frame + row;
        }
      }
    }
  }
  EXPECT_GE(columns, 8);
}

TEST_P(ReferenceDatasetTest, TextsAreTheReferences) {
  FrameReader reader(dataset_, {});
  const Json phases = Metadata("texts")["phase"];
  ASSERT_EQ(static_cast<int64_t>(phases.size()), dataset_.frames());
  for (const Episode& episode : dataset_.episodes()) {
    const Column* column = reader.Rows(episode).Find("phase");
    ASSERT_TRUE(column);
    for (int64_t row = 0; row < episode.length; ++row)
      EXPECT_EQ(column->bytes[row], phases[episode.first_frame + row]);
  }
}

// To the bit, in an order that goes back and forth.
TEST_P(ReferenceDatasetTest, PicturesAreTheReferenceDecoders) {
  FrameReader reader(dataset_, {});
  Image image;
  for (const Feature* camera : dataset_.info().Cameras()) {
    const auto crcs = Integers(expected_.At("crc32." + camera->key));
    for (const Episode& episode : dataset_.episodes())
      for (int64_t step = 0; step < episode.length; ++step) {
        const int64_t frame = step * 5 % episode.length;
        reader.ReadPicture(camera->key, episode, frame, image);
        EXPECT_EQ(image.width, camera->width);
        EXPECT_EQ(image.height, camera->height);
        EXPECT_EQ(Crc32(image), crcs[episode.first_frame + frame])
            << camera->key << ", episode " << episode.index << ", frame " << frame;
      }
  }
}

// With one video open at a time, each picture opens its file again.
TEST_P(ReferenceDatasetTest, PicturesDoNotDependOnWhatIsKeptOpen) {
  FrameReaderOptions options;
  options.most_videos = 1;
  options.most_bytes = 1;
  FrameReader reader(dataset_, options);
  Image image;
  for (int64_t frame = 0; frame < 3; ++frame)
    for (const Episode& episode : dataset_.episodes())
      for (const Feature* camera : dataset_.info().Cameras()) {
        const auto crcs = Integers(expected_.At("crc32." + camera->key));
        reader.ReadPicture(camera->key, episode, frame, image);
        EXPECT_EQ(Crc32(image), crcs[episode.first_frame + frame]) << camera->key;
      }
}

TEST_P(ReferenceDatasetTest, AWindowIsTheReferences) {
  const Json window = Metadata("window");
  const Episode& episode = dataset_.EpisodeAt(window["episode"].get<int64_t>());
  const Window at = WindowAt(window["frame"].get<int64_t>(), episode.length,
                             window["deltas"].get<std::vector<int64_t>>());
  const auto actions = ValuesOf<double>(expected_.At("window.action"));
  const auto pads = Integers(expected_.At("window.action_is_pad"));
  FrameReader reader(dataset_, {});
  const Column* column = reader.Rows(episode).Find("action");
  ASSERT_TRUE(column);
  ASSERT_EQ(at.frames.size(), pads.size());
  const size_t width = actions.size() / pads.size();
  for (size_t step = 0; step < pads.size(); ++step) {
    EXPECT_EQ(at.is_pad[step], pads[step] != 0) << step;
    for (size_t i = 0; i < width; ++i)
      EXPECT_EQ(column->reals[column->Begin(at.frames[step]) + i],
                actions[step * width + i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Datasets, ReferenceDatasetTest,
                         ::testing::Values("v20", "v21", "v30_two_cameras",
                                           "v30_images", "v30_many_files"),
                         [](const auto& test) { return test.param; });

// A copy of a dataset, to be damaged.
class DamagedDatasetTest : public ::testing::Test {
 protected:
  DamagedDatasetTest() {
    fs::copy(TestDataset("v21"), folder_.path() / "d", fs::copy_options::recursive);
  }
  fs::path dataset() const { return folder_.path() / "d"; }

  TestFolder folder_;
};

TEST_F(DamagedDatasetTest, AMissingVideoLeavesTheNumbers) {
  fs::remove_all(dataset() / "videos");
  const Dataset dataset(this->dataset());
  FrameReader reader(dataset, {});
  const Episode& episode = dataset.EpisodeAt(1);
  EXPECT_EQ(reader.Rows(episode).rows, episode.length);
  Image image;
  const std::string refusal =
      Refusal([&] { reader.ReadPicture("top", episode, 0, image); });
  EXPECT_NE(refusal.find("episode_000001.mp4: "), std::string::npos) << refusal;
}

TEST_F(DamagedDatasetTest, AMissingDataFileIsNamed) {
  const Dataset dataset(this->dataset());
  const Episode& episode = dataset.EpisodeAt(2);
  fs::remove(dataset.folder() / episode.data_file);
  FrameReader reader(dataset, {});
  const std::string refusal = Refusal([&] { reader.Rows(episode); });
  EXPECT_NE(refusal.find("episode_000002.parquet: no such file"), std::string::npos)
      << refusal;
}

TEST_F(DamagedDatasetTest, OtherRowsThanTheMetadataSayAreRefused) {
  const fs::path lines = dataset() / "meta/episodes.jsonl";
  std::string text = ReadText(lines);
  const size_t at = text.find("\"length\": 12");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 12, "\"length\": 13");
  WriteAtomically(lines, text);
  const Dataset dataset(this->dataset());
  FrameReader reader(dataset, {});
  const std::string refusal = Refusal([&] { reader.Rows(dataset.EpisodeAt(1)); });
  EXPECT_NE(refusal.find("expected 13 rows of episode 1"), std::string::npos)
      << refusal;
  EXPECT_NE(refusal.find("found 12"), std::string::npos) << refusal;
}

TEST_F(DamagedDatasetTest, AFileWithoutAFooterSaysThatItWasNotFinished) {
  const Dataset dataset(this->dataset());
  const fs::path file = dataset.folder() / dataset.EpisodeAt(0).data_file;
  fs::resize_file(file, fs::file_size(file) - 100);
  FrameReader reader(dataset, {});
  const std::string refusal = Refusal([&] { reader.Rows(dataset.EpisodeAt(0)); });
  EXPECT_NE(refusal.find("without a footer"), std::string::npos) << refusal;
}

// Writes a Parquet file anew, all its rows in one group, as LeRobot's converter does.
void JoinGroups(const fs::path& file) {
  const ParquetFile old(file);
  const Table rows = old.ReadAll(old.columns());
  std::vector<ColumnShape> shapes;
  for (const Column& column : rows.columns) {
    shapes.push_back({column.name, column.type, {}});
    if (column.is_list) shapes.back().shape = {column.End(0)};
  }
  ParquetWriter writer(file, shapes, old.notes());
  writer.WriteGroup(rows);
  writer.Close();
}

// Else every episode would have the whole file decoded, column by column.
TEST(FrameReader, ReadsAGroupOnceThoughItTakesMoreThanItMayKeep) {
  const TestFolder folder;
  fs::copy(TestDataset("v30_two_cameras"), folder.path() / "d",
           fs::copy_options::recursive);
  const Dataset dataset(folder.path() / "d");
  const fs::path file = dataset.folder() / dataset.EpisodeAt(0).data_file;
  ASSERT_EQ(dataset.EpisodesIn(dataset.EpisodeAt(0).data_file).size(),
            dataset.episodes().size());
  JoinGroups(file);
  ASSERT_EQ(ParquetFile(file).group_rows().size(), 1u);
  FrameReaderOptions options;
  options.most_bytes = 1;
  FrameReader reader(dataset, options);
  EXPECT_EQ(reader.Rows(dataset.EpisodeAt(0)).rows, dataset.EpisodeAt(0).length);
  fs::resize_file(file, 0);  // the open file has nothing more to read
  for (const Episode& episode : dataset.episodes())
    EXPECT_EQ(reader.Rows(episode).rows, episode.length);
}

// Where a file ends, LeRobot's converter of v2.1 names the file of the episode before.
TEST(FrameReader, FindsAnEpisodeInTheFileBehindTheOneNamed) {
  const Dataset told(TestDataset("v30_many_files"));
  FrameReader right(told, {});
  std::vector<Episode> episodes = told.episodes();
  ASSERT_NE(episodes[3].data_file, episodes[2].data_file);
  episodes[3].data_file = episodes[2].data_file;
  const Dataset stale(told.folder(), told.info(), episodes, told.tasks());
  FrameReader reader(stale, {});
  for (const Episode& episode : stale.episodes())
    EXPECT_EQ(reader.Rows(episode).Find("action")->reals,
              right.Rows(told.EpisodeAt(episode.index)).Find("action")->reals)
        << episode.index;
}

TEST(Dataset, NamesWhatThereIsWhenAskedForWhatIsNot) {
  const Dataset dataset(TestDataset("v30_two_cameras"));
  EXPECT_NE(Refusal([&] { dataset.EpisodeAt(3); }).find("episodes 0 to 2"),
            std::string::npos);
  EXPECT_NE(Refusal([&] { dataset.Camera("side"); }).find("observation.images.wrist"),
            std::string::npos);
  EXPECT_EQ(dataset.Camera("wrist").key, "observation.images.wrist");
}

TEST(FindDataset, SaysWhatIsMissing) {
  EXPECT_NE(Refusal([] { FindDataset("/nowhere/at/all"); }).find("found nothing there"),
            std::string::npos);
  EXPECT_NE(Refusal([] { FindDataset("owner/no_such_dataset"); }).find("repo id"),
            std::string::npos);
  EXPECT_EQ(FindDataset((TestDataset("v21") / "meta").string()), TestDataset("v21"));
}

}  // namespace
}  // namespace svla
