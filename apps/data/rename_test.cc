// What `smolvla data rename` refuses as a wrong command line.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/test_command.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

TEST(RenameCommand, RefusesContradictions) {
  const TestFolder folder;
  const std::string made = (folder.path() / "made").string();
  const std::string from = TestDataset("v21").string();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--camera", "top=a", "--camera", "top=b"},
        {"--camera", "top=a", "--drop", "top"}}) {
    std::vector<std::string> all{"data", "rename", from, made};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = RunSmolvla(all);
    EXPECT_EQ(outcome.code, 2) << outcome.out;
    EXPECT_FALSE(std::filesystem::exists(made));
  }
}

}  // namespace
}  // namespace svla
