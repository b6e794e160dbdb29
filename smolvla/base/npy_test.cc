#include "smolvla/base/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

using Shape = std::vector<int64_t>;

std::string Npy(const std::string& header, const std::string& values, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {static_cast<char>(version), '\0', static_cast<char>(header.size() & 0xff),
            static_cast<char>(header.size() >> 8)};
  if (version > 1) bytes += {'\0', '\0'};
  return bytes + header + values;
}

std::string Header(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape +
         ", }\n";
}

template <class Number>
std::string Raw(const std::vector<Number>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

NpyArray Parse(const std::string& bytes) {
  return ParseNpy(std::as_bytes(std::span(bytes)), "a.npy");
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
  EXPECT_TRUE(refusal.starts_with("a.npy: ")) << refusal;
  EXPECT_NE(refusal.find(reason), std::string::npos) << refusal;
}

TEST(NpyTest, EveryFormatVersionIsRead) {
  for (const int version : {1, 2, 3}) {
    const NpyArray array =
        Parse(Npy(Header("<f4", "(2, 3)"), Raw<float>({1, 2, 3, 4, 5, 6.5}), version));
    EXPECT_EQ(array.shape, (Shape{2, 3}));
    EXPECT_EQ(array.values, (std::vector<float>{1, 2, 3, 4, 5, 6.5}));
  }
  ExpectRefusal(Npy(Header("<f4", "()"), Raw<float>({1}), 4), "format 4.0");
}

TEST(NpyTest, AHeaderBeyond64KiBIsReadInTheLaterFormats) {
  std::string header = Header("<f4", "()");
  header.insert(header.size() - 1, (1 << 16) - header.size(), ' ');  // 65536 bytes
  std::string bytes = Npy(header, Raw<float>({3}), 2);
  bytes[10] = 1;
  EXPECT_EQ(Parse(bytes).values, (std::vector<float>{3}));
}

TEST(NpyTest, DoublesAreRounded) {
  const NpyArray array =
      Parse(Npy(Header("<f8", "(3,)"), Raw<double>({0.1, -2, 1e300})));
  EXPECT_EQ(array.values[0], 0.1f);
  EXPECT_EQ(array.values[1], -2.0f);
  EXPECT_EQ(array.values[2], std::numeric_limits<float>::infinity());
}

TEST(NpyTest, ScalarsAndEmptyArraysAreArrays) {
  EXPECT_EQ(Parse(Npy(Header("<f4", "()"), Raw<float>({7}))).values.size(), 1u);
  EXPECT_EQ(Parse(Npy(Header("<f4", "(0, 5)"), "")).shape, (Shape{0, 5}));
}

TEST(NpyTest, SpacingQuotesAndOrderOfTheHeaderDoNotMatter) {
  EXPECT_EQ(Parse(Npy("{\"shape\":(2,),'fortran_order' :False,\n'descr':\"<f4\"}  \n",
                      Raw<float>({1, 2})))
                .values,
            (std::vector<float>{1, 2}));
}

TEST(NpyTest, OtherTypesAreRefusedByName) {
  for (const std::string type : {">f4", "<f2", "<i8", "|u1", "<c8", "|O"})
    ExpectRefusal(Npy(Header(type, "(1,)"), "12345678"), "found '" + type + "'");
  ExpectRefusal(
      Npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234"),
      "structured");
}

TEST(NpyTest, FortranOrderIsRefusedWithTheReason) {
  ExpectRefusal(
      Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "1234"),
      "Fortran order");
}

TEST(NpyTest, ALengthThatIsNotTheShapesIsRefused) {
  ExpectRefusal(Npy(Header("<f4", "(2,)"), "1234"), "shape (2,)");
  ExpectRefusal(Npy(Header("<f4", "(1, 2)"), "123456789abc"), "12 bytes");
  ExpectRefusal(Npy(Header("<f4", "(1,)"), "12345"), "5 bytes");
}

TEST(NpyTest, AbsurdShapesAreRefused) {
  for (const char* shape :
       {"(4611686018427387904, 4)", "(4294967296, 4294967296)",
        "(9223372036854775807, 9223372036854775807, 2)", "(-1, -1)", "(-4,)",
        "(99999999999999999999,)", "(1", "1", "(1 1)", "(a,)", "(,)",
        "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"})
    for (const char* values : {"1234", ""})
      EXPECT_NE(Refusal(Npy(Header("<f4", shape), values)), "") << shape;
  ExpectRefusal(Npy(Header("<f4", "(-1, -1)"), "1234"), "a dimension from 0 up");
}

TEST(NpyTest, BrokenHeadersAreRefused) {
  for (const char* header :
       {"", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4'}", "[1]",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}"})
    EXPECT_NE(Refusal(Npy(header, "1234")), "") << header;
}

TEST(NpyTest, ACutFileIsRefusedWhereverItIsCut) {
  const std::string whole = Npy(Header("<f4", "(2,)"), Raw<float>({1, 2}));
  ASSERT_EQ(Refusal(whole), "");
  const size_t header_end = whole.find('\n') + 1;
  for (size_t size = 0; size < whole.size(); ++size)
    ExpectRefusal(whole.substr(0, size), size < 6            ? "not a .npy file"
                                         : size < header_end ? "ends in its header"
                                                             : "does not match");
  ExpectRefusal("PK\3\4 not one", "not a .npy file");
}

TEST(NpyTest, WrittenFilesAreNumpysToTheByte) {
  const auto path = std::filesystem::path(testing::TempDir()) / "written.npy";
  const auto expect = [&](const Shape& shape, const std::vector<float>& values,
                          const std::string& text, size_t size = 128) {
    WriteNpy(path, shape, values);
    const std::string header =
        "{'descr': '<f4', 'fortran_order': False, 'shape': " + text + ", }";
    // numpy.save's padding: to `size` bytes, with a line feed last.
    EXPECT_EQ(
        ReadText(path),
        Npy(header + std::string(size - 11 - header.size(), ' ') + "\n", Raw(values)));
    EXPECT_EQ(ReadNpy(path).shape, shape);
    EXPECT_EQ(ReadNpy(path).values, values);
  };
  expect({2, 3}, {1, 2, 3, 4, 5, 6}, "(2, 3)");
  expect({1}, {-0.5f}, "(1,)");
  expect({}, {4}, "()");
  expect({0, 7}, {}, "(0, 7)");
  Shape widest_in_128(14, 1);
  widest_in_128.back() = 100;
  expect(widest_in_128, std::vector<float>(100, 5),
         "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 100)");
  expect(Shape(15, 1), {2}, "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)", 192);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace svla
