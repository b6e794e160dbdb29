#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>

#include "apps/data/data_commands.h"
#include "apps/finite_range.h"
#include "smolvla/base/error.h"
#include "smolvla/base/text.h"
#include "smolvla/data/frame_reader.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

struct FrameArguments {
  std::string dataset, camera, png;
  int64_t episode = 0, frame = 0;
  double tolerance_s = FrameReaderOptions().tolerance_s;
  bool force = false, json = false;
};

Json ValueOf(const Column& column, int64_t at) {
  if (column.kind == ColumnKind::kBytes) return column.bytes[at];
  const double number = column.Number(at);
  if (std::isnan(number)) return nullptr;
  if (column.type == "bool") return number != 0;
  if (column.kind == ColumnKind::kInteger) return column.integers[at];
  return number;
}

// Values [begin, end) as lists of the lengths of shape[level...].
Json Nested(const Column& column, int64_t begin, int64_t end,
            const std::vector<int64_t>& shape, size_t level) {
  Json list = Json::array();
  if (level + 1 >= shape.size()) {
    for (int64_t at = begin; at < end; ++at) list.push_back(ValueOf(column, at));
    return list;
  }
  const int64_t step = std::max<int64_t>((end - begin) / shape[level], 1);
  for (int64_t at = begin; at < end; at += step)
    list.push_back(Nested(column, at, std::min(at + step, end), shape, level + 1));
  return list;
}

Json ValuesOf(const Dataset& dataset, const Table& rows, int64_t row) {
  Json values = Json::object();
  for (const Column& column : rows.columns) {
    const Feature& feature = *dataset.info().Find(column.name);
    values[column.name] = column.is_list ? Nested(column, column.Begin(row),
                                                  column.End(row), feature.shape, 0)
                                         : ValueOf(column, row);
  }
  return values;
}

// A picture of before may be replaced, anything else is somebody's.
bool IsPngOrEmpty(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  char start[4] = {};
  std::ifstream file(path, std::ios::binary);
  file.read(start, 4);
  return file.gcount() == 0 || std::string_view(start, 4) == "\x89PNG";
}

std::string ToText(const Json& report) {
  std::string text = "episode    " + report["episode"].dump() + "\nframe      " +
                     report["frame"].dump() + "\ntask       " +
                     Printable(report["task"].get<std::string>()) + "\n";
  for (const auto& [name, value] : report["values"].items())
    text += Printable(name) + "  " + Printable(Serialized(value)) + "\n";
  if (report.contains("picture"))
    text +=
        "wrote      " + Printable(report["picture"]["png"].get<std::string>()) + "\n";
  return text;
}

void ShowFrame(const FrameArguments& a) {
  const Dataset dataset(OpenFolder(a.dataset));
  const Episode& episode = dataset.EpisodeAt(a.episode);
  if (a.frame >= episode.length)
    Fail(dataset.folder().string(), ": expected a frame from 0 to ", episode.length - 1,
         " of episode ", a.episode, ", found ", a.frame);
  if (!a.png.empty()) CheckMayWrite(a.png, a.force || IsPngOrEmpty(a.png));
  FrameReaderOptions options;
  options.tolerance_s = a.tolerance_s;
  FrameReader reader(dataset, options);
  const Table& rows = reader.Rows(episode);
  Json report{{"episode", a.episode}, {"frame", a.frame}};
  const Column* stamps = rows.Find("timestamp");
  report["timestamp"] = stamps
                            ? ValueOf(*stamps, stamps->Begin(a.frame))
                            : Json(static_cast<double>(a.frame) / dataset.info().fps);
  report["task"] = TaskOf(dataset, episode, rows, a.frame);
  report["values"] = ValuesOf(dataset, rows, a.frame);
  if (!a.png.empty()) {
    const Feature& camera = dataset.Camera(a.camera);
    Image image;
    reader.ReadPicture(camera.key, episode, a.frame, image);
    WritePng(a.png, image);
    report["picture"] = {{"camera", camera.key},
                         {"png", a.png},
                         {"width", image.width},
                         {"height", image.height}};
  }
  std::cout << (a.json ? Serialized(report) + "\n" : ToText(report));
}

}  // namespace

void AddDataFrame(CLI::App& data) {
  const auto a = std::make_shared<FrameArguments>();
  CLI::App& command =
      *data.add_subcommand("frame", "one frame: its numbers, its task, its picture");
  command.footer(
      "\nExamples:\n"
      "  smolvla data frame my_dataset --episode 3 --frame 17\n"
      "  smolvla data frame my_dataset --episode 3 --frame 17 --camera top --png "
      "top.png\n"
      "  smolvla data frame my_dataset --episode 3 --frame 17 --json | jq "
      ".values.action");
  AddDatasetArgument(command, a->dataset);
  const auto number = [&](const char* name, int64_t& to, const char* about) {
    command.add_option(name, to, about)
        ->check(CLI::Range(int64_t{0}, int64_t{1} << 40))
        ->type_name("N")
        ->required();
  };
  number("--episode", a->episode, "its episode_index");
  number("--frame", a->frame, "its frame_index: 0 is the episode's first");
  CLI::Option* camera =
      command.add_option("--camera", a->camera, "camera whose picture is wanted");
  CLI::Option* png = command.add_option("--png", a->png, "file for the picture");
  png->type_name("FILE")->needs(camera);
  camera->type_name("KEY")->needs(png);
  command
      .add_option("--tolerance", a->tolerance_s,
                  "seconds that the video's frame may be away from the row's timestamp")
      ->check(FiniteRange(0, 1e6))
      ->type_name("S")
      ->capture_default_str();
  AddForceFlag(command, a->force);
  AddJsonFlag(command, a->json);
  command.callback([a] { ShowFrame(*a); });
}

}  // namespace svla
