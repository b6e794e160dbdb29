#include <cmath>
#include <iomanip>
#include <iostream>
#include <set>
#include <sstream>

#include "apps/data/data_commands.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

struct InfoReport {
  fs::path folder;
  DatasetInfo info;
  int64_t episodes = 0, frames = 0, shortest = 0, longest = 0;
  std::map<std::string, int64_t> tasks;  // episodes that name it
  int64_t data_files = 0, data_missing = 0, video_files = 0, video_missing = 0;
  uintmax_t bytes = 0;  // of the files that are there
};

void CountFiles(const fs::path& folder, const std::set<fs::path>& files, int64_t& count,
                int64_t& missing, uintmax_t& bytes) {
  for (const fs::path& file : files) {
    std::error_code absent;
    const uintmax_t size = fs::file_size(folder / file, absent);
    ++(absent ? missing : count);
    bytes += absent ? 0 : size;
  }
}

InfoReport Summarise(const Dataset& dataset) {
  InfoReport report;
  report.folder = dataset.folder();
  report.info = dataset.info();
  report.episodes = static_cast<int64_t>(dataset.episodes().size());
  report.frames = dataset.frames();
  for (const auto& [number, task] : dataset.tasks()) report.tasks[task] = 0;
  std::set<fs::path> data, videos;
  for (const Episode& episode : dataset.episodes()) {
    const bool first = &episode == &dataset.episodes().front();
    report.shortest =
        first ? episode.length : std::min(report.shortest, episode.length);
    report.longest = std::max(report.longest, episode.length);
    for (const std::string& task : episode.tasks) ++report.tasks[task];
    data.insert(episode.data_file);
    for (const auto& [camera, place] : episode.videos) videos.insert(place.file);
  }
  CountFiles(report.folder, data, report.data_files, report.data_missing, report.bytes);
  CountFiles(report.folder, videos, report.video_files, report.video_missing,
             report.bytes);
  return report;
}

Json ToJson(const Feature& feature) {
  Json json{{"key", feature.key}, {"dtype", feature.dtype}, {"shape", feature.shape}};
  if (feature.IsCamera())
    json.update({{"width", feature.width}, {"height", feature.height}});
  else
    json["names"] = feature.names;
  return json;
}

Json ToJson(const InfoReport& r) {
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
          {"data_files", {{"found", r.data_files}, {"missing", r.data_missing}}},
          {"video_files", {{"found", r.video_files}, {"missing", r.video_missing}}},
          {"bytes", r.bytes}};
}

std::string Files(const char* kind, int64_t found, int64_t missing) {
  std::ostringstream text;
  text << found << " of " << kind;
  if (missing) text << " (" << missing << " MISSING)";
  return text.str();
}

std::string Describe(const Feature& feature) {
  std::ostringstream text;
  text << feature.dtype;
  if (feature.IsCamera()) {
    text << " " << feature.width << "x" << feature.height;
  } else if (!feature.shape.empty() && feature.Size() != 1) {
    for (size_t i = 0; i < feature.shape.size(); ++i)
      text << (i ? "x" : " ") << feature.shape[i];
  }
  std::string names;
  for (size_t i = 0; i < feature.names.size() && i < 8; ++i)
    names += (i ? ", " : "") + feature.names[i];
  if (feature.names.size() > 8) names += ", ...";
  if (!feature.IsCamera() && !names.empty()) text << ": " << names;
  return text.str();
}

std::string Time(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  std::ostringstream text;
  if (whole >= 3600) text << whole / 3600 << " h ";
  if (whole >= 60) text << whole / 60 % 60 << " min ";
  text << whole % 60 << " s";
  return text.str();
}

std::string ToText(const InfoReport& r) {
  std::ostringstream text;
  text << Printable(r.folder.string()) << "\n\n"
       << "version     " << r.info.version << "\n"
       << "robot       "
       << (r.info.robot_type.empty() ? "not said" : Printable(r.info.robot_type))
       << "\n"
       << "episodes    " << r.episodes << ", of " << r.shortest << " to " << r.longest
       << " frames\n"
       << "frames      " << r.frames << " at " << r.info.fps
       << " a second: " << Time(static_cast<double>(r.frames) / r.info.fps) << "\n"
       << "files       " << Files("data", r.data_files, r.data_missing) << ", "
       << Files("video", r.video_files, r.video_missing) << ", " << std::fixed
       << std::setprecision(1) << static_cast<double>(r.bytes) / 1e6 << " MB\n";
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
    const InfoReport report = Summarise(Dataset(FindDataset(a->dataset)));
    std::cout << (a->json ? Serialized(ToJson(report)) + "\n" : ToText(report));
  });
}

}  // namespace svla
