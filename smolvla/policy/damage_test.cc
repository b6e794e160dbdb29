// Every file of a checkpoint cut short or changed: an Error that names the file, or
// a policy that runs, and never a crash.
#include <gtest/gtest.h>

#include "smolvla/policy/test_checkpoints.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Files() {
  std::vector<std::string> files;
  const CheckpointCopy copy;
  for (const auto& entry : fs::directory_iterator(copy.path()))
    files.push_back(entry.path().filename().string());
  std::sort(files.begin(), files.end());
  return files;
}

class DamageTest : public testing::TestWithParam<std::string> {
 protected:
  // What becomes of the checkpoint with these bytes in place of the file's.
  std::string RefusalOf(const std::string& bytes) {
    WriteAtomically(copy_.path() / GetParam(), bytes);
    return MessageOf([&] {
      Policy policy = copy_.Load();
      policy.Predict(SomeObservation());
    });
  }

  CheckpointCopy copy_;
  const std::string whole_ = ReadText(copy_.path() / GetParam());
};

TEST_P(DamageTest, AFileCutShortIsAnErrorThatNamesIt) {
  for (const double part : {0.0, 0.001, 0.1, 0.5, 0.9}) {
    const auto size = static_cast<size_t>(part * static_cast<double>(whole_.size()));
    const std::string message = RefusalOf(whole_.substr(0, size));
    EXPECT_TRUE(Says(message, GetParam())) << part;
  }
  // A text whose last byte is a new line loses nothing with it.
  std::string trimmed = whole_.substr(0, whole_.find_last_not_of(" \n") + 1);
  trimmed.pop_back();
  EXPECT_TRUE(Says(RefusalOf(trimmed), GetParam()));
}

TEST_P(DamageTest, AFileWithBytesBehindItIsAnErrorThatNamesIt) {
  EXPECT_TRUE(Says(RefusalOf(whole_ + "}"), GetParam()));
}

TEST_P(DamageTest, AFileThatIsAnotherIsAnErrorThatNamesIt) {
  for (const std::string& bytes :
       {std::string("[]"), std::string("null"), std::string("12"), std::string("\0", 1),
        std::string(1000, '\xff'), std::string("<!DOCTYPE html>")})
    EXPECT_TRUE(Says(RefusalOf(bytes), GetParam())) << bytes.substr(0, 20);
}

TEST_P(DamageTest, AnyChangedByteIsAnErrorOrNoHarm) {
  const Random random(17);
  const size_t rounds = GetParam() == "tokenizer.json" ? 20 : 50;
  // The header and its surroundings are where the harm is.
  const size_t reach = std::min<size_t>(whole_.size(), 40'000);
  for (size_t round = 0; round < rounds; ++round) {
    std::string bytes = whole_;
    for (uint64_t flip = 0; flip < 1 + round % 3; ++flip) {
      const auto words = random.Words(round * 4 + flip);
      bytes[words[0] % reach] = static_cast<char>(
          words[1] % 2 ? words[2] : "0123456789-{}[]\",."[words[2] % 19]);
    }
    RefusalOf(bytes);
  }
}

TEST_P(DamageTest, AMissingFileIsSaid) {
  if (GetParam() == "tokenizer_config.json") {  // tells the side where it is cut
    copy_.Remove(GetParam());
    EXPECT_EQ(copy_.Refusal(), "no error");
    return;
  }
  copy_.Remove(GetParam());
  if (GetParam().ends_with("processor.json")) {
    // Then it is a checkpoint older than the processors, without statistics.
    EXPECT_TRUE(Says(copy_.Refusal(), "no statistics"));
    return;
  }
  EXPECT_TRUE(Says(copy_.Refusal(), GetParam()));
}

TEST_P(DamageTest, AFolderInItsPlaceIsAnError) {
  copy_.Remove(GetParam());
  fs::create_directory(copy_.path() / GetParam());
  EXPECT_NE(copy_.Refusal(), "no error");
}

INSTANTIATE_TEST_SUITE_P(Files, DamageTest, testing::ValuesIn(Files()),
                         [](const auto& c) {
                           std::string name = c.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace svla
