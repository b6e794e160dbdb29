#include "apps/data/data_commands.h"
#include "apps/data/edit.h"
#include "smolvla/base/error.h"

namespace svla {
namespace {

struct Arguments : EditArguments {
  std::vector<std::string> renames, drops;
};

// "top" means the camera of that name, anything else a feature.
std::string KeyOf(const Dataset& dataset, const std::string& name) {
  if (dataset.info().Find(name)) return name;
  return dataset.Camera(name).key;
}

// A bare new name stays in the family of the old: observation.images.NEW.
std::string NewKey(const std::string& key, const std::string& name) {
  const size_t point = key.rfind('.');
  if (name.find('.') != name.npos || point == key.npos) return name;
  return key.substr(0, point + 1) + name;
}

void Fill(const Arguments& a, Edit& edit) {
  const Dataset& source = edit.sources.front();
  for (const std::string& rename : a.renames) {
    const size_t equals = rename.find('=');
    if (equals == rename.npos || equals == 0 || equals + 1 == rename.size())
      throw CLI::ValidationError("--camera",
                                 "expected OLD=NEW, found \"" + rename + "\"");
    const std::string key = KeyOf(source, rename.substr(0, equals));
    if (!edit.plan.renames.emplace(key, NewKey(key, rename.substr(equals + 1))).second)
      throw CLI::ValidationError("--camera",
                                 "expected one new name for " + key + ", found two");
  }
  for (const std::string& drop : a.drops) {
    const std::string key = KeyOf(source, drop);
    if (edit.plan.renames.contains(key))
      throw CLI::ValidationError(
          "--drop", "expected a feature that is not renamed, found " + key);
    edit.plan.drops.insert(key);
  }
  edit.ChooseAll();
}

}  // namespace

void AddDataRename(CLI::App& data) {
  const auto a = std::make_shared<Arguments>();
  CLI::App& command = *data.add_subcommand(
      "rename", "a dataset with other names of cameras or features, or without some");
  command.footer(
      "\nExamples:\n"
      "  smolvla data rename my_dataset renamed --camera laptop=top --camera "
      "phone=wrist\n"
      "  smolvla data rename my_dataset smaller --drop observation.images.phone");
  AddEditArguments(command, *a);
  command
      .add_option("--camera,--feature", a->renames,
                  "a camera (\"top\" for observation.images.top) or another feature, "
                  "and its new name")
      ->type_name("OLD=NEW");
  command.add_option("--drop", a->drops, "a camera or feature to leave out")
      ->type_name("KEY");
  command.callback([a] {
    if (a->renames.empty() && a->drops.empty())
      throw CLI::ValidationError("--camera", "expected --camera OLD=NEW or --drop KEY");
    RunEdit(*a, "copying", [a](Edit& edit) { Fill(*a, edit); });
  });
}

}  // namespace svla
