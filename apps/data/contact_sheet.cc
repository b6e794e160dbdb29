#include "apps/data/contact_sheet.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/data/html.h"
#include "apps/palette.h"
#include "smolvla/base/error.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

// In points; a PNG has two pixels for each.
constexpr double kMargin = 20, kHeader = 80, kTileGap = 4;
constexpr double kTileWide = static_cast<double>(kTileWidth) / 2;
constexpr double kTiles = static_cast<double>(kTilesOfCamera);
constexpr double kSheetWidth = 2 * kMargin + kTiles * (kTileWide + kTileGap) - kTileGap;
constexpr double kNameHeight = 20, kTimeHeight = 13, kCurvesHeight = 44, kRowGap = 12;
constexpr double kMostHeight = 16'000;  // cairo draws up to 32767 pixels
constexpr Colour kMissing = {0.70, 0.15, 0.12};

// Okabe and Ito's; more joints than colours take them in turns.
constexpr std::array<Colour, 7> kCurves = {kBlue,
                                           kVermilion,
                                           kGreen,
                                           Colour{0.80, 0.475, 0.655},
                                           Colour{0.902, 0.624, 0.0},
                                           Colour{0.337, 0.706, 0.914},
                                           Colour{0.35, 0.35, 0.35}};

double TileHeight(double aspect) { return kTileWide * aspect; }

double RowHeight(const SheetLayout& layout) {
  double height = kNameHeight + kTimeHeight + kRowGap;
  for (const double aspect : layout.aspects) height += TileHeight(aspect) + kTileGap;
  return height + (layout.curves.empty() ? 0 : kCurvesHeight);
}

double SheetHeight(const std::filesystem::path& path, const SheetLayout& layout) {
  if (path.extension() != ".png")
    Fail(path.string(), ": expected a name that ends in .png");
  const double row = RowHeight(layout);
  const double height = kHeader + row * static_cast<double>(layout.episodes) + kMargin;
  if (height > kMostHeight)
    Fail(path.string(), ": expected at most ",
         static_cast<int64_t>((kMostHeight - kHeader - kMargin) / row),
         " episodes, which fit on one picture, found ", layout.episodes,
         "; choose them with --episodes");
  return height;
}

}  // namespace

ContactSheet::ContactSheet(const std::filesystem::path& path, SheetLayout layout)
    : layout_(std::move(layout)),
      pen_(path, kSheetWidth, SheetHeight(path, layout_)),
      y_(kHeader) {
  const double room = kSheetWidth - 2 * kMargin;
  pen_.Text(kMargin, kMargin + 14, pen_.Fit(Printable(layout_.title), kTitle, room),
            kTitle);
  pen_.Text(kMargin, kMargin + 32,
            pen_.Fit(Printable(layout_.subtitle), kSubtitle, room), kSubtitle);
  DrawLegend();
}

// As many names as fit. Of more joints than colours none would be told from the others.
void ContactSheet::DrawLegend() {
  if (layout_.curves.size() > kCurves.size()) return;
  double x = kMargin;
  for (size_t i = 0; i < layout_.curves.size(); ++i) {
    const std::string name = Printable(layout_.curves[i].name);
    const double width = pen_.WidthOf(name, kLabel) + 24;
    if (x + width > kSheetWidth - kMargin) return;
    pen_.Dot(x + 3, kMargin + 46, 3, kCurves[i]);
    pen_.Text(x + 10, kMargin + 49, name, kLabel);
    x += width;
  }
}

void ContactSheet::DrawTile(const Tile& tile, double x, double y, double height) {
  if (!tile.picture.rgb.empty()) {
    pen_.Picture(x, y, kTileWide, height, tile.picture);
    return;
  }
  pen_.Hatch(x, y, kTileWide, height, kFrame, kZero);
  const Font font = {9, kMissing, true};
  const double word = pen_.WidthOf("missing", font) + 8;
  pen_.Box(x + (kTileWide - word) / 2, y + height / 2 - 7, word, 14, kFrame);
  pen_.Text(x + kTileWide / 2, y + height / 2 + 3, "missing", font, Align::kMiddle);
}

// The first and the last frame lie below the middle of the first and the last tile, so
// that a curve tells what happens in the pictures above it.
void ContactSheet::DrawCurves(const EpisodeView& view, double y) {
  const double room = kSheetWidth - 2 * kMargin;
  pen_.Box(kMargin, y, room, kCurvesHeight - 4, kFrame);
  if (view.joints.empty()) {
    pen_.Text(kMargin + room / 2, y + kCurvesHeight / 2, "missing", {9, kMissing, true},
              Align::kMiddle);
    return;
  }
  const auto columns = static_cast<double>(FramesToShow(view.episode->length).size());
  const double left = kMargin + kTileWide / 2;
  const double width = (columns - 1) * (kTileWide + kTileGap);
  for (size_t i = 0; i < layout_.curves.size(); ++i) {
    const SheetCurve& curve = layout_.curves[i];
    const JointCurves& both = view.joints[curve.joint];
    const std::vector<double>& values = both.state.empty() ? both.action : both.state;
    const double last = std::max(static_cast<double>(values.size()) - 1, 1.0);
    for (size_t frame = 0; frame < values.size(); ++frame) {
      const bool ends = frame + 1 == values.size() || !std::isfinite(values[frame + 1]);
      if (!std::isfinite(values[frame])) continue;
      pen_.LineTo(
          left + width * static_cast<double>(frame) / last,
          y + 3 + (1 - curve.range.Share(values[frame])) * (kCurvesHeight - 10));
      if (ends) pen_.Stroke(kCurves[i % kCurves.size()], 0.9);
    }
  }
}

void ContactSheet::Add(const EpisodeView& view) {
  const Episode& episode = *view.episode;
  const double room = kSheetWidth - 2 * kMargin;
  pen_.Line(kMargin, y_, kSheetWidth - kMargin, y_, kGrid);
  std::string name = "Episode " + std::to_string(episode.index);
  pen_.Text(kMargin, y_ + 14, name, kName);
  std::string about = Seconds(static_cast<double>(episode.length) / layout_.fps) + " ";
  for (const std::string& task : episode.tasks)
    about += (&task == &episode.tasks.front() ? " " : " / ") + Printable(task);
  const double used = pen_.WidthOf(name, kName) + 10;
  pen_.Text(kMargin + used, y_ + 14, pen_.Fit(about, kSubtitle, room - used),
            kSubtitle);
  double y = y_ + kNameHeight;
  for (size_t camera = 0; camera < view.cameras.size(); ++camera) {
    const double height = TileHeight(layout_.aspects[camera]);
    for (size_t i = 0; i < view.cameras[camera].tiles.size(); ++i)
      DrawTile(view.cameras[camera].tiles[i],
               kMargin + static_cast<double>(i) * (kTileWide + kTileGap), y, height);
    y += height + kTileGap;
  }
  const std::vector<int64_t> frames = FramesToShow(episode.length);
  for (size_t i = 0; i < frames.size(); ++i)
    pen_.Text(kMargin + static_cast<double>(i) * (kTileWide + kTileGap) + kTileWide / 2,
              y + 8, Seconds(static_cast<double>(frames[i]) / layout_.fps), kLabel,
              Align::kMiddle);
  if (!layout_.curves.empty()) DrawCurves(view, y + kTimeHeight);
  y_ += RowHeight(layout_);
}

}  // namespace svla
