#include "apps/data/data_commands.h"
#include "apps/data/edit.h"

namespace svla {

void AddDataMerge(CLI::App& data) {
  const auto a = std::make_shared<EditArguments>();
  CLI::App& command = *data.add_subcommand(
      "merge", "one dataset out of several of the same robot, one after another");
  command.footer(
      "\nExamples:\n"
      "  smolvla data merge all monday tuesday lerobot/svla_so101_pickplace");
  command.add_option("destination", a->destination, "folder of the new dataset")
      ->type_name("DST")
      ->required();
  command
      .add_option("datasets", a->sources,
                  "folders of LeRobot datasets, or repo ids in the local cache")
      ->type_name("DIR")
      ->required();
  AddEditOptions(command, *a);
  command.callback(
      [a] { RunEdit(*a, "merging", [](Edit& edit) { edit.ChooseAll(); }); });
}

}  // namespace svla
