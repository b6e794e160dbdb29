// `smolvla data show` as a program and as a browser meet it.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "apps/test_command.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/data/test_files.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Outcome Show(std::vector<std::string> words) {
  words.insert(words.begin(), {"data", "show"});
  return RunSmolvla(words);
}

std::vector<std::string> After(const std::string& text, const std::string& before,
                               const std::string& end) {
  std::vector<std::string> found;
  for (size_t at = text.find(before); at != text.npos; at = text.find(before, at)) {
    at += before.size();
    found.push_back(text.substr(at, text.find(end, at) - at));
  }
  return found;
}

Image DecodeUri(const std::string& digits) {
  const std::string order =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::byte> bytes;
  uint32_t word = 0;
  int bits = 0;
  for (const char digit : digits) {
    const size_t value = order.find(digit);
    if (value == order.npos) continue;
    word = word << 6 | static_cast<uint32_t>(value), bits += 6;
    if (bits >= 8) bits -= 8, bytes.push_back(static_cast<std::byte>(word >> bits));
  }
  return DecodePicture(bytes, "a thumbnail");
}

// Empty if every element is closed where it may be, else what is wrong.
std::string Malformed(const std::string& page) {
  const std::set<std::string> never_closed = {"!DOCTYPE", "meta", "img", "input",
                                              "wbr"};
  std::vector<std::string> open;
  for (size_t at = page.find('<'); at != page.npos; at = page.find('<', at)) {
    const size_t end = page.find('>', at);
    if (end == page.npos) return "a tag that does not end";
    const std::string tag = page.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    at = end;
    if (tag.find('<') != tag.npos) return "a tag in a tag: " + tag;
    if (tag[0] == '/') {
      if (open.empty() || "/" + open.back() != tag) return "closed: " + tag;
      open.pop_back();
    } else if (!never_closed.contains(name) && tag.back() != '/') {
      open.push_back(name);
      // What is in these is no HTML.
      if (name == "script" || name == "style") at = page.find("</" + name, at);
    }
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

class ShowCommand : public testing::Test {
 protected:
  std::string At(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  // A copy that a test may damage.
  fs::path Copy(const std::string& dataset) const {
    const fs::path copy = folder_.path() / dataset;
    fs::copy(TestDataset(dataset), copy, fs::copy_options::recursive);
    return copy;
  }
  // Writes the page of a dataset, and returns it.
  std::string Page(const fs::path& dataset) const {
    const Outcome outcome =
        Show({dataset.string(), "--html", At("page.html"), "--no-verify", "--force"});
    EXPECT_EQ(outcome.code, 0);
    return ReadText(At("page.html"));
  }

  TestFolder folder_;
};

void Replace(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = ReadText(file);
  ASSERT_NE(text.find(from), text.npos);
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
  std::ofstream(file) << text;
}

TEST_F(ShowCommand, PageIsWholeAndNeedsNothingElse) {
  const std::string page = Page(TestDataset("v30_two_cameras"));
  EXPECT_EQ(Malformed(page), "");
  EXPECT_EQ(page.find("http:"), page.npos);
  EXPECT_EQ(page.find("https:"), page.npos);
  EXPECT_EQ(page.find("url("), page.npos);
  EXPECT_EQ(page.find("<link"), page.npos);
  for (const std::string& source : After(page, "src=\"", "\""))
    EXPECT_TRUE(source.starts_with("data:image/jpeg;base64,"));
  for (const char* episode : {"0", "1", "2"})
    EXPECT_NE(page.find(std::string("id=\"episode-") + episode + "\""), page.npos);
  EXPECT_NE(page.find("Open the gripper – slowly."), page.npos);
  EXPECT_NE(page.find("shoulder_pan.pos"), page.npos);
}

TEST_F(ShowCommand, ThumbnailsArePicturesOfTheEpisodes) {
  const std::string page = Page(TestDataset("v30_two_cameras"));
  const auto uris = After(page, "data:image/jpeg;base64,", "\"");
  // All of 7 frames, 8 of 12, all of 5, by two cameras.
  ASSERT_EQ(uris.size(), 2u * (7 + 8 + 5));
  std::set<std::string> different(uris.begin(), uris.end());
  EXPECT_EQ(different.size(), uris.size());
  int64_t top = 0, wrist = 0;
  for (const std::string& uri : uris) {
    const Image image = DecodeUri(uri);
    top += image.width == 64 && image.height == 48;
    wrist += image.width == 48 && image.height == 32;
  }
  EXPECT_EQ(top, 20);
  EXPECT_EQ(wrist, 20);
}

TEST_F(ShowCommand, EveryVersionIsShown) {
  for (const char* name : {"v20", "v21", "v30_images", "v30_many_files"}) {
    const std::string page = Page(TestDataset(name));
    EXPECT_EQ(Malformed(page), "") << name;
    EXPECT_EQ(page.find("missing:"), page.npos) << name;
    EXPECT_NE(page.find("<path class=\"state\""), page.npos) << name;
  }
}

TEST_F(ShowCommand, WhatADatasetSaysCannotBecomeHtml) {
  const fs::path dataset = Copy("v21");
  const std::string task = "Open the gripper – slowly.";
  const std::string evil = "<script>alert('&')</script><img src=x onerror=alert(1)>";
  Replace(dataset / "meta/tasks.jsonl", task, evil);
  Replace(dataset / "meta/episodes.jsonl", task, evil);
  Replace(dataset / "meta/info.json", "shoulder_pan.pos", "</b><script>alert(2)//");
  Replace(dataset / "meta/info.json", "so101", "\\u202e<i>");
  const std::string page = Page(dataset);
  EXPECT_EQ(Malformed(page), "");
  EXPECT_EQ(page.find("<script>alert"), page.npos);
  EXPECT_EQ(page.find("<img src=x"), page.npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&#39;&amp;&#39;)"), page.npos);
  EXPECT_NE(page.find("&lt;/b&gt;&lt;script&gt;alert(2)//"), page.npos);
  EXPECT_NE(page.find("<bdi>\u202e&lt;i&gt;</bdi>"), page.npos);
}

TEST_F(ShowCommand, MissingFilesAreNamedAndTheRestIsShown) {
  const fs::path dataset = Copy("v21");
  const std::string video =
      "videos/chunk-000/observation.images.top/episode_000000.mp4";
  fs::remove(dataset / video);
  fs::remove(dataset / "data/chunk-000/episode_000001.parquet");
  const std::string page = Page(dataset);
  EXPECT_EQ(Malformed(page), "");
  EXPECT_NE(page.find("Missing: 1 data file, 1 video file"), page.npos);
  EXPECT_NE(page.find("missing: <bdi>" + video), page.npos);
  EXPECT_NE(page.find("missing: <bdi>data/chunk-000/episode_000001.parquet"),
            page.npos);
  EXPECT_NE(page.find("1 episode cannot be read"), page.npos);
  // The pictures of the episode without rows are there all the same.
  EXPECT_EQ(After(page, "data:image/jpeg;base64,", "\"").size(), 2u * (7 + 8 + 5) - 7);
  EXPECT_EQ(page.find(folder_.path().string()), page.npos);
}

TEST_F(ShowCommand, WhatVerifyFindsIsOnThePage) {
  const fs::path dataset = Copy("v21");
  fs::remove(dataset / "videos/chunk-000/observation.images.top/episode_000000.mp4");
  const Outcome outcome = Show({dataset.string(), "--html", At("page.html"), "--json"});
  // It was shown, whatever was found.
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  const auto errors = json["findings"]["errors"].get<size_t>();
  EXPECT_GE(errors, 1u);
  const std::string page = ReadText(At("page.html"));
  EXPECT_EQ(Malformed(page), "");
  EXPECT_EQ(After(page, "class=\"finding error", "\"").size(), errors);
  EXPECT_EQ(page.find("Not looked for."), page.npos);
}

TEST_F(ShowCommand, NothingButMetadataIsShownToo) {
  const fs::path dataset = Copy("v30_two_cameras");
  fs::remove_all(dataset / "videos");
  fs::remove_all(dataset / "data");
  fs::remove(dataset / "meta/stats.json");
  const std::string page = Page(dataset);
  EXPECT_EQ(Malformed(page), "");
  EXPECT_NE(page.find("3 episodes cannot be read"), page.npos);
  EXPECT_NE(page.find("There are none: neither meta/stats.json"), page.npos);
}

TEST_F(ShowCommand, NoEpisodeIsNoFault) {
  const fs::path dataset = Copy("v21");
  std::ofstream(dataset / "meta/episodes.jsonl") << "";
  const std::string page = Page(dataset);
  EXPECT_EQ(Malformed(page), "");
  EXPECT_EQ(page.find("id=\"episode-"), page.npos);
  EXPECT_EQ(Show({dataset.string(), "--png", At("sheet.png"), "--no-verify"}).code, 0);
}

TEST_F(ShowCommand, EpisodesAreChosen) {
  const Outcome outcome =
      Show({TestDataset("v30_many_files").string(), "--html", At("page.html"), "--json",
            "--no-verify", "--episodes", "0,3:5"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["episodes_shown"], Json::parse("[0,3,4]"));
  EXPECT_EQ(json["html"], At("page.html"));
  EXPECT_TRUE(json["png"].is_null());
  EXPECT_TRUE(json["findings"].is_null());
  const std::string page = ReadText(At("page.html"));
  EXPECT_NE(page.find("3 of 5 episodes shown"), page.npos);
  EXPECT_EQ(page.find("id=\"episode-1\""), page.npos);
  EXPECT_EQ(Show({TestDataset("v30_many_files").string(), "--html", At("other.html"),
                  "--episodes", "7"})
                .code,
            1);
  EXPECT_FALSE(fs::exists(At("other.html")));
}

// The mean of a square of the sheet, in points from its corner.
double MeanOf(const Image& sheet, int64_t x, int64_t y, int64_t side) {
  int64_t sum = 0;
  for (int64_t row = 2 * y; row < 2 * (y + side); ++row)
    for (int64_t column = 2 * x; column < 2 * (x + side); ++column)
      for (int64_t channel = 0; channel < 3; ++channel)
        sum +=
            sheet.rgb[static_cast<size_t>((row * sheet.width + column) * 3 + channel)];
  return static_cast<double>(sum) / static_cast<double>(12 * side * side);
}

TEST_F(ShowCommand, ContactSheetHasATileForEveryPicture) {
  const Outcome outcome = Show({TestDataset("v30_two_cameras").string(), "--png",
                                At("sheet.png"), "--no-verify", "--json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(ParseJson(outcome.out, "stdout")["html"].is_null());
  const Image sheet = ReadPicture(At("sheet.png"));
  EXPECT_EQ(sheet.width, 2 * (2 * 20 + 8 * 84 - 4));
  // A head, and for each of three episodes names, two cameras, times and curves.
  const double row = 20 + (60 + 4) + (80.0 * 32 / 48 + 4) + 13 + 44 + 12;
  EXPECT_EQ(sheet.height, static_cast<int64_t>(std::ceil(2 * (80 + 3 * row + 20))));
  for (int64_t episode = 0; episode < 3; ++episode)
    for (int64_t tile = 0; tile < 8; ++tile) {
      const int64_t frames[] = {7, 8, 5};
      const auto y = static_cast<int64_t>(80 + 20 + row * static_cast<double>(episode));
      const bool is_white = MeanOf(sheet, 20 + 84 * tile + 10, y + 10, 40) > 250;
      EXPECT_EQ(is_white, tile >= frames[episode]) << episode << " " << tile;
    }
}

TEST_F(ShowCommand, ContactSheetSaysWhatIsMissing) {
  const fs::path dataset = Copy("v21");
  fs::remove(dataset / "videos/chunk-000/observation.images.top/episode_000000.mp4");
  ASSERT_EQ(Show({dataset.string(), "--png", At("sheet.png"), "--no-verify"}).code, 0);
  const Image sheet = ReadPicture(At("sheet.png"));
  // Hatched: neither white nor a picture.
  const double mean = MeanOf(sheet, 20 + 5, 80 + 20 + 5, 14);
  EXPECT_GT(mean, 215);
  EXPECT_LT(mean, 250);
}

TEST_F(ShowCommand, FilesAreReplacedOnlyByForce) {
  const std::string dataset = TestDataset("v30_many_files").string();
  std::ofstream(At("page.html")) << "mine";
  std::ofstream(At("sheet.png")) << "mine";
  EXPECT_EQ(Show({dataset, "--html", At("page.html"), "--no-verify"}).code, 1);
  EXPECT_EQ(Show({dataset, "--png", At("sheet.png"), "--no-verify"}).code, 1);
  EXPECT_EQ(ReadText(At("page.html")), "mine");
  EXPECT_EQ(ReadText(At("sheet.png")), "mine");
  EXPECT_EQ(Show({dataset, "--html", At("page.html"), "--png", At("sheet.png"),
                  "--no-verify", "--force"})
                .code,
            0);
  EXPECT_TRUE(ReadText(At("page.html")).starts_with("<!DOCTYPE html>"));
  EXPECT_GT(ReadPicture(At("sheet.png")).width, 0);
}

TEST_F(ShowCommand, WrongTargetsLeaveNothingBehind) {
  const std::string dataset = TestDataset("v30_many_files").string();
  EXPECT_EQ(Show({dataset, "--html", At("nowhere/page.html")}).code, 1);
  EXPECT_EQ(Show({dataset, "--html", At("page.html"), "--png", At("sheet.jpg")}).code,
            1);
  EXPECT_EQ(Show({dataset, "--html", At("page.html"), "--png", At("page.html")}).code,
            1);
  EXPECT_EQ(
      Show({dataset, "--html", At("page.html"), "--png", At("nowhere/a.png")}).code, 1);
  EXPECT_EQ(Show({"/nowhere", "--html", At("page.html")}).code, 1);
  EXPECT_EQ(Show({}).code, 2);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace svla
