#include "apps/data/edit.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include "apps/commands.h"
#include "apps/data/data_commands.h"
#include "apps/data/edit_place.h"
#include "apps/data/edit_report.h"
#include "apps/interruption.h"
#include "apps/progress_bar.h"
#include "smolvla/base/can_be_seen.h"
#include "smolvla/base/error.h"
#include "smolvla/base/text.h"
#include "smolvla/curate/encode_anew.h"
#include "smolvla/curate/episode_ranges.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/curate/new_folder.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

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
    const size_t before = report.left_out.size();
    for (const Assembly::Part& part : plan.episodes)
      if (is_incomplete(part))
        report.left_out.push_back(start + std::to_string(part.episode->index));
    std::erase_if(plan.episodes, is_incomplete);
    for (const fs::path& file : found.missing) {
      if (report.left_out.size() > before) CheckCanBeSeen(source.folder() / file);
      report.missing.push_back(file.string());
    }
  }
  if (report.left_out.empty()) {
    report.missing.clear();
    return;
  }
  if (!skip)
    Fail(sources.front().folder().string(), ": expected all files of ",
         plan.episodes.size() + report.left_out.size(), " episodes, found ",
         report.left_out.size(), " incomplete: ", Shortened(report.missing),
         " missing; fetch them, or leave those episodes out with --skip-missing, or a "
         "camera with `smolvla data rename --drop`");
  if (plan.episodes.empty())
    Fail(sources.front().folder().string(),
         ": expected one episode at least whose files are there, found none: ",
         Shortened(report.missing), " missing");
}

void Replace(const std::string& what, const std::string& by, std::string& in) {
  for (size_t at = in.find(what); at != in.npos; at = in.find(what, at + by.size()))
    in.replace(at, what.size(), by);
}

// Writes and checks what appears when the folder is committed.
EditResult Write(const EditArguments& arguments, const std::string& verb,
                 const Assembly& plan, const NewFolder& folder) {
  EditResult result;
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
  const Dataset made(folder.path());
  result.episodes = static_cast<int64_t>(made.episodes().size());
  result.frames = made.frames();
  result.tasks = static_cast<int64_t>(made.tasks().size());
  result.folder = folder.place();
  result.old = folder.old();
  return result;
}

std::deque<Dataset> OpenSources(const EditArguments& arguments) {
  std::deque<Dataset> sources;
  for (const std::string& source : arguments.sources)
    sources.emplace_back(OpenFolder(source));
  return sources;
}

Assembly MakePlan(const EditArguments& arguments, const std::deque<Dataset>& sources,
                  const std::function<void(Edit&)>& fill, EditReport& report) {
  Assembly plan;
  plan.pictures_anew = arguments.pictures_anew;
  Edit edit{sources, plan};
  fill(edit);
  LeaveOutIncomplete(sources, arguments.skip_missing, plan, report);
  return plan;
}

bool HasErrors(const EditReport& report) {
  return report.verification.Count(Severity::kError) > 0;
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

void AddEncodeOption(CLI::App& command, EditArguments& to) {
  command
      .add_option("--encode", to.codec,
                  "encode the videos anew with a key frame every second frame, which "
                  "random access reads fastest; without it they are copied as they are")
      ->check(CLI::IsMember({"av1", "h264"}));
}

void AddEditOptions(CLI::App& command, EditArguments& to) {
  command.add_flag("--skip-missing", to.skip_missing,
                   "leave out the episodes whose data or video files are missing");
  command.add_flag("--new-picture-statistics", to.pictures_anew,
                   "compute the statistics of pictures, rather than keep those that "
                   "the episodes have");
  AddEncodeOption(command, to);
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

std::optional<EditResult> WriteEdit(
    const EditArguments& arguments, const std::string& verb, const Assembly& plan,
    const fs::path& source, const std::function<bool(const EditResult&)>& accept) {
  const NotedInterruptions interruptions;
  const std::optional<FolderLock> lock =
      arguments.in_place ? FolderLock::Try(source) : std::nullopt;
  if (arguments.in_place && !lock)
    Fail(source.string(), ": another process is recording into it; wait for it");
  NewFolder folder = MakePlace(arguments, plan, source);
  EditResult result = Write(arguments, verb, plan, folder);
  ThrowIfInterrupted();
  if (accept && !accept(result)) return std::nullopt;
  folder.Commit();
  return result;
}

void RunEdit(const EditArguments& arguments, const std::string& verb,
             const std::function<void(Edit&)>& fill) {
  CheckHasPlace(arguments);
  const std::deque<Dataset> sources = OpenSources(arguments);
  EditReport report;
  const Assembly plan = MakePlan(arguments, sources, fill, report);
  static_cast<EditResult&>(report) =
      *WriteEdit(arguments, verb, plan, sources.front().folder());
  std::cout << (arguments.json ? Serialized(ToJson(report)) + "\n" : ToText(report));
  if (HasErrors(report)) throw FoundWrong{};
}

void RunEdits(const EditArguments& arguments, const std::string& verb,
              const std::vector<EditPart>& parts) {
  const NotedInterruptions interruptions;
  const std::deque<Dataset> sources = OpenSources(arguments);
  std::vector<EditReport> reports(parts.size());
  std::vector<Assembly> plans;
  std::vector<NewFolder> folders;
  for (size_t i = 0; i < parts.size(); ++i) {
    plans.push_back(MakePlan(arguments, sources, parts[i].fill, reports[i]));
    EditArguments one = arguments;
    one.destination = parts[i].destination;
    folders.push_back(MakePlace(one, plans[i], sources.front().folder()));
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    static_cast<EditResult&>(reports[i]) =
        Write(arguments, verb + " " + Printable(parts[i].name), plans[i], folders[i]);
    reports[i].part = parts[i].name;
  }
  ThrowIfInterrupted();
  for (NewFolder& folder : folders) folder.Commit();
  Json json = Json::array();
  for (const EditReport& report : reports)
    if (arguments.json)
      json.push_back(ToJson(report));
    else
      std::cout << ToText(report);
  if (arguments.json) std::cout << Serialized(Json{{"parts", json}}) << "\n";
  if (std::any_of(reports.begin(), reports.end(), HasErrors)) throw FoundWrong{};
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
