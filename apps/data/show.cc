#include <iostream>

#include "apps/data/contact_sheet.h"
#include "apps/data/data_commands.h"
#include "apps/data/page.h"
#include "apps/interruption.h"
#include "apps/progress_bar.h"
#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/base/text.h"
#include "smolvla/curate/episode_ranges.h"
#include "smolvla/policy/places.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostByDefault = 20;  // episodes

struct ShowArguments {
  std::string dataset, html, png, episodes;
  bool force = false, no_verify = false, json = false;
};

// A repo id's own name, for the folder of one in a cache is named by a hash.
std::string NameOf(const std::string& named, const fs::path& folder) {
  std::error_code ignored;
  if (IsRepoId(named) && !fs::exists(named, ignored)) return fs::path(named).filename();
  return fs::weakly_canonical(folder, ignored).filename();
}

bool HasFiles(const Dataset& dataset, const Episode& episode) {
  std::error_code ignored;
  if (fs::exists(dataset.folder() / episode.data_file, ignored)) return true;
  for (const auto& [camera, place] : episode.videos)
    if (fs::exists(dataset.folder() / place.file, ignored)) return true;
  return false;
}

// Those asked for, or the first that there is something to see of.
std::vector<const Episode*> Choose(const Dataset& dataset, const std::string& asked) {
  std::vector<const Episode*> chosen;
  if (!asked.empty()) {
    std::vector<int64_t> known;
    for (const Episode& episode : dataset.episodes()) known.push_back(episode.index);
    for (const int64_t number : ParseEpisodeRanges(asked, known))
      chosen.push_back(&dataset.EpisodeAt(number));
    return chosen;
  }
  for (const Episode& episode : dataset.episodes())
    if (chosen.size() < kMostByDefault && HasFiles(dataset, episode))
      chosen.push_back(&episode);
  for (const Episode& episode : dataset.episodes())
    if (chosen.empty()) chosen.push_back(&episode);
  return chosen;
}

PageContent Collect(const ShowArguments& a, const Dataset& dataset,
                    FrameReader& reader) {
  PageContent content;
  content.name = NameOf(a.dataset, dataset.folder());
  content.dataset = &dataset;
  content.summary = Summarise(dataset);
  content.joints = JointsToPlot(dataset.info());
  content.shown = Choose(dataset, a.episodes);
  content.overview = ReadOverview(dataset, reader, content.joints.joints,
                                  MakeProgressBar("reading", "episodes"));
  if (!a.no_verify) {
    VerifyOptions options;
    options.progress = MakeProgressBar("verifying", "frames");
    content.verification = VerifyDataset(dataset.folder(), options);
  }
  try {
    content.statistics = FindDatasetStatistics(dataset.folder());
  } catch (const Error& error) {
    content.statistics_missing = error.what();
  }
  return content;
}

// The robot's joints, or whatever numbers there are if it has none.
std::vector<SheetCurve> CurvesOf(const PageContent& content) {
  std::vector<SheetCurve> joints, all;
  for (size_t i = 0; i < content.joints.joints.size(); ++i) {
    const PlottedJoint& joint = content.joints.joints[i];
    all.push_back({joint.name, i, content.overview.joints[i].Whole()});
    if (joint.is_joint) joints.push_back(all.back());
  }
  return joints.empty() ? all : joints;
}

std::string Findings(const Verification& verification) {
  return Counted(verification.Count(Severity::kError), "error") + ", " +
         Counted(verification.Count(Severity::kWarning), "warning");
}

SheetLayout LayoutOf(const PageContent& content) {
  SheetLayout layout;
  const DatasetSummary& s = content.summary;
  layout.title = content.name;
  layout.subtitle = std::to_string(content.shown.size()) + " of " +
                    std::to_string(s.episodes) + " episodes, " +
                    std::to_string(s.frames) + " frames in all";
  if (content.verification) layout.subtitle += ", " + Findings(*content.verification);
  for (const Feature* camera : s.info.Cameras()) {
    layout.subtitle += "  " + camera->key;
    layout.aspects.push_back(camera->width > 0 && camera->height > 0
                                 ? std::min(static_cast<double>(camera->height) /
                                                static_cast<double>(camera->width),
                                            2.0)
                                 : 0.75);
  }
  layout.curves = CurvesOf(content);
  layout.fps = s.info.fps;
  layout.episodes = static_cast<int64_t>(content.shown.size());
  return layout;
}

// Each episode is read once, whatever is made of it, and not kept.
void Draw(const PageContent& content, FrameReader& reader, ContactSheet* sheet,
          const std::function<void(const std::string&)>& page) {
  const Progress progress = MakeProgressBar("drawing", "episodes");
  int64_t done = 0;
  for (const Episode* episode : content.shown) {
    const EpisodeView view =
        ViewEpisode(*content.dataset, reader, *episode, content.joints.joints);
    if (page) page(PageEpisode(content, view));
    if (sheet) sheet->Add(view);
    if (progress) progress(++done, static_cast<int64_t>(content.shown.size()));
  }
}

void WritePage(const fs::path& path, const PageContent& content, FrameReader& reader,
               ContactSheet* sheet) {
  WriteAtomically(path, [&](const ByteSink& sink) {
    const auto write = [&](const std::string& text) {
      sink(std::as_bytes(std::span(text)));
    };
    write(PageTop(content));
    Draw(content, reader, sheet, write);
    write(PageEnd(content));
  });
}

Json ToJson(const ShowArguments& a, const PageContent& content) {
  Json shown = Json::array();
  for (const Episode* episode : content.shown) shown.push_back(episode->index);
  Json report{{"dataset", content.dataset->folder().string()},
              {"html", a.html.empty() ? Json() : Json(a.html)},
              {"png", a.png.empty() ? Json() : Json(a.png)},
              {"episodes_shown", shown},
              {"findings", nullptr}};
  if (content.verification)
    report["findings"] = {
        {"errors", content.verification->Count(Severity::kError)},
        {"warnings", content.verification->Count(Severity::kWarning)}};
  return report;
}

std::string ToText(const ShowArguments& a, const PageContent& content) {
  std::string text;
  for (const std::string& path : {a.html, a.png})
    if (!path.empty()) text += "wrote      " + Printable(path) + "\n";
  text += "episodes   " + std::to_string(content.shown.size()) + " of " +
          std::to_string(content.dataset->episodes().size()) + "\n";
  if (content.verification)
    text += "findings   " + Findings(*content.verification) + "\n";
  return text;
}

void Show(ShowArguments a) {
  const Dataset dataset(OpenFolder(a.dataset));
  if (a.html.empty() && a.png.empty())
    a.html = NameOf(a.dataset, dataset.folder()) + ".html";
  if (a.html == a.png)
    Fail(a.html, ": expected two names for the page and the picture, found one");
  if (!a.html.empty()) CheckMayWrite(a.html, a.force);
  if (!a.png.empty()) CheckMayWrite(a.png, a.force);
  const NotedInterruptions interruptions;  // of files that are half written
  FrameReaderOptions options;
  // Someone who looks wants the nearest picture; verify says if it is not near enough.
  options.tolerance_s = 0.5 / dataset.info().fps;
  FrameReader reader(dataset, options);
  const PageContent content = Collect(a, dataset, reader);
  std::optional<ContactSheet> sheet;
  if (!a.png.empty()) sheet.emplace(a.png, LayoutOf(content));
  if (a.html.empty())
    Draw(content, reader, &*sheet, /*page=*/{});
  else
    WritePage(a.html, content, reader, sheet ? &*sheet : nullptr);
  if (sheet) sheet->Save();
  std::cout << (a.json ? Serialized(ToJson(a, content)) + "\n" : ToText(a, content));
}

}  // namespace

void AddDataShow(CLI::App& data) {
  const auto a = std::make_shared<ShowArguments>();
  CLI::App& command = *data.add_subcommand(
      "show", "a dataset as a page for the browser, or as one picture");
  command.footer(
      "\nExamples:\n"
      "  smolvla data show my_dataset                     # my_dataset.html\n"
      "  smolvla data show my_dataset --png sheet.png\n"
      "  smolvla data show my_dataset --html seen.html --episodes 0,40:60");
  AddDatasetArgument(command, a->dataset);
  command
      .add_option("--html", a->html,
                  "the page: one file that needs no network. Without --html and --png: "
                  "the dataset's name, in this folder")
      ->type_name("FILE");
  command.add_option("--png", a->png, "a contact sheet")->type_name("FILE");
  command
      .add_option(
          "--episodes", a->episodes,
          "those to show with pictures and curves, such as 0,3:6 (which is 0, 3, "
          "4, 5). Without: the first 20 that have files")
      ->type_name("LIST");
  AddForceFlag(command, a->force);
  command.add_flag("--no-verify", a->no_verify, "do not look for what is wrong");
  AddJsonFlag(command, a->json);
  command.callback([a] { Show(*a); });
}

}  // namespace svla
