// For each finding a fault, planted in a sound checkpoint, observation or dataset, that
// yields this finding and no other.
#include "smolvla/doctor/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "smolvla/doctor/checks.h"
#include "smolvla/doctor/test_scene.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

std::vector<SceneFault> AllFaults() {
  std::vector<SceneFault> all;
  for (const auto& faults : {FilesFaults(), WeightFaults(), TokenizerFaults(),
                             StatisticsFaults(), ObservationFaults(), DatasetFaults()})
    all.insert(all.end(), faults.begin(), faults.end());
  return all;
}

class DoctorNames : public testing::TestWithParam<size_t> {};

TEST_P(DoctorNames, ThePlantedFaultAndNoOther) {
  const SceneFault fault = AllFaults()[GetParam()];
  Scene scene;
  fault.plant(scene);
  const Diagnosis diagnosis = scene.Examine();
  EXPECT_EQ(CodesOf(diagnosis), std::set<std::string>{fault.code}) << Told(diagnosis);
  ASSERT_FALSE(diagnosis.findings.empty());
  const Finding& finding = diagnosis.findings[0];
  EXPECT_EQ(finding.severity, fault.severity) << fault.code;
  EXPECT_TRUE(Says(finding.subject + ": " + finding.message + " " + finding.remedy,
                   fault.words));
  EXPECT_NE(finding.subject, "");
  EXPECT_NE(finding.consequence, "");
  EXPECT_NE(finding.remedy, "");
}

INSTANTIATE_TEST_SUITE_P(Faults, DoctorNames,
                         testing::Range(size_t{0}, AllFaults().size()),
                         [](const testing::TestParamInfo<size_t>& fault) {
                           std::string name = AllFaults()[fault.param].code;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + "_" + std::to_string(fault.param);
                         });

TEST(Doctor, FindsNothingWhereAllIsWell) {
  Scene scene;
  const Diagnosis diagnosis = scene.Examine();
  EXPECT_EQ(diagnosis.findings.size(), 0u) << Told(diagnosis);
  EXPECT_EQ(diagnosis.not_checked.size(), 0u);
  EXPECT_GE(diagnosis.checked.size(), 12u);
}

TEST(Doctor, SaysWhatItCouldNotLookAt) {
  Scene scene;
  scene.given = {};
  const Diagnosis diagnosis = scene.Examine();
  EXPECT_EQ(diagnosis.findings.size(), 0u) << Told(diagnosis);
  std::string gives;
  for (const NotChecked& gap : diagnosis.not_checked) gives += gap.give + "\n";
  for (const char* option : {"--dataset", "--image", "--state", "--task", "--measure"})
    EXPECT_TRUE(Says(gives, option));
}

TEST(Doctor, MeasuresWithoutPicturesOnRequest) {
  Scene scene;
  scene.given = {};
  scene.given.fps = 0.01;
  scene.given.measure = true;
  const Diagnosis diagnosis = scene.Examine();
  EXPECT_EQ(diagnosis.findings.size(), 0u) << Told(diagnosis);
  EXPECT_TRUE(Says(diagnosis.checked.back(), "time of a chunk: "));
}

// All the faults at once that leave one another to be seen.
TEST(Doctor, GoesOnAfterTheFirstFault) {
  Scene scene;
  scene.copy.Remove("config.json");
  scene.copy.Remove("tokenizer.json");
  scene.Weight("model.state_proj.weight", kNan);
  scene.Prefix("action", "so100");
  scene.given.pictures[0].file = "/nowhere.png";
  const Diagnosis diagnosis = scene.Examine();
  EXPECT_EQ(CodesOf(diagnosis),
            (std::set<std::string>{"config-missing", "tokenizer-missing",
                                   "weights-not-finite", "statistics-prefixed",
                                   "picture-unreadable"}))
      << Told(diagnosis);
}

TEST(Doctor, PutsErrorsFirst) {
  Scene scene;
  scene.Config("unheard_of", 1);
  scene.given.state = {1};
  const Diagnosis diagnosis = scene.Examine();
  ASSERT_EQ(diagnosis.findings.size(), 2u) << Told(diagnosis);
  EXPECT_EQ(diagnosis.findings[0].code, "state-length");
  EXPECT_EQ(diagnosis.Count(kError), 1);
  EXPECT_EQ(diagnosis.Count(kWarning), 1);
}

TEST(Doctor, ReadsRangesAsItReadsDeviations) {
  Scene scene;
  scene.Config("normalization_mapping", {{"STATE", "MIN_MAX"}, {"ACTION", "MEAN_STD"}});
  scene.copy.EditJson(kPreprocessor, [](Json& j) {
    for (Json& step : j["steps"])
      if (step["registry_name"] == "normalizer_processor")
        step["config"]["norm_map"]["STATE"] = "MIN_MAX";
  });
  scene.Statistic(kState, "min", {-50, -100, 0, -20, -80, 0});
  scene.Statistic(kState, "max", {50, 60, 120, 80, 80, 50});
  EXPECT_EQ(Told(scene.Examine()), "");
  (*scene.given.state)[0] = 60;  // a tenth of the range beyond it
  EXPECT_EQ(Told(scene.Examine()), "");
  (*scene.given.state)[0] = 150;
  EXPECT_TRUE(Says(Told(scene.Examine()), "150 is 1 width outside -50 to 50"));
  EXPECT_EQ(scene.Examine().Count(kError), 0);
  (*scene.given.state)[0] = 5000;
  EXPECT_EQ(scene.Examine().Count(kError), 1);
  scene.Statistic(kState, "min", {51, -100, 0, -20, -80, 0});
  EXPECT_TRUE(CodesOf(scene.Examine()).contains("statistics-min-above-max"));
}

TEST(Doctor, TellsDegreesFromRadians) {
  Scene scene;
  scene.Statistic(kState, "mean", {0, -0.35f, 1, 0.5f, 0, 0.4f});
  scene.Statistic(kState, "std", {0.43f, 0.7f, 0.52f, 0.43f, 0.7f, 0.35f});
  const Diagnosis diagnosis = scene.Examine();
  std::string remedies;
  for (const Finding& finding : diagnosis.findings) remedies += finding.remedy;
  EXPECT_TRUE(Says(remedies, "divided by 57.3 (degrees to radians)"));
}

TEST(Doctor, PaceNamesTheNumberOfActionsThatFit) {
  const auto remedy = [](double ms, int64_t steps, double fps) {
    Diagnosis diagnosis;
    CheckPace(ms, steps, /*chunk_size=*/50, fps, diagnosis);
    return diagnosis.findings.empty() ? "none" : diagnosis.findings[0].remedy;
  };
  EXPECT_EQ(remedy(1600, 50, 30), "none");
  EXPECT_TRUE(Says(remedy(400, 1, 30), "at least 12 actions"));
  EXPECT_TRUE(Says(remedy(1700, 50, 30), "not even all 50"));
  EXPECT_TRUE(Says(remedy(1e300, 50, 1e6), "not even all 50"));
  EXPECT_TRUE(Says(remedy(1700, 50, kNan), "not even all 50"));
}

TEST(Doctor, AbsentPicturesOfPlaceholdersAreNoFault) {
  Scene scene;
  scene.Config("empty_cameras", 1);
  EXPECT_EQ(Told(scene.Examine()), "");
}

TEST(Doctor, NormsThatNobodyTrainedAndAnAbsentHeadAreNoFaults) {
  Scene scene;
  scene.Weight(kLayer + "input_layernorm.weight", 1);
  scene.copy.EditTensors(kWeights, [](AlteredTensors& t) {
    t.entries.erase("model.vlm_with_expert.vlm.lm_head.weight");
  });
  EXPECT_EQ(Told(scene.Examine()), "");
}

// LeRobot adds the new line itself.
TEST(Doctor, ATaskThatEndsInANewLineIsTheSameTask) {
  Scene scene;
  *scene.given.task += "\n";
  EXPECT_EQ(Told(scene.Examine()), "");
}

TEST(Doctor, ARenamedCameraIsThePolicys) {
  Scene scene;
  Rename(scene, "observation.images.top", kFront);
  scene.given.pictures[0].key = "top";
  scene.Info([](Json& j) {
    // In the place of the one that it is.
    Json features = Json::object();
    for (const auto& [key, value] : j["features"].items())
      features[key == kFront ? "observation.images.top" : key] = value;
    j["features"] = features;
  });
  EXPECT_EQ(Told(scene.Examine()), "");
}

TEST(Doctor, StatisticsFromElsewhereAreTheOnesExamined) {
  Scene scene;
  scene.Prefix("action", "so100");
  scene.options.stats_from = scene.dataset.string();
  EXPECT_EQ(Told(scene.Examine()), "");
  scene.options = {};
  scene.options.unnormalized = true;
  const Diagnosis raw = scene.Examine();
  EXPECT_EQ(CodesOf(raw), std::set<std::string>{"statistics-prefixed"});
  EXPECT_EQ(raw.Count(kError), 0);
}

// Names of a dataset that does not fit the checkpoint would be those of other joints.
TEST(Doctor, JointsHaveNamesOnlyFromADatasetOfAsMany) {
  Scene scene;
  (*scene.given.state)[0] = 1200;
  EXPECT_TRUE(Says(Told(scene.Examine()), "joint 0 (a): 1200"));
  scene.Info([](Json& j) {
    j["features"][kState]["shape"] = {7};
    j["features"][kState]["names"] = {"z", "a", "b", "c", "d", "e", "f"};
  });
  EXPECT_TRUE(Says(Told(scene.Examine()), "joint 0: 1200"));
}

TEST(Doctor, DamagedFilesAreFindingsAndNothingIsThrown) {
  for (const char* file : {"config.json", kWeights, kPreprocessor, kPostprocessor,
                           kNormalizerState, kUnnormalizerState, "tokenizer.json",
                           "tokenizer_config.json", "vlm_config.json"})
    for (const int keep : {0, 1, 2, 3}) {  // nothing, one byte, half, all but two
      Scene scene;
      scene.given.measure = true;
      const fs::path path = scene.copy.path() / file;
      const auto size = fs::file_size(path);
      fs::resize_file(path, keep == 3 ? size - 2 : keep == 2 ? size / 2 : keep);
      EXPECT_NO_THROW(EXPECT_GE(scene.Examine().Count(kError), 1) << file << keep);
    }
}

TEST(Doctor, TasksOfAParquetFileAreNotChecked) {
  Scene scene;
  fs::remove(scene.dataset / "meta/tasks.jsonl");
  WriteAtomically(scene.dataset / "meta/tasks.parquet", "PAR1");
  const Diagnosis diagnosis = scene.Examine();
  EXPECT_EQ(Told(diagnosis), "");
  ASSERT_EQ(diagnosis.not_checked.size(), 1u);
  EXPECT_TRUE(Says(diagnosis.not_checked[0].what, "tasks.parquet"));
  EXPECT_TRUE(Says(diagnosis.not_checked[0].give, "a meta/tasks.jsonl"));
  scene.Write("tasks.jsonl", {{"task", kTask}});
  EXPECT_EQ(scene.Examine().not_checked.size(), 0u);
}

// docs/doctor.md has a row for each code, and each row has a test here.
TEST(Doctor, DocumentsEveryCode) {
  std::set<std::string> tested, written;
  for (const SceneFault& fault : AllFaults()) tested.insert(fault.code);
  std::ifstream document(fs::path(SMOLVLA_SOURCE_DIR) / "docs/doctor.md");
  bool findings = false;  // the tables before are of options and of JSON
  for (std::string line; std::getline(document, line);) {
    findings = findings || line.starts_with("## Findings");
    if (findings && line.starts_with("| `"))
      written.insert(line.substr(3, line.find('`', 3) - 3));
  }
  EXPECT_EQ(tested, written);
}

}  // namespace
}  // namespace svla
