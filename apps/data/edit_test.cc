// The commands that make a new dataset, as a program meets them.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "apps/interruption.h"
#include "apps/test_command.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

class EditCommand : public ::testing::Test {
 protected:
  Outcome Data(std::vector<std::string> words) {
    words.insert(words.begin(), "data");
    return RunSmolvla(words);
  }
  std::string Made(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  int64_t Episodes(const std::string& folder) {
    return ParseJson(Data({"info", folder, "--json"}).out, "stdout")["episodes"];
  }

  int64_t Entries() const {
    return std::distance(fs::directory_iterator(folder_.path()), {});
  }

  TestFolder folder_;
};

std::string Named(const std::string& name) { return TestDataset(name).string(); }

TEST_F(EditCommand, ConvertReportsWhatItMade) {
  const Outcome outcome = Data({"convert", Named("v21"), Made("new"), "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["dataset"], Made("new"));
  EXPECT_EQ(json["version"], "v3.0");
  EXPECT_EQ(json["episodes"], 3);
  EXPECT_EQ(json["frames"], 24);
  EXPECT_EQ(json["tasks"], 2);
  EXPECT_TRUE(json["findings"].empty());
  EXPECT_EQ(json["kept_as"], nullptr);
  EXPECT_EQ(Data({"verify", Made("new")}).code, 0);
}

TEST_F(EditCommand, NothingIsOverwrittenUnlessTold) {
  EXPECT_EQ(Data({"convert", Named("v21"), Made("new")}).code, 0);
  EXPECT_EQ(Data({"convert", Named("v21"), Made("new")}).code, 1);
  EXPECT_EQ(Data({"delete", Made("new"), "--episodes", "0"}).code, 2);
  const Outcome outcome =
      Data({"delete", Made("new"), "--episodes", "0", "--in-place", "--json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(ParseJson(outcome.out, "stdout")["kept_as"], Made("new_old"));
  EXPECT_EQ(Episodes(Made("new")), 2);
  EXPECT_EQ(Episodes(Made("new_old")), 3);
}

TEST_F(EditCommand, NothingIsWrittenIntoASource) {
  fs::copy(Named("v21"), Made("old"), fs::copy_options::recursive);
  for (const char* within : {"", "/data/new", "/meta/new", "/../old/new"})
    EXPECT_EQ(Data({"convert", Made("old"), Made("old") + within}).code, 1) << within;
  EXPECT_EQ(Data({"verify", Made("old")}).code, 0);
}

TEST_F(EditCommand, ADatasetThatIsBeingRecordedIsNotReplaced) {
  fs::copy(Named("v30_images"), Made("old"), fs::copy_options::recursive);
  {
    const auto recording = FolderLock::Try(Made("old"));
    EXPECT_EQ(Data({"convert", Made("old"), "--in-place"}).code, 1);
    EXPECT_EQ(Data({"stats", Made("old"), "--write"}).code, 1);
    EXPECT_EQ(Data({"info", Made("old")}).code, 0);
  }
  EXPECT_EQ(Data({"stats", Made("old"), "--write"}).code, 0);
}

TEST_F(EditCommand, VideosCanBeEncodedAnew) {
  EXPECT_EQ(Data({"convert", Named("v20"), Made("new"), "--encode", "h264"}).code, 0);
  EXPECT_EQ(Data({"verify", Made("new")}).code, 0);
  EXPECT_EQ(Data({"convert", Named("v20"), Made("other"), "--encode", "vp9"}).code, 2);
}

TEST_F(EditCommand, IncompleteEpisodesAreRefusedOrLeftOut) {
  fs::copy(Named("v21"), Made("old"), fs::copy_options::recursive);
  fs::remove(folder_.path() / "old/data/chunk-000/episode_000001.parquet");
  EXPECT_EQ(Data({"convert", Made("old"), Made("new")}).code, 1);
  EXPECT_FALSE(fs::exists(Made("new")));
  const Outcome outcome =
      Data({"convert", Made("old"), Made("new"), "--skip-missing", "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["episodes_left_out"], Json::array({"1"}));
  EXPECT_EQ(json["files_missing"].size(), 1u);
  EXPECT_EQ(Episodes(Made("new")), 2);
}

TEST_F(EditCommand, PartsAreSharesOrEpisodes) {
  const std::string source = Named("v30_many_files");
  EXPECT_EQ(
      Data({"split", source, Made("p"), "--into", "train=0.8", "--into", "test=0.2"})
          .code,
      0);
  EXPECT_EQ(Episodes(Made("p_train")), 4);
  EXPECT_EQ(Episodes(Made("p_test")), 1);
  EXPECT_EQ(Data({"split", source, Made("q"), "--into", "a=0:2", "--into", "b=4"}).code,
            0);
  EXPECT_EQ(Episodes(Made("q_b")), 1);
  EXPECT_EQ(Data({"split", source, Made("r"), "--episodes", "1,3:5"}).code, 0);
  EXPECT_EQ(Episodes(Made("r")), 3);
  for (const std::vector<std::string>& parts :
       std::vector<std::vector<std::string>>{{"a=0.8", "b=0.4"},
                                             {"a=0:2", "b=1"},
                                             {"a=0.5", "a=0.5"},
                                             {"../a=0.5"},
                                             {"0.5"}}) {
    std::vector<std::string> words{"split", source, Made("s")};
    for (const std::string& part : parts) words.insert(words.end(), {"--into", part});
    EXPECT_EQ(Data(words).code, 2) << parts[0];
  }
  EXPECT_EQ(Data({"split", source, Made("s")}).code, 2);
}

TEST_F(EditCommand, AShareHasAPointOrAPercentSign) {
  const std::string source = Named("v30_many_files");  // 5 episodes
  const auto split = [&](const std::string& name, const std::string& what) {
    return Data({"split", source, Made(name), "--into", "a=" + what}).code;
  };
  EXPECT_EQ(split("one", "1"), 0);
  EXPECT_EQ(Episodes(Made("one_a")), 1);
  EXPECT_EQ(split("all", "1.0"), 0);
  EXPECT_EQ(Episodes(Made("all_a")), 5);
  EXPECT_EQ(split("most", "80%"), 0);
  EXPECT_EQ(Episodes(Made("most_a")), 4);
  for (const char* what :
       {"0.0", "1.5", "0%", "101%", "nan%", "%", ".", "-20%", "-0.5"})
    EXPECT_EQ(split("none", what), 2) << what;
}

TEST_F(EditCommand, NoPartIsWrittenWhereOneCannotBe) {
  fs::create_directories(Made("p_test/something"));
  EXPECT_EQ(Data({"split", Named("v30_many_files"), Made("p"), "--into", "train=0.8",
                  "--into", "test=0.2"})
                .code,
            1);
  EXPECT_FALSE(fs::exists(Made("p_train")));
  EXPECT_EQ(Entries(), 1);
}

TEST_F(EditCommand, PartsAreOneJsonObject) {
  const Outcome outcome = Data({"split", Named("v30_many_files"), Made("p"), "--into",
                                "train=0.8", "--into", "test=0.2", "--json"});
  const Json parts = ParseJson(outcome.out, "stdout")["parts"];
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0]["name"], "train");
  EXPECT_EQ(parts[1]["dataset"], Made("p_test"));
  EXPECT_EQ(parts[0]["episodes"], 4);
}

TEST_F(EditCommand, InPlaceALinkStays) {
  fs::copy(Named("v21"), Made("real"), fs::copy_options::recursive);
  fs::create_directory_symlink("real", Made("link"));
  const Outcome outcome = Data({"convert", Made("link"), "--in-place", "--json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(ParseJson(outcome.out, "stdout")["kept_as"], Made("real_old"));
  EXPECT_EQ(fs::read_symlink(Made("link")), "real");
  EXPECT_EQ(Data({"verify", Made("link")}).code, 0);
}

// Runs the command in a folder of ours.
Outcome In(const fs::path& folder, const std::function<Outcome()>& run) {
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  const Outcome outcome = run();
  fs::current_path(before);
  return outcome;
}

TEST_F(EditCommand, TheFolderOfTheShellIsNotReplaced) {
  fs::copy(Named("v21"), Made("set"), fs::copy_options::recursive);
  for (const char* named : {".", "meta", "../set"}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(In(Made("set"),
                 [&] {
                   return Data({"convert", named, "--in-place"});
                 })
                  .code,
              1);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("kept as set_old"),
              std::string::npos)
        << named;
  }
  EXPECT_EQ(Entries(), 1);
  EXPECT_EQ(In(Made("set"),
               [&] {
                 return Data({"convert", "meta", "../new"});
               })
                .code,
            0);
  EXPECT_EQ(In(Made(""),
               [&] {
                 return Data({"convert", "set/", "--in-place"});
               })
                .code,
            0);
  EXPECT_EQ(Entries(), 3);
}

TEST_F(EditCommand, TheHuggingFaceCacheIsOnlyRead) {
  const fs::path repo = folder_.path() / "hub/datasets--owner--name";
  const fs::path snapshot = repo / "snapshots/0123abc";
  fs::create_directories(snapshot.parent_path());
  fs::copy(Named("v21"), snapshot, fs::copy_options::recursive);
  fs::create_directories(repo / "refs");
  WriteAtomically(repo / "refs/main", "0123abc");
  ::setenv("HF_HUB_CACHE", Made("hub").c_str(), 1);
  fs::create_directory_symlink(snapshot, Made("link"));
  for (const std::string& named :
       {std::string("owner/name"), snapshot.string(), Made("link")}) {
    EXPECT_EQ(Data({"convert", named, "--in-place"}).code, 1) << named;
    EXPECT_EQ(Data({"stats", named, "--write"}).code, 1) << named;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(snapshot.parent_path()), {}), 1);
  EXPECT_FALSE(fs::exists(snapshot / "meta/stats.json.old"));
  EXPECT_EQ(Data({"convert", "owner/name", Made("new")}).code, 0);
  ::unsetenv("HF_HUB_CACHE");
}

TEST_F(EditCommand, ASignalLeavesNothingBehind) {
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    const NotedInterruptions interruptions;
    std::raise(signal);
    EXPECT_EQ(Data({"convert", Named("v21"), Made("new")}).code, code);
    EXPECT_EQ(Data({"split", Named("v21"), Made("p"), "--into", "a=0.5"}).code, code);
    EXPECT_EQ(Data({"show", Named("v21"), "--html", Made("page.html")}).code, code);
    EXPECT_EQ(Entries(), 0);
  }
  EXPECT_EQ(Data({"convert", Named("v21"), Made("new")}).code, 0);
}

TEST_F(EditCommand, FilesThatCannotBeSeenAreNotMissing) {
  fs::copy(Named("v21"), Made("old"), fs::copy_options::recursive);
  fs::remove_all(Made("old/data/chunk-000"));
  fs::create_symlink("chunk-000", Made("old/data/chunk-000"));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"convert", Made("old"), Made("new")}, {"stats", Made("old")}}) {
    std::vector<std::string> skipping = words;
    skipping.push_back("--skip-missing");
    testing::internal::CaptureStderr();
    EXPECT_EQ(Data(words).code, 1);
    EXPECT_EQ(Data(skipping).code, 1);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("symbolic links"),
              std::string::npos);
  }
}

TEST_F(EditCommand, MergeAndRename) {
  EXPECT_EQ(Data({"merge", Made("all"), Named("v30_two_cameras"), Named("v21")}).code,
            0);
  EXPECT_EQ(Episodes(Made("all")), 6);
  EXPECT_EQ(Data({"merge", Made("x"), Named("v21"), Named("v30_images")}).code, 1);
  EXPECT_FALSE(fs::exists(Made("x")));
  EXPECT_EQ(Data({"rename", Named("v21"), Made("named"), "--camera", "top=front",
                  "--drop", "wrist"})
                .code,
            0);
  const Json info = ParseJson(Data({"info", Made("named"), "--json"}).out, "stdout");
  std::string cameras;
  for (const Json& feature : info["features"])
    if (feature["dtype"] == "video") cameras += feature["key"].get<std::string>();
  EXPECT_EQ(cameras, "observation.images.front");
  EXPECT_EQ(Data({"rename", Named("v21"), Made("y")}).code, 2);
  EXPECT_EQ(Data({"rename", Named("v21"), Made("y"), "--camera", "side=x"}).code, 1);
  EXPECT_EQ(Data({"rename", Named("v21"), Made("y"), "--camera", "top"}).code, 2);
}

}  // namespace
}  // namespace svla
