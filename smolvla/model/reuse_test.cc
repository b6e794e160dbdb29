// SmolVla::SetReuse: what is not computed again changes nothing.
#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

class ReuseTest : public testing::TestWithParam<const char*> {
 protected:
  ReuseTest() { reusing_.net.SetReuse(true); }

  // Both networks see the input; they must agree, and the one that reuses must have
  // encoded so many pictures and rows of the prefix.
  void Expect(const ModelInput& input, int64_t pictures, int64_t rows) {
    std::vector<double> actions(noise_.size()), plain(noise_.size());
    const StageTimes times = reusing_.net.Predict(input, noise_, nullptr, actions);
    const StageTimes all = plain_.net.Predict(input, noise_, nullptr, plain);
    EXPECT_EQ(actions, plain);
    EXPECT_EQ(times.pictures, pictures);
    EXPECT_EQ(times.prefix_rows, rows);
    EXPECT_EQ(all.pictures, static_cast<int64_t>(input.prefix.cameras.size()));
    EXPECT_EQ(all.prefix_rows, AllRows(input));
  }

  int64_t AllRows(const ModelInput& input) const {
    return PrefixTokens(input.prefix, plain_.sizes.vision.Tokens());
  }

  // Changes one number of one camera's picture.
  void Touch(ModelInput& input, size_t camera) const {
    const size_t picture = input.pixels.size() / input.prefix.cameras.size();
    float& pixel = input.pixels[(camera + 1) * picture - 1];
    pixel = -pixel;
  }

  TestNetwork plain_ = GoldenNetwork("two_cameras", GetParam());
  TestNetwork reusing_ = GoldenNetwork("two_cameras", GetParam());
  std::vector<double> noise_ = RandomNoise(plain_.sizes, 1);
  ModelInput input_ = RandomInput(plain_.sizes, /*cameras=*/3, /*words=*/9, 2);
};

TEST_P(ReuseTest, ASecondLookComputesTheStateAlone) {
  Expect(input_, 3, AllRows(input_));
  Expect(input_, 0, 1);
  input_.prefix.state[0] += 0.5;
  Expect(input_, 0, 1);
  Expect(input_, 0, 1);
}

TEST_P(ReuseTest, OnlyTheCamerasThatChangedAreEncoded) {
  Expect(input_, 3, AllRows(input_));
  Touch(input_, 1);
  Expect(input_, 1, AllRows(input_));
  Touch(input_, 0);
  Touch(input_, 2);
  Expect(input_, 2, AllRows(input_));
  Touch(input_, 0);
  Touch(input_, 1);
  Expect(input_, 2, AllRows(input_));
  Expect(input_, 0, 1);
}

TEST_P(ReuseTest, OtherWordsNeedAllOfThePrefixButNoPicture) {
  Expect(input_, 3, AllRows(input_));
  input_.prefix.words[3] += 1;
  Expect(input_, 0, AllRows(input_));
  input_.prefix.words.pop_back();  // other sizes: nothing is kept
  Expect(input_, 3, AllRows(input_));
  std::swap(input_.prefix.cameras[0], input_.prefix.cameras[1]);
  Expect(input_, 0, AllRows(input_));
}

TEST_P(ReuseTest, AnotherNumberOfCamerasBeginsAnew) {
  const ModelInput one = RandomInput(plain_.sizes, /*cameras=*/1, /*words=*/9, 2);
  Expect(input_, 3, AllRows(input_));
  Expect(one, 1, AllRows(one));
  Expect(one, 0, 1);
  Expect(input_, 3, AllRows(input_));
}

TEST_P(ReuseTest, SwitchingItOffForgets) {
  Expect(input_, 3, AllRows(input_));
  reusing_.net.SetReuse(false);
  Expect(input_, 3, AllRows(input_));
  reusing_.net.SetReuse(true);
  Expect(input_, 3, AllRows(input_));
}

INSTANTIATE_TEST_SUITE_P(Backends, ReuseTest,
                         testing::Values("reference", "cpu", "cpu_bf16"),
                         [](const auto& c) { return std::string(c.param); });

}  // namespace
}  // namespace svla
