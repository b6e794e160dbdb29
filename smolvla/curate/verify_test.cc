#include "smolvla/curate/verify.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "smolvla/curate/fault.h"
#include "smolvla/curate/test_damage.h"
#include "smolvla/data/dataset.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

using Codes = std::set<std::string>;

Codes CodesOf(const Verification& verification) {
  Codes codes;
  for (const DatasetFinding& finding : verification.findings)
    codes.insert(finding.code);
  return codes;
}

struct Damage {
  Codes codes;  // of the findings that it leads to
  const char* dataset;
  std::function<void(const SpoiltDataset&)> spoil;
};

std::string Data(int episode) {
  return "data/chunk-000/episode_00000" + std::to_string(episode) + ".parquet";
}
std::string Video(const std::string& camera, int episode) {
  return "videos/chunk-000/observation.images." + camera + "/episode_00000" +
         std::to_string(episode) + ".mp4";
}
constexpr const char* kEpisodes30 = "meta/episodes/chunk-000/file-000.parquet";
constexpr const char* kData30 = "data/chunk-000/file-000.parquet";

// Sets a number of every row, or of the first one only.
void Set(Table& table, const std::string& name, int64_t row, double value) {
  Column& column = ColumnOf(table, name);
  if (column.kind == ColumnKind::kInteger)
    column.integers.at(static_cast<size_t>(row)) = static_cast<int64_t>(value);
  else
    column.reals.at(static_cast<size_t>(row)) = value;
}

// All numbers of a vector, or of one of its joints, become what those of the first row
// are.
void Freeze(Table& table, const std::string& name, int64_t joint = -1) {
  Column& column = ColumnOf(table, name);
  const int64_t size = column.offsets[1];
  for (int64_t i = 0; i < column.rows * size; ++i)
    if (joint < 0 || i % size == joint) column.reals[i] = column.reals[i % size];
}

std::string PngOf(const Image& image) {
  const TestFolder folder;
  WritePng(folder.path() / "picture.png", image);
  return ReadText(folder.path() / "picture.png");
}

Image BlackPicture(int64_t width, int64_t height) {
  Image image;
  image.width = width;
  image.height = height;
  image.rgb.assign(static_cast<size_t>(3 * width * height), 0);
  return image;
}

void SetPicture(Table& table, size_t row, const std::string& bytes) {
  ColumnOf(table, "observation.images.wrist").bytes.at(row) = bytes;
}

std::vector<Damage> MetadataDamages() {
  return {
      {{"episodes-unreadable"},
       "v21",
       [](const auto& d) { WriteAtomically(d / "meta/episodes.jsonl", "x"); }},
      {{"episodes-unreadable"},
       "v30_images",
       [](const auto& d) { d.CutTo(kEpisodes30, 0.5); }},
      {{"tasks-unreadable"},
       "v21",
       [](const auto& d) { WriteAtomically(d / "meta/tasks.jsonl", "x"); }},
      {{"tasks-unreadable"},
       "v30_images",
       [](const auto& d) { fs::remove(d / "meta/tasks.parquet"); }},
      {{"totals-wrong"},
       "v30_images",
       [](const auto& d) { d.EditInfo([](Json& j) { j["total_frames"] = 5; }); }},
      {{"totals-wrong"},
       "v20",
       [](const auto& d) { d.EditInfo([](Json& j) { j["total_episodes"] = 4; }); }},
      {{"totals-wrong"},
       "v20",
       [](const auto& d) { d.EditInfo([](Json& j) { j["total_tasks"] = 1; }); }},
      {{"episode-gap", "totals-wrong", "data-unlisted", "rows-out-of-order"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes.jsonl",
                     [](auto& lines) { lines.erase(lines.begin() + 1); });
       }},
      {{"frames-not-contiguous"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) { Set(t, "dataset_to_index", 0, 8); });
       }},
      {{"frames-not-contiguous", "rows-out-of-order"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           Set(t, "dataset_from_index", 2, 20);
           Set(t, "dataset_to_index", 2, 25);
         });
       }},
      {{"episode-short", "totals-wrong", "video-long", "rows-miscounted"},
       "v20",
       [](const auto& d) {
         d.EditLines("meta/episodes.jsonl",
                     [](auto& lines) { lines[2]["length"] = 2; });
       }},
      {{"task-empty"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/tasks.jsonl", [](auto& lines) { lines[0]["task"] = " "; });
       }},
      {{"task-duplicate"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/tasks.jsonl",
                     [](auto& lines) { lines[0]["task"] = lines[1]["task"]; });
       }},
      {{"task-unused"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["total_tasks"] = 3; });
         d.EditLines("meta/tasks.jsonl", [](auto& lines) {
           lines.push_back({{"task_index", 2}, {"task", "Wave."}});
         });
       }},
      {{"tasks-not-positional"},
       "v30_images",
       [](const auto& d) {
         d.EditTable("meta/tasks.parquet", [](Table& t) {
           Set(t, "task_index", 0, 1);
           Set(t, "task_index", 1, 0);
         });
       }},
      {{"statistics-unreadable"},
       "v21",
       [](const auto& d) { WriteAtomically(d / "meta/episodes_stats.jsonl", "x"); }},
      {{"statistics-unreadable"},
       "v30_images",
       [](const auto& d) { WriteAtomically(d / "meta/stats.json", "x"); }},
      {{"statistics-missing"},
       "v21",
       [](const auto& d) { fs::remove(d / "meta/episodes_stats.jsonl"); }},
      {{"statistics-missing"},
       "v30_images",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) { j.erase("action"); });
       }},
      {{"statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes_stats.jsonl",
                     [](auto& lines) { lines[1]["stats"]["action"]["mean"][3] = 5; });
       }},
      {{"statistics-wrong"},
       "v20",
       [](const auto& d) {
         d.EditJson("meta/stats.json",
                    [](Json& j) { j["observation.state"]["std"][0] = 1; });
       }},
      {{"statistics-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) { j["action"].erase("max"); });
       }},
      {{"statistics-unused-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) { j["timestamp"]["max"][0] = 9; });
       }},
      {{"picture-statistics-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) {
           j["observation.images.top"]["std"][1][0][0] = 0.0047;
         });
       }},
      {{"picture-statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes_stats.jsonl", [](auto& lines) {
           lines[1]["stats"]["observation.images.top"]["mean"][0][0][0] = 0.9;
         });
       }},
  };
}

std::vector<Damage> RowDamages() {
  return {
      {{"data-missing"}, "v21", [](const auto& d) { fs::remove(d / Data(1)); }},
      {{"data-unreadable"}, "v21", [](const auto& d) { d.CutTo(Data(1), 0.7); }},
      {{"data-unreadable"}, "v30_images", [](const auto& d) { d.CutTo(kData30, 0.7); }},
      {{"data-unlisted"},
       "v21",
       [](const auto& d) { fs::copy_file(d / Data(1), d / Data(7)); }},
      {{"rows-miscounted"},
       "v21",
       [](const auto& d) { d.EditTable(Data(1), [](Table& t) { Shorten(t, 11); }); }},
      {{"rows-miscounted"},
       "v30_images",
       [](const auto& d) { d.EditTable(kData30, [](Table& t) { Shorten(t, 9); }); }},
      {{"rows-miscounted"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) { Set(t, "episode_index", 9, 7); });
       }},
      {{"rows-out-of-order"},
       "v21",
       [](const auto& d) {
         d.EditTable(Data(1), [](Table& t) {
           Set(t, "frame_index", 3, 4);
           Set(t, "frame_index", 4, 3);
         });
       }},
      // The episodes change places, all else is right.
      {{"rows-out-of-order"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           for (Column& column : t.columns) {
             Column turned;
             turned.Append(column, 4, 6);
             turned.Append(column, 0, 4);
             column = turned;
           }
         });
       }},
      {{"timestamp-wrong"},
       "v21",
       [](const auto& d) {
         d.EditTable(Data(1), [](Table& t) { Set(t, "timestamp", 3, 0.31); });
       }},
      {{"feature-missing"},
       "v21",
       [](const auto& d) {
         d.EditTable(Data(1), [](Table& t) {
           std::erase_if(t.columns,
                         [](const Column& c) { return c.name == "next.reward"; });
         });
       }},
      {{"feature-mismatch"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["features"]["observation.state"]["shape"] = {5}; });
       }},
      {{"column-undeclared"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["features"].erase("phase"); });
       }},
      {{"task-unknown"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["total_tasks"] = 1; });
         d.EditLines("meta/tasks.jsonl", [](auto& lines) { lines.pop_back(); });
       }},
      {{"numbers-not-finite"},
       "v21",
       [](const auto& d) {
         d.EditTable(Data(1), [](Table& t) { Set(t, "observation.state", 8, NAN); });
       }},
      {{"numbers-not-finite"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) { Set(t, "next.reward", 8, INFINITY); });
       }},
      {{"joint-constant", "statistics-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) { Freeze(t, "observation.state", 2); });
       }},
      {{"action-constant", "statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditTable(Data(1), [](Table& t) { Freeze(t, "action"); });
       }},
      {{"state-constant", "statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditTable(Data(1), [](Table& t) { Freeze(t, "observation.state"); });
       }},
      {{"episode-duplicated", "statistics-wrong"},
       "v30_many_files",
       [](const auto& d) {
         Table first =
             ParquetFile(d / kData30).ReadAll({"action", "observation.state"});
         Shorten(first, 4);
         d.EditTable("data/chunk-001/file-001.parquet", [&](Table& t) {
           for (const Column& column : first.columns) {
             Column& into = ColumnOf(t, column.name);
             std::copy(column.reals.begin(), column.reals.end(), into.reals.end() - 24);
           }
         });
       }},
  };
}

std::vector<Damage> VideoDamages() {
  return {
      {{"camera-folder-misnamed"},
       "v21",
       [](const auto& d) {
         fs::rename(d / "videos/chunk-000/observation.images.top",
                    d / "videos/chunk-000/observation.images.front");
       }},
      {{"camera-folder-misnamed"},
       "v30_two_cameras",
       [](const auto& d) {
         fs::rename(d / "videos/observation.images.top", d / "videos/top");
       }},
      {{"video-missing"},
       "v21",
       [](const auto& d) { fs::remove(d / Video("top", 1)); }},
      {{"video-missing"}, "v21", [](const auto& d) { fs::remove_all(d / "videos"); }},
      {{"video-unreadable"},
       "v21",
       [](const auto& d) { d.CutTo(Video("top", 1), 0.5); }},
      {{"video-unreadable"}, "v21", [](const auto& d) { d.CutTo(Video("top", 1), 0); }},
      {{"video-short"},
       "v21",
       [](const auto& d) {
         fs::copy_file(d / Video("top", 0), d / Video("top", 1),
                       fs::copy_options::overwrite_existing);
       }},
      {{"video-long"},
       "v20",
       [](const auto& d) {
         fs::copy_file(d / Video("top", 1), d / Video("top", 0),
                       fs::copy_options::overwrite_existing);
       }},
      {{"video-size-wrong"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) {
           j["features"]["observation.images.top"]["shape"] = {3, 48, 32};
         });
       }},
      {{"video-rate-wrong", "timestamp-wrong"},
       "v21",
       [](const auto& d) { d.EditInfo([](Json& j) { j["fps"] = 20; }); }},
      {{"video-info-wrong"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) {
           j["features"]["observation.images.top"]["info"]["video.codec"] = "av1";
         });
       }},
      {{"video-times-off"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           for (const char* end : {"from", "to"}) {
             Column& column = ColumnOf(
                 t, std::string("videos/observation.images.top/") + end + "_timestamp");
             column.reals[1] += 0.03;
           }
         });
       }},
      {{"video-range-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           ColumnOf(t, "videos/observation.images.top/to_timestamp").reals[2] += 0.2;
         });
       }},
      {{"video-range-overlap"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           for (const char* end : {"from", "to"})
             ColumnOf(
                 t, std::string("videos/observation.images.top/") + end + "_timestamp")
                 .reals[1] -= 0.2;
         });
       }},
      {{"video-damaged"},
       "v30_two_cameras",
       [](const auto& d) {
         d.Scribble("videos/observation.images.top/chunk-000/file-000.mp4", 0.5, 0.6);
       }},
      {{"video-damaged"},
       "v21",
       [](const auto& d) { d.Scribble(Video("top", 1), 0.4, 0.6); }},
      {{"camera-black", "picture-statistics-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           for (size_t row = 0; row < 4; ++row)
             SetPicture(t, row, PngOf(BlackPicture(48, 32)));
         });
       }},
      {{"camera-frozen"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           const auto& pictures = ColumnOf(t, "observation.images.wrist").bytes;
           for (size_t row = 1; row < 4; ++row) SetPicture(t, row, pictures[0]);
         });
       }},
      {{"picture-unreadable"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           const auto& pictures = ColumnOf(t, "observation.images.wrist").bytes;
           SetPicture(t, 5, pictures[5].substr(0, pictures[5].size() / 2));
         });
       }},
      {{"picture-size-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30,
                     [](Table& t) { SetPicture(t, 5, PngOf(BlackPicture(40, 32))); });
       }},
  };
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
  dataset.Scribble(Video("top", 1), 0.4, 0.6);
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

TEST(Verify, MakesOneFindingOfManyMissingVideos) {
  const SpoiltDataset dataset("v21");
  fs::remove(dataset / Video("top", 0));
  fs::remove(dataset / Video("top", 2));
  const Verification verification = VerifyDataset(dataset.path(), {});
  ASSERT_EQ(verification.findings.size(), 1u);
  const DatasetFinding& finding = verification.findings[0];
  EXPECT_EQ(finding.file, Video("top", 0) + " and 1 more");
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

}  // namespace
}  // namespace svla
