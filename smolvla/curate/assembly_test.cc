#include "smolvla/curate/assembly.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "smolvla/curate/test_damage.h"
#include "smolvla/curate/v3_metadata.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/frame_reader.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Assembly AllOf(const Dataset& dataset) {
  Assembly plan;
  for (const Episode& episode : dataset.episodes())
    plan.episodes.push_back({&dataset, &episode});
  return plan;
}

void ExpectSameValues(const Column& a, const Column& b) {
  EXPECT_EQ(a.integers, b.integers) << a.name;
  EXPECT_EQ(a.reals, b.reals) << a.name;
  EXPECT_EQ(a.bytes, b.bytes) << a.name;
}

// All but what is counted anew, and every picture, to the bit.
void ExpectSameEpisode(const Dataset& a, const Episode& in_a, const Dataset& b,
                       const Episode& in_b,
                       const std::map<std::string, std::string>& renames) {
  ASSERT_EQ(in_a.length, in_b.length);
  FrameReader read_a(a, {}), read_b(b, {});
  const auto renamed = [&](const std::string& key) {
    const auto found = renames.find(key);
    return found == renames.end() ? key : found->second;
  };
  Image picture_a, picture_b;
  for (const Feature& feature : a.info().features) {
    const std::string key = renamed(feature.key);
    const Feature* other = b.info().Find(key);
    if (!other) continue;
    if (feature.IsCamera()) {
      for (int64_t frame = 0; frame < in_a.length; ++frame) {
        read_a.ReadPicture(feature.key, in_a, frame, picture_a);
        read_b.ReadPicture(key, in_b, frame, picture_b);
        ASSERT_EQ(picture_a.rgb, picture_b.rgb) << key << " " << frame;
      }
    } else if (!IsCountingFeature(feature.key) || feature.key == "timestamp" ||
               feature.key == "frame_index") {
      ExpectSameValues(*read_a.Rows(in_a).Find(feature.key),
                       *read_b.Rows(in_b).Find(key));
    }
  }
  for (int64_t frame = 0; frame < in_a.length; ++frame) {
    const Column& of_a = *read_a.Rows(in_a).Find("task_index");
    const Column& of_b = *read_b.Rows(in_b).Find("task_index");
    EXPECT_EQ(a.Task(of_a.integers[frame]), b.Task(of_b.integers[frame]));
    EXPECT_EQ(read_b.Rows(in_b).Find("index")->integers[frame],
              in_b.first_frame + frame);
  }
}

void ExpectClean(const fs::path& folder) {
  for (const DatasetFinding& f : VerifyDataset(folder, {}).findings)
    ADD_FAILURE() << f.code << " " << f.file << ": " << f.found;
}

class AssemblyTest : public ::testing::TestWithParam<const char*> {
 protected:
  Dataset source_{TestDataset(GetParam())};
  TestFolder folder_;
  fs::path made_ = folder_.path() / "made";
};

TEST_P(AssemblyTest, AWholeDatasetIsTheSameInV3) {
  Assemble(AllOf(source_), made_, {});
  const Dataset made(made_);
  EXPECT_EQ(made.info().version, "v3.0");
  ASSERT_EQ(made.episodes().size(), source_.episodes().size());
  for (size_t i = 0; i < made.episodes().size(); ++i)
    ExpectSameEpisode(source_, source_.episodes()[i], made, made.episodes()[i], {});
  ExpectClean(made_);
}

TEST_P(AssemblyTest, EpisodesAreChosenAndCountedAnew) {
  Assembly plan = AllOf(source_);
  std::reverse(plan.episodes.begin(), plan.episodes.end());
  plan.episodes.pop_back();
  Assemble(plan, made_, {});
  const Dataset made(made_);
  ASSERT_EQ(made.episodes().size(), plan.episodes.size());
  for (size_t i = 0; i < made.episodes().size(); ++i) {
    EXPECT_EQ(made.episodes()[i].index, static_cast<int64_t>(i));
    ExpectSameEpisode(source_, *plan.episodes[i].episode, made, made.episodes()[i], {});
  }
  ExpectClean(made_);
}

TEST_P(AssemblyTest, FeaturesAreRenamedAndDropped) {
  Assembly plan = AllOf(source_);
  plan.renames = {{"observation.images.wrist", "observation.images.hand"}};
  plan.drops = {"next.reward"};
  if (source_.info().Find("observation.images.top"))
    plan.drops.insert("observation.images.top");
  Assemble(plan, made_, {});
  const Dataset made(made_);
  EXPECT_EQ(made.info().Cameras().size(), 1u);
  EXPECT_FALSE(made.info().Find("next.reward"));
  for (size_t i = 0; i < made.episodes().size(); ++i)
    ExpectSameEpisode(source_, source_.episodes()[i], made, made.episodes()[i],
                      plan.renames);
  ExpectClean(made_);
}

// Those that are kept are of the pictures before they were encoded.
TEST_P(AssemblyTest, PictureStatisticsAreKeptOrComputed) {
  Assembly plan = AllOf(source_);
  Assemble(plan, made_, {});
  plan.pictures_anew = true;
  const fs::path anew = folder_.path() / "anew";
  Assemble(plan, anew, {});
  const std::string where = "stats.json";
  const auto kept =
      ParseStatisticsByFeature(ReadJson(made_ / "meta/stats.json"), where);
  const auto made = ParseStatisticsByFeature(ReadJson(anew / "meta/stats.json"), where);
  ASSERT_EQ(kept.size(), made.size());
  for (const auto& [feature, statistics] : kept) {
    const Feature& of = *source_.info().Find(feature);
    for (const char* name : {"mean", "std"})
      for (size_t i = 0; i < statistics.values.at(name).size(); ++i)
        EXPECT_NEAR(statistics.values.at(name)[i], made.at(feature).values.at(name)[i],
                    of.IsVideo() ? 0.02 : 0)
            << feature << " " << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Datasets, AssemblyTest,
                         ::testing::Values("v20", "v21", "v30_two_cameras",
                                           "v30_images", "v30_many_files"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Assembly, DatasetsOfOtherCodecsAreMergedInFilesOfTheirOwn) {
  const Dataset one(TestDataset("v21")), two(TestDataset("v30_two_cameras"));
  Assembly plan = AllOf(one);
  for (const Assembly::Part& part : AllOf(two).episodes) plan.episodes.push_back(part);
  const TestFolder folder;
  Assemble(plan, folder.path() / "made", {});
  const Dataset made(folder.path() / "made");
  ASSERT_EQ(made.episodes().size(), 6u);
  for (size_t i = 0; i < 6; ++i)
    ExpectSameEpisode(*plan.episodes[i].dataset, *plan.episodes[i].episode, made,
                      made.episodes()[i], {});
  EXPECT_EQ(made.tasks().size(), 2u);
  // The two are one recording, which is found, and nothing else.
  for (const DatasetFinding& f : VerifyDataset(made.folder(), {}).findings)
    EXPECT_EQ(f.code, "episode-duplicated") << f.file << ": " << f.found;
  for (const Feature* camera : made.info().Cameras()) {
    const Json info =
        ReadJson(made.folder() / "meta/info.json")["features"][camera->key]["info"];
    EXPECT_TRUE(info.at("video.codec").is_null());
    EXPECT_EQ(info.at("video.pix_fmt"), "yuv420p");
  }
}

TEST(Assembly, SaysWhyDatasetsCannotBeMerged) {
  const Dataset one(TestDataset("v30_two_cameras"));
  const auto refusal = [&](const std::function<void(Json&)>& edit) {
    SpoiltDataset spoilt("v30_two_cameras");
    spoilt.EditInfo(edit);
    const Dataset two(spoilt.path());
    Assembly plan = AllOf(one);
    plan.episodes.push_back({&two, &two.episodes()[0]});
    const TestFolder folder;
    return Refusal([&] { Assemble(plan, folder.path() / "made", {}); });
  };
  EXPECT_NE(refusal([](Json& info) { info["fps"] = 30; }).find("frames a second"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& info) { info["robot_type"] = "koch"; }).find("\"koch\""),
            std::string::npos);
  EXPECT_NE(refusal([](Json& info) {
              info["features"].erase("next.reward");
            }).find("next.reward"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& info) {
              info["features"]["action"]["names"][0] = "x";
            }).find("names"),
            std::string::npos);
}

// Its pictures would be those of other rows.
TEST(Assembly, AnEpisodeWithMoreRowsThanTheMetadataSayIsRefused) {
  for (const int64_t twice : {int64_t{2}, int64_t{6}, int64_t{8}}) {
    SpoiltDataset spoilt("v30_two_cameras");
    spoilt.EditTable("data/chunk-000/file-000.parquet", [&](Table& table) {
      for (Column& column : table.columns) {
        Column longer;
        longer.name = column.name;
        longer.Append(column, 0, twice + 1);
        longer.Append(column, twice, table.rows - twice);
        column = longer;
      }
      ++table.rows;
    });
    const Dataset dataset(spoilt.path());
    const TestFolder folder;
    EXPECT_NE(Refusal([&] {
                Assemble(AllOf(dataset), folder.path() / "made", {});
              }).find("as the metadata say"),
              std::string::npos)
        << twice;
  }
}

TEST(Assembly, RenamesThatMeanNothingAreRefused) {
  const Dataset source(TestDataset("v30_two_cameras"));
  const TestFolder folder;
  const auto refusal = [&](const std::string& from, const std::string& to) {
    Assembly plan = AllOf(source);
    plan.renames[from] = to;
    return Refusal([&] { Assemble(plan, folder.path() / "made", {}); });
  };
  EXPECT_NE(refusal("observation.images.side", "x"), "");
  EXPECT_NE(refusal("timestamp", "time"), "");
  EXPECT_NE(refusal("observation.images.top", "observation.images.wrist"), "");
  EXPECT_NE(refusal("observation.images.top", "../top"), "");
}

TEST(Assembly, FilesThatAreMissingAreFoundFirst) {
  SpoiltDataset spoilt("v21");
  const Dataset dataset(spoilt.path());
  EXPECT_EQ(FindComplete(dataset, {}).complete.size(), 3u);
  fs::remove(spoilt.path() / dataset.episodes()[1].videos.begin()->second.file);
  const Completeness found = FindComplete(dataset, {});
  ASSERT_EQ(found.incomplete.size(), 1u);
  EXPECT_EQ(found.incomplete[0]->index, 1);
  EXPECT_EQ(found.missing.size(), 1u);
  EXPECT_EQ(FindComplete(dataset, {dataset.episodes()[1].videos.begin()->first})
                .incomplete.size(),
            0u);
}

}  // namespace
}  // namespace svla
