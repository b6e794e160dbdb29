#include "apps/data/data_commands.h"
#include "apps/data/edit.h"

namespace svla {

void AddDataConvert(CLI::App& data) {
  const auto a = std::make_shared<EditArguments>();
  CLI::App& command = *data.add_subcommand(
      "convert", "v2.0 or v2.1 into v3.0; numbers and videos are copied");
  command.footer(
      "\nExamples:\n"
      "  smolvla data convert my_v21_dataset my_dataset\n"
      "  smolvla data convert lerobot/svla_so101_pickplace here --skip-missing");
  AddEditArguments(command, *a);
  command.callback(
      [a] { RunEdit(*a, "converting", [](Edit& edit) { edit.ChooseAll(); }); });
}

}  // namespace svla
