// What the loader refuses, and how an error of a thread reaches the caller.
#include <gtest/gtest.h>

#include <filesystem>

#include "smolvla/data/loader.h"
#include "smolvla/data/parquet.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

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

// Whose frame 5 is would be chance.
TEST(Loader, RefusesEpisodesThatCountTheSameFrame) {
  const TestFolder folder;
  const std::filesystem::path copy = folder.path() / "d";
  std::filesystem::copy(TestDataset("v30_two_cameras"), copy,
                        std::filesystem::copy_options::recursive);
  const std::map<std::string, std::vector<int64_t>> columns = {
      {"episode_index", {0, 1}},
      {"length", {7, 12}},
      {"data/chunk_index", {0, 0}},
      {"data/file_index", {0, 0}},
      {"dataset_from_index", {0, 5}}};
  Table table;
  table.rows = 2;
  std::vector<ColumnShape> shapes;
  for (const auto& [name, values] : columns) {
    shapes.push_back({name, "int64", {}});
    Column& column = table.columns.emplace_back();
    column.name = name, column.type = "int64", column.kind = ColumnKind::kInteger;
    column.integers = values;
    column.rows = table.rows;
  }
  ParquetWriter writer(copy / "meta/episodes/chunk-000/file-000.parquet", shapes, {});
  writer.WriteGroup(table);
  writer.Close();
  std::filesystem::remove(copy / "meta/episodes/chunk-000/file-001.parquet");
  const Dataset dataset(copy);
  const std::string refusal = Refusal([&] { Loader(dataset, {}); });
  EXPECT_NE(refusal.find("episodes 0 and 1, found that both count frame 5"),
            std::string::npos)
      << refusal;
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
    LoaderOptions options;
    options.order.batch = 7;  // as the first episode has frames
    options.threads = threads;
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

// The order is made by a thread that reads; what goes wrong there reaches the caller.
TEST(Loader, SaysThatAnEpochIsTooLong) {
  const TestFolder folder;
  const std::filesystem::path copy = folder.path() / "d";
  std::filesystem::copy(TestDataset("v21"), copy,
                        std::filesystem::copy_options::recursive);
  std::string text = ReadText(copy / "meta/episodes.jsonl");
  for (const char* length : {"\"length\": 7", "\"length\": 12"}) {
    const size_t at = text.find(length);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::string(length).size(), "\"length\": 1099511627776");
  }
  WriteAtomically(copy / "meta/episodes.jsonl", text);
  const Dataset dataset(copy);
  Loader loader(dataset, {});
  for (int again = 0; again < 2; ++again)
    EXPECT_NE(Refusal([&] { loader.Next(); }).find("expected a number of frames"),
              std::string::npos);
}

}  // namespace
}  // namespace svla
