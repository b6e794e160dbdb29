#include "apps/data/edit.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include "apps/commands.h"
#include "apps/data/data_commands.h"
#include "apps/progress_bar.h"
#include "smolvla/base/error.h"
#include "smolvla/base/text.h"
#include "smolvla/curate/encode_anew.h"
#include "smolvla/curate/episode_ranges.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/curate/new_folder.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

struct EditReport : EditResult {
  std::vector<std::string> left_out;  // "3", of several sources "my_dataset: 3"
  std::vector<std::string> missing;   // files
};

constexpr size_t kShown = 5;

std::string Shown(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size() && i < kShown; ++i)
    text += (i ? ", " : "") + words[i];
  if (words.size() > kShown)
    text += " and " + std::to_string(words.size() - kShown) + " more";
  return text;
}

// Leaves the episodes out whose files are not all there, or refuses them.
void LeaveOutIncomplete(const std::deque<Dataset>& sources, bool skip, Assembly& plan,
                        EditReport& report) {
  for (const Dataset& source : sources) {
    const Completeness found = FindComplete(source, plan.drops);
    const std::set<const Episode*> incomplete(found.incomplete.begin(),
                                              found.incomplete.end());
    const auto is_incomplete = [&](const Assembly::Part& part) {
      return incomplete.contains(part.episode);
    };
    const std::string start =
        sources.size() > 1 ? source.folder().filename().string() + ": " : "";
    for (const Assembly::Part& part : plan.episodes)
      if (is_incomplete(part))
        report.left_out.push_back(start + std::to_string(part.episode->index));
    std::erase_if(plan.episodes, is_incomplete);
    for (const fs::path& file : found.missing) report.missing.push_back(file.string());
  }
  if (report.left_out.empty()) {
    report.missing.clear();
    return;
  }
  if (!skip)
    Fail(sources.front().folder().string(), ": expected all files of ",
         plan.episodes.size() + report.left_out.size(), " episodes, found ",
         report.left_out.size(), " incomplete: ", Shown(report.missing),
         " missing; fetch them, or leave those episodes out with --skip-missing, or a "
         "camera with `smolvla data rename --drop`");
  if (plan.episodes.empty())
    Fail(sources.front().folder().string(),
         ": expected one episode at least whose files are there, found none: ",
         Shown(report.missing), " missing");
}

Json ToJson(const EditReport& r) {
  Json errors = Json::array();
  for (const DatasetFinding& finding : r.verification.findings)
    errors.push_back(finding.code);
  return {{"dataset", r.folder.string()},
          {"version", "v3.0"},
          {"episodes", r.episodes},
          {"frames", r.frames},
          {"tasks", r.tasks},
          {"episodes_left_out", r.left_out},
          {"files_missing", r.missing},
          {"kept_as", r.old.empty() ? Json(nullptr) : Json(r.old.string())},
          {"findings", errors},
          {"errors", r.verification.Count(Severity::kError)},
          {"warnings", r.verification.Count(Severity::kWarning)}};
}

void Print(const EditReport& r) {
  std::cout << Printable(r.folder.string()) << ": v3.0, " << r.episodes << " episodes, "
            << r.frames << " frames, " << r.tasks << " tasks\n";
  if (!r.old.empty())
    std::cout << "what it was is kept as " << Printable(r.old.string()) << "\n";
  if (!r.left_out.empty())
    std::cout << "left out: " << r.left_out.size()
              << " episodes whose files are missing (" << Shown(r.left_out) << ")\n";
  for (const DatasetFinding& f : r.verification.findings)
    std::cout << (f.severity == Severity::kError ? "error" : "warning") << " ["
              << f.code << "] " << Printable(f.file) << ": expected "
              << Printable(f.expected) << ", found " << Printable(f.found) << "\n";
  std::cout << "verified: " << r.verification.Count(Severity::kError) << " errors, "
            << r.verification.Count(Severity::kWarning)
            << " warnings (`smolvla data verify` also looks at every picture)\n";
}

void Replace(const std::string& what, const std::string& by, std::string& in) {
  for (size_t at = in.find(what); at != in.npos; at = in.find(what, at + by.size()))
    in.replace(at, what.size(), by);
}

// What is written into a dataset becomes part of it.
void CheckOutside(const fs::path& destination, const fs::path& source) {
  std::error_code ignored;
  const fs::path within =
      fs::weakly_canonical(destination, ignored)
          .lexically_relative(fs::weakly_canonical(source, ignored));
  if (!within.empty() && *within.begin() != "..")
    Fail(destination.string(), ": expected a folder outside of ", source.string(),
         ", which is only read");
}

NewFolder MakeFolder(const EditArguments& arguments, const Assembly& plan,
                     const fs::path& source) {
  const Dataset* checked = nullptr;
  for (const Assembly::Part& part : plan.episodes)
    if (!arguments.in_place && part.dataset != checked) {
      checked = part.dataset;
      CheckOutside(arguments.destination, checked->folder());
    }
  return arguments.in_place ? NewFolder::Replacing(source)
                            : NewFolder(arguments.destination);
}

}  // namespace

void AddEditPlaces(CLI::App& command, EditArguments& to) {
  to.sources.resize(1);
  AddDatasetArgument(command, to.sources[0]);
  CLI::Option* const destination =
      command.add_option("destination", to.destination, "folder of the new dataset")
          ->type_name("DST");
  CLI::Option* const in_place =
      command.add_flag("--in-place", to.in_place,
                       "put the result in the place of DIR, which is kept as DIR_old");
  in_place->excludes(destination);
}

void AddEditArguments(CLI::App& command, EditArguments& to) {
  AddEditPlaces(command, to);
  AddEditOptions(command, to);
}

void AddEditOptions(CLI::App& command, EditArguments& to) {
  command.add_flag("--skip-missing", to.skip_missing,
                   "leave out the episodes whose data or video files are missing");
  command.add_flag("--new-picture-statistics", to.pictures_anew,
                   "compute the statistics of pictures, rather than keep those that "
                   "the episodes have");
  command
      .add_option("--encode", to.codec,
                  "encode the videos anew with a key frame every second frame, which "
                  "random access reads fastest; without it they are copied as they are")
      ->check(CLI::IsMember({"av1", "h264"}));
  AddThreadsOption(command, to.threads);
  AddJsonFlag(command, to.json);
}

void Edit::ChooseAll() {
  for (const Dataset& source : sources)
    for (const Episode& episode : source.episodes()) Choose(source, episode);
}

void CheckHasPlace(const EditArguments& arguments) {
  if (arguments.destination.empty() && !arguments.in_place)
    throw CLI::ValidationError("destination",
                               "expected a folder for the new dataset, or --in-place");
}

EditResult WriteEdit(const EditArguments& arguments, const std::string& verb,
                     const Assembly& plan, const fs::path& source) {
  EditResult result;
  const std::optional<FolderLock> lock =
      arguments.in_place ? FolderLock::Try(source) : std::nullopt;
  if (arguments.in_place && !lock)
    Fail(source.string(), ": another process is recording into it; wait for it");
  NewFolder folder = MakeFolder(arguments, plan, source);
  const AssemblyOptions options{arguments.threads, MakeProgressBar(verb, "frames")};
  if (arguments.codec.empty()) {
    Assemble(plan, folder.path(), options);
  } else {
    VideoEncoding encoding;
    encoding.codec = arguments.codec;
    EncodeAnew(plan, folder.path(), encoding, options);
  }
  VerifyOptions verify;
  verify.decode_videos = false;
  verify.progress = MakeProgressBar("verifying", "frames");
  result.verification = VerifyDataset(folder.path(), verify);
  for (DatasetFinding& finding : result.verification.findings)
    Replace(ShellQuoted(folder.path().string()), ShellQuoted(folder.place().string()),
            finding.remedy);
  {
    const Dataset made(folder.path());
    result.episodes = static_cast<int64_t>(made.episodes().size());
    result.frames = made.frames();
    result.tasks = static_cast<int64_t>(made.tasks().size());
  }
  folder.Commit();
  result.folder = folder.place();
  if (arguments.in_place) result.old = folder.place().string() + "_old";
  return result;
}

void RunEdit(const EditArguments& arguments, const std::string& verb,
             const std::function<void(Edit&)>& fill) {
  CheckHasPlace(arguments);
  std::deque<Dataset> sources;
  for (const std::string& source : arguments.sources)
    sources.emplace_back(OpenFolder(source));
  Assembly plan;
  plan.pictures_anew = arguments.pictures_anew;
  Edit edit{sources, plan};
  fill(edit);

  EditReport report;
  LeaveOutIncomplete(sources, arguments.skip_missing, plan, report);
  static_cast<EditResult&>(report) =
      WriteEdit(arguments, verb, plan, sources.front().folder());

  if (arguments.json)
    std::cout << Serialized(ToJson(report)) << "\n";
  else
    Print(report);
  if (report.verification.Count(Severity::kError)) throw FoundWrong{};
}

std::vector<const Episode*> NamedEpisodes(const Dataset& source,
                                          const std::string& ranges) {
  std::vector<int64_t> known;
  for (const Episode& episode : source.episodes()) known.push_back(episode.index);
  std::vector<const Episode*> named;
  for (const int64_t index : ParseEpisodeRanges(ranges, known))
    named.push_back(&source.EpisodeAt(index));
  return named;
}

}  // namespace svla
