#include "smolvla/base/safetensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"

namespace svla {
namespace {

// The bytes of a file with this header, the length told truly.
std::string Bytes(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  return bytes + header + data;
}

std::string Entry(const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}";
}

SafetensorsFile Parse(const std::string& bytes) {
  return {std::as_bytes(std::span(bytes)), "a.safetensors"};
}

std::string Refusal(const std::string& bytes) {
  try {
    Parse(bytes);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

void ExpectRefusal(const std::string& bytes, const std::string& reason) {
  const std::string refusal = Refusal(bytes);
  EXPECT_TRUE(refusal.starts_with("a.safetensors: ")) << refusal;
  EXPECT_NE(refusal.find(reason), std::string::npos) << refusal;
}

// One tensor "a" of eight data bytes that the header describes so.
void ExpectEntryRefused(const std::string& entry, const std::string& reason) {
  ExpectRefusal(Bytes(R"({"a":)" + entry + "}", "12345678"), reason);
}

// Every tensor lies inside, next to the one before it, and takes what its shape says.
void ExpectConsistent(const SafetensorsFile& file, size_t data_bytes) {
  size_t sum = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    int64_t count = 1;
    for (const int64_t size : tensor.shape) count *= size;
    ASSERT_EQ(count, tensor.Count()) << name;
    sum += tensor.bytes.size();
    if (IsFloating(tensor.dtype)) ValuesOf<double>(tensor);
  }
  EXPECT_EQ(sum, data_bytes);
}

std::string MixedFile() {
  return Bytes(R"({"__metadata__":{"format":"pt"},"byte":)" +
                   Entry("U8", "[3]", "[0,3]") + R"(,"single":)" +
                   Entry("F32", "[2,1]", "[3,11]") + R"(,"half":)" +
                   Entry("BF16", "[]", "[11,13]") + R"(,"none":)" +
                   Entry("F64", "[0,7]", "[13,13]") + "}",
               std::string("abc\0\0\x80\x3f\0\0\0\xc0\x80\xbf", 13));
}

class SafetensorsFileTest : public ::testing::Test {
 protected:
  ~SafetensorsFileTest() override { std::filesystem::remove(path_); }

  std::filesystem::path path_ =
      ::testing::TempDir() + "safetensors_test." + std::to_string(::getpid());
};

TEST_F(SafetensorsFileTest, EveryTypeSurvivesTheRoundTrip) {
  std::vector<std::byte> memory(7 * 64);
  for (size_t i = 0; i < memory.size(); ++i)
    memory[i] = std::byte(Random(1).Words(i)[0]);
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const DType dtype : {DType::kU8, DType::kF64, DType::kBF16, DType::kF32,
                            DType::kI64, DType::kF16, DType::kI32})
    tensors.emplace_back(NameOf(dtype),
                         View(memory.data() + 64 * tensors.size(), dtype, {1, 3}));
  tensors.emplace_back("scalar", View(memory.data(), DType::kF32, {}));
  tensors.emplace_back("none", View(memory.data(), DType::kF32, {4, 0}));
  WriteSafetensors(path_, tensors, {{"key", "value \"quoted\"\n"}});

  const SafetensorsFile file(path_);
  EXPECT_EQ(file.tensors().size(), tensors.size());
  EXPECT_EQ(file.metadata().at("key"), "value \"quoted\"\n");
  for (const auto& [name, written] : tensors) {
    const StoredTensor& read = file.At(name);
    EXPECT_EQ(read.dtype, written.dtype);
    EXPECT_EQ(read.Count(), written.Count());
    EXPECT_EQ(std::memcmp(read.bytes.data(), written.data, read.bytes.size()), 0);
  }
  EXPECT_EQ(ToString(file.At("BF16")), "BF16 [1, 3]");
}

TEST(SafetensorsTest, UnalignedMixedDataIsReadExactly) {
  const std::string bytes = MixedFile();
  const SafetensorsFile file = Parse(bytes);
  EXPECT_EQ(ValuesOf<double>(file.At("single")), (std::vector<double>{1, -2}));
  EXPECT_EQ(ValuesOf<float>(file.At("half")), (std::vector<float>{-1}));
  EXPECT_TRUE(ValuesOf<float>(file.At("none")).empty());
  EXPECT_EQ(file.metadata().at("format"), "pt");
  float second = 0;
  CopyValues(file.At("single"), 1, std::span(&second, 1));
  EXPECT_EQ(second, -2);
}

TEST(SafetensorsTest, EveryHalfPatternIsConvertedExactly) {
  std::vector<uint16_t> patterns(0x10000);
  for (size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<uint16_t>(i);
  StoredTensor tensor{DType::kBF16, {0x10000}, std::as_bytes(std::span(patterns))};
  const auto bf16 = ValuesOf<double>(tensor);
  tensor.dtype = DType::kF16;
  const auto f16 = ValuesOf<float>(tensor);
  for (size_t i = 0; i < patterns.size(); ++i) {
    const double expected_bf16 = ToFloat(BF16{patterns[i]});
    const float expected_f16 = ToFloat(F16{patterns[i]});
    EXPECT_TRUE(bf16[i] == expected_bf16 ||
                (bf16[i] != bf16[i] && expected_bf16 != expected_bf16));
    EXPECT_TRUE(f16[i] == expected_f16 ||
                (f16[i] != f16[i] && expected_f16 != expected_f16));
  }
}

TEST(SafetensorsTest, DoublesAreRoundedToFloat) {
  const double values[] = {0.1, 1e300, -1e-300};
  const StoredTensor tensor{DType::kF64, {3}, std::as_bytes(std::span(values))};
  EXPECT_EQ(ValuesOf<float>(tensor), (std::vector<float>{0.1f, INFINITY, -0.0f}));
  EXPECT_EQ(ValuesOf<double>(tensor)[0], 0.1);
}

TEST(SafetensorsTest, AMissingTensorIsAnErrorThatNamesIt) {
  const std::string bytes = MixedFile();
  const SafetensorsFile file = Parse(bytes);
  EXPECT_TRUE(file.Has("half"));
  EXPECT_FALSE(file.Has("whole"));
  try {
    file.At("whole");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "a.safetensors: expected tensor whole, found none");
  }
}

TEST(SafetensorsTest, AFileCutAnywhereIsRefused) {
  const std::string bytes = MixedFile();
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(Refusal(bytes.substr(0, length)), "") << length;
  EXPECT_NE(Refusal(bytes + "x"), "");
}

TEST(SafetensorsTest, AHeaderLongerThanTheFileIsRefused) {
  for (const uint64_t length : {uint64_t{9}, uint64_t{100'000'001}, uint64_t{1} << 63,
                                ~uint64_t{0}, ~uint64_t{0} - 7}) {
    std::string bytes = Bytes("{}      ", "");
    std::memcpy(bytes.data(), &length, sizeof length);
    ExpectRefusal(bytes, "the header says it is");
  }
}

TEST(SafetensorsTest, AHeaderThatIsNoObjectIsRefused) {
  for (const char* header : {"", "{", "[]", "3", "null", "\"a\"", "{} x"})
    EXPECT_NE(Refusal(Bytes(header, "")), "") << header;
  EXPECT_EQ(Refusal(Bytes("{}", "")), "");
  ExpectRefusal(Bytes(R"({"a":1e999})", ""), "expected a JSON header");
  ExpectRefusal(Bytes(R"({"a":[1]})", ""), "a: expected an object");
  ExpectRefusal(Bytes(R"({"__metadata__":[1]})", ""), "__metadata__");
}

TEST(SafetensorsTest, DeepNestingIsRefusedAtOnce) {
  const std::string open(1'000'000, '['), shut(1'000'000, ']');
  EXPECT_NE(Refusal(Bytes(open, "")), "");
  EXPECT_NE(Refusal(Bytes(open + shut, "")), "");
  EXPECT_NE(Refusal(Bytes(R"({"a":)" + open + shut + "}", "")), "");
  ExpectEntryRefused(Entry("F32", open + shut, "[0,8]"), "a");
}

TEST(SafetensorsTest, OffsetsThatLieAreRefused) {
  EXPECT_EQ(Refusal(Bytes(R"({"a":)" + Entry("F32", "[2]", "[0,8]") + "}", "12345678")),
            "");
  ExpectEntryRefused(Entry("F32", "[2]", "[0,9]"), "do not lie in the 8 data bytes");
  ExpectEntryRefused(Entry("F32", "[2]", "[8,0]"), "do not lie in the 8 data bytes");
  ExpectEntryRefused(Entry("F32", "[2]", "[0,18446744073709551615]"), "do not lie");
  ExpectEntryRefused(Entry("F32", "[2]", "[18446744073709551612,4]"), "do not lie");
  ExpectEntryRefused(Entry("F32", "[2]", "[-8,8]"), "whole number");
  ExpectEntryRefused(Entry("F32", "[2]", "[0.0,8.0]"), "whole number");
  ExpectEntryRefused(Entry("F32", "[2]", "[0]"), "two data_offsets");
  ExpectEntryRefused(Entry("F32", "[2]", "[0,4,8]"), "two data_offsets");
  ExpectEntryRefused(Entry("F32", "[2]", "[[0,4],[4,8]]"), "whole number");
  ExpectEntryRefused(Entry("F32", "[2]", "[0,4]"), "takes 8 bytes, but 4");
  ExpectEntryRefused(Entry("F32", "[1]", "[0,4]"), "4 bytes after the last tensor");
  ExpectEntryRefused(Entry("F32", "[1]", "[4,8]"), "unused bytes");
}

TEST(SafetensorsTest, OverlapsAndGapsAreRefused) {
  const auto two = [](const char* a, const char* b) {
    return Bytes(
        R"({"a":)" + Entry("F32", "[1]", a) + R"(,"b":)" + Entry("F32", "[1]", b) + "}",
        "12345678");
  };
  EXPECT_EQ(Refusal(two("[4,8]", "[0,4]")), "");  // in any order
  ExpectRefusal(two("[0,4]", "[0,4]"), "overlaps");
  ExpectRefusal(two("[0,4]", "[3,7]"), "overlaps");
  ExpectRefusal(Bytes(R"({"a":)" + Entry("U8", "[3]", "[0,3]") + R"(,"b":)" +
                          Entry("F32", "[1]", "[4,8]") + "}",
                      "12345678"),
                "unused bytes");
}

TEST(SafetensorsTest, ShapesNoFileCanHoldAreRefused) {
  ExpectEntryRefused(Entry("U8", "[9223372036854775808]", "[0,8]"), "larger than any");
  ExpectEntryRefused(Entry("F32", "[4611686018427387906]", "[0,8]"), "larger than any");
  // 2^32 * 2^32 + ... wraps to 8 bytes without the check.
  ExpectEntryRefused(Entry("U8", "[4294967296,4294967296]", "[0,8]"),
                     "larger than any");
  ExpectEntryRefused(Entry("F64", "[2305843009213693953]", "[0,8]"), "larger than any");
  ExpectEntryRefused(Entry("F32", "[-2]", "[0,8]"), "whole number");
  ExpectEntryRefused(Entry("F32", "[2.0]", "[0,8]"), "whole number");
  ExpectEntryRefused(Entry("F32", "[\"2\"]", "[0,8]"), "whole number");
  ExpectEntryRefused(Entry("F32", "[1e999]", "[0,8]"), "expected a JSON header");
  ExpectEntryRefused(Entry("F32", "2", "[0,8]"), "\"shape\" as a list");
  ExpectEntryRefused(Entry("F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]", "[0,8]"),
                     "17 dimensions");
}

TEST(SafetensorsTest, TypesNobodyKnowsAreRefused) {
  ExpectEntryRefused(Entry("F8_E4M3", "[8]", "[0,8]"), "F8_E4M3 are not supported");
  ExpectEntryRefused(Entry("f32", "[2]", "[0,8]"), "f32 are not supported");
  ExpectEntryRefused(R"({"dtype":3,"shape":[2],"data_offsets":[0,8]})", "as a string");
  ExpectEntryRefused(R"({"shape":[2],"data_offsets":[0,8]})", "\"dtype\"");
  ExpectEntryRefused(R"({"dtype":"F32","data_offsets":[0,8]})", "\"shape\"");
  ExpectEntryRefused(R"({"dtype":"F32","shape":[2]})", "\"data_offsets\"");
}

// Quadratic work would take minutes here, and the test's own limit ends it.
TEST(SafetensorsTest, AHeaderOfManyTensorsIsReadInLinearTime) {
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i)
    header += (i ? ",\"t" : "\"t") + std::to_string(i) +
              R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(Refusal(Bytes(header + "}", "")), "");
}

TEST(SafetensorsTest, OfRepeatedNamesTheLastMustCoverTheData) {
  const std::string whole = R"("a":)" + Entry("F32", "[2]", "[0,8]");
  const std::string part = R"("a":)" + Entry("F32", "[1]", "[0,4]");
  EXPECT_EQ(Refusal(Bytes("{" + part + "," + whole + "}", "12345678")), "");
  ExpectRefusal(Bytes("{" + whole + "," + part + "}", "12345678"), "after the last");
}

TEST(SafetensorsTest, AnyMutationIsRefusedOrStillConsistent) {
  const std::string original = MixedFile();
  const size_t data_bytes = 13;
  int read = 0;
  for (uint64_t round = 0; round < 5000; ++round) {
    std::string bytes = original;
    const Random random(2, round);
    const auto mutations = 1 + random.Words(0)[0] % 4;
    for (uint64_t i = 1; i <= mutations; ++i) {
      const auto words = random.Words(i);
      // Half of the new bytes are those that headers are made of.
      constexpr char kLikely[] = "0123456789[]{},:\"-.eFBU";
      bytes[words[0] % (bytes.size() - data_bytes)] =
          words[1] % 2 ? kLikely[words[2] % (sizeof kLikely - 1)]
                       : static_cast<char>(words[2]);
    }
    try {
      const SafetensorsFile file = Parse(bytes);
      uint64_t header = 0;
      std::memcpy(&header, bytes.data(), sizeof header);
      ExpectConsistent(file, bytes.size() - 8 - header);
      ++read;
    } catch (const Error&) {
    }
  }
  EXPECT_GT(read, 50);    // names and metadata may say anything
  EXPECT_LT(read, 3000);  // nothing else may
}

}  // namespace
}  // namespace svla
