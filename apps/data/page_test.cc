// Parts of the page that no tiny dataset has.
#include "apps/data/page.h"

#include <gtest/gtest.h>

#include "apps/data/page_parts.h"
#include "smolvla/base/file.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

DatasetFinding Found(Severity severity, const std::string& file) {
  return {"rows-missing", severity, file, "5 rows", "<3", "it stops", "`mend <a>` it"};
}

TEST(FindingsSection, SaysWhatIsWrongAndWhatToDo) {
  PageContent content;
  content.verification = Verification();
  content.verification->findings = {Found(Severity::kError, "data/a.parquet"),
                                    Found(Severity::kWarning, "data/b.parquet")};
  content.verification->not_checked = {"pictures: no video"};
  const std::string html = FindingsSection(content);
  EXPECT_NE(html.find("<p>1 error, 1 warning</p>"), html.npos);
  EXPECT_EQ(Count(html, "class=\"finding error\""), 1u);
  EXPECT_EQ(Count(html, "class=\"finding warning\""), 1u);
  EXPECT_EQ(Count(html, "<dt>found</dt><dd><bdi>&lt;3</bdi></dd>"), 2u);
  EXPECT_EQ(
      Count(html, "<dt>do</dt><dd><bdi><code>mend &lt;a&gt;</code> it</bdi></dd>"), 2u);
  EXPECT_NE(html.find("Not checked (1)"), html.npos);
  EXPECT_EQ(html.find("Nothing wrong"), html.npos);
}

TEST(FindingsSection, FoldsMany) {
  PageContent content;
  content.verification = Verification();
  content.verification->findings.assign(30, Found(Severity::kError, "a"));
  const std::string html = FindingsSection(content);
  EXPECT_EQ(Count(html, "class=\"finding error\""), 30u);
  EXPECT_EQ(Count(html, "<summary>22 more</summary>"), 1u);
  EXPECT_EQ(Count(html, "<details>"), Count(html, "</details>"));
}

TEST(FindingsSection, TellsNothingFoundFromNotLookedFor) {
  PageContent content;
  EXPECT_NE(FindingsSection(content).find("Not looked for."), std::string::npos);
  content.verification = Verification();
  EXPECT_NE(FindingsSection(content).find("Nothing wrong was found."),
            std::string::npos);
}

// A dataset of 1001 episodes, 3 to 1003 frames long.
class ManyEpisodes : public testing::Test {
 protected:
  ManyEpisodes() {
    std::filesystem::create_directories(folder_.path() / "meta");
    std::filesystem::copy(TestDataset("v21") / "meta/info.json",
                          folder_.path() / "meta/info.json");
    std::string lines;
    for (int i = 0; i <= 1000; ++i)
      lines += "{\"episode_index\": " + std::to_string(i) +
               ", \"tasks\": [\"a\"], \"length\": " + std::to_string(3 + i) + "}\n";
    WriteAtomically(folder_.path() / "meta/episodes.jsonl", lines);
    WriteAtomically(folder_.path() / "meta/tasks.jsonl",
                    "{\"task_index\": 0, \"task\": \"a\"}\n");
    dataset_.emplace(folder_.path());
    content_.dataset = &*dataset_;
    content_.summary = Summarise(*dataset_);
    content_.shown = {&dataset_->EpisodeAt(5), &dataset_->EpisodeAt(1000)};
  }

  TestFolder folder_;
  std::optional<Dataset> dataset_;
  PageContent content_;
};

TEST_F(ManyEpisodes, ShareBars) {
  const std::string html = LengthsSection(content_);
  EXPECT_EQ(Count(html, "<rect"), 334u);
  EXPECT_NE(html.find("<title>episodes 0 to 2: 3 to 5 frames</title>"), html.npos);
  // The last group has two; the longest of all is as high as the picture.
  EXPECT_NE(html.find("y=\"0\" width=\".8\" height=\"1000\"><title>episodes 999 to "
                      "1000: 1002 to 1003 frames</title>"),
            html.npos);
  EXPECT_EQ(Count(html, "<a href=\"#episode-5\">"), 1u);
  EXPECT_EQ(Count(html, "<a href=\"#episode-1000\">"), 1u);
  EXPECT_EQ(Count(html, "<a "), 2u);
}

TEST_F(ManyEpisodes, ShareBarsOfRangesAndNameWhereTheEndsAre) {
  content_.joints.joints = {{"a", "observation.state", "", 0, true}};
  JointRanges ranges{std::vector<PlotRange>(1001), std::vector<PlotRange>(1001)};
  for (size_t i = 0; i < 400; ++i) ranges.state[i] = {-1, 1};
  ranges.state[57] = {-7, 2}, ranges.state[398] = {0, 9};
  content_.overview.joints = {ranges};
  const std::string html = RangesSection(content_);
  // The 400 that have values, 4 a bar.
  EXPECT_NE(html.find("viewBox=\"0 0 100 1000\""), html.npos);
  EXPECT_EQ(Count(html, "h0.8v"), 100u);
  EXPECT_NE(html.find("9.0 <small>ep. 398</small>"), html.npos);
  EXPECT_NE(html.find("−7.0 <small>ep. 57</small>"), html.npos);
}

}  // namespace
}  // namespace svla
