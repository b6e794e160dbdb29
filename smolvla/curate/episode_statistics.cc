#include "smolvla/curate/episode_statistics.h"

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json_lines.h"
#include "smolvla/data/parquet.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

using ByEpisode = std::map<int64_t, StatisticsByFeature>;

void ReadLines(const fs::path& path, const std::set<std::string>& features,
               ByEpisode& to) {
  ReadJsonLines(path, [&](const Json& value, const std::string& name) {
    const JsonReader line(value, name);
    const Json* all = line.Find("stats");
    if (!all || !all->is_object()) line.FailAt("stats", "an object");
    Json wanted = Json::object();
    for (const auto& [feature, statistics] : all->items())
      if (features.contains(feature)) wanted[feature] = statistics;
    to[line.Integer("episode_index", -1, {0, int64_t{1} << 40})] =
        ParseStatisticsByFeature(wanted, name);
  });
}

// "stats/observation.images.top/min" -> {"observation.images.top", "min"}
bool SplitName(const std::string& column, std::string& feature,
               std::string& statistic) {
  const std::string start = "stats/";
  const size_t end = column.rfind('/');
  if (!column.starts_with(start) || end <= start.size()) return false;
  feature = column.substr(start.size(), end - start.size());
  statistic = column.substr(end + 1);
  return true;
}

void ReadTable(const fs::path& path, const DatasetInfo& info,
               const std::set<std::string>& features, ByEpisode& to) {
  const ParquetFile file(path);
  std::vector<std::string> columns{"episode_index"};
  std::string feature, statistic;
  for (const std::string& column : file.columns())
    if (SplitName(column, feature, statistic) && features.contains(feature))
      columns.push_back(column);
  const Table table = file.ReadAll(columns);
  const Column& episodes = table.columns[0];
  if (episodes.kind != ColumnKind::kInteger || episodes.is_list)
    Fail(path.string(), ": column \"episode_index\": expected whole numbers, found ",
         episodes.type);
  for (size_t c = 1; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    if (column.kind == ColumnKind::kBytes) continue;
    SplitName(column.name, feature, statistic);
    const Feature* declared = info.Find(feature);
    for (int64_t row = 0; row < table.rows; ++row) {
      std::vector<double> values;
      for (int64_t i = column.Begin(row); i < column.End(row); ++i)
        values.push_back(column.Number(i));
      if (values.empty()) continue;
      CountedStatistics& into = to[episodes.integers[row]][feature];
      if (statistic == "count") {
        into.count = static_cast<int64_t>(values[0]);
        continue;
      }
      const auto size = static_cast<int64_t>(values.size());
      into.shape = declared && declared->IsCamera() ? std::vector<int64_t>{size, 1, 1}
                                                    : std::vector<int64_t>{size};
      into.values[statistic] = std::move(values);
    }
  }
}

}  // namespace

ByEpisode ReadEpisodeStatistics(const Dataset& dataset,
                                const std::set<std::string>& features) {
  ByEpisode statistics;
  if (dataset.info().major == 3) {
    for (const fs::path& file : EpisodeFiles(dataset.folder()))
      ReadTable(file, dataset.info(), features, statistics);
    return statistics;
  }
  const fs::path lines = dataset.folder() / "meta" / "episodes_stats.jsonl";
  if (IsFile(lines)) ReadLines(lines, features, statistics);
  return statistics;
}

}  // namespace svla
