#include <algorithm>

#include "apps/data/data_commands.h"
#include "apps/data/edit.h"

namespace svla {

void AddDataDelete(CLI::App& data) {
  struct Arguments : EditArguments {
    std::string episodes;
  };
  const auto a = std::make_shared<Arguments>();
  CLI::App& command =
      *data.add_subcommand("delete", "a dataset without some of its episodes");
  command.footer(
      "\nExamples:\n"
      "  smolvla data delete my_dataset without_the_bad_ones --episodes 1,7:10\n"
      "  smolvla data delete my_dataset --episodes 12 --in-place");
  AddEditArguments(command, *a);
  command.add_option("--episodes", a->episodes, "which: 0,3:6 is 0, 3, 4 and 5")
      ->type_name("LIST")
      ->required();
  command.callback([a] {
    RunEdit(*a, "copying", [a](Edit& edit) {
      const Dataset& source = edit.sources.front();
      const std::vector<const Episode*> gone = NamedEpisodes(source, a->episodes);
      for (const Episode& episode : source.episodes())
        if (std::find(gone.begin(), gone.end(), &episode) == gone.end())
          edit.Choose(source, episode);
    });
  });
}

}  // namespace svla
