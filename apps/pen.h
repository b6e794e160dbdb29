// Drawing on a page that becomes a PNG or an SVG file, over cairo. Lengths are in
// points; a PNG has two pixels for each.
#pragma once

#include <cairo.h>

#include <filesystem>
#include <memory>
#include <string>

#include "smolvla/policy/robot.h"

namespace svla {

struct Colour {
  double red, green, blue;  // 0 to 1
};

enum class Align { kLeft, kMiddle, kRight };

struct Font {
  double size;
  Colour colour;
  bool bold = false;
};

// One page, white at first. Texts are UTF-8.
class Pen {
 public:
  // Throws Error if `path` ends in neither .png nor .svg.
  Pen(const std::filesystem::path& path, double width, double height);
  Pen(const Pen&) = delete;
  Pen& operator=(const Pen&) = delete;

  void Box(double x, double y, double width, double height, Colour colour);
  void Line(double x0, double y0, double x1, double y1, Colour colour);
  void Dot(double x, double y, double radius, Colour colour);

  // The picture, stretched to the box. Requires one that is not empty.
  void Picture(double x, double y, double width, double height, const Image& picture);

  // A box with slanted lines over it: something is not there.
  void Hatch(double x, double y, double width, double height, Colour box, Colour lines);

  // A longer line: LineTo for each point, the first too, then Stroke.
  void LineTo(double x, double y) { cairo_line_to(cairo_.get(), x, y); }
  void Stroke(Colour colour, double width);

  double WidthOf(const std::string& text, const Font& font);

  // (x, y) is on the base line: the text's left end, middle or right end.
  void Text(double x, double y, const std::string& text, const Font& font,
            Align align = Align::kLeft);

  // The text, or its beginning with an ellipsis, no wider than `room`.
  std::string Fit(std::string text, const Font& font, double room);

  // Writes the file, whole or not at all; the last call. Throws Error if a text was
  // not UTF-8, the page is too large for cairo, or the file cannot be written.
  void Save();

 private:
  void Use(Colour colour);
  void Use(const Font& font);
  void Clip(double x, double y, double width, double height);

  template <auto destroy>
  struct Destroy {
    void operator()(auto* thing) const { destroy(thing); }
  };

  std::filesystem::path path_;
  bool svg_ = false;
  std::string file_;  // what surface_ has written so far, so it must live longer
  std::unique_ptr<cairo_surface_t, Destroy<cairo_surface_destroy>> surface_;
  std::unique_ptr<cairo_t, Destroy<cairo_destroy>> cairo_;
};

}  // namespace svla
