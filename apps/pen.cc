#include "apps/pen.h"

#include <cairo-svg.h>

#include <cmath>
#include <cstring>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

constexpr double kPixelsPerPoint = 2;

// Cairo is C: no exception may cross it.
cairo_status_t Append(void* file, const unsigned char* bytes, unsigned count) try {
  static_cast<std::string*>(file)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
} catch (...) {
  return CAIRO_STATUS_NO_MEMORY;
}

int Pixels(double points) {
  return static_cast<int>(std::ceil(points * kPixelsPerPoint));
}

bool IsInsideLetter(char byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

Pen::Pen(const std::filesystem::path& path, double width, double height)
    : path_(path), svg_(path.extension() == ".svg") {
  if (!svg_ && path.extension() != ".png")
    Fail(path.string(), ": expected a name that ends in .png or .svg");
  surface_.reset(
      svg_ ? cairo_svg_surface_create_for_stream(Append, &file_, width, height)
           : cairo_image_surface_create(CAIRO_FORMAT_RGB24, Pixels(width),
                                        Pixels(height)));
  cairo_.reset(cairo_create(surface_.get()));
  if (!svg_) cairo_scale(cairo_.get(), kPixelsPerPoint, kPixelsPerPoint);
  const std::unique_ptr<cairo_font_options_t, Destroy<cairo_font_options_destroy>>
      options(cairo_font_options_create());
  // Hinting would move letters to whole pixels and make PNG and SVG differ.
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(cairo_.get(), options.get());
  cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cairo_.get(), CAIRO_LINE_CAP_ROUND);
  Box(0, 0, width, height, {1, 1, 1});
}

void Pen::Use(Colour c) { cairo_set_source_rgb(cairo_.get(), c.red, c.green, c.blue); }

void Pen::Use(const Font& font) {
  cairo_select_font_face(cairo_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_.get(), font.size);
}

void Pen::Box(double x, double y, double width, double height, Colour colour) {
  Use(colour);
  cairo_rectangle(cairo_.get(), x, y, width, height);
  cairo_fill(cairo_.get());
}

void Pen::Line(double x0, double y0, double x1, double y1, Colour colour) {
  LineTo(x0, y0);
  LineTo(x1, y1);
  Stroke(colour, /*width=*/0.75);
}

void Pen::Clip(double x, double y, double width, double height) {
  cairo_rectangle(cairo_.get(), x, y, width, height);
  cairo_clip(cairo_.get());
}

void Pen::Picture(double x, double y, double width, double height,
                  const Image& picture) {
  SVLA_CHECK(picture.width >= 1 && picture.height >= 1);
  const auto columns = static_cast<int>(picture.width);
  const auto rows = static_cast<int>(picture.height);
  const std::unique_ptr<cairo_surface_t, Destroy<cairo_surface_destroy>> source(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows));
  unsigned char* pixels = cairo_image_surface_get_data(source.get());
  if (!pixels) Fail(path_.string(), ": cannot draw a picture of ", columns, "x", rows);
  const int stride = cairo_image_surface_get_stride(source.get());
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const uint8_t* rgb =
          &picture.rgb[(size_t{3} * row) * columns + size_t{3} * column];
      const uint32_t word = uint32_t{rgb[0]} << 16 | uint32_t{rgb[1]} << 8 | rgb[2];
      std::memcpy(pixels + row * stride + column * 4, &word, sizeof(word));
    }
  cairo_surface_mark_dirty(source.get());
  cairo_save(cairo_.get());
  Clip(x, y, width, height);
  cairo_translate(cairo_.get(), x, y);
  cairo_scale(cairo_.get(), width / columns, height / rows);
  cairo_set_source_surface(cairo_.get(), source.get(), 0, 0);
  // Enlarged, its pixels stay what they are.
  if (width * kPixelsPerPoint > columns)
    cairo_pattern_set_filter(cairo_get_source(cairo_.get()), CAIRO_FILTER_NEAREST);
  // Beyond its edge the picture goes on, or the edge would fade into the page.
  cairo_pattern_set_extend(cairo_get_source(cairo_.get()), CAIRO_EXTEND_PAD);
  cairo_paint(cairo_.get());
  cairo_restore(cairo_.get());
}

void Pen::Hatch(double x, double y, double width, double height, Colour box,
                Colour lines) {
  constexpr double kEvery = 7;
  Box(x, y, width, height, box);
  cairo_save(cairo_.get());
  Clip(x, y, width, height);
  for (double at = 0; at < width + height; at += kEvery)
    Line(x + at, y, x + at - height, y + height, lines);
  cairo_restore(cairo_.get());
}

void Pen::Dot(double x, double y, double radius, Colour colour) {
  Use(colour);
  cairo_new_path(cairo_.get());
  cairo_arc(cairo_.get(), x, y, radius, 0, 2 * M_PI);
  cairo_fill(cairo_.get());
}

void Pen::Stroke(Colour colour, double width) {
  Use(colour);
  cairo_set_line_width(cairo_.get(), width);
  cairo_stroke(cairo_.get());
}

double Pen::WidthOf(const std::string& text, const Font& font) {
  Use(font);
  cairo_text_extents_t extents = {};
  cairo_text_extents(cairo_.get(), text.c_str(), &extents);
  return extents.x_advance;
}

void Pen::Text(double x, double y, const std::string& text, const Font& font,
               Align align) {
  const double width = WidthOf(text, font);
  if (align == Align::kMiddle) x -= width / 2;
  if (align == Align::kRight) x -= width;
  Use(font.colour);
  cairo_move_to(cairo_.get(), x, y);
  cairo_show_text(cairo_.get(), text.c_str());
  cairo_new_path(cairo_.get());
}

std::string Pen::Fit(std::string text, const Font& font, double room) {
  // Nothing longer fits on a page, and measuring is not free.
  constexpr size_t kMostBytes = 1000;
  if (text.size() > kMostBytes) {
    while (text.size() > kMostBytes || IsInsideLetter(text.back())) text.pop_back();
    text.pop_back();  // the first byte of the letter that was cut
  }
  if (WidthOf(text, font) <= room) return text;
  while (!text.empty() && WidthOf(text + "…", font) > room) {
    while (!text.empty() && IsInsideLetter(text.back())) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  return text + "…";
}

void Pen::Save() {
  cairo_status_t status = cairo_status(cairo_.get());
  if (svg_) cairo_surface_finish(surface_.get());
  if (status == CAIRO_STATUS_SUCCESS)
    status = svg_ ? cairo_surface_status(surface_.get())
                  : cairo_surface_write_to_png_stream(surface_.get(), Append, &file_);
  if (status != CAIRO_STATUS_SUCCESS)
    Fail(path_.string(), ": cannot draw: ", cairo_status_to_string(status));
  WriteAtomically(path_, file_);
}

}  // namespace svla
