#include <iostream>
#include <memory>

#include "apps/checkpoint_options.h"
#include "apps/checkpoint_report.h"
#include "apps/commands.h"
#include "smolvla/base/text.h"

namespace svla {

void AddInfo(CLI::App& app) {
  struct Arguments {
    std::string checkpoint;
    CheckpointOptions files;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  CLI::App& command = *app.add_subcommand("info", "what a checkpoint is and needs");
  command.footer(
      "\nExamples:\n"
      "  smolvla info my_policy\n"
      "  smolvla info my_policy --json | jq .cameras");
  AddCheckpointOptions(command, a->checkpoint, a->files);
  command.add_flag("--json", a->json, "print one JSON object");
  command.callback([a] {
    const CheckpointReport report = Inspect(a->checkpoint, a->files);
    if (a->json)
      std::cout << Serialized(ToJson(report)) << "\n";
    else
      std::cout << ToText(report);
    for (const std::string& warning : report.checkpoint.warnings)
      std::cerr << "warning: " << Printable(warning) << "\n";
  });
}

}  // namespace svla
