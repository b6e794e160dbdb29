#include "smolvla/data/parquet.h"

#include <gtest/gtest.h>

#include <cmath>

#include "smolvla/base/file.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Column Reals(const std::string& name, const std::string& type,
             std::vector<double> values, int64_t width) {
  Column column;
  column.name = name, column.kind = ColumnKind::kReal, column.type = type;
  column.rows = static_cast<int64_t>(values.size()) / width;
  column.reals = std::move(values);
  if (width > 1) {
    column.is_list = true;
    for (int64_t row = 0; row <= column.rows; ++row)
      column.offsets.push_back(row * width);
  }
  return column;
}

Column Whole(const std::string& name, const std::string& type,
             std::vector<int64_t> values) {
  Column column;
  column.name = name, column.kind = ColumnKind::kInteger, column.type = type;
  column.rows = static_cast<int64_t>(values.size());
  column.integers = std::move(values);
  return column;
}

Column Texts(const std::string& name, const std::string& type,
             std::vector<std::string> values) {
  Column column;
  column.name = name, column.kind = ColumnKind::kBytes, column.type = type;
  column.rows = static_cast<int64_t>(values.size());
  column.bytes = std::move(values);
  return column;
}

class ParquetTest : public ::testing::Test {
 protected:
  // Two row groups, of three rows and of two.
  void Write() {
    Column tags = Texts("tags", "string", {"a", "b", "c", "d"});
    tags.is_list = true, tags.offsets = {0, 1, 1, 4}, tags.rows = 3;
    Column fewer = Texts("tags", "string", {"e"});
    fewer.is_list = true, fewer.offsets = {0, 0, 1}, fewer.rows = 2;
    Table first{{Reals("state", "float", {0.1f, 2, 3, -4, 5, NAN}, 2),
                 Whole("index", "int64", {5, -6, int64_t{1} << 60}),
                 Whole("done", "bool", {0, 1, 1}), tags,
                 Texts("picture", "image", {"one", std::string("t\0o", 3), ""}),
                 Reals("mean", "double", {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3)},
                3};
    Table second{
        {Reals("state", "float", {7, 8, 9, 10}, 2), Whole("index", "int64", {1, 2}),
         Whole("done", "bool", {1, 0}), fewer, Texts("picture", "image", {"x", "y"}),
         Reals("mean", "double", {1, 2, 3, 4, 5, 6}, 3)},
        2};
    ParquetWriter writer(file_,
                         {{"state", "float", {2}},
                          {"index", "int64", {}},
                          {"done", "bool", {}},
                          {"tags", "string", {-1}},
                          {"picture", "image", {}},
                          {"mean", "double", {3, 1, 1}}},
                         {{"huggingface", "{}"}});
    writer.WriteGroup(first);
    writer.WriteGroup(second);
    EXPECT_FALSE(fs::exists(file_));  // not before it is whole
    writer.Close();
  }

  TestFolder folder_;
  fs::path file_ = folder_.path() / "table.parquet";
};

TEST_F(ParquetTest, ReadsWhatItWrites) {
  Write();
  const ParquetFile file(file_);
  EXPECT_EQ(file.rows(), 5);
  EXPECT_EQ(file.group_rows(), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(file.notes().at("huggingface"), "{}");
  const Column state = file.Read("state", 0);
  EXPECT_EQ(state.type, "float");
  EXPECT_EQ(state.offsets, (std::vector<int64_t>{0, 2, 4, 6}));
  EXPECT_EQ(state.reals[0], static_cast<double>(0.1f));
  EXPECT_TRUE(std::isnan(state.reals[5]));
  const Table all = file.ReadAll({"index", "done", "tags", "picture", "mean"});
  EXPECT_EQ(all.Find("index")->integers,
            (std::vector<int64_t>{5, -6, int64_t{1} << 60, 1, 2}));
  EXPECT_EQ(all.Find("done")->integers, (std::vector<int64_t>{0, 1, 1, 1, 0}));
  EXPECT_EQ(all.Find("done")->type, "bool");
  EXPECT_EQ(all.Find("tags")->offsets, (std::vector<int64_t>{0, 1, 1, 4, 4, 5}));
  EXPECT_EQ(all.Find("tags")->bytes.back(), "e");
  EXPECT_EQ(all.Find("picture")->bytes[1], std::string("t\0o", 3));
  EXPECT_EQ(all.Find("mean")->offsets.back(), 15);
}

// An integer that is missing must not be read as one.
TEST(OddNumbers, MissingOnesAreNoNumbers) {
  const ParquetFile file(TestDataset("odd_numbers.parquet"));
  ASSERT_EQ(file.group_rows(), (std::vector<int64_t>{2, 2}));
  const Table all = file.ReadAll({"whole", "later", "flags"});
  const auto expect = [](const Column& column, const std::vector<double>& values) {
    ASSERT_EQ(column.kind, ColumnKind::kReal) << column.name;
    ASSERT_EQ(column.reals.size(), values.size()) << column.name;
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_TRUE(column.reals[i] == values[i] ||
                  (std::isnan(column.reals[i]) && std::isnan(values[i])))
          << column.name << " " << i << ": " << column.reals[i];
  };
  expect(all.columns[0], {1, NAN, 3, 4});
  expect(all.columns[1], {1, 2, 3, NAN});
  expect(all.columns[2], {1, NAN, 0, 1, 1, 1, 0, 0});
  EXPECT_EQ(all.columns[0].type, "int64");
}

TEST(OddNumbers, WhatDoesNotFitIsRefused) {
  const ParquetFile file(TestDataset("odd_numbers.parquet"));
  EXPECT_EQ(file.Read("counter", 0).integers, (std::vector<int64_t>{1, 2}));
  const std::string refusal = Refusal([&] { file.Read("counter", 1); });
  EXPECT_NE(refusal.find("\"counter\": expected numbers below 2^63, found "
                         "9223372036854775813"),
            std::string::npos)
      << refusal;
}

TEST_F(ParquetTest, AFileThatGitLfsHasNotFetchedIsNamedSo) {
  WriteAtomically(file_,
                  "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
  EXPECT_NE(Refusal([&] { ParquetFile file(file_); }).find("git lfs pull"),
            std::string::npos);
}

TEST_F(ParquetTest, NamesTheColumnThatIsNotThere) {
  Write();
  const std::string refusal = Refusal([&] { ParquetFile(file_).Read("action", 0); });
  EXPECT_NE(refusal.find("table.parquet: expected a column \"action\""),
            std::string::npos)
      << refusal;
}

TEST_F(ParquetTest, AnUnfinishedFileLeavesNothingBehind) {
  { ParquetWriter writer(file_, {{"index", "int64", {}}}, {}); }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// Cut anywhere and with bytes changed anywhere: an Error or the rows, never a crash.
TEST_F(ParquetTest, DamageIsAnError) {
  Write();
  const std::string whole = ReadText(file_);
  const auto read = [&](const std::string& bytes) {
    WriteAtomically(file_, bytes);
    return Refusal([&] {
      const ParquetFile file(file_);
      for (const std::string& column : file.columns())
        for (size_t group = 0; group < file.group_rows().size(); ++group)
          file.Read(column, static_cast<int64_t>(group));
    });
  };
  EXPECT_EQ(read(whole), "");
  for (size_t length = 0; length < whole.size(); length += 37)
    EXPECT_NE(read(whole.substr(0, length)), "") << length;
  for (size_t at = 0; at < whole.size(); at += 23) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    read(changed);
  }
}

}  // namespace
}  // namespace svla
