// The tables of docs/datasets.md name the keys that --json prints: all, and no others.
#include "smolvla/base/json.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "apps/test_command.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/test_damage.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

using Keys = std::set<std::string>;

// The words in backquotes of a table's cell.
Keys Quoted(const std::string& cell) {
  Keys words;
  for (size_t at = cell.find('`'); at != cell.npos; at = cell.find('`', at)) {
    const size_t end = cell.find('`', at + 1);
    words.insert(cell.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return words;
}

// The first column of the table whose head is "| key of `command` | what |".
Keys KeysInTheDocument(const std::string& command) {
  std::istringstream text(ReadText(fs::path(SMOLVLA_SOURCE_DIR) / "docs/datasets.md"));
  Keys keys;
  bool in_table = false;
  for (std::string line; std::getline(text, line);) {
    if (in_table) keys.merge(Quoted(line.substr(0, line.find('|', 1))));
    if (line == "| key of `" + command + "` | what |") in_table = true;
    if (line.empty()) in_table = false;
  }
  return keys;
}

class JsonOfCommands : public testing::Test {
 protected:
  // What `smolvla data <words> --json` prints, which must be what the table of
  // `command` says.
  Json Held(const std::string& command, std::vector<std::string> words) {
    words.insert(words.begin(), "data");
    words.push_back("--json");
    const Json json = ParseJson(RunSmolvla(words).out, words[1]);
    Keys printed;
    for (const auto& [key, value] : json.items()) printed.insert(key);
    EXPECT_EQ(printed, KeysInTheDocument(command)) << words[1];
    return json;
  }
  std::string Made(const std::string& name) const {
    return (folder_.path() / name).string();
  }

  const std::string v21_ = TestDataset("v21").string();
  TestFolder folder_;
};

TEST_F(JsonOfCommands, ThatLookAtADataset) {
  Held("frame", {"frame", v21_, "--episode", "0", "--frame", "0", "--camera", "top",
                 "--png", Made("frame.png")});
  Held("info", {"info", v21_});
  Held("verify", {"verify", v21_});
  Held("show", {"show", v21_, "--html", Made("page.html")});
  Held("stats", {"stats", v21_, "--no-pictures"});
  Held("bench", {"bench", v21_, "--frames", "1", "--rounds", "1"});
}

TEST_F(JsonOfCommands, ThatMakeADataset) {
  Held("convert", {"convert", v21_, Made("converted")});
  Held("convert", {"merge", Made("merged"), v21_, v21_});
  Held("convert", {"split", v21_, Made("some"), "--episodes", "0"});
  Held("convert", {"delete", v21_, Made("less"), "--episodes", "0"});
  Held("convert", {"rename", v21_, Made("renamed"), "--drop", "top"});
  Held("convert", {"stats", v21_, Made("counted"), "--no-pictures"});
  Json part = Held("split", {"split", v21_, Made("part"), "--into", "a=0"})["parts"][0];
  EXPECT_EQ(part["name"], "a");
  part.erase("name");
  Keys keys;
  for (const auto& [key, value] : part.items()) keys.insert(key);
  EXPECT_EQ(keys, KeysInTheDocument("convert"));
}

TEST_F(JsonOfCommands, Repair) {
  const SpoiltDataset spoilt("v21");
  spoilt.EditJson("meta/info.json", [](Json& info) { info["total_frames"] = 7; });
  Held("repair", {"repair", spoilt.path().string(), Made("mended")});
}

}  // namespace
}  // namespace svla
