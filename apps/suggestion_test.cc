#include "apps/suggestion.h"

#include <gtest/gtest.h>

#include "apps/test_command.h"

namespace svla {
namespace {

// What `smolvla <words>`, which are no command line, prints on stderr.
std::string Refused(const std::vector<std::string>& words) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunSmolvla(words).code, 2);
  return testing::internal::GetCapturedStderr();
}

TEST(Suggestion, NamesTheNearestCommandOrOption) {
  for (const auto& [words, name] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"prdict", "x"}, "predict"},
           {{"predict", "x", "--sate", "1", "--task", "y"}, "--state"},
           {{"info", "x", "--jsno"}, "--json"},
           {{"completoin", "bash"}, "completion"}})
    EXPECT_NE(Refused(words).find("Did you mean " + name + "?"), std::string::npos)
        << Refused(words);
}

TEST(Suggestion, DoesNotGuessFarAway) {
  EXPECT_EQ(Refused({"launch"}).find("Did you mean"), std::string::npos);
  EXPECT_EQ(Refused({"info", "x", "--verbose"}).find("Did you mean"),
            std::string::npos);
  EXPECT_EQ(Refused({"info"}).find("Did you mean"), std::string::npos);
}

TEST(Suggestion, WithoutACommandThereIsAList) {
  EXPECT_NE(Refused({}).find("predict"), std::string::npos);
}

}  // namespace
}  // namespace svla
