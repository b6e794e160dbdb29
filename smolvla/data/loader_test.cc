#include "smolvla/data/loader.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "smolvla/data/sample_order.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

// A batch as text, every number and every pixel in it.
std::string Described(const Batch& batch) {
  std::string text = Serialized(ToJson(batch.position));
  for (const int64_t frame : batch.frames) text += " " + std::to_string(frame);
  for (const auto& [name, numbers] : batch.numbers) {
    text += "\n" + name + Serialized(Json(numbers.shape)) +
            Serialized(Json(numbers.is_pad));
    for (const float value : numbers.values) text += " " + std::to_string(value);
  }
  for (const auto& [name, pictures] : batch.pictures) {
    text += "\n" + name + Serialized(Json(pictures.is_pad));
    for (const Image& image : pictures.images) {
      EXPECT_FALSE(image.rgb.empty());
      text += " " + std::to_string(image.width) + ":" + std::to_string(Crc32(image));
    }
  }
  for (const std::string& task : batch.tasks) text += "\n" + task;
  return text;
}

std::vector<std::string> Take(Loader& loader, int batches) {
  std::vector<std::string> texts;
  for (int i = 0; i < batches; ++i) texts.push_back(Described(loader.Next()));
  return texts;
}

LoaderOptions Options(int64_t batch, int threads) {
  LoaderOptions options;
  options.order.batch = batch;
  options.threads = threads;
  return options;
}

// Windows that reach over both ends of an episode.
LoaderOptions WindowedOptions(const Dataset& dataset) {
  LoaderOptions options = Options(5, 2);
  options.features.steps["action"] = {0, 1, 2, 3, 4, 5};
  options.features.steps["observation.state"] = {-2, 0};
  for (const Feature* camera : dataset.info().Cameras())
    options.features.steps[camera->key] = {-3, -1, 0, 2};
  return options;
}

class LoaderTest : public ::testing::TestWithParam<const char*> {
 protected:
  const Dataset dataset_{TestDataset(GetParam())};
};

TEST_P(LoaderTest, TheOrderIsTheSamplers) {
  Loader loader(dataset_, Options(/*batch=*/5, /*threads=*/2));
  ASSERT_EQ(loader.frames(), dataset_.frames());
  for (uint64_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<int64_t> found;
    while (static_cast<int64_t>(found.size()) < loader.frames()) {
      const Batch& batch = loader.Next();
      EXPECT_EQ(batch.position.epoch, static_cast<int64_t>(epoch));
      EXPECT_EQ(batch.position.taken, static_cast<int64_t>(found.size()));
      found.insert(found.end(), batch.frames.begin(), batch.frames.end());
    }
    EXPECT_EQ(found, SampleOrder(1000, epoch, dataset_.frames()));
  }
}

TEST_P(LoaderTest, BatchesDoNotDependOnTheThreads) {
  LoaderOptions options = WindowedOptions(dataset_);
  std::vector<std::string> expected;
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    Loader loader(dataset_, options);
    const std::vector<std::string> found = Take(loader, 8);
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected) << threads;
  }
}

// What FrameReader has of the same frames, one by one.
TEST_P(LoaderTest, WindowsAreWhatTheFrameReaderHas) {
  const LoaderOptions options = WindowedOptions(dataset_);
  Loader loader(dataset_, options);
  FrameReader reader(dataset_, {});
  Image image;
  int64_t padded = 0;
  for (int64_t taken = 0; taken < loader.frames(); taken += 5) {
    const Batch& batch = loader.Next();
    for (size_t i = 0; i < batch.frames.size(); ++i) {
      const Episode* episode = nullptr;
      for (const Episode& each : dataset_.episodes())
        if (each.first_frame <= batch.frames[i]) episode = &each;
      const int64_t frame = batch.frames[i] - episode->first_frame;
      for (const auto& [key, steps] : options.features.steps) {
        const Window window = WindowAt(frame, episode->length, steps);
        for (size_t step = 0; step < steps.size(); ++step) {
          const size_t at = i * steps.size() + step;
          padded += window.is_pad[step];
          if (const auto pictures = batch.pictures.find(key);
              pictures != batch.pictures.end()) {
            reader.ReadPicture(key, *episode, window.frames[step], image);
            ASSERT_EQ(pictures->second.images[at].rgb, image.rgb) << key;
            EXPECT_EQ(pictures->second.is_pad[at], window.is_pad[step]) << key;
            continue;
          }
          const Numbers& numbers = batch.numbers.at(key);
          EXPECT_EQ(numbers.shape,
                    (std::vector<int64_t>{static_cast<int64_t>(batch.frames.size()),
                                          static_cast<int64_t>(steps.size()), 6}));
          EXPECT_EQ(numbers.is_pad[at], window.is_pad[step]) << key;
          const Column& column = *reader.Rows(*episode).Find(key);
          for (size_t joint = 0; joint < 6; ++joint)
            EXPECT_EQ(numbers.values[at * 6 + joint],
                      static_cast<float>(
                          column.reals[column.Begin(window.frames[step]) + joint]))
                << key;
        }
      }
      EXPECT_EQ(batch.tasks[i],
                TaskOf(dataset_, *episode, reader.Rows(*episode), frame));
    }
  }
  EXPECT_GT(padded, 0);
}

TEST_P(LoaderTest, GoesOnFromASavedPosition) {
  const LoaderOptions options = WindowedOptions(dataset_);
  Loader whole(dataset_, options);
  const std::vector<std::string> expected = Take(whole, 9);  // beyond an epoch's end
  for (const int stop : {0, 1, 2, 5}) {
    Loader first(dataset_, options);
    Take(first, stop);
    const std::string saved = Serialized(ToJson(first.position()));
    Loader second(dataset_, options);
    Take(second, 3);
    second.Seek(ReadLoaderPosition(ParseJson(saved, "saved"), "saved"));
    EXPECT_EQ(Take(second, 9 - stop),
              std::vector(expected.begin() + stop, expected.end()))
        << saved;
  }
}

INSTANTIATE_TEST_SUITE_P(Datasets, LoaderTest,
                         ::testing::Values("v21", "v30_two_cameras", "v30_images",
                                           "v30_many_files"),
                         [](const auto& test) { return test.param; });

TEST(Loader, TakesTheEpisodesAndFramesThatAreWanted) {
  const Dataset dataset(TestDataset("v30_two_cameras"));  // 7, 12 and 5 frames
  LoaderOptions options = Options(100, 1);
  options.order.shuffle = false;
  options.order.episodes = {2, 0, 2};
  options.order.drop_first = 1;
  options.order.drop_last = 3;
  Loader loader(dataset, options);
  const std::vector<int64_t> expected = {1, 2, 3, 20};
  EXPECT_EQ(loader.Next().frames, expected);
  EXPECT_EQ(loader.Next().frames, expected);
  EXPECT_EQ(loader.position(), (LoaderPosition{2, 0}));
}

TEST(Loader, FeaturesHaveTheNamesThatAreWanted) {
  const Dataset dataset(TestDataset("v30_two_cameras"));
  LoaderOptions options = Options(2, 1);
  options.features.rename = {{"observation.images.top", "observation.images.camera1"},
                             {"observation.state", "state"}};
  Loader loader(dataset, options);
  const Batch& batch = loader.Next();
  EXPECT_TRUE(batch.pictures.contains("observation.images.camera1"));
  EXPECT_TRUE(batch.pictures.contains("observation.images.wrist"));
  EXPECT_FALSE(batch.pictures.contains("observation.images.top"));
  EXPECT_EQ(batch.numbers.at("state").shape, (std::vector<int64_t>{2, 1, 6}));
  EXPECT_FALSE(batch.numbers.contains("observation.state"));
  EXPECT_FALSE(batch.numbers.contains("timestamp"));
}

TEST(Loader, ReadsOneCameraWhereOneIsWanted) {
  const Dataset dataset(TestDataset("v30_two_cameras"));
  LoaderOptions options = Options(2, 1);
  options.features.cameras = {"wrist"};
  options.features.steps["timestamp"] = {0};
  Loader loader(dataset, options);
  const Batch& batch = loader.Next();
  EXPECT_EQ(batch.pictures.size(), 1u);
  EXPECT_EQ(batch.pictures.at("observation.images.wrist").images[0].width, 48);
  EXPECT_TRUE(batch.numbers.contains("timestamp"));
}

TEST(Loader, RefusesWhatIsNotThere) {
  const Dataset dataset(TestDataset("v21"));
  const auto refusal = [&](const auto& change) {
    LoaderOptions options;
    change(options);
    return Refusal([&] { Loader(dataset, options); });
  };
  EXPECT_NE(refusal([](LoaderOptions& o) { o.order.episodes = {7}; }).find("found 7"),
            std::string::npos);
  EXPECT_NE(refusal([](LoaderOptions& o) {
              o.features.steps["actoin"] = {0};
            }).find("found \"actoin\""),
            std::string::npos);
  EXPECT_NE(refusal([](LoaderOptions& o) {
              o.features.steps["action"] = {};
            }).find("one step or more of action"),
            std::string::npos);
  EXPECT_NE(refusal([](LoaderOptions& o) {
              o.features.rename["phase"] = "x";
            }).find("found \"phase\""),
            std::string::npos);
  EXPECT_NE(refusal([](LoaderOptions& o) {
              o.features.rename["action"] = "observation.state";
            }).find("found \"observation.state\" twice"),
            std::string::npos);
  EXPECT_NE(
      refusal([](LoaderOptions& o) { o.order.drop_first = 12; }).find("found none"),
      std::string::npos);
}

TEST(Loader, RefusesAPositionThatIsNone) {
  const Dataset dataset(TestDataset("v30_many_files"));
  Loader loader(dataset, {});
  EXPECT_NE(Refusal([&] {
              loader.Seek({0, 22});
            }).find("22 frames"),
            std::string::npos);
  EXPECT_NE(Refusal([&] { loader.Seek({-1, 0}); }).find("-1"), std::string::npos);
  for (const char* text : {"{}", "{\"epoch\": 1}", "{\"epoch\": 1, \"taken\": -1}",
                           "{\"epoch\": \"x\", \"taken\": 1}", "[]"})
    EXPECT_NE(Refusal([&] {
                ReadLoaderPosition(ParseJson(text, "saved"), "saved");
              }).find("saved"),
              std::string::npos)
        << text;
}

// The error comes out of the batch it belongs to, whenever that is asked for, and what
// was read before and lies behind it can be had.
TEST(Loader, SaysWhatCouldNotBeRead) {
  const TestFolder folder;
  const std::filesystem::path copy = folder.path() / "d";
  std::filesystem::copy(TestDataset("v21"), copy,
                        std::filesystem::copy_options::recursive);
  const Dataset dataset(copy);
  std::filesystem::remove(
      copy / dataset.EpisodeAt(1).videos.at("observation.images.top").file);
  for (const int threads : {1, 2, 4}) {
    LoaderOptions options = Options(7, threads);  // the first episode is of 7 frames
    options.order.shuffle = false;
    Loader loader(dataset, options);
    EXPECT_EQ(loader.Next().frames.size(), 7u);
    for (int again = 0; again < 2; ++again) {
      const std::string refusal = Refusal([&] { loader.Next(); });
      EXPECT_NE(refusal.find("episode_000001.mp4: there is no such file"),
                std::string::npos)
          << refusal;
      EXPECT_EQ(loader.position(), (LoaderPosition{0, 7}));
    }
    loader.Seek({0, 19});
    EXPECT_EQ(loader.Next().frames.size(), 5u);
  }
}

TEST(Loader, StopsWhileBatchesAreOnTheirWay) {
  const Dataset dataset(TestDataset("v30_two_cameras"));
  for (int taken = 0; taken < 3; ++taken) {
    Loader loader(dataset, Options(3, 4));
    for (int i = 0; i < taken; ++i) loader.Next();
  }
}

}  // namespace
}  // namespace svla
