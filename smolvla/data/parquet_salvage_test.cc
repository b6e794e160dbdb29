#include "smolvla/data/parquet_salvage.h"

#include <gtest/gtest.h>

#include <set>

#include "smolvla/base/file.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// The bytes of the footer, its length and the mark behind it.
int64_t FooterBytes(const std::string& file) {
  uint32_t length = 0;
  std::memcpy(&length, file.data() + file.size() - 8, 4);
  return int64_t{length} + 8;
}

std::vector<ColumnShape> ShapesOf(const Table& table) {
  std::vector<ColumnShape> shapes;
  for (const Column& column : table.columns) {
    shapes.push_back({column.name, column.type, {}});
    if (column.is_list) shapes.back().shape = {column.End(0)};
  }
  return shapes;
}

void ExpectEqual(const Table& found, const Table& expected, int64_t rows) {
  ASSERT_EQ(found.rows, rows);
  ASSERT_EQ(found.columns.size(), expected.columns.size());
  for (size_t i = 0; i < found.columns.size(); ++i) {
    const Column& a = found.columns[i];
    const Column& b = expected.columns[i];
    EXPECT_EQ(a.name, b.name);
    const auto values =
        static_cast<size_t>(b.Begin(rows - 1) + b.End(rows - 1) - b.Begin(rows - 1));
    const auto front = [&](auto list) {
      list.resize(std::min(list.size(), values));
      return list;
    };
    EXPECT_EQ(a.integers, front(b.integers)) << a.name;
    EXPECT_EQ(a.reals, front(b.reals)) << a.name;
    EXPECT_EQ(a.bytes, front(b.bytes)) << a.name;
  }
}

// Data files that LeRobot wrote, one row group an episode.
class SalvageTest : public ::testing::TestWithParam<const char*> {
 protected:
  SalvageTest()
      : whole_(TestDataset(GetParam()) / "data/chunk-000/file-000.parquet"),
        text_(ReadText(whole_)),
        file_(whole_),
        rows_(file_.ReadAll(file_.columns())),
        shapes_(ShapesOf(rows_)) {}

  // The file as long as `bytes`.
  fs::path CutAt(int64_t bytes) const {
    const fs::path path = folder_.path() / "cut.parquet";
    WriteAtomically(path, text_.substr(0, static_cast<size_t>(bytes)));
    return path;
  }
  int64_t PagesEnd() const {
    return static_cast<int64_t>(text_.size()) - FooterBytes(text_);
  }

  TestFolder folder_;
  fs::path whole_;
  std::string text_;
  ParquetFile file_;
  Table rows_;
  std::vector<ColumnShape> shapes_;
};

TEST_P(SalvageTest, AllRowsAreReadWithoutTheFooter) {
  for (const int64_t end : {PagesEnd(), PagesEnd() + 30}) {
    const fs::path cut = CutAt(end);
    EXPECT_NE(Refusal([&] { ParquetFile file(cut); }), "");
    const ParquetFile salvaged(cut, SalvageFooter(cut, shapes_));
    EXPECT_EQ(salvaged.group_rows(), file_.group_rows());
    ExpectEqual(salvaged.ReadAll(salvaged.columns()), rows_, rows_.rows);
  }
}

// Whatever length a file is cut to: whole row groups, or none.
TEST_P(SalvageTest, OnlyWholeRowGroupsAreRead) {
  std::set<int64_t> seen;
  for (int64_t end = PagesEnd() - 1; end > 0; end -= std::max<int64_t>(end / 40, 7)) {
    const fs::path cut = CutAt(end);
    std::string footer;
    const std::string refusal = Refusal([&] { footer = SalvageFooter(cut, shapes_); });
    if (!refusal.empty()) {
      EXPECT_NE(refusal.find(cut.string()), std::string::npos) << refusal;
      seen.insert(0);
      continue;
    }
    const ParquetFile salvaged(cut, footer);
    const std::vector<int64_t>& groups = salvaged.group_rows();
    ASSERT_LT(groups.size(), file_.group_rows().size());
    EXPECT_TRUE(std::equal(groups.begin(), groups.end(), file_.group_rows().begin()));
    ExpectEqual(salvaged.ReadAll(salvaged.columns()), rows_, salvaged.rows());
    seen.insert(salvaged.rows());
  }
  EXPECT_EQ(seen.size(), file_.group_rows().size());
}

TEST_P(SalvageTest, OtherColumnsThanTheFilesAreRefused) {
  const fs::path cut = CutAt(PagesEnd());
  std::vector<ColumnShape> more = shapes_;
  more.push_back({"more", "float", {5}});
  EXPECT_NE(Refusal([&] { SalvageFooter(cut, more); }).find("row group of"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Datasets, SalvageTest,
                         ::testing::Values("v30_two_cameras", "v30_images"),
                         [](const auto& test) { return test.param; });

// A boolean column has no dictionary that would tell where it begins, and long columns
// have several pages.
TEST(Salvage, FindsBooleansAndColumnsOfManyPages) {
  const TestFolder folder;
  const fs::path path = folder.path() / "a.parquet";
  const std::vector<ColumnShape> shapes{
      {"state", "double", {3}}, {"done", "bool", {}}, {"index", "int64", {}}};
  Table whole;
  for (const ColumnShape& shape : shapes)
    whole.columns.emplace_back().name = shape.name;
  {
    ParquetWriter writer(path, shapes, {});
    for (const int64_t rows : {3, 60'000, 5}) {
      Table table;
      table.rows = rows;
      table.columns.resize(3);
      Column &state = table.columns[0], &done = table.columns[1];
      Column& index = table.columns[2];
      state.is_list = true;
      state.offsets.push_back(0);
      done.kind = index.kind = ColumnKind::kInteger;
      for (size_t i = 0; i < 3; ++i) {
        table.columns[i].name = shapes[i].name;
        table.columns[i].type = shapes[i].type;
        table.columns[i].rows = rows;
      }
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t i = 0; i < 3; ++i)
          state.reals.push_back(static_cast<double>(row * 3 + i) * 0.7);
        state.offsets.push_back(3 * (row + 1));
        done.integers.push_back(row % 7 == 0);
        index.integers.push_back(row);
      }
      writer.WriteGroup(table);
      for (size_t i = 0; i < 3; ++i) whole.columns[i].Append(table.columns[i], 0, rows);
      whole.rows += rows;
    }
    writer.Close();
  }
  std::string text = ReadText(path);
  text.resize(text.size() - static_cast<size_t>(FooterBytes(text)));
  WriteAtomically(path, text);
  const ParquetFile salvaged(path, SalvageFooter(path, shapes));
  EXPECT_EQ(salvaged.group_rows(), (std::vector<int64_t>{3, 60'000, 5}));
  ExpectEqual(salvaged.ReadAll(salvaged.columns()), whole, whole.rows);
}

}  // namespace
}  // namespace svla
