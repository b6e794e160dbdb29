#include "smolvla/curate/salvaged_data.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/v3_metadata.h"
#include "smolvla/curate/verify_checks.h"
#include "smolvla/data/episodes.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/parquet_salvage.h"

namespace svla {
namespace {

namespace fs = std::filesystem;
using Shapes = std::vector<ColumnShape>;

// As LeRobot writes them: info.json's order, without videos.
Shapes ColumnsOf(const DatasetInfo& info) {
  std::vector<NewFeature> features;
  for (const Feature& feature : info.features)
    features.push_back({feature, Json::object()});
  return DataColumns(features);
}

// As the rows of a group have them. `declared` knows how lists lie in lists.
ColumnShape ShapeOf(const Column& column, const ColumnShape* declared) {
  ColumnShape shape{column.name, column.type, {}};
  if (!column.is_list || column.rows == 0) return shape;
  const int64_t values = column.End(0) - column.Begin(0);
  int64_t as_declared = 1;
  if (declared)
    for (const int64_t length : declared->shape) as_declared *= length;
  shape.shape = declared && !declared->shape.empty() && as_declared == values
                    ? declared->shape
                    : std::vector<int64_t>{values};
  return shape;
}

// None where it has no rows, or the first of them cannot be read.
Shapes ColumnsIn(const ParquetFile& file, const Shapes& declared) {
  Shapes columns;
  if (file.rows() == 0) return columns;
  try {
    for (const std::string& name : file.columns()) {
      const auto known =
          std::find_if(declared.begin(), declared.end(),
                       [&](const auto& each) { return each.name == name; });
      const ColumnShape* as_declared = known == declared.end() ? nullptr : &*known;
      if (as_declared && as_declared->type == "image")
        columns.push_back(*as_declared);
      else
        columns.push_back(ShapeOf(file.Read(name, 0), as_declared));
    }
    return columns;
  } catch (const Error&) {
    return {};
  }
}

bool LacksFooter(const fs::path& path) {
  try {
    const ParquetFile file(path);
    return false;
  } catch (const Error&) {
    return true;
  }
}

// Those of a file that is whole, or else of info.json.
Shapes KnownColumns(const fs::path& folder, const DatasetInfo& info,
                    const std::vector<fs::path>& whole) {
  const Shapes declared = ColumnsOf(info);
  for (const fs::path& file : whole)
    if (Shapes columns = ColumnsIn(ParquetFile(folder / file), declared);
        !columns.empty())
      return columns;
  return declared;
}

StatisticsByFeature KnownStatistics(const fs::path& folder) {
  try {
    const fs::path path = folder / "meta" / "stats.json";
    return ParseStatisticsByFeature(ReadJson(path), path.string());
  } catch (const Error&) {
    return {};
  }
}

// Looks whether rows are what their columns' names say.
class RowCheck {
 public:
  RowCheck(const DatasetInfo& info, const StatisticsByFeature& known)
      : info_(info), known_(known) {}

  // Throws Error if they are not.
  void Check(const ParquetFile& file) {
    for (size_t group = 0; group < file.group_rows().size(); ++group) {
      const auto at = static_cast<int64_t>(group);
      CheckCounting(file, at);
      // What was recorded last need not be in the statistics yet.
      if (group + 1 < file.group_rows().size()) CheckRanges(file, at);
    }
  }

 private:
  [[noreturn]] static void Refuse(const std::string& key, const std::string& found) {
    Fail(key, ": ", found,
         ". The file's columns may be others than info.json says, so ",
         "nothing is read of it");
  }

  static Column Numbers(const ParquetFile& file, const std::string& key,
                        int64_t group) {
    Column column = file.Read(key, group);
    if (column.kind == ColumnKind::kBytes ||
        (column.is_list && column.offsets.back() != column.rows))
      Refuse(key, "expected a number a row, found " + column.type);
    return column;
  }

  void CheckCounting(const ParquetFile& file, int64_t group) {
    for (const char* key : {"episode_index", "frame_index", "index", "timestamp"})
      if (!file.Has(key)) Refuse(key, "expected such a column");
    const Column episodes = Numbers(file, "episode_index", group);
    const Column frames = Numbers(file, "frame_index", group);
    const Column indices = Numbers(file, "index", group);
    const Column stamps = Numbers(file, "timestamp", group);
    for (int64_t row = 0; row < episodes.rows; ++row) {
      const Place now{episodes.Number(row), frames.Number(row), indices.Number(row),
                      stamps.Number(row)};
      const bool goes_on = now.episode == before_.episode;
      const bool counts = goes_on ? now.frame == before_.frame + 1 &&
                                        now.index == before_.index + 1 &&
                                        now.stamp > before_.stamp
                                  : now.frame == 0 && now.index > before_.index;
      if (!counts || now.episode < before_.episode || !(std::abs(now.stamp) < 1e9))
        Refuse("frame_index", Say("row ", row, " of row group ", group,
                                  " does not count on from the row before"));
      before_ = now;
    }
  }

  void CheckRanges(const ParquetFile& file, int64_t group) {
    for (const Feature& feature : info_.features) {
      const auto known = known_.find(feature.key);
      if (!feature.IsNumeric() || IsCountingFeature(feature.key) ||
          known == known_.end() || !file.Has(feature.key))
        continue;
      const auto least = known->second.values.find("min");
      const auto greatest = known->second.values.find("max");
      const auto size = static_cast<size_t>(feature.Size());
      if (least == known->second.values.end() ||
          greatest == known->second.values.end() || least->second.size() != size ||
          greatest->second.size() != size)
        continue;
      const Column column = file.Read(feature.key, group);
      if (column.kind == ColumnKind::kBytes) Refuse(feature.key, "expected numbers");
      const int64_t values = column.rows > 0 ? column.End(column.rows - 1) : 0;
      for (int64_t i = 0; i < values; ++i)
        CheckValue(feature.key, column.Number(i),
                   least->second[static_cast<size_t>(i) % size],
                   greatest->second[static_cast<size_t>(i) % size]);
    }
  }

  static void CheckValue(const std::string& key, double value, double least,
                         double greatest) {
    if (!std::isfinite(least) || !std::isfinite(greatest)) return;
    const double rounding = 1e-6 * std::max(std::abs(least), std::abs(greatest)) + 1e-9;
    if (!(value >= least - rounding && value <= greatest + rounding))
      Refuse(key, Say("expected numbers from ", least, " to ", greatest,
                      ", as meta/stats.json says, found ", value));
  }

  struct Place {
    double episode = -1, frame = -1, index = -1, stamp = -1;
  };

  const DatasetInfo& info_;
  const StatisticsByFeature& known_;
  Place before_;
};

}  // namespace

FoundFooters FindFooters(const fs::path& folder, const DatasetInfo& info) {
  FoundFooters found;
  std::vector<fs::path> unfinished, whole;
  for (const fs::path& file : DataFilesOf(folder))
    (LacksFooter(folder / file) ? unfinished : whole).push_back(file);
  if (unfinished.empty()) return found;
  const Shapes columns = KnownColumns(folder, info, whole);
  const StatisticsByFeature known = KnownStatistics(folder);
  for (const fs::path& file : unfinished) {
    try {
      std::string footer = SalvageFooter(folder / file, columns);
      const ParquetFile salvaged(folder / file, footer);
      RowCheck(info, known).Check(salvaged);
      found.rows[file] = salvaged.rows();
      found.footers[file] = std::move(footer);
    } catch (const Error& e) {
      found.lost[file] = Reason(e, folder, file);
    }
  }
  return found;
}

}  // namespace svla
