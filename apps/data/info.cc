#include <iomanip>
#include <iostream>
#include <sstream>

#include "apps/data/data_commands.h"
#include "apps/data/summary.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

Json ToJson(const Feature& feature) {
  Json json{{"key", feature.key}, {"dtype", feature.dtype}, {"shape", feature.shape}};
  if (feature.IsCamera())
    json.update({{"width", feature.width}, {"height", feature.height}});
  else
    json["names"] = feature.names;
  return json;
}

Json ToJson(const SummarisedFiles& files) {
  return {
      {"found", files.found},
      {"missing", files.missing.size()},
      {"out_of_reach", files.out_of_reach.empty() ? Json() : Json(files.out_of_reach)}};
}

Json ToJson(const DatasetSummary& r) {
  Json features = Json::array(), tasks = Json::array();
  for (const Feature& feature : r.info.features) features.push_back(ToJson(feature));
  for (const auto& [task, episodes] : r.tasks)
    tasks.push_back({{"task", task}, {"episodes", episodes}});
  return {{"dataset", r.folder.string()},
          {"version", r.info.version},
          {"robot_type", r.info.robot_type},
          {"fps", r.info.fps},
          {"episodes", r.episodes},
          {"frames", r.frames},
          {"seconds", static_cast<double>(r.frames) / r.info.fps},
          {"shortest_episode", r.shortest},
          {"longest_episode", r.longest},
          {"features", features},
          {"tasks", tasks},
          {"data_files", ToJson(r.data)},
          {"video_files", ToJson(r.videos)},
          {"bytes", r.bytes}};
}

std::string Files(const char* kind, const SummarisedFiles& files) {
  std::ostringstream text;
  text << files.found << " of " << kind;
  if (!files.out_of_reach.empty())
    text << " (" << files.missing.size() << " OUT OF REACH, "
         << Printable(files.out_of_reach) << ")";
  else if (!files.missing.empty())
    text << " (" << files.missing.size() << " MISSING)";
  return text.str();
}

std::string ToText(const DatasetSummary& r) {
  std::ostringstream text;
  text << Printable(r.folder.string()) << "\n\n"
       << "version     " << r.info.version << "\n"
       << "robot       "
       << (r.info.robot_type.empty() ? "not said" : Printable(r.info.robot_type))
       << "\n"
       << "episodes    " << r.episodes << ", of " << r.shortest << " to " << r.longest
       << " frames\n"
       << "frames      " << r.frames << " at " << r.info.fps
       << " a second: " << Duration(static_cast<double>(r.frames) / r.info.fps) << "\n"
       << "files       " << Files("data", r.data) << ", " << Files("video", r.videos)
       << ", " << std::fixed << std::setprecision(1)
       << static_cast<double>(r.bytes) / 1e6 << " MB\n";
  for (const auto& [task, episodes] : r.tasks)
    text << "task        " << Printable(task) << "  (" << episodes
         << (episodes == 1 ? " episode)\n" : " episodes)\n");
  text << "\n";
  size_t width = 0;
  for (const Feature& feature : r.info.features)
    width = std::max(width, feature.key.size());
  for (const Feature& feature : r.info.features)
    text << "  " << std::left << std::setw(static_cast<int>(width) + 2)
         << Printable(feature.key) << Printable(Describe(feature)) << "\n";
  return text.str();
}

}  // namespace

void AddDataInfo(CLI::App& data) {
  struct Arguments {
    std::string dataset;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  CLI::App& command = *data.add_subcommand("info", "what a dataset holds");
  command.footer(
      "\nExamples:\n"
      "  smolvla data info my_dataset\n"
      "  smolvla data info lerobot/svla_so101_pickplace --json | jq .frames");
  AddDatasetArgument(command, a->dataset);
  AddJsonFlag(command, a->json);
  command.callback([a] {
    const DatasetSummary report = Summarise(Dataset(OpenFolder(a->dataset)));
    std::cout << (a->json ? Serialized(ToJson(report)) + "\n" : ToText(report));
  });
}

}  // namespace svla
