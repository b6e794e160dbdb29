#include "apps/commands.h"
#include "apps/data/data_commands.h"
#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/commit_log.h"

namespace svla {

void AddDatasetArgument(CLI::App& command, std::string& to) {
  command
      .add_option("dataset", to,
                  "folder of a LeRobot dataset (v2.0, v2.1, v3.0), or a repo id in the "
                  "local Hugging Face cache")
      ->type_name("DIR")
      ->required();
}

std::filesystem::path OpenFolder(const std::string& named) {
  return RecoverRecording(FindDataset(named));
}

void AddThreadsOption(CLI::App& command, int& to) {
  command.add_option("--threads", to, "threads that decode a video")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
}

void AddJsonFlag(CLI::App& command, bool& to) {
  command.add_flag("--json", to, "print one JSON object");
}

void AddForceFlag(CLI::App& command, bool& to) {
  command.add_flag("--force", to, "replace files that are there");
}

void CheckMayWrite(const std::string& path, bool force) {
  std::error_code ignored;
  if (!force && std::filesystem::exists(path, ignored))
    Fail(path,
         ": expected no file of that name, found one; give another name, or "
         "--force to replace it");
  const PendingFile tried{path};
}

void AddData(CLI::App& app) {
  CLI::App& data = *app.add_subcommand(
      "data", "LeRobot datasets: look, verify, repair, convert, edit");
  data.require_subcommand(1);
  data.footer(
      "\nExamples:\n"
      "  smolvla data info lerobot/svla_so101_pickplace\n"
      "  smolvla data verify my_dataset\n"
      "  smolvla data show my_dataset --png sheet.png\n"
      "  smolvla data frame my_dataset --episode 3 --frame 17 --camera top --png "
      "seen.png\n"
      "Exit codes: 0 clean, 1 findings or wrong input, 2 wrong command line.");
  AddDataInfo(data);
  AddDataFrame(data);
  AddDataShow(data);
  AddDataVerify(data);
  AddDataBench(data);
  AddDataStats(data);
  AddDataRepair(data);
  AddDataConvert(data);
  AddDataMerge(data);
  AddDataSplit(data);
  AddDataDelete(data);
  AddDataRename(data);
}

}  // namespace svla
