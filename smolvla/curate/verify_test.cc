#include "smolvla/curate/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "smolvla/base/random.h"
#include "smolvla/curate/fault.h"
#include "smolvla/curate/test_metadata_damage.h"
#include "smolvla/curate/test_picture_damage.h"
#include "smolvla/curate/test_row_damage.h"
#include "smolvla/data/dataset.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Codes CodesOf(const Verification& verification) {
  Codes codes;
  for (const DatasetFinding& finding : verification.findings)
    codes.insert(finding.code);
  return codes;
}

std::vector<Damage> AllDamages() {
  std::vector<Damage> all = MetadataDamages();
  for (const auto& more : {RowDamages(), VideoDamages()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(Verify, FindsNothingInTheTestDatasets) {
  for (const char* name :
       {"v20", "v21", "v30_two_cameras", "v30_images", "v30_many_files"}) {
    const Verification verification = VerifyDataset(TestDataset(name), {});
    EXPECT_EQ(CodesOf(verification), Codes{}) << name;
    EXPECT_TRUE(verification.not_checked.empty()) << name;
    EXPECT_FALSE(verification.checked.empty()) << name;
    EXPECT_EQ(verification.frames, Dataset(TestDataset(name)).frames());
  }
}

TEST(Verify, NamesEachDamageAndNothingElse) {
  for (const Damage& damage : AllDamages()) {
    const SpoiltDataset dataset(damage.dataset);
    damage.spoil(dataset);
    const Verification verification = VerifyDataset(dataset.path(), {});
    EXPECT_EQ(CodesOf(verification), damage.codes) << damage.dataset;
    for (const DatasetFinding& finding : verification.findings) {
      EXPECT_FALSE(finding.file.empty() || finding.expected.empty() ||
                   finding.found.empty() || finding.consequence.empty() ||
                   finding.remedy.empty())
          << finding.code;
      EXPECT_FALSE(finding.found.starts_with("/")) << finding.found;
    }
  }
}

TEST(Verify, KnowsADamageForEveryCode) {
  Codes damaged, known;
  for (const Damage& damage : AllDamages())
    damaged.insert(damage.codes.begin(), damage.codes.end());
  for (const FaultKind& kind : FaultKinds()) known.insert(kind.code);
  EXPECT_EQ(damaged, known);
}

TEST(Verify, WithoutDecodingSaysWhatWasNotSeen) {
  const SpoiltDataset dataset("v21");
  dataset.Scribble(VideoOf("top", 1), 0.4, 0.6);
  VerifyOptions options;
  options.decode_videos = false;
  const Verification verification = VerifyDataset(dataset.path(), options);
  EXPECT_EQ(CodesOf(verification), Codes{});
  EXPECT_EQ(verification.not_checked.size(), 1u);
}

TEST(Verify, RefusesWhatIsNoDataset) {
  const TestFolder folder;
  EXPECT_NE(Refusal([&] { VerifyDataset(folder.path(), {}); }), "");
  const SpoiltDataset dataset("v21");
  WriteAtomically(dataset / "meta/info.json", "{");
  EXPECT_NE(Refusal([&] { VerifyDataset(dataset.path(), {}); }), "");
}

TEST(Verify, TakesAFolderWithASlashAtItsEnd) {
  const SpoiltDataset dataset("v30_images");
  WriteAtomically(dataset / "meta/stats.json", "x");
  const Verification verification = VerifyDataset(dataset.path() / "", {});
  ASSERT_EQ(verification.findings.size(), 1u);
  EXPECT_EQ(verification.findings[0].file, "meta/stats.json");
  EXPECT_FALSE(verification.findings[0].found.starts_with("/"));
}

TEST(Verify, MakesOneFindingOfManyMissingVideos) {
  const SpoiltDataset dataset("v21");
  fs::remove(dataset / VideoOf("top", 0));
  fs::remove(dataset / VideoOf("top", 2));
  const Verification verification = VerifyDataset(dataset.path(), {});
  ASSERT_EQ(verification.findings.size(), 1u);
  const DatasetFinding& finding = verification.findings[0];
  EXPECT_EQ(finding.file, VideoOf("top", 0) + " and 1 more");
  EXPECT_EQ(finding.found, "no such file; so 2 of 3 episodes: 0 and 2");
  EXPECT_EQ(verification.Count(Severity::kError), 1);
}

TEST(Verify, TellsHowFarItHasCome) {
  int64_t last = 0, end = 0;
  VerifyOptions options;
  options.progress = [&](int64_t done, int64_t whole) {
    EXPECT_LE(last, done);
    EXPECT_LE(done, whole);
    last = done;
    end = whole;
  };
  VerifyDataset(TestDataset("v21"), options);
  EXPECT_EQ(last, end);
  EXPECT_EQ(end, 3 * 24);  // rows and two cameras
}

// Whatever bytes are lost, the end is a report, or an Error of info.json.
TEST(Verify, SurvivesAnyBytes) {
  const Random random(1);
  uint64_t draws = 0;
  const auto share = [&] { return random.Uniform(draws++); };
  for (const char* name : {"v21", "v30_images", "v30_many_files"}) {
    for (int turn = 0; turn < 10; ++turn) {
      const SpoiltDataset dataset(name);
      std::vector<fs::path> files;
      for (const auto& entry : fs::recursive_directory_iterator(dataset.path()))
        if (entry.is_regular_file()) files.push_back(entry.path());
      std::sort(files.begin(), files.end());
      const fs::path& chosen =
          files[static_cast<size_t>(share() * static_cast<double>(files.size()))];
      const std::string file = chosen.lexically_relative(dataset.path()).string();
      const double at = share();
      if (share() < 0.3)
        dataset.CutTo(file, at);
      else
        dataset.Scribble(file, at, std::min(1.0, at + 0.1 * share()));
      Verification verification;
      const std::string refusal =
          Refusal([&] { verification = VerifyDataset(dataset.path(), {}); });
      EXPECT_TRUE(refusal.empty() || file == "meta/info.json") << file << refusal;
      EXPECT_LE(verification.findings.size(), 20 * FaultKinds().size());
    }
  }
}

Verification VerifyReal(const std::string& name) {
  VerifyOptions options;
  options.decode_videos = false;
  return VerifyDataset(fs::path(std::getenv("SMOLVLA_SHARED_DATA")) / "datasets" / name,
                       options);
}

TEST(Verify, FindsOnlyTheMissingFilesOfRealDatasets) {
  if (!std::getenv("SMOLVLA_SHARED_DATA"))
    GTEST_SKIP() << "SMOLVLA_SHARED_DATA names no folder";
  const Verification koch = VerifyReal("v21_koch_screwdriver");
  EXPECT_EQ(CodesOf(koch), Codes{"video-missing"});
  EXPECT_EQ(koch.findings.size(), 3u);  // one of each camera
  const Verification unitree = VerifyReal("v21_g1_av1");
  EXPECT_EQ(CodesOf(unitree), (Codes{"data-missing", "video-missing"}));
  ASSERT_EQ(unitree.findings.size(), 2u);
  for (const DatasetFinding& finding : unitree.findings)
    EXPECT_TRUE(
        finding.found.ends_with("93 of 100 episodes: 0, 3, 6 to 28 and 32 to 99"))
        << finding.found;
}

}  // namespace
}  // namespace svla
