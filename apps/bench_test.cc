// `smolvla bench` as a user meets it, and its parts.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <limits>
#include <sstream>

#include "apps/bench_plot.h"
#include "apps/bench_report.h"
#include "apps/commands.h"
#include "smolvla/base/file.h"
#include "smolvla/kernels/products.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

const std::string kDemo =
    (fs::path(SMOLVLA_SOURCE_DIR) / "testdata/demo/checkpoint").string();

int Bench(const std::string& arguments) {
  std::istringstream words("smolvla bench " + kDemo + " --repeats 1 " + arguments);
  std::vector<std::string> list;
  for (std::string word; words >> word;) list.push_back(word);
  std::vector<const char*> argv;
  for (const std::string& word : list) argv.push_back(word.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = RunCommandLine(static_cast<int>(argv.size()), argv.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return code;
}

BenchOptions Demo(std::vector<int64_t> steps) {
  BenchOptions options;
  options.checkpoint = kDemo;
  options.repeats = 2;
  options.steps = std::move(steps);
  return options;
}

// One that nothing was run for.
BenchReport Drawn(const std::vector<std::array<double, 3>>& steps_ms_error) {
  BenchReport report;
  report.options.random = "base";
  report.threads = 2;
  for (const auto& [steps, ms, error] : steps_ms_error) {
    StepsRun run;
    run.steps = static_cast<int64_t>(steps);
    run.total = {ms, ms, ms};
    run.vision = {0.6 * ms}, run.prefix = {0.1 * ms};
    run.expert_step = {0.3 * ms / steps};
    run.relative_l2 = error;
    report.runs.push_back(run);
  }
  return report;
}

fs::path Temporary(const std::string& name) {
  return fs::path(testing::TempDir()) / ("bench" + std::to_string(::getpid()) + name);
}

TEST(Bench, OneNumberOfStepsGivesTheStagesAndTheRates) {
  const BenchReport report = RunBench(Demo({3}));
  const Json json = ToJson(report);
  for (const char* stage : {"total_ms", "vision_ms", "prefix_ms", "expert_step_ms"}) {
    EXPECT_GT(json[stage]["min"], 0.0) << stage;
    EXPECT_GE(json[stage]["median"], json[stage]["min"]) << stage;
    EXPECT_GE(json[stage]["p99"], json[stage]["median"]) << stage;
  }
  for (const char* key : {"startup_ms", "gflops", "peak_gflops", "peak_share",
                          "onednn_gflops", "onednn_share", "peak_rss_mb"})
    EXPECT_GT(json[key], 0.0) << key;
  EXPECT_EQ(json["steps"], 3);
  EXPECT_EQ(json["dtype"], "fp32");
  EXPECT_EQ(json["onednn_dtype"], "fp32");
  EXPECT_EQ(json["network"], kDemo);
  EXPECT_NE(json["machine"], "");
  EXPECT_NE(json["commit"], "");
  EXPECT_GE(json["peak_gflops"], json["onednn_gflops"]);
  EXPECT_NE(ToText(report).find("oneDNN (fp32)"), std::string::npos);
}

TEST(Bench, SeveralNumbersOfStepsAreComparedWithTheConvergedChunk) {
  const Json json = ToJson(RunBench(Demo({1, 4, kConvergedSteps})));
  ASSERT_EQ(json["steps"].size(), 3u);
  double last = std::numeric_limits<double>::infinity();
  for (const Json& each : json["steps"]) {
    EXPECT_GT(each["total_ms"]["median"], 0.0);
    EXPECT_LT(each["relative_l2"], last);
    last = each["relative_l2"].get<double>();
    EXPECT_EQ(each["max_abs"] == 0.0, each["steps"] == kConvergedSteps);
  }
  EXPECT_EQ(last, 0.0);
}

TEST(Bench, OfBf16TheTypeOfTheYardstickIsTold) {
  BenchOptions options = Demo({1});
  options.dtype = "bf16";
  const Json json = ToJson(RunBench(options));
  EXPECT_EQ(json["dtype"], "bf16");
  const bool has_bf16 = MakeOneDnnProducts(DType::kBF16) != nullptr;
  EXPECT_EQ(json["onednn_dtype"], has_bf16 ? "bf16" : "fp32");
  EXPECT_GT(json["onednn_share"], 0.0);
}

TEST(Bench, TheReferenceBackendHasNoOneDnnBesideIt) {
  BenchOptions options = Demo({1});
  options.backend = "reference";
  const BenchReport report = RunBench(options);
  EXPECT_EQ(ToJson(report)["onednn_share"], 0.0);
  EXPECT_EQ(ToText(report).find("oneDNN"), std::string::npos);
}

TEST(Bench, QuantilesAreSamples) {
  EXPECT_EQ(Quantile({3, 1, 2}, 0.0), 1);
  EXPECT_EQ(Quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(Quantile({3, 1, 2}, 0.99), 3);
  EXPECT_EQ(Quantile({7}, 0.5), 7);
}

TEST(Bench, AWrongCommandLineIsTwo) {
  for (const char* steps : {"0", "-1", "x", "1,x", "1,0", "10001", "2.5", ","})
    EXPECT_EQ(Bench(std::string("--steps ") + steps), 2) << steps;
  EXPECT_EQ(Bench("--random base"), 2);  // and a checkpoint
  EXPECT_EQ(Bench("--cameras 0"), 2);
  EXPECT_EQ(Bench("--dtype fp8"), 2);
}

TEST(Bench, ThePlotIsMadeAndItsNameCheckedBeforeTheWork) {
  const fs::path path = Temporary("plot.svg");
  EXPECT_EQ(Bench("--steps 1,2 --plot " + path.string()), 0);
  EXPECT_NE(ReadText(path).find("<svg"), std::string::npos);
  fs::remove(path);
  EXPECT_EQ(Bench("--steps 1 --plot " + path.string()), 0);
  EXPECT_NE(ReadText(path).find("<svg"), std::string::npos);
  fs::remove(path);
  EXPECT_EQ(Bench("--plot plot.jpg"), 1);
  EXPECT_EQ(Bench("--plot /nowhere/at/all/plot.png"), 1);
}

TEST(BenchPlot, IsDrawnWhateverTheNumbersAre) {
  const fs::path path = Temporary("plot.png");
  for (const BenchReport& report :
       {Drawn({{10, 5000, 0}}), Drawn({{10, 0.01, 0}}),
        Drawn({{1, 4000, 0.7}, {10, 5000, 0.1}, {50, 9000, 0.02}}),
        Drawn({{1, 4000, 1e-12}, {2, 4000, 3e5}}), Drawn({{5, 1, 0.1}, {5, 1, 0.1}}),
        Drawn({{100, 1, 0}, {100, 2, 0}}),
        Drawn({{1, 1e-3, 0.5}, {10000, 1e8, 0.5}})}) {
    PlotBench(path, report);
    EXPECT_EQ(ReadPicture(path).width, 1600);
  }
  fs::remove(path);
}

}  // namespace
}  // namespace svla
