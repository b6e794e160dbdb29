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

// What an episode's frames hold.
struct Frames {
  std::map<std::string, std::vector<double>> numbers;  // by feature
  std::vector<std::vector<uint8_t>> pictures;          // camera by camera
  bool operator==(const Frames&) const = default;
};

std::vector<Frames> FramesOf(const Dataset& dataset) {
  FrameReader reader(dataset, {});
  std::vector<Frames> episodes;
  Image image;
  for (const Episode& episode : dataset.episodes()) {
    Frames& frames = episodes.emplace_back();
    for (const char* key : {"action", "observation.state"})
      if (dataset.info().Find(key))
        frames.numbers[key] = reader.Rows(episode).Find(key)->reals;
    for (const Feature* camera : dataset.info().Cameras())
      for (int64_t frame = 0; frame < episode.length; ++frame) {
        reader.ReadPicture(camera->key, episode, frame, image);
        frames.pictures.push_back(image.rgb);
      }
  }
  return episodes;
}

// Those of a test dataset, read once.
const std::vector<Frames>& SoundFrames(const std::string& name) {
  static std::map<std::string, std::vector<Frames>> read;
  const auto [place, is_new] = read.try_emplace(name);
  if (is_new) place->second = FramesOf(Dataset(TestDataset(name)));
  return place->second;
}

// Features that are gone excepted.
void ExpectSameFrames(Frames sound, const Frames& mended) {
  std::erase_if(sound.numbers, [&](const auto& feature) {
    return !mended.numbers.contains(feature.first);
  });
  EXPECT_EQ(sound.numbers, mended.numbers);
  EXPECT_TRUE(sound.pictures == mended.pictures);
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
    SCOPED_TRACE(name);
    const std::vector<Frames>& sound = SoundFrames(damage.dataset);
    const std::vector<Frames> result = FramesOf(Dataset(made));
    ASSERT_EQ(sound.size(), result.size() + gone.size());
    auto next = result.begin();
    for (size_t episode = 0; episode < sound.size(); ++episode)
      if (!gone.contains(static_cast<int64_t>(episode)))
        ExpectSameFrames(sound[episode], *next++);
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
  dataset.CutTo(DataOf(1), 0.1);
  const Repaired repaired =
      Repair(dataset.path(), dataset.path().parent_path() / "made");
  EXPECT_EQ(repaired.code, 0);
  EXPECT_EQ(repaired.json["episodes"], 2);
  ASSERT_EQ(repaired.json["episodes_left_out"].size(), 1u);
  EXPECT_EQ(repaired.json["episodes_left_out"][0]["episode"], 1);
}

TEST(RepairCommand, AddsWhatTheListLacks) {
  const SpoiltDataset dataset("v21");
  dataset.EditLines("meta/episodes.jsonl",
                    [](auto& lines) { lines.erase(lines.begin() + 1); });
  const Repaired repaired =
      Repair(dataset.path(), dataset.path().parent_path() / "made");
  EXPECT_EQ(repaired.code, 0);
  EXPECT_EQ(repaired.json["episodes_added"], Json({1}));
  EXPECT_EQ(repaired.json["episodes"], 3);
}

TEST(RepairCommand, ASentenceCanBeGivenWhereAllAreLost) {
  const SpoiltDataset dataset("v30_images");
  fs::remove(dataset / "meta/tasks.parquet");
  fs::remove_all(dataset / "meta/episodes");
  const fs::path made = dataset.path().parent_path() / "made";
  const Repaired refused = Repair(dataset.path(), made);
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.json["written"], false);
  const std::string why = refused.json["episodes_left_out"][0]["why"];
  EXPECT_NE(why.find("--task"), std::string::npos) << why;
  EXPECT_EQ(RunSmolvla({"data", "repair", dataset.path().string(), made.string(),
                        "--task", "Lift the cube."})
                .code,
            0);
  EXPECT_EQ(Dataset(made).tasks(),
            (std::map<int64_t, std::string>{{0, "Lift the cube."}}));
  EXPECT_EQ(Dataset(made).frames(), Dataset(TestDataset("v30_images")).frames());
}

// Every frame shown a five-hundredth later than the one before it should be.
void StretchTimes(const fs::path& video) {
  std::string bytes = ReadText(video);
  const size_t at = bytes.find("stts");
  ASSERT_NE(at, bytes.npos);
  const auto last = [&](size_t i) { return static_cast<uint8_t>(bytes[at + i]); };
  uint32_t delta = 0;  // behind version, number of entries, and the first one's count
  for (size_t i = 16; i < 20; ++i) delta = delta << 8 | last(i);
  delta += std::max<uint32_t>(delta / 500, 1);
  for (size_t i = 0; i < 4; ++i)
    bytes[at + 16 + i] = static_cast<char>(delta >> (24 - 8 * i));
  WriteAtomically(video, bytes);
}

TEST(RepairCommand, EncodesFramesOfUnevenTimesOrWritesNothing) {
  const SpoiltDataset dataset("v21");
  for (int episode = 0; episode < 3; ++episode)
    StretchTimes(dataset / VideoOf("wrist", episode));
  const fs::path made = dataset.path().parent_path() / "made";
  const Repaired copied = Repair(dataset.path(), made);
  EXPECT_EQ(copied.code, 1);
  EXPECT_EQ(copied.json["written"], false);
  EXPECT_EQ(copied.json["left"][0]["code"], "video-times-off");
  EXPECT_FALSE(fs::exists(made));
  EXPECT_EQ(RunSmolvla({"data", "repair", dataset.path().string(), made.string(),
                        "--encode", "h264"})
                .code,
            0);
  EXPECT_TRUE(VerifyDataset(made, {}).findings.empty());
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
  const std::string folder = TestDataset("v21").string();
  EXPECT_EQ(RunSmolvla({"data", "repair", folder}).code, 2);
  EXPECT_EQ(RunSmolvla({"data", "repair", folder, "made", "--task", " "}).code, 2);
}

}  // namespace
}  // namespace svla
