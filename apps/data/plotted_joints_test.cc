#include "apps/data/plotted_joints.h"

#include <gtest/gtest.h>

#include <cmath>

#include "smolvla/base/json.h"

namespace svla {
namespace {

std::string Numbers(int size, const std::string& names = "null") {
  return R"({"dtype": "float32", "shape": [)" + std::to_string(size) +
         R"(], "names": )" + names + "}";
}

std::vector<std::string> Names(const PlottedJoints& plotted) {
  std::vector<std::string> names;
  for (const PlottedJoint& joint : plotted.joints)
    names.push_back(joint.name + (joint.state.empty() ? "" : " s") +
                    (joint.action.empty() ? "" : " a"));
  return names;
}

PlottedJoints Plotted(const std::string& features) {
  return JointsToPlot(ParseDatasetInfo(
      R"({"codebase_version": "v3.0", "fps": 30, "features": {)" + features + "}}",
      "info.json"));
}

using List = std::vector<std::string>;

TEST(JointsToPlot, StateAndActionShareAPlotWhereTheyAreTheSameJoints) {
  const std::string ab = R"(["a", "b"])", ac = R"(["a", "c"])";
  EXPECT_EQ(Names(Plotted(R"("observation.state": )" + Numbers(2, ab) +
                          R"(, "action": )" + Numbers(2, ab))),
            (List{"a s a", "b s a"}));
  EXPECT_EQ(Names(Plotted(R"("action": )" + Numbers(2, ab) +
                          R"(, "observation.state": )" + Numbers(2))),
            (List{"a s a", "b s a"}));
  EXPECT_EQ(Names(Plotted(R"("observation.state": )" + Numbers(2, ab) +
                          R"(, "action": )" + Numbers(2, ac))),
            (List{"a s", "b s", "a a", "c a"}));
  EXPECT_EQ(Names(Plotted(R"("observation.state": )" + Numbers(1) + R"(, "action": )" +
                          Numbers(2))),
            (List{"joint 0 s", "joint 0 a", "joint 1 a"}));
}

TEST(JointsToPlot, OtherNumbersFollowAndCountersAreLeftOut) {
  const PlottedJoints plotted =
      Plotted(R"("next.reward": )" + Numbers(1) + R"(, "index": )" + Numbers(1) +
              R"(, "timestamp": )" + Numbers(1) + R"(, "force": )" + Numbers(2) +
              R"(, "action": )" + Numbers(1, R"(["a"])") +
              R"(, "note": {"dtype": "string", "shape": [1]})");
  EXPECT_EQ(Names(plotted), (List{"a a", "next.reward s", "force[0] s", "force[1] s"}));
  EXPECT_TRUE(plotted.joints[0].is_joint);
  EXPECT_FALSE(plotted.joints[1].is_joint);
}

TEST(JointsToPlot, WideFeaturesAreCut) {
  const PlottedJoints plotted = Plotted(R"("touch": )" + Numbers(1000));
  EXPECT_EQ(plotted.joints.size(), 64u);
  EXPECT_EQ(plotted.left_out, 1000 - 64);
}

TEST(ElementOf, IsNotANumberWhereARowIsTooShort) {
  Column column;
  column.name = "a", column.is_list = true, column.rows = 2;
  column.reals = {1, 2, 3}, column.offsets = {0, 2, 3};
  const Table table{{column}, 2};
  EXPECT_EQ(ElementOf(table, "a", 0), (std::vector<double>{1, 3}));
  EXPECT_EQ(ElementOf(table, "a", 1)[0], 2);
  EXPECT_TRUE(std::isnan(ElementOf(table, "a", 1)[1]));
  EXPECT_TRUE(ElementOf(table, "b", 0).empty());
}

}  // namespace
}  // namespace svla
