#include "smolvla/doctor/dataset_facts.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "smolvla/doctor/finding.h"
#include "smolvla/policy/test_checkpoints.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInfo = R"({"codebase_version": "v2.1", "fps": 30.0, "features": {
  "observation.state": {"dtype": "float32", "shape": [2], "names": [["a", "b"]]},
  "action": {"dtype": "float32", "shape": [2], "names": {"motors": ["a", "b"]}},
  "observation.images.top": {"dtype": "video", "shape": [480, 640, 3],
                             "names": ["height", "width", "channel"]},
  "observation.images.side": {"dtype": "image", "shape": [3, 90, 160],
                              "names": ["channels", "height", "width"]},
  "observation.images.back": {"dtype": "video", "shape": [3, 90, 160], "names": null},
  "index": {"dtype": "int64", "shape": [1], "names": null}}})";

class DatasetFactsTest : public testing::Test {
 protected:
  DatasetFactsTest() {
    fs::create_directories(folder_.path() / "meta");
    Write("info.json", kInfo);
  }
  void Write(const std::string& file, const std::string& text) {
    std::ofstream(folder_.path() / "meta" / file, std::ios::binary) << text;
  }
  DatasetFacts Read() { return ReadDatasetFacts(folder_.path()); }

  TempFolder folder_;
};

TEST_F(DatasetFactsTest, ShapesAndNamesAreReadInEveryFormThatExists) {
  const DatasetFacts facts = Read();
  EXPECT_EQ(facts.version, "v2.1");
  EXPECT_EQ(facts.fps, 30.0);
  EXPECT_EQ(facts.state->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(facts.action->names, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(facts.cameras.size(), 3u);
  EXPECT_EQ(facts.cameras[0].width, 640);
  EXPECT_EQ(facts.cameras[0].height, 480);
  for (const size_t i : {1u, 2u}) {
    EXPECT_EQ(facts.cameras[i].width, 160);
    EXPECT_EQ(facts.cameras[i].height, 90);
  }
}

TEST_F(DatasetFactsTest, StatisticsMayBeKeptByEpisode) {
  Write("episodes_stats.jsonl",
        R"({"stats": {"action": {"mean": [1, 7], "std": [2, 3], "count": [1]}}})");
  const DatasetFacts facts = Read();
  EXPECT_EQ(facts.action_statistics.at("std"), (std::vector<double>{2, 3}));
  EXPECT_TRUE(facts.state_statistics.empty());
}

TEST_F(DatasetFactsTest, TasksOfAllFilesCountOnce) {
  Write("tasks.jsonl", "{\"task_index\": 0, \"task\": \"a\"}\n\n{\"task\": \"b\"}\n");
  Write("episodes.jsonl", "{\"tasks\": [\"b\", \"c\"]}\n");
  EXPECT_EQ(Read().tasks, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(DatasetFactsTest, DamagedPartsAreProblemsAndTheRestIsRead) {
  Write("tasks.jsonl", "{\"task\": 5}\n");
  Write("stats.json", "[]");
  const DatasetFacts facts = Read();
  ASSERT_EQ(facts.problems.size(), 2u);
  EXPECT_TRUE(Says(facts.problems[0], "tasks.jsonl:1"));
  EXPECT_TRUE(Says(facts.problems[1], "stats.json"));
  EXPECT_EQ(facts.state->dim, 2);
}

TEST_F(DatasetFactsTest, CutAndAlteredInfoIsAnErrorOrFactsAndNeverACrash) {
  const std::string info = kInfo;
  int refused = 0;
  for (size_t i = 0; i < info.size(); i += 7) {
    Write("info.json", info.substr(0, i));
    EXPECT_NE(MessageOf([&] { Read(); }), "no error") << i;
    for (const char c : {'0', '"', '[', '-', '\0'}) {
      std::string altered = info;
      altered[i] = c;
      Write("info.json", altered);
      refused += MessageOf([&] { Read(); }) != "no error";
    }
  }
  EXPECT_GT(refused, 50);
}

TEST(DatasetFacts, RealDatasetsAreRead) {
  const char* shared = std::getenv("SMOLVLA_SHARED_DATA");
  if (!shared) GTEST_SKIP() << "SMOLVLA_SHARED_DATA names no folder";
  for (const auto& [name, joints] :
       {std::pair("v21_g1_av1", 26), std::pair("v21_koch_screwdriver", 6)}) {
    const DatasetFacts facts = ReadDatasetFacts(fs::path(shared) / "datasets" / name);
    EXPECT_EQ(Join(facts.problems), "");
    EXPECT_EQ(facts.fps, 30.0);
    EXPECT_EQ(facts.tasks.size(), 1u);
    EXPECT_EQ(facts.state->names.size(), static_cast<size_t>(joints));
    EXPECT_EQ(facts.action_statistics.at("std").size(), static_cast<size_t>(joints));
    EXPECT_FALSE(facts.cameras.empty());
  }
}

TEST(Nearest, IsTheWordOfFewestChanges) {
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(Nearest("frnt", {"wrist", "front", "top"}), "front");
  EXPECT_EQ(Nearest("x", {}), "");
}

}  // namespace
}  // namespace svla
