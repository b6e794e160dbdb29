// A dataset at a glance, on one picture: a row for each episode, with its pictures one
// beside the other, its cameras one below the other, and its joints over time.
//
//   ContactSheet sheet("sheet.png", layout);
//   for (...) sheet.Add(ViewEpisode(...), ...);
//   sheet.Save();
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/data/episode_view.h"
#include "apps/data/overview.h"
#include "apps/pen.h"

namespace svla {

// A joint that is drawn: which of those in EpisodeView, and its scale in all episodes.
struct SheetCurve {
  std::string name;
  size_t joint = 0;
  PlotRange range;
};

struct SheetLayout {
  std::string title, subtitle;
  double fps = 0;
  std::vector<std::string> cameras;
  std::vector<double> aspects;     // height over width, of each camera
  std::vector<SheetCurve> curves;  // none: no room is left for any
  int64_t episodes = 0;
};

class ContactSheet {
 public:
  // Throws Error if so many episodes do not fit on one picture, saying how many do, or
  // if `path` does not end in .png.
  ContactSheet(const std::filesystem::path& path, SheetLayout layout);

  // The next row. Missing pictures are hatched tiles.
  void Add(const EpisodeView& view);

  // Writes the file, whole or not at all; the last call.
  void Save() { pen_.Save(); }

 private:
  void DrawLegend();
  void DrawTile(const Tile& tile, double x, double y, double height);
  void DrawCurves(const EpisodeView& view, double y);

  SheetLayout layout_;
  Pen pen_;
  double y_;  // where the next row begins
};

}  // namespace svla
