#include <iomanip>
#include <iostream>
#include <sstream>

#include "apps/data/data_commands.h"
#include "apps/finite_range.h"
#include "apps/machine.h"
#include "apps/samples.h"
#include "smolvla/base/stopwatch.h"
#include "smolvla/base/text.h"
#include "smolvla/data/loader.h"

namespace svla {
namespace {

struct BenchArguments {
  std::string dataset, camera;
  int64_t frames = 0;  // a round; 0: as many as there are in `seconds`
  double seconds = 2;
  int64_t rounds = 3;
  int64_t batch = 8;
  int threads = 2;
  bool json = false;
};

// One way to read the dataset, and how fast it went.
struct Reading {
  const char* name;   // of the JSON's key
  const char* about;  // for people
  bool shuffle;
  std::vector<int64_t> steps;  // of the cameras
  Samples frames_per_s = {};   // of each round
  int64_t frames = 0;          // of all rounds
};

std::vector<Reading> Readings() {
  std::vector<Reading> readings;
  readings.push_back({"random", "random frames", true, {0}});
  readings.push_back({"sequential", "frames in order", false, {0}});
  readings.push_back(
      {"delta_batches", "random, with the 3 before", true, {-3, -2, -1, 0}});
  return readings;
}

LoaderOptions OptionsOf(const Dataset& dataset, const BenchArguments& a,
                        const Reading& reading) {
  LoaderOptions options;
  options.order.batch = a.batch;
  options.threads = a.threads;
  options.order.shuffle = reading.shuffle;
  if (!a.camera.empty()) options.features.cameras = {a.camera};
  for (const Feature* camera : dataset.info().Cameras())
    options.features.steps[camera->key] = reading.steps;
  return options;
}

int64_t Take(Loader& loader) {
  return static_cast<int64_t>(loader.Next().frames.size());
}

// The first batches, which open videos and get memory, are not counted. The batches
// that are on their way when counting begins are as many as when it ends.
void RunRound(const Dataset& dataset, const BenchArguments& a, Reading& reading) {
  const LoaderOptions options = OptionsOf(dataset, a, reading);
  Loader loader(dataset, options);
  for (int64_t i = 0; i < 2 * options.prefetch * options.threads; ++i) Take(loader);
  const Stopwatch watch;
  int64_t frames = 0;
  do {
    frames += Take(loader);
  } while (a.frames ? frames < a.frames : watch.Elapsed() < 1e3 * a.seconds);
  reading.frames += frames;
  reading.frames_per_s.push_back(static_cast<double>(frames) * 1e3 / watch.Elapsed());
}

std::vector<const Feature*> CamerasOf(const Dataset& dataset, const BenchArguments& a) {
  if (!a.camera.empty()) return {&dataset.Camera(a.camera)};
  return dataset.info().Cameras();
}

// "av1", or "image" where pictures are kept one by one.
std::string CodecOf(const Dataset& dataset, const Feature& camera) {
  for (const Episode& episode : dataset.episodes())
    if (const auto place = episode.videos.find(camera.key);
        place != episode.videos.end())
      return FrameReader(dataset, {}).OpenVideo(place->second.file).facts().codec;
  return camera.dtype;
}

Json ToJson(const std::vector<Reading>& readings) {
  Json json = Json::object();
  for (const Reading& reading : readings)
    json[std::string(reading.name) + "_frames_per_s"] = {
        {"min", Quantile(reading.frames_per_s, 0)},
        {"median", Quantile(reading.frames_per_s, 0.5)},
        {"rounds", reading.frames_per_s},
        {"frames", reading.frames}};
  return json;
}

std::string ToText(const Json& report, const std::vector<Reading>& readings) {
  std::ostringstream text;
  text << Printable(report["dataset"].get<std::string>()) << "; "
       << report["machine"].get<std::string>() << ", " << report["threads"]
       << " threads; commit " << report["commit"].get<std::string>() << "\n\n";
  for (const Json& camera : report["cameras"])
    text << "camera      " << Printable(camera["key"].get<std::string>()) << " "
         << camera["width"] << "x" << camera["height"] << " "
         << camera["codec"].get<std::string>() << "\n";
  text << std::fixed << std::setprecision(3) << "opening     "
       << report["open_s"].get<double>() << " s\n\n"
       << "frames a second, with all their pictures and numbers   min  median\n"
       << std::setprecision(0);
  for (const Reading& reading : readings)
    text << "  " << std::left << std::setw(46) << reading.about << std::right
         << std::setw(10) << Quantile(reading.frames_per_s, 0) << std::setw(8)
         << Quantile(reading.frames_per_s, 0.5) << "\n";
  return text.str();
}

void Bench(const BenchArguments& a) {
  const std::filesystem::path folder = OpenFolder(a.dataset);
  const Stopwatch opening;
  const Dataset dataset(folder);
  const double open_ms = opening.Elapsed();
  Json cameras = Json::array();
  for (const Feature* camera : CamerasOf(dataset, a))
    cameras.push_back({{"key", camera->key},
                       {"codec", CodecOf(dataset, *camera)},
                       {"width", camera->width},
                       {"height", camera->height}});
  std::vector<Reading> readings = Readings();
  // Rounds of all readings take turns, so that a machine that is busy for a while slows
  // all alike.
  for (int64_t round = 0; round < a.rounds; ++round)
    for (Reading& reading : readings) RunRound(dataset, a, reading);
  Json report{{"dataset", folder.string()},
              {"machine", CpuModel()},
              {"commit", Commit()},
              {"threads", a.threads},
              {"batch", a.batch},
              {"cameras", cameras},
              {"episodes", dataset.episodes().size()},
              {"open_s", open_ms / 1e3}};
  report.update(ToJson(readings));
  std::cout << (a.json ? Serialized(report) + "\n" : ToText(report, readings));
}

}  // namespace

void AddDataBench(CLI::App& data) {
  const auto a = std::make_shared<BenchArguments>();
  CLI::App& command =
      *data.add_subcommand("bench", "how fast training can read a dataset");
  command.footer(
      "\nExamples:\n"
      "  smolvla data bench my_dataset\n"
      "  smolvla data bench my_dataset --threads 4 --camera top --json | jq "
      ".random_frames_per_s.median");
  AddDatasetArgument(command, a->dataset);
  const auto count = [&](const char* name, auto& to, int most, const char* about) {
    return command.add_option(name, to, about)
        ->check(CLI::Range(1, most))
        ->type_name("N")
        ->capture_default_str();
  };
  CLI::Option* frames = count("--frames", a->frames, 1'000'000'000,
                              "frames a round, instead of --seconds");
  frames->default_str("");
  command
      .add_option("--seconds", a->seconds,
                  "seconds a round, of which there are three kinds")
      ->check(FiniteRange(0.001, 3600))
      ->type_name("S")
      ->excludes(frames)
      ->capture_default_str();
  count("--rounds", a->rounds, 1000, "rounds of each kind");
  count("--batch", a->batch, 4096, "frames a batch");
  count("--threads", a->threads, 256, "threads that read");
  command.add_option("--camera", a->camera, "one camera; default: all")
      ->type_name("KEY");
  AddJsonFlag(command, a->json);
  command.callback([a] { Bench(*a); });
}

}  // namespace svla
