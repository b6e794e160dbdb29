#include "smolvla/policy/tokenizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/policy/words.h"

namespace svla {
namespace {

using nlohmann::json;
using Ids = std::vector<int64_t>;

// A tokenizer small enough to read: ids 0 to 9 are the letters below, then the
// merges in order, then the added tokens.
json Small() {
  return json::parse(R"({
    "added_tokens": [
      {"id": 16, "content": "<a>", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true},
      {"id": 17, "content": "<a><b", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true},
      {"id": 18, "content": "cab", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": true, "special": false}],
    "normalizer": null,
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Digits", "individual_digits": true},
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
       "use_regex": true}]},
    "post_processor": null,
    "model": {
      "type": "BPE", "dropout": null, "unk_token": null, "byte_fallback": false,
      "ignore_merges": false,
      "vocab": {"a": 0, "b": 1, "c": 2, "Ġ": 3, "Ċ": 4, "1": 5, "<": 6, ">": 7,
                "Ã": 8, "©": 9, "bc": 10, "ab": 11, "Ġa": 12, "abc": 13, "11": 14,
                "ĠĠ": 15},
      "merges": [["b", "c"], ["a", "b"], ["Ġ", "a"], ["a", "bc"], ["1", "1"],
                 ["Ġ", "Ġ"]]}})");
}

Tokenizer Read(const json& file, std::string_view config = "") {
  return Tokenizer::FromText(file.dump(), config, "folder/tokenizer.json");
}

Ids Encode(const json& file, std::string_view text) { return Read(file).Encode(text); }

// The message of the Error that `call` throws, or "no error".
std::string Message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string Refusal(const json& file, std::string_view config = "") {
  return Message([&] { Read(file, config); });
}

// The small tokenizer with one member changed, by JSON pointer.
json With(const char* pointer, json value) {
  json file = Small();
  file[json::json_pointer(pointer)] = std::move(value);
  return file;
}

// A list of merges; json's own braces would read a pair of texts as an object.
json Merges(const std::vector<std::vector<std::string>>& pairs) { return pairs; }

testing::AssertionResult Says(const std::string& message, const std::string& part) {
  if (message.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << message << "\" lacks \"" << part << '"';
}

TEST(Tokenizer, MergesListedFirstAreDoneFirst) {
  EXPECT_EQ(Encode(Small(), "abc"), (Ids{13}));  // b+c, then a+bc
  EXPECT_EQ(Encode(With("/model/merges", Merges({{"a", "b"}, {"b", "c"}})), "abc"),
            (Ids{11, 2}));
}

TEST(Tokenizer, OfEqualMergesTheLeftmostIsDoneFirst) {
  json file = Small();
  file["model"]["vocab"]["aa"] = 19;
  file["model"]["merges"] = Merges({{"a", "a"}});
  file["added_tokens"] = json::array();
  EXPECT_EQ(Encode(file, "aaa"), (Ids{19, 0}));
  EXPECT_EQ(Encode(file, "aaaa"), (Ids{19, 19}));
}

TEST(Tokenizer, OfAMergeListedTwiceTheLaterPlaceCounts) {
  const json merges = Merges({{"a", "b"}, {"b", "c"}, {"a", "b"}});
  EXPECT_EQ(Encode(With("/model/merges", merges), "abc"), (Ids{0, 10}));
}

TEST(Tokenizer, MergesMayBeWrittenAsOneText) {
  const json merges = {"b c", "a b", "Ġ a", "a bc"};
  EXPECT_EQ(Encode(With("/model/merges", merges), "abc abc"),
            Encode(Small(), "abc abc"));
}

TEST(Tokenizer, WholeWordsAreTakenFirstWhenMergesAreIgnored) {
  json file = With("/model/merges", json::array());
  EXPECT_EQ(Encode(file, " a"), (Ids{3, 0}));
  file["model"]["ignore_merges"] = true;
  EXPECT_EQ(Encode(file, " a"), (Ids{12}));
  EXPECT_EQ(Encode(file, " ab"), (Ids{3, 0, 1}));
}

TEST(Tokenizer, SpecialTokensAreFoundBeforeWords) {
  EXPECT_EQ(Encode(Small(), "ab<a>bc"), (Ids{11, 16, 10}));
  EXPECT_EQ(Encode(Small(), "<a"), (Ids{6, 0}));
}

TEST(Tokenizer, TheLongestSpecialTokenWins) {
  EXPECT_EQ(Encode(Small(), "<a><b<a><a>"), (Ids{17, 16, 16}));
}

TEST(Tokenizer, NormalizedTokensAreFoundInWhatTheOthersLeave) {
  EXPECT_EQ(Encode(Small(), "cabc"), (Ids{18, 2}));
  json file = Small();
  file["added_tokens"][0]["content"] = "abc";
  file["added_tokens"][0]["id"] = 13;  // the vocabulary's
  file["added_tokens"][1]["id"] = 16;
  file["added_tokens"][2]["id"] = 17;
  EXPECT_EQ(Encode(file, "cabc"), (Ids{2, 13}));
}

TEST(Tokenizer, EachDigitIsAWordAndLosesItsSpace) {
  EXPECT_EQ(Encode(Small(), "11"), (Ids{5, 5}));
  EXPECT_EQ(Encode(Small(), "a  1"), (Ids{0, 15, 5}));
}

TEST(Tokenizer, DigitsMayStayTogether) {
  const json runs = With("/pre_tokenizer/pretokenizers/0/individual_digits", false);
  EXPECT_EQ(Encode(runs, "a  11"), (Ids{0, 15, 14}));
  const json bare =
      With("/pre_tokenizer", Small()["pre_tokenizer"]["pretokenizers"][1]);
  EXPECT_EQ(Encode(bare, "a  11"), (Ids{0, 3, 3, 14}));
}

TEST(Tokenizer, APrefixSpaceIsAddedUnlessThere) {
  const json file = With("/pre_tokenizer/pretokenizers/1/add_prefix_space", true);
  EXPECT_EQ(Encode(file, "a<a> a1"), (Ids{12, 16, 12, 3, 5}));
  EXPECT_EQ(Encode(file, ""), Ids());
}

TEST(Tokenizer, WithoutTheRegexTheTextIsOneWord) {
  json file = With("/pre_tokenizer/pretokenizers/1/use_regex", false);
  EXPECT_EQ(Encode(file, "b  a"), (Ids{1, 3, 12}));
  file["model"]["merges"] = Merges({{"Ġ", "Ġ"}, {"Ġ", "a"}});
  EXPECT_EQ(Encode(file, "b  a"), (Ids{1, 15, 0}));
}

TEST(Tokenizer, BytesWithoutATokenAreLeftOutAndTheirNeighboursMeet) {
  EXPECT_EQ(Encode(Small(), "é"), (Ids{8, 9}));
  EXPECT_EQ(Encode(Small(), "z"), Ids());
  EXPECT_EQ(Encode(Small(), "azbc"), (Ids{13}));
  EXPECT_EQ(Encode(Small(), std::string_view("a\0b", 3)), (Ids{0, 1}));  // three words
}

TEST(Tokenizer, TextThatIsNotUtf8IsRefusedByByte) {
  const Tokenizer tokenizer = Read(Small());
  for (const char* text : {"ab\xff", "ab\xc3", "ab\xed\xa0\x80", "ab\xc0\x80",
                           "ab\xf4\x90\x80\x80", "ab\x80<a>"})
    EXPECT_TRUE(Says(Message([&] { tokenizer.Encode(text); }), "at byte 2"));
}

TEST(Tokenizer, ANewlineIsAppendedOnce) {
  const Tokenizer tokenizer = Read(Small());
  EXPECT_EQ(EncodeTask(tokenizer, "ab", 48), (Ids{11, 4}));
  EXPECT_EQ(EncodeTask(tokenizer, "ab\n", 48), (Ids{11, 4}));
  EXPECT_EQ(EncodeTask(tokenizer, "", 48), (Ids{4}));
  EXPECT_EQ(tokenizer.Encode({}), Ids());
}

TEST(Tokenizer, LongTasksAreCutOnTheSideTheConfigNames) {
  const Tokenizer left = Read(Small(), R"({"truncation_side": "left"})");
  const Tokenizer right = Read(Small(), R"({"truncation_side": "right"})");
  int64_t cut = -1;
  EXPECT_EQ(EncodeTask(left, "a1bc", 2, &cut), (Ids{10, 4}));
  EXPECT_EQ(cut, 2);
  EXPECT_EQ(EncodeTask(right, "a1bc", 2, &cut), (Ids{0, 5}));
  EXPECT_EQ(cut, 2);
  EXPECT_EQ(EncodeTask(left, "a1bc", 4, &cut).size(), 4u);
  EXPECT_EQ(cut, 0);
  EXPECT_EQ(EncodeTask(left, "a1bc", 0), Ids());
  EXPECT_EQ(Read(Small()).truncation_side(), Tokenizer::Side::kRight);
}

TEST(Tokenizer, ThePaddingTokenComesFromTheConfig) {
  EXPECT_EQ(Read(Small(), R"({"pad_token": "<a>"})").pad_id(), 16);
  EXPECT_EQ(Read(Small(), R"({"pad_token": {"content": "ab"}})").pad_id(), 11);
  EXPECT_EQ(Read(Small(), R"({"pad_token": null})").pad_id(), 0);
}

TEST(Tokenizer, TokensAreFoundByName) {
  const Tokenizer tokenizer = Read(Small());
  EXPECT_EQ(tokenizer.IdOf("<a>"), 16);
  EXPECT_EQ(tokenizer.IdOf("Ġa"), 12);
  EXPECT_EQ(tokenizer.IdOf("nothing"), std::nullopt);
  EXPECT_EQ(tokenizer.size(), 19);
}

TEST(Tokenizer, WhatWouldChangeIdsIsRefusedByName) {
  struct Case {
    const char* pointer;
    json value;
    const char* said;
  };
  const std::vector<Case> cases = {
      {"/normalizer", {{"type", "NFC"}}, "normalizer"},
      {"/pre_tokenizer", {{"type", "Whitespace"}}, "pre_tokenizer"},
      {"/pre_tokenizer", nullptr, "pre_tokenizer"},
      {"/pre_tokenizer/pretokenizers", json::array(), "pre_tokenizer"},
      {"/pre_tokenizer/pretokenizers/0/type", "Split", "pre_tokenizer"},
      {"/pre_tokenizer/pretokenizers/0/type", "ByteLevel", "pre_tokenizer"},
      {"/pre_tokenizer/pretokenizers/0/individual_digits", 1, "individual_digits"},
      {"/pre_tokenizer/pretokenizers/1/use_regex", "yes", "use_regex"},
      {"/post_processor", {{"type", "BertProcessing"}}, "post_processor"},
      {"/model/type", "WordPiece", "model.type"},
      {"/model/dropout", 0.1, "model.dropout"},
      {"/model/byte_fallback", true, "model.byte_fallback"},
      {"/model/unk_token", "a", "model.unk_token"},
      {"/model/continuing_subword_prefix", "##", "model.continuing_subword_prefix"},
      {"/model/end_of_word_suffix", "</w>", "model.end_of_word_suffix"},
      {"/model/ignore_merges", 3, "model.ignore_merges"},
      {"/model/vocab", json::array(), "model.vocab"},
      {"/model/vocab/a", -1, "the id of \"a\""},
      {"/model/vocab/a", int64_t{1} << 31, "the id of \"a\""},
      {"/model/vocab/a", 1.5, "the id of \"a\""},
      {"/model/vocab/a", 1, "two tokens have the id 1"},
      {"/model/merges", nullptr, "model.merges"},
      {"/model/merges/1", {"a", "x"}, "model.merges[1]: \"x\" is not in"},
      {"/model/merges/1", {"a", "c"}, "model.merges[1]: \"ac\" is not in"},
      {"/model/merges/1", {"a", "b", "c"}, "model.merges[1]: expected"},
      {"/model/merges/1", {"a", 1}, "model.merges[1]: expected"},
      {"/model/merges/1", "a b c", "model.merges[1]: expected"},
      {"/model/merges/1", "ab", "model.merges[1]: expected"},
      {"/model/merges/1", 7, "model.merges[1]: expected"},
      {"/model", 7, "model"},
      {"/added_tokens", "many", "added_tokens"},
      {"/added_tokens/1", 7, "added_tokens[1]"},
      {"/added_tokens/1/content", "", "added_tokens[1]"},
      {"/added_tokens/1/content", "<a>", "listed twice"},
      {"/added_tokens/1/id", 40, "added_tokens[1]: expected the id 17"},
      {"/added_tokens/1/content", "ab", "added_tokens[1]: expected the id 11"},
      {"/added_tokens/1/lstrip", true, "added_tokens[1]: lstrip"},
      {"/added_tokens/1/rstrip", true, "added_tokens[1]: rstrip"},
      {"/added_tokens/1/single_word", true, "added_tokens[1]: single_word"},
      {"/added_tokens/1/normalized", nullptr, "normalized"}};
  for (const Case& c : cases) {
    const std::string message = Refusal(With(c.pointer, c.value));
    EXPECT_TRUE(Says(message, c.said)) << c.pointer;
    EXPECT_TRUE(Says(message, "folder/tokenizer.json")) << c.pointer;
  }
}

TEST(Tokenizer, HarmlessSettingsAreAccepted) {
  EXPECT_EQ(Refusal(With("/model/continuing_subword_prefix", "")), "no error");
  EXPECT_EQ(Refusal(With("/model/dropout", 0.0)), "no error");
  EXPECT_EQ(Refusal(With("/post_processor", {{"type", "ByteLevel"}})), "no error");
  const json sequence = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const json special = {{"SpecialToken", {{"id", "<a>"}, {"type_id", 0}}}};
  json nothing = {{"type", "TemplateProcessing"}, {"single", {sequence}}};
  EXPECT_EQ(Refusal(With("/post_processor", nothing)), "no error");
  nothing["single"] = {special, sequence};
  EXPECT_TRUE(Says(Refusal(With("/post_processor", nothing)), "post_processor"));
  nothing["single"] = sequence;
  EXPECT_TRUE(Says(Refusal(With("/post_processor", nothing)), "post_processor"));
}

TEST(Tokenizer, AConfigThatWouldChangeIdsIsRefused) {
  for (const char* key :
       {"add_bos_token", "add_eos_token", "add_prefix_space", "split_special_tokens"})
    EXPECT_TRUE(Says(Refusal(Small(), json{{key, true}}.dump()),
                     std::string("folder/tokenizer_config.json: ") + key));
  EXPECT_TRUE(
      Says(Refusal(Small(), R"({"truncation_side": "top"})"), "truncation_side"));
  EXPECT_TRUE(Says(Refusal(Small(), R"({"truncation_side": 1})"), "truncation_side"));
  EXPECT_TRUE(Says(Refusal(Small(), R"({"pad_token": "<pad>"})"), "<pad>"));
  EXPECT_TRUE(Says(Refusal(Small(), R"({"pad_token": 3})"), "pad_token"));
  EXPECT_TRUE(Says(Refusal(Small(), "[]"), "folder/tokenizer_config.json"));

  json token = Small()["added_tokens"][0];
  const auto config = [&](const char* id) {
    return json{{"added_tokens_decoder", {{id, token}}}}.dump();
  };
  EXPECT_EQ(Refusal(Small(), config("16")), "no error");
  EXPECT_TRUE(Says(Refusal(Small(), config("17")), "added_tokens_decoder"));
  token["lstrip"] = true;
  EXPECT_TRUE(Says(Refusal(Small(), config("16")), "lstrip"));
  token["content"] = "<new>";
  EXPECT_TRUE(Says(Refusal(Small(), config("16")), "added_tokens_decoder"));
}

TEST(Tokenizer, AnIdBeyond31BitsIsRefusedForAddedTokensToo) {
  json file = Small();
  file["model"]["vocab"]["<a>"] = (int64_t{1} << 31) - 1;
  file["added_tokens"][0]["id"] = (int64_t{1} << 31) - 1;
  file["added_tokens"][1]["id"] = int64_t{1} << 31;
  EXPECT_TRUE(Says(Refusal(file), "added_tokens[1]"));
}

TEST(Tokenizer, BrokenJsonIsRefused) {
  const auto refusal = [](std::string_view text) {
    return Message([&] { Tokenizer::FromText(text, "", "folder/tokenizer.json"); });
  };
  const std::string whole = Small().dump();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(Says(refusal(whole.substr(0, length)), "expected JSON")) << length;
  EXPECT_TRUE(Says(refusal("{\"model\": 1e999}"), "expected JSON"));
  EXPECT_TRUE(Says(refusal("[1]"), "expected a JSON object"));
  EXPECT_TRUE(Says(refusal(std::string(1 << 20, '[')), "64 levels"));
}

TEST(Tokenizer, MutatedFilesAreReadOrRefused) {
  const std::string whole = Small().dump();
  std::mt19937 random(1);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole;
    for (int i = 0; i < 3; ++i)
      text[random() % text.size()] = "\"[]{},:019-.eatf \\"[random() % 18];
    try {
      Tokenizer::FromText(text, text, "mutated").Encode("abc <a> 11\n");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 2000);
}

TEST(Tokenizer, AMissingFileIsNamed) {
  EXPECT_TRUE(Says(Message([] { Tokenizer::FromFile("/none/tokenizer.json"); }),
                   "/none/tokenizer.json"));
}

TEST(Tokenizer, ALongWordCostsLittle) {
  json file = Small();
  file["added_tokens"] = json::array();
  std::string run = "a";
  for (int id = 19; id < 25; ++id, run += run) {
    file["model"]["vocab"][run + run] = id;
    file["model"]["merges"].push_back(json::array({run, run}));
  }
  const Tokenizer tokenizer = Read(file);
  std::string wide;
  for (int i = 0; i < 40'000; ++i) wide += "\u3000";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(tokenizer.Encode(std::string(128'000, 'a')).size(), 2000u);
  EXPECT_EQ(tokenizer.Encode(std::string(128'000, ' ') + "b").size(), 64'002u);
  EXPECT_EQ(tokenizer.Encode(std::string(128'000, '<')).size(), 128'000u);
  EXPECT_EQ(tokenizer.Encode(wide + "b").size(), 1u);
  // A quadratic merge takes minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

// What scripts/make_tokenizer_cases.py wrote.
const json& Cases() {
  static const json cases =
      json::parse(ReadText(SMOLVLA_SOURCE_DIR "/testdata/tokenizer_cases.json"));
  return cases;
}

void AppendUtf8(char32_t c, std::string& text) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

// The ranges of code points that come out as one word with `neighbour` before
// them, or, when `apart`, those that do not.
json RangesJoined(const Words& words, const std::string& neighbour, bool apart) {
  json ranges = json::array();
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text = neighbour;
    AppendUtf8(c, text);
    int count = 0;
    words.Split(text, [&](std::string_view) { ++count; });
    if ((count == 1) == apart) continue;
    if (!ranges.empty() && ranges.back()[1] == c - 1) {
      ranges.back()[1] = static_cast<int64_t>(c);
    } else {
      ranges.push_back({static_cast<int64_t>(c), static_cast<int64_t>(c)});
    }
  }
  return ranges;
}

TEST(Words, EveryCodePointIsInTheClassThatTheReferenceGivesIt) {
  const json& classes = Cases()["classes"];
  const Words words({});
  EXPECT_TRUE(RangesJoined(words, "a", /*apart=*/false) == classes["letter"]);
  EXPECT_TRUE(RangesJoined(words, "1", /*apart=*/false) == classes["number"]);
  EXPECT_TRUE(RangesJoined(words, "\t", /*apart=*/false) == classes["space"]);
  const Words digits({.digits = Digits::kEachAlone, .use_regex = false});
  EXPECT_TRUE(RangesJoined(digits, "a", /*apart=*/true) == classes["digit"]);
}

TEST(Words, AreCutByTheGpt2Pattern) {
  const auto cut = [](std::string_view text) {
    std::vector<std::string> words;
    Words({}).Split(text, [&](std::string_view word) { words.emplace_back(word); });
    return words;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(cut("I'm it's he'd don't we're I've she'll 'S"),
            (Texts{"I", "'m", " it", "'s", " he", "'d", " don", "'t", " we", "'re",
                   " I", "'ve", " she", "'ll", " '", "S"}));
  EXPECT_EQ(cut("a  b \n"), (Texts{"a", " ", " b", " \n"}));
  EXPECT_EQ(cut(" x2 30!? é\u0301"), (Texts{" x", "2", " 30", "!?", " é", "\u0301"}));
}

TEST(Words, TogetherAreTheText) {
  for (const Digits digits : {Digits::kWithText, Digits::kInRuns, Digits::kEachAlone}) {
    const Words words({.digits = digits});
    for (const json& one : Cases()["cases"]) {
      const auto text = one[0].get<std::string>();
      std::string joined;
      words.Split(text, [&](std::string_view word) {
        EXPECT_FALSE(word.empty());
        joined += word;
      });
      EXPECT_EQ(joined, text);
    }
  }
}

// FNV-1a, as the script computes it.
std::string Digest(std::string_view bytes) {
  uint64_t digest = 0xcbf29ce484222325;
  for (const char byte : bytes)
    digest = (digest ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
  return text;
}

TEST(Tokenizer, SmolVlm2TextsGetTheIdsThatHuggingFaceGivesThem) {
  const char* shared = std::getenv("SMOLVLA_SHARED_DATA");
  if (!shared) GTEST_SKIP() << "SMOLVLA_SHARED_DATA names no folder with vlm/";
  const auto path = std::filesystem::path(shared) / "vlm" / "tokenizer.json";
  ASSERT_EQ(Digest(ReadText(path)), Cases()["fnv1a"]) << "not the cases' tokenizer";
  const Tokenizer tokenizer = Tokenizer::FromFile(path);
  EXPECT_EQ(tokenizer.size(), Cases()["size"]);
  EXPECT_EQ(tokenizer.pad_id(), 2);
  EXPECT_EQ(tokenizer.truncation_side(), Tokenizer::Side::kLeft);
  EXPECT_EQ(tokenizer.IdOf("<image>"), 49190);
  EXPECT_EQ(EncodeTask(tokenizer, "", 48), (Ids{198}));
  ASSERT_GT(Cases()["cases"].size(), 2000u);
  for (const json& one : Cases()["cases"])
    EXPECT_EQ(tokenizer.Encode(one[0].get<std::string>()), one[1].get<Ids>()) << one[0];
}

}  // namespace
}  // namespace svla
