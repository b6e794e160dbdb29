#include "smolvla/doctor/doctor.h"

#include <iostream>
#include <memory>

#include "apps/checkpoint_options.h"
#include "apps/commands.h"
#include "apps/doctor_report.h"
#include "apps/finite_range.h"
#include "apps/observation_arguments.h"

namespace svla {
namespace {

struct DoctorArguments {
  std::string checkpoint;
  CheckpointOptions files;
  ObservationArguments seen;
  std::string dataset;
  double fps = 0;
  bool measure = false;
  std::string dtype = "fp32";
  bool json = false;
};

constexpr const char* kExamples =
    "\nExit code 1 if a finding is an error.\n\n"
    "Examples:\n"
    "  smolvla doctor my_policy\n"
    "  smolvla doctor my_policy --dataset my_dataset --image top=top.png \\\n"
    "      --image wrist=wrist.png --state 0.1,-22.5,80,45,0,12 \\\n"
    "      --task 'pick up the red cube'\n"
    "  smolvla doctor my_policy --measure --json | jq '.findings[].code'";

void DiagnoseAndReport(const DoctorArguments& a, const CLI::App& command) {
  Given given;
  for (const std::string& image : a.seen.images) {
    const auto [key, file] = ParseImage(image);
    given.pictures.push_back({key, file});
  }
  if (command.count("--state") > 0) given.state = ParseState(a.seen.state);
  if (command.count("--task") > 0) given.task = a.seen.task;
  if (command.count("--fps") > 0) given.fps = a.fps;
  given.dataset = a.dataset;
  given.measure = a.measure;
  given.dtype = a.dtype;
  const Diagnosis diagnosis = Diagnose(a.checkpoint, a.files, given);
  if (a.json)
    std::cout << Serialized(ToJson(diagnosis)) << "\n";
  else
    std::cout << ToText(diagnosis);
  if (diagnosis.Count(Severity::kError) > 0) throw FoundWrong();
}

}  // namespace

void AddDoctor(CLI::App& app) {
  const auto a = std::make_shared<DoctorArguments>();
  CLI::App& command = *app.add_subcommand(
      "doctor", "what would make the robot useless in silence, before it moves");
  command.footer(kExamples);
  AddCheckpointOptions(command, a->checkpoint, a->files);
  AddObservationOptions(command, a->seen);
  // Every part of an observation may be left out here; none can be masked.
  command.get_option("--state")->required(false);
  command.get_option("--task")->required(false);
  command.remove_option(command.get_option("--mask"));
  command
      .add_option("--dataset", a->dataset,
                  "folder of the LeRobot dataset that the checkpoint was trained on")
      ->type_name("DIR");
  command
      .add_option("--fps", a->fps,
                  "actions a second of the control loop; default: the dataset's, or 30")
      ->check(FiniteRange(0.001, 1e6))
      ->type_name("N");
  command.add_flag("--measure", a->measure,
                   "measure a chunk even without --image and --state");
  command.add_option("--dtype", a->dtype, "of the weights in that measurement")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  command.add_flag("--json", a->json, "print one JSON object");
  command.callback([a, &command] { DiagnoseAndReport(*a, command); });
}

}  // namespace svla
