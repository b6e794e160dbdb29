#include "smolvla/base/json.h"

#include <gtest/gtest.h>

#include "smolvla/base/test_refusal.h"

namespace svla {
namespace {

void ExpectRefusal(const std::string& refusal, const std::string& reason) {
  EXPECT_TRUE(refusal.starts_with("a.json: ")) << refusal;
  EXPECT_NE(refusal.find(reason), std::string::npos) << refusal;
}

std::string ParseRefusal(const std::string& text) {
  return Refusal([&] { ParseJson(text, "a.json"); });
}

std::string Nested(int levels) {
  return std::string(static_cast<size_t>(levels), '[') +
         std::string(static_cast<size_t>(levels), ']');
}

std::string Keys(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
  return text + "}";
}

TEST(JsonTest, ADamagedTextIsAnErrorThatNamesTheFile) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "{} {}", "\"\xff\"",
                           "\"\\ud800\"", "{\"a\" 1}", "01", "+1", "NaN"})
    ExpectRefusal(ParseRefusal(text), "expected JSON");
}

TEST(JsonTest, ANumberNoDoubleCanHoldIsAnError) {
  ExpectRefusal(ParseRefusal("{\"a\": 1e999}"), "1e999");
  ExpectRefusal(ParseRefusal("-1e999"), "1e999");
  EXPECT_EQ(ParseJson("1e-999", "a.json").get<double>(), 0);
}

TEST(JsonTest, SixtyFourLevelsAreReadAndNoMore) {
  EXPECT_TRUE(ParseJson(Nested(64), "a.json").is_array());
  ExpectRefusal(ParseRefusal(Nested(65)), "64 levels");
  ExpectRefusal(ParseRefusal(Nested(1'000'000)), "64 levels");
  ExpectRefusal(ParseRefusal("{\"a\":" + Nested(64) + "}"), "64 levels");
  ExpectRefusal(ParseRefusal(std::string(1'000'000, '[')), "64 levels");
}

TEST(JsonTest, TwentyThousandKeysAreReadAndNoMore) {
  EXPECT_EQ(ParseJson(Keys(20'000), "a.json").size(), 20'000u);
  ExpectRefusal(ParseRefusal(Keys(20'001)), "20000 keys");
}

TEST(JsonTest, OrderIsKeptAndTheLastOfRepeatedKeysHolds) {
  const Json json = ParseJson(R"({"z": 1, "a": 2, "z": 3})", "a.json");
  EXPECT_EQ(json.dump(), R"({"z":3,"a":2})");
}

// One object with a value of each kind.
class JsonReaderTest : public ::testing::Test {
 protected:
  std::string IntegerRefusal(const std::string& key) const {
    return Refusal([&] { read_.Integer(key, 0, {}); });
  }
  std::string NumberRefusal(const std::string& key, double most) const {
    return Refusal([&] { read_.Number(key, 0, 0, most); });
  }

  Json json_ = ParseJson(R"({"whole": 50, "float": 50.0, "part": 0.5, "minus": -3,
      "huge": 18446744073709551615, "1e18": 1e18, "text": "cube", "true": true,
      "null": null, "list": [1]})",
                         "a.json");
  JsonReader read_{json_, "a.json"};
};

TEST_F(JsonReaderTest, AbsentAndNullYieldTheDefault) {
  for (const char* key : {"absent", "null"}) {
    EXPECT_EQ(read_.Find(key), nullptr);
    EXPECT_EQ(read_.Integer(key, 7, {1, 2}), 7);
    EXPECT_EQ(read_.Number(key, 0.25, 1, 2), 0.25);
    EXPECT_TRUE(read_.Bool(key, true));
    EXPECT_EQ(read_.String(key, "default"), "default");
  }
}

TEST_F(JsonReaderTest, IntegersAreWholeNumbersInTheirRange) {
  EXPECT_EQ(read_.Integer("whole", 0, {50, 50}), 50);
  EXPECT_EQ(read_.Integer("float", 0, {1, 1000}), 50);
  EXPECT_EQ(read_.Integer("minus", 0, {}), -3);
  for (const char* key : {"part", "huge", "1e18", "text", "true", "list"})
    ExpectRefusal(IntegerRefusal(key),
                  std::string("\"") + key + "\": expected a whole");
  ExpectRefusal(Refusal([&] {
                  read_.Integer("whole", 0, {1, 49});
                }),
                "\"whole\": expected a whole number from 1 to 49, found 50");
  ExpectRefusal(Refusal([&] { read_.Integer("whole", 0, {51, 99}); }), "found 50");
}

TEST_F(JsonReaderTest, NumbersAreOfEitherKindAndInTheirRange) {
  EXPECT_EQ(read_.Number("part", 0, 0.5, 0.5), 0.5);
  EXPECT_EQ(read_.Number("whole", 0, 0, 100), 50);
  ExpectRefusal(NumberRefusal("whole", 49), "\"whole\": expected a number");
  ExpectRefusal(NumberRefusal("minus", 49), "found -3");
  ExpectRefusal(NumberRefusal("text", 49), "found \"cube\"");
  ExpectRefusal(NumberRefusal("true", 49), "found true");
}

TEST_F(JsonReaderTest, BoolsAndStringsAreOfTheirType) {
  EXPECT_TRUE(read_.Bool("true", false));
  EXPECT_EQ(read_.String("text", ""), "cube");
  ExpectRefusal(Refusal([&] { read_.Bool("whole", false); }), "expected true or false");
  ExpectRefusal(Refusal([&] { read_.String("whole", ""); }), "expected a string");
}

TEST_F(JsonReaderTest, UnreadNamesTheKeysNobodyAskedForInOrder) {
  read_.Integer("whole", 0, {});
  read_.Find("list");
  read_.Find("null");
  read_.Find("absent");
  EXPECT_EQ(read_.Unread(), (std::vector<std::string>{"float", "part", "minus", "huge",
                                                      "1e18", "text", "true"}));
}

TEST_F(JsonReaderTest, WhatWasFoundIsCutToALine) {
  const Json json = {{"long", std::string(5000, 'x')}};
  const JsonReader read(json, "a.json");
  const std::string refusal = Refusal([&] { read.Bool("long", false); });
  ExpectRefusal(refusal, "...");
  EXPECT_LT(refusal.size(), 200u);
}

TEST(JsonTest, OnlyAnObjectIsReadByKeys) {
  const Json list = ParseJson("[1, 2]", "a.json");
  ExpectRefusal(Refusal([&] { JsonReader(list, "a.json"); }),
                "expected a JSON object, found [1,2]");
}

}  // namespace
}  // namespace svla
