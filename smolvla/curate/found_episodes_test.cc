// What a killed recording comes to: lists that cannot be read, data without a footer.
#include "smolvla/curate/found_episodes.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "smolvla/base/file.h"
#include "smolvla/curate/repair.h"
#include "smolvla/curate/salvaged_data.h"
#include "smolvla/curate/test_damage.h"
#include "smolvla/data/frame_reader.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// Repairs what `spoil` leaves of a dataset, and holds each frame of the result to the
// sound one's: `kept` are the episodes that must be there.
class KilledTest : public ::testing::Test {
 protected:
  template <class Spoil>
  RepairPlan Repair(const std::string& name, const Spoil& spoil,
                    const std::vector<int64_t>& kept) {
    const SpoiltDataset spoilt(name);
    spoil(spoilt.path());
    const RepairPlan plan = PlanRepair(spoilt.path(), VerifyDataset(spoilt.path(), {}));
    const fs::path made = spoilt.path().parent_path() / "made";
    Assemble(plan.assembly, made, {});
    for (const DatasetFinding& f : VerifyDataset(made, {}).findings)
      ADD_FAILURE() << f.code << ": " << f.found;
    const Dataset sound(TestDataset(name)), mended(made);
    EXPECT_EQ(mended.episodes().size(), kept.size());
    for (size_t i = 0; i < std::min(kept.size(), mended.episodes().size()); ++i)
      ExpectSame(sound, sound.EpisodeAt(kept[i]), mended, mended.episodes()[i]);
    return plan;
  }

 private:
  static void ExpectSame(const Dataset& a, const Episode& of_a, const Dataset& b,
                         const Episode& of_b) {
    ASSERT_EQ(of_a.length, of_b.length);
    FrameReader from_a(a, {}), from_b(b, {});
    for (int64_t frame = 0; frame < of_a.length; ++frame)
      EXPECT_EQ(TaskOf(a, of_a, from_a.Rows(of_a), frame),
                TaskOf(b, of_b, from_b.Rows(of_b), frame));
    for (const char* column : {"action", "observation.state", "timestamp"})
      EXPECT_EQ(from_a.Rows(of_a).Find(column)->reals,
                from_b.Rows(of_b).Find(column)->reals);
    Image one, other;
    for (const Feature* camera : a.info().Cameras())
      for (int64_t frame = 0; frame < of_a.length; ++frame) {
        from_a.ReadPicture(camera->key, of_a, frame, one);
        from_b.ReadPicture(camera->key, of_b, frame, other);
        ASSERT_EQ(one.rgb, other.rgb) << camera->key << " " << frame;
      }
  }
};

void CutFooter(const fs::path& file, int64_t more = 0) {
  const std::string text = ReadText(file);
  uint32_t length = 0;
  std::memcpy(&length, text.data() + text.size() - 8, 4);
  fs::resize_file(file, text.size() - length - 8 - static_cast<size_t>(more));
}

// LeRobot closes both files when a recording ends: killed before, neither has a footer.
TEST_F(KilledTest, WithoutAnyFooterAllEpisodesComeBack) {
  const std::map<std::string, std::vector<int64_t>> datasets{
      {"v30_two_cameras", {0, 1, 2}}, {"v30_images", {0, 1}}};
  for (const auto& [name, episodes] : datasets) {
    const RepairPlan plan = Repair(
        name,
        [](const fs::path& d) {
          CutFooter(d / kData30);
          CutFooter(d / kEpisodes30);
        },
        episodes);
    ASSERT_EQ(plan.salvaged.size(), 1u);
    EXPECT_EQ(plan.salvaged[0].file, kData30);
    EXPECT_GT(plan.salvaged[0].rows, 0);
  }
}

TEST_F(KilledTest, TheEpisodeThatWasBeingWrittenIsLeftOut) {
  for (const bool listed : {false, true})
    Repair("v30_two_cameras",
           [&](const fs::path& d) {
             CutFooter(d / kData30, /*more=*/10);
             if (!listed) fs::remove_all(d / "meta/episodes");
           },
           {0, 1});
}

TEST_F(KilledTest, ALostListIsMadeAnew) {
  const auto lose = [](const fs::path& d) { fs::remove_all(d / "meta/episodes"); };
  Repair("v30_two_cameras", lose, {0, 1, 2});
  Repair("v30_many_files", lose, {0, 1, 2, 3, 4});
  Repair("v21",
         [](const fs::path& d) {
           fs::remove(d / "meta/episodes.jsonl");
           fs::copy_file(d / DataOf(1), d / DataOf(7));
         },
         {0, 1, 2});
}

// Other columns than info.json says would be read as those it says.
TEST_F(KilledTest, RowsThatMayBeAnotherColumnsAreNotRead) {
  const auto swap = [](Json& info) {
    Json features = Json::object();
    for (const char* key : {"observation.state", "action"})
      features[key] = info["features"][key];
    for (const auto& [key, value] : info["features"].items()) features[key] = value;
    info["features"] = features;
  };
  const auto lie = [](const char* key, const char* dtype) {
    return [=](Json& info) { info["features"][key]["dtype"] = dtype; };
  };
  const std::map<std::string, std::function<void(Json&)>> lies{
      {"order", swap},
      {"half", lie("action", "float64")},
      {"integers", lie("action", "int32")},
      {"indices", lie("task_index", "int32")},
      {"missing", [](Json& info) { info["features"].erase("next.reward"); }},
      {"more", [](Json& info) {
         info["features"]["more"] = {
             {"dtype", "float32"}, {"shape", {1}}, {"names", nullptr}};
       }}};
  for (const auto& [name, edit] : lies) {
    const SpoiltDataset spoilt("v30_two_cameras");
    spoilt.EditInfo(edit);
    CutFooter(spoilt / kData30);
    const FoundFooters found =
        FindFooters(spoilt.path(), ReadDatasetInfo(spoilt.path()));
    EXPECT_TRUE(found.footers.empty()) << name;
    EXPECT_EQ(found.lost.size(), 1u) << name;
  }
}

// A file beside it knows better than info.json.
TEST_F(KilledTest, ColumnsAreThoseOfAFileThatIsWhole) {
  const SpoiltDataset spoilt("v30_many_files");
  spoilt.EditInfo([](Json& info) {
    info["features"]["task_index"]["dtype"] = "int32";
    const Json state = info["features"]["observation.state"];
    info["features"].erase("observation.state");
    info["features"]["observation.state"] = state;
  });
  const ParquetFile whole(spoilt / kData30);
  const Table rows = whole.ReadAll(whole.columns());
  CutFooter(spoilt / kData30);
  const FoundFooters found = FindFooters(spoilt.path(), ReadDatasetInfo(spoilt.path()));
  ASSERT_EQ(found.footers.count(kData30), 1u)
      << (found.lost.empty() ? "" : found.lost.begin()->second);
  const ParquetFile salvaged(spoilt / kData30, found.footers.at(kData30));
  EXPECT_EQ(salvaged.columns(), whole.columns());
  EXPECT_EQ(salvaged.ReadAll({"observation.state"}).columns[0].reals,
            rows.Find("observation.state")->reals);
}

// The frames of what is lost are still in the video: those behind it follow them.
TEST_F(KilledTest, EpisodesBehindALostFileKeepTheirPictures) {
  const RepairPlan plan = Repair("v30_many_files",
                                 [](const fs::path& d) {
                                   fs::remove_all(d / "meta/episodes");
                                   fs::resize_file(d / kData30, 100);
                                 },
                                 {2, 3, 4});
  ASSERT_EQ(plan.salvaged.size(), 1u);
  EXPECT_NE(plan.salvaged[0].why, "");
}

// Nothing tells whose frames are missing.
TEST_F(KilledTest, AVideoThatEndsWithinAnEpisodePlacesNone) {
  const SpoiltDataset spoilt("v30_two_cameras");
  fs::remove_all(spoilt.path() / "meta/episodes");
  const DatasetInfo info = ReadDatasetInfo(spoilt.path());
  fs::copy_file(fs::path(SMOLVLA_SOURCE_DIR) / "testdata/videos/av1.mp4",
                spoilt.path() / "videos/observation.images.top/chunk-000/file-000.mp4",
                fs::copy_options::overwrite_existing);
  const FoundEpisodes found = FindEpisodes(spoilt.path(), info, {});
  EXPECT_EQ(found.episodes.size(), 3u);
  ASSERT_EQ(found.unplaced.size(), 3u);
  EXPECT_NE(found.unplaced.at(0).find("within episode"), std::string::npos)
      << found.unplaced.at(0);
}

TEST_F(KilledTest, RowsThatCountBeyondReasonAreNoEpisodes) {
  for (const char* column : {"index", "episode_index"}) {
    const SpoiltDataset spoilt("v30_two_cameras");
    fs::remove_all(spoilt.path() / "meta/episodes");
    spoilt.EditTable(kData30, [&](Table& t) { SetNumber(t, column, 3, 0x1p62); });
    const Verification found = VerifyDataset(spoilt.path(), {});
    EXPECT_NE(Refusal([&] { PlanRepair(spoilt.path(), found); }).find("found neither"),
              std::string::npos);
  }
}

// What a recording that went on with a dataset leaves when it is killed: the list is
// that of before.
TEST_F(KilledTest, EpisodesBehindTheListAreAdded) {
  const RepairPlan plan = Repair("v30_many_files",
                                 [](const fs::path& d) {
                                   fs::remove_all(d / "meta/episodes/chunk-001");
                                   CutFooter(d / "data/chunk-001/file-001.parquet");
                                 },
                                 {0, 1, 2, 3, 4});
  EXPECT_FALSE(plan.added.empty());
  EXPECT_EQ(plan.salvaged.size(), 1u);
}

// One frame too many, and nothing tells where.
TEST_F(KilledTest, MoreFramesThanRowsArePlacedNowhere) {
  const SpoiltDataset spoilt("v30_two_cameras");
  spoilt.EditTable(kData30, [](Table& t) { Shorten(t, 23); });
  const FoundEpisodes found =
      FindEpisodes(spoilt.path(), ReadDatasetInfo(spoilt.path()), {});
  ASSERT_EQ(found.unplaced.size(), 3u);
  EXPECT_NE(found.unplaced.at(1).find("for 23 rows"), std::string::npos)
      << found.unplaced.at(1);
}

TEST_F(KilledTest, ALostListIsMissedWithoutTotals) {
  const SpoiltDataset spoilt("v30_two_cameras");
  spoilt.EditInfo([](Json& info) { info.erase("total_episodes"); });
  std::filesystem::remove_all(spoilt / "meta/episodes");
  const Verification found = VerifyDataset(spoilt.path(), {});
  ASSERT_FALSE(found.findings.empty());
  EXPECT_EQ(found.findings[0].code, "episodes-unreadable");
}

// A part of a larger dataset, whose videos need not begin where its rows do.
TEST_F(KilledTest, RowsThatDoNotCountFromTheFirstFrameArePlacedNowhere) {
  const SpoiltDataset spoilt("v30_two_cameras");
  spoilt.EditTable(kData30, [](Table& t) {
    for (int64_t& index : ColumnOf(t, "index").integers) index += 5;
  });
  const FoundEpisodes found =
      FindEpisodes(spoilt.path(), ReadDatasetInfo(spoilt.path()), {});
  ASSERT_EQ(found.unplaced.size(), 3u);
  EXPECT_NE(found.unplaced.at(0).find("first row is 5"), std::string::npos)
      << found.unplaced.at(0);
}

TEST_F(KilledTest, WhereNothingIsLeftTheFolderIsNamed) {
  const SpoiltDataset spoilt("v30_two_cameras");
  fs::remove_all(spoilt.path() / "meta/episodes");
  fs::remove_all(spoilt.path() / "data");
  const Verification found = VerifyDataset(spoilt.path(), {});
  EXPECT_NE(Refusal([&] { PlanRepair(spoilt.path(), found); }).find("found neither"),
            std::string::npos);
}

}  // namespace
}  // namespace svla
