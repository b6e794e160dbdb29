#include <iomanip>
#include <iostream>
#include <sstream>

#include "apps/data/data_commands.h"
#include "apps/data/edit.h"
#include "apps/data/edit_place.h"
#include "apps/progress_bar.h"
#include "smolvla/base/can_be_seen.h"
#include "smolvla/base/error.h"
#include "smolvla/base/text.h"
#include "smolvla/curate/computed_statistics.h"
#include "smolvla/curate/replaced_statistics.h"

namespace svla {
namespace {

struct StatsArguments {
  std::string dataset, destination, episodes;
  bool no_pictures = false, skip_missing = false, write = false, json = false;
  int threads = 1;
};

struct StatsReport {
  std::string folder;
  int64_t episodes = 0, frames = 0;
  StatisticsByFeature whole;
};

// All of them, the named ones, or those whose files are there.
std::vector<const Episode*> ChosenEpisodes(const Dataset& dataset,
                                           const StatsArguments& a) {
  if (!a.episodes.empty()) return NamedEpisodes(dataset, a.episodes);
  std::set<std::string> unread;
  if (a.no_pictures)
    for (const Feature* camera : dataset.info().Cameras()) unread.insert(camera->key);
  Completeness found = FindComplete(dataset, unread);
  for (const std::filesystem::path& file : found.missing)
    CheckCanBeSeen(dataset.folder() / file);
  if (!found.incomplete.empty() && !a.skip_missing)
    Fail(dataset.folder().string(), ": expected all files of ",
         dataset.episodes().size(), " episodes, found ", found.incomplete.size(),
         " incomplete: ", found.missing.front().string(),
         " is missing; fetch the files, or leave those episodes out with "
         "--skip-missing");
  return found.complete;
}

std::string RowName(const Feature& feature, size_t row) {
  if (feature.IsCamera() && row < 3) return std::array{"red", "green", "blue"}[row];
  return row < feature.names.size() ? feature.names[row] : std::to_string(row);
}

void WriteRow(std::ostream& text, const std::string& name, const auto& cell) {
  text << "  " << std::left << std::setw(28) << Printable(name) << std::right;
  for (const char* statistic : {"min", "max", "mean", "std", "q01", "q50", "q99"})
    text << std::setw(13) << cell(statistic);
  text << "\n";
}

std::string ToText(const Dataset& dataset, const StatsReport& r) {
  std::ostringstream text;
  text << Printable(r.folder) << ": " << r.episodes << " episodes, " << r.frames
       << " frames\n";
  text.precision(6);
  for (const auto& [key, statistics] : r.whole) {
    const Feature& feature = *dataset.info().Find(key);
    text << "\n"
         << Printable(key) << ", " << statistics.count
         << (feature.IsCamera() ? " pictures" : " frames") << "\n";
    WriteRow(text, "", [](const char* statistic) { return statistic; });
    for (size_t row = 0; row < statistics.values.at("mean").size(); ++row)
      WriteRow(text, RowName(feature, row), [&](const char* statistic) {
        return statistics.values.at(statistic).at(row);
      });
  }
  return text.str();
}

void ComputeAndReport(const StatsArguments& a) {
  const Dataset dataset(OpenFolder(a.dataset));
  if (a.write) CheckIsNotCached(dataset.folder());
  const std::vector<const Episode*> episodes = ChosenEpisodes(dataset, a);
  if (episodes.empty())
    Fail(dataset.folder().string(), ": expected one episode at least, found none");
  StatsReport report{dataset.folder().string(), 0, 0, {}};
  std::map<int64_t, StatisticsByFeature> by_episode;
  StatisticsOptions options;
  options.pictures = !a.no_pictures;
  options.decoder_threads = a.threads;
  options.progress = MakeProgressBar("computing", "frames");
  options.each = [&](const Episode& episode, const StatisticsByFeature& made) {
    ++report.episodes;
    report.frames += episode.length;
    // Only v2.1 keeps them where they can be written without the rest.
    if (a.write && dataset.info().version == "v2.1") by_episode[episode.index] = made;
  };
  report.whole = ComputeStatistics(dataset, episodes, options);
  if (a.write) ReplaceStatistics(dataset, report.whole, by_episode);
  if (a.json)
    std::cout << Serialized(Json{{"dataset", report.folder},
                                 {"episodes", report.episodes},
                                 {"frames", report.frames},
                                 {"stats", ToJson(report.whole)},
                                 {"written", a.write}})
              << "\n";
  else
    std::cout << ToText(dataset, report)
              << (a.write
                      ? "\nwritten; what was there first is kept as stats.json.old\n"
                      : "");
}

void CopyWithNew(const StatsArguments& a) {
  EditArguments edit;
  edit.sources = {a.dataset};
  edit.destination = a.destination;
  edit.skip_missing = a.skip_missing;
  edit.json = a.json;
  edit.pictures_anew = !a.no_pictures;
  edit.threads = a.threads;
  RunEdit(edit, "computing", [](Edit& made) { made.ChooseAll(); });
}

}  // namespace

void AddDataStats(CLI::App& data) {
  const auto a = std::make_shared<StatsArguments>();
  CLI::App& command =
      *data.add_subcommand("stats", "statistics computed anew from rows and pictures");
  command.footer(
      "\nExamples:\n"
      "  smolvla data stats my_dataset --episodes 0:10 --no-pictures\n"
      "  smolvla data stats my_dataset --write\n"
      "  smolvla data stats my_dataset with_new_statistics");
  AddDatasetArgument(command, a->dataset);
  CLI::Option* const destination =
      command
          .add_option("destination", a->destination,
                      "folder of a new dataset (v3.0) that has them; without it they "
                      "are printed")
          ->type_name("DST");
  command
      .add_option("--episodes", a->episodes, "of these only: 0,3:6 is 0, 3, 4 and 5")
      ->type_name("LIST")
      ->excludes(destination);
  command.add_flag("--no-pictures", a->no_pictures,
                   "of numbers only; cameras keep what they have");
  command.add_flag("--skip-missing", a->skip_missing,
                   "leave out the episodes whose data or video files are missing");
  command
      .add_flag("--write", a->write,
                "put them into the dataset: meta/stats.json and, of v2.1, "
                "meta/episodes_stats.jsonl; the old files are kept with .old behind "
                "their names")
      ->excludes("--episodes")
      ->excludes("--skip-missing")
      ->excludes(destination);
  AddThreadsOption(command, a->threads);
  AddJsonFlag(command, a->json);
  command.callback(
      [a] { a->destination.empty() ? ComputeAndReport(*a) : CopyWithNew(*a); });
}

}  // namespace svla
