// `smolvla data repair`: a damage, what becomes of it, and that the frames that remain
// are the same.
#include <gtest/gtest.h>

#include <cmath>

#include "apps/test_command.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/test_metadata_damage.h"
#include "smolvla/curate/test_picture_damage.h"
#include "smolvla/curate/test_row_damage.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/frame_reader.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

struct Repaired {
  int code = -1;
  Json json;
};

Repaired Repair(const fs::path& from, const fs::path& to) {
  const Outcome outcome =
      RunSmolvla({"data", "repair", from.string(), to.string(), "--json"});
  return {outcome.code, outcome.out.empty() ? Json() : ParseJson(outcome.out, "out")};
}

// Actions and pictures of an episode are those of another's.
void ExpectSameFrames(const Dataset& a, const Episode& of_a, const Dataset& b,
                      const Episode& of_b) {
  ASSERT_EQ(of_a.length, of_b.length);
  FrameReader from_a(a, {}), from_b(b, {});
  EXPECT_EQ(from_a.Rows(of_a).Find("action")->reals,
            from_b.Rows(of_b).Find("action")->reals);
  Image one, other;
  for (const Feature* camera : a.info().Cameras())
    for (int64_t frame = 0; frame < of_a.length; ++frame) {
      from_a.ReadPicture(camera->key, of_a, frame, one);
      from_b.ReadPicture(camera->key, of_b, frame, other);
      ASSERT_EQ(one.rgb, other.rgb) << camera->key << " " << frame;
    }
}

// What verify's damages come to. Every frame that remains is that of the sound dataset.
TEST(RepairCommand, MendsWhatItSaysAndKeepsTheFrames) {
  std::vector<Damage> damages = MetadataDamages();
  for (const auto& more : {RowDamages(), VideoDamages()})
    damages.insert(damages.end(), more.begin(), more.end());
  // Their damage is in the frames themselves, or lets episodes change places.
  const Codes changed{"numbers-not-finite", "joint-constant",    "action-constant",
                      "state-constant",     "camera-black",      "camera-frozen",
                      "video-long",         "picture-size-wrong"};
  for (const Damage& damage : damages) {
    const std::string name = *damage.codes.begin() + " of " + damage.dataset;
    const SpoiltDataset dataset(damage.dataset);
    damage.spoil(dataset);
    const fs::path made = dataset.path().parent_path() / "made";
    const Repaired repaired = Repair(dataset.path(), made);
    if (repaired.json.is_null() || !repaired.json["written"]) {
      EXPECT_FALSE(fs::exists(made)) << name;
      continue;
    }
    Codes left;
    for (const Json& finding : repaired.json["left"])
      left.insert(finding["code"].get<std::string>());
    for (const DatasetFinding& f : VerifyDataset(made, {}).findings)
      EXPECT_TRUE(left.contains(f.code)) << name << ": " << f.code << " " << f.found;
    if (std::any_of(changed.begin(), changed.end(),
                    [&](const auto& code) { return damage.codes.contains(code); }))
      continue;
    std::set<int64_t> gone;
    for (const Json& out : repaired.json["episodes_left_out"])
      gone.insert(out["episode"].get<int64_t>());
    if (damage.codes.contains("episode-gap")) gone.insert(1);
    const Dataset sound(TestDataset(damage.dataset)), result(made);
    ASSERT_EQ(sound.episodes().size(), result.episodes().size() + gone.size()) << name;
    auto next = result.episodes().begin();
    for (const Episode& episode : sound.episodes())
      if (!gone.contains(episode.index)) {
        SCOPED_TRACE(name);
        ExpectSameFrames(sound, episode, result, *next++);
      }
  }
}

TEST(RepairCommand, WritesNothingWhereNothingIsWrong) {
  const TestFolder folder;
  const Repaired repaired = Repair(TestDataset("v21"), folder.path() / "made");
  EXPECT_EQ(repaired.code, 0);
  EXPECT_EQ(repaired.json["written"], false);
  EXPECT_FALSE(fs::exists(folder.path() / "made"));
}

TEST(RepairCommand, LeavesNumbersThatARobotMayHaveRecorded) {
  const SpoiltDataset dataset("v21");
  dataset.EditTable(DataOf(1),
                    [](Table& t) { SetNumber(t, "observation.state", 8, NAN); });
  const Repaired repaired =
      Repair(dataset.path(), dataset.path().parent_path() / "made");
  EXPECT_EQ(repaired.code, 1);
  EXPECT_EQ(repaired.json["written"], false);
  EXPECT_EQ(repaired.json["left"][0]["code"], "numbers-not-finite");
}

TEST(RepairCommand, NamesTheEpisodesThatAreLeftOut) {
  const SpoiltDataset dataset("v21");
  dataset.CutTo(DataOf(1), 0.7);
  const Repaired repaired =
      Repair(dataset.path(), dataset.path().parent_path() / "made");
  EXPECT_EQ(repaired.code, 0);
  EXPECT_EQ(repaired.json["episodes"], 2);
  ASSERT_EQ(repaired.json["episodes_left_out"].size(), 1u);
  EXPECT_EQ(repaired.json["episodes_left_out"][0]["episode"], 1);
}

TEST(RepairCommand, CanTakeThePlaceOfTheDataset) {
  const SpoiltDataset dataset("v30_images");
  dataset.EditInfo([](Json& j) { j["total_frames"] = 5; });
  const std::string folder = dataset.path().string();
  EXPECT_EQ(RunSmolvla({"data", "repair", folder, "--in-place"}).code, 0);
  EXPECT_TRUE(VerifyDataset(folder, {}).findings.empty());
  EXPECT_TRUE(fs::exists(folder + "_old"));
}

TEST(RepairCommand, AWrongCommandLineIsTwo) {
  EXPECT_EQ(RunSmolvla({"data", "repair", TestDataset("v21").string()}).code, 2);
}

}  // namespace
}  // namespace svla
