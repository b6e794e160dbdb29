// Whatever columns hold, verify goes on to its end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "smolvla/base/error.h"
#include "smolvla/curate/test_damage.h"
#include "smolvla/curate/verify.h"

namespace svla {
namespace {

constexpr const char* kEpisodes = "meta/episodes/chunk-000/file-000.parquet";
constexpr const char* kData = "data/chunk-000/file-000.parquet";
constexpr const char* kTasks = "meta/tasks.parquet";

void BecomeReal(Column& column) {
  if (column.kind != ColumnKind::kInteger) return;
  column.kind = ColumnKind::kReal;
  column.type = "double";
  column.reals.assign(column.integers.begin(), column.integers.end());
  column.integers.clear();
}

// Findings, or an Error that says something.
void ExpectAnOutcome(const SpoiltDataset& dataset) {
  VerifyOptions options;
  options.decode_videos = false;
  try {
    for (const DatasetFinding& finding :
         VerifyDataset(dataset.path(), options).findings)
      EXPECT_FALSE(finding.found.empty()) << finding.code;
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "");
  }
}

// Spoils each column of the files in turn; of the statistics, which are all read alike,
// one.
void SpoilEachColumn(const std::function<void(Column&)>& spoil) {
  for (const char* file : {kEpisodes, kData, kTasks}) {
    const ParquetFile sound(TestDataset("v30_images") / file);
    for (const std::string& column : sound.columns()) {
      if (column.starts_with("stats/") && column != "stats/action/mean") continue;
      SCOPED_TRACE(std::string(file) + ", " + column);
      const SpoiltDataset dataset("v30_images");
      dataset.EditTable(file, [&](Table& table) { spoil(ColumnOf(table, column)); });
      ExpectAnOutcome(dataset);
    }
  }
}

TEST(VerifySurvives, OddNumbersInAnyColumn) {
  SpoilEachColumn([](Column& column) {
    std::fill(column.integers.begin(), column.integers.end(), int64_t{1} << 62);
    std::fill(column.reals.begin(), column.reals.end(), NAN);
  });
}

TEST(VerifySurvives, ListsInPlaceOfNumbers) {
  SpoilEachColumn([](Column& column) {
    Column lists;
    lists.name = column.name, lists.type = "double", lists.rows = column.rows;
    lists.is_list = true;
    for (int64_t row = 0; row <= column.rows; ++row) lists.offsets.push_back(2 * row);
    lists.reals.resize(static_cast<size_t>(2 * column.rows));
    column = lists;
  });
}

TEST(VerifyRows, WholeNumbersMayBeWrittenAsFloats) {
  const SpoiltDataset dataset("v30_two_cameras");
  dataset.EditTable(kData, [](Table& table) {
    for (const char* name : {"episode_index", "frame_index", "index", "task_index"})
      BecomeReal(ColumnOf(table, name));
  });
  for (const DatasetFinding& finding : VerifyDataset(dataset.path(), {}).findings)
    ADD_FAILURE() << finding.code << ": " << finding.found;
  dataset.EditTable(kData, [](Table& t) { ColumnOf(t, "task_index").reals[9] = NAN; });
  const Verification found = VerifyDataset(dataset.path(), {});
  EXPECT_TRUE(std::any_of(
      found.findings.begin(), found.findings.end(),
      [](const DatasetFinding& finding) { return finding.code == "task-unknown"; }));
}

}  // namespace
}  // namespace svla
