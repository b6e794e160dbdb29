// What the findings say: of which file, and once.
#include <gtest/gtest.h>

#include "smolvla/doctor/test_scene.h"

namespace svla {
namespace {

// The first finding of a scene, or an empty one.
Finding First(const Scene& scene) {
  const Diagnosis diagnosis = scene.Examine();
  return diagnosis.findings.empty() ? Finding{} : diagnosis.findings[0];
}

TEST(Wording, AModeThatConfigJsonNamesIsConfigJsons) {
  for (const char* type : {"STATE", "ACTION", "VISUAL"}) {
    Scene scene;
    scene.copy.EditJson("config.json", [&](Json& json) {
      json["normalization_mapping"][type] = "FOO";
    });
    const Finding finding = First(scene);
    EXPECT_EQ(finding.code, "config-invalid");
    EXPECT_EQ(finding.subject, "config.json");
    EXPECT_TRUE(finding.message.starts_with("normalization_mapping: "))
        << finding.message;
    EXPECT_TRUE(Says(finding.message, "\"FOO\""));
  }
}

TEST(Wording, AFileOfTheProcessorsIsNamedAsItIs) {
  for (const char* file :
       {kPreprocessor, kPostprocessor, kNormalizerState, kUnnormalizerState}) {
    Scene scene;
    WriteAtomically(scene.copy.path() / file, "x");
    EXPECT_EQ(First(scene).code, "processors-invalid");
    EXPECT_EQ(First(scene).subject, file);
  }
}

TEST(Wording, MessagesDoNotRepeatTheFile) {
  for (const char* file :
       {"config.json", kWeights, kPreprocessor, kPostprocessor, kNormalizerState}) {
    Scene scene;
    WriteAtomically(scene.copy.path() / file, "x");
    for (const std::string& name : {scene.checkpoint, scene.checkpoint + "/"}) {
      scene.checkpoint = name;
      EXPECT_EQ(First(scene).subject, file);
      EXPECT_FALSE(First(scene).message.starts_with("/")) << First(scene).message;
      EXPECT_NE(First(scene).message, "");
    }
  }
  Scene scene;
  WriteAtomically(scene.dataset / "meta/tasks.jsonl", "x");
  EXPECT_TRUE(First(scene).message.starts_with("meta/tasks.jsonl:1: "))
      << First(scene).message;
}

TEST(Wording, WhatADatasetThatIsNotThereLeavesOpenIsListed) {
  Scene scene;
  scene.given.dataset += "/nowhere";
  const Diagnosis diagnosis = scene.Examine();
  ASSERT_FALSE(diagnosis.not_checked.empty());
  EXPECT_TRUE(Says(diagnosis.not_checked[0].what, "frame rate"));
  EXPECT_TRUE(Says(diagnosis.not_checked[0].give, "dataset-unreadable"));
}

}  // namespace
}  // namespace svla
