// What the commands that make a new dataset out of others have in common: where it
// comes from and goes to, what is left out, the check of the result, the report.
#pragma once

#include <CLI/CLI.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/curate/assembly.h"
#include "smolvla/curate/verify.h"

namespace svla {

struct EditArguments {
  std::vector<std::string> sources;  // folders or repo ids
  std::string destination;
  bool in_place = false, skip_missing = false, json = false, pictures_anew = false;
  int threads = 1;
  std::string codec;  // of videos encoded anew; empty: packets are copied
};

// "DIR DST", or "DIR --in-place".
void AddEditArguments(CLI::App& command, EditArguments& to);
// The options of all of them: --skip-missing, --json, --threads, ...
void AddEditOptions(CLI::App& command, EditArguments& to);

// Fills what an edit is about: drops, renames, and with Choose the episodes.
struct Edit {
  const std::deque<Dataset>& sources;
  Assembly& plan;

  // Adds an episode of a source.
  void Choose(const Dataset& source, const Episode& episode) {
    plan.episodes.push_back({&source, &episode});
  }
  void ChooseAll();
};

// A new dataset that has been written, checked and moved to its place.
struct EditResult {
  std::filesystem::path folder, old;  // the latter empty where nothing was replaced
  int64_t episodes = 0, frames = 0, tasks = 0;
  Verification verification;
};

// What RunEdit does between choosing and reporting. `source` is what --in-place
// replaces. None, and nothing is left, if `accept` refuses it. Throws Error, and
// Interrupted; nothing is then left.
std::optional<EditResult> WriteEdit(
    const EditArguments& arguments, const std::string& verb, const Assembly& plan,
    const std::filesystem::path& source,
    const std::function<bool(const EditResult&)>& accept = nullptr);

// --encode av1|h264.
void AddEncodeOption(CLI::App& command, EditArguments& to);

// Throws a wrong command line unless there is a destination or --in-place.
void CheckHasPlace(const EditArguments& arguments);

// "DIR DST", or "DIR --in-place", alone.
void AddEditPlaces(CLI::App& command, EditArguments& to);

// Opens the sources, lets `fill` choose, leaves incomplete episodes out where that is
// asked for, writes the new dataset beside its place, checks it, moves it there and
// prints the report. `verb` names the work on the progress bar ("converting"). Throws
// Error; FoundWrong if the result has errors.
void RunEdit(const EditArguments& arguments, const std::string& verb,
             const std::function<void(Edit&)>& fill);

// One of several datasets that are made of the same sources.
struct EditPart {
  std::string name, destination;
  std::function<void(Edit&)> fill;
};

// The same for all of them: no place is written to before all are known to be free, and
// none appears before all are whole. With --json prints {"parts": [...]}.
void RunEdits(const EditArguments& arguments, const std::string& verb,
              const std::vector<EditPart>& parts);

// The episodes that `ranges` ("0,3:6") names, of the only source.
std::vector<const Episode*> NamedEpisodes(const Dataset& source,
                                          const std::string& ranges);

}  // namespace svla
