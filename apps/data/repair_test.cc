// `smolvla data repair`: a damage, what becomes of it, and that the frames that remain
// are the same.
#include <gtest/gtest.h>

#include <cmath>

#include "apps/test_command.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/fault.h"
#include "smolvla/curate/test_metadata_damage.h"
#include "smolvla/curate/test_picture_damage.h"
#include "smolvla/curate/test_row_damage.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/frame_reader.h"

// The tests write hundreds of datasets. That the bytes reach the disk is not what they
// look at, and takes most of their time.
extern "C" int fsync(int) { return 0; }

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

// Numbers and pictures of an episode are those of another's, features that the other
// dataset has not excepted.
void ExpectSameFrames(const Dataset& a, const Episode& of_a, const Dataset& b,
                      const Episode& of_b) {
  ASSERT_EQ(of_a.length, of_b.length);
  FrameReader from_a(a, {}), from_b(b, {});
  for (const char* key : {"action", "observation.state"})
    if (b.info().Find(key)) {
      EXPECT_EQ(from_a.Rows(of_a).Find(key)->reals, from_b.Rows(of_b).Find(key)->reals);
    }
  Image one, other;
  for (const Feature* camera : a.info().Cameras())
    for (int64_t frame = 0; frame < of_a.length; ++frame) {
      from_a.ReadPicture(camera->key, of_a, frame, one);
      from_b.ReadPicture(camera->key, of_b, frame, other);
      ASSERT_EQ(one.rgb, other.rgb) << camera->key << " " << frame;
    }
}

// The command itself has not looked at the pictures of what it made.
void ExpectNoOtherFindings(const fs::path& made, const Codes& left,
                           const std::string& name) {
  for (const DatasetFinding& f : VerifyDataset(made, {}).findings)
    EXPECT_TRUE(left.contains(f.code)) << name << ": " << f.code << " " << f.found;
}

// Codes of the findings that were mended, but for those of episodes that are left out
// for something else.
Codes MendedIn(const Json& report) {
  Codes codes;
  if (report.is_null()) return codes;
  for (const Json& step : report["mended"])
    if (step["how"] != "the episodes are left out for another reason")
      codes.insert(step["code"].get<std::string>());
  return codes;
}

// What verify's damages come to. Every frame that remains is that of the sound dataset,
// and what verify's remedies say of repair is true.
TEST(RepairCommand, MendsWhatItSaysAndKeepsTheFrames) {
  std::vector<Damage> damages = MetadataDamages();
  for (const auto& more : {RowDamages(), VideoDamages()})
    damages.insert(damages.end(), more.begin(), more.end());
  // Their damage is in the frames themselves, or lets episodes change places.
  const Codes changed{"numbers-not-finite", "joint-constant",    "action-constant",
                      "state-constant",     "camera-black",      "camera-frozen",
                      "video-long",         "picture-size-wrong"};
  Codes mended;
  for (const Damage& damage : damages) {
    const std::string name = *damage.codes.begin() + " of " + damage.dataset;
    const SpoiltDataset dataset(damage.dataset);
    damage.spoil(dataset);
    const fs::path made = dataset.path().parent_path() / "made";
    const Repaired repaired = Repair(dataset.path(), made);
    mended.merge(MendedIn(repaired.json));
    if (repaired.json.is_null() || !repaired.json["written"]) {
      EXPECT_FALSE(fs::exists(made)) << name;
      continue;
    }
    Codes left;
    for (const Json& finding : repaired.json["left"])
      left.insert(finding["code"].get<std::string>());
    for (const Json& code : repaired.json["findings"])
      EXPECT_TRUE(left.contains(code)) << name << ": " << code;
    if (damage.codes.contains("picture-statistics-wrong") ||
        damage.codes.contains("statistics-unreadable"))
      ExpectNoOtherFindings(made, left, name);
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
  for (const FaultKind& kind : FaultKinds())
    EXPECT_EQ(mended.contains(kind.code),
              std::string(kind.remedy).find("smolvla data repair") != std::string::npos)
        << kind.code;
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
