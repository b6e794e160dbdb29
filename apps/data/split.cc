#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "apps/data/data_commands.h"
#include "apps/data/edit.h"

namespace svla {
namespace {

struct Arguments : EditArguments {
  std::string episodes;
  std::vector<std::string> parts;
};

struct Share {
  std::string name;
  std::vector<int64_t> episodes;  // indices
};

[[noreturn]] void FailAt(const std::string& part, const std::string& why) {
  throw CLI::ValidationError(
      "--into",
      "expected NAME=SHARE with a point or a percent sign, such as train=0.8 or "
      "train=80%, or NAME=EPISODES such as train=0:40 (one=1 is episode 1), found \"" +
          part + "\": " + why);
}

// "0.8" or "80%": what has neither point nor percent sign is a list of episodes.
std::optional<double> ReadShare(const std::string& part, const std::string& text) {
  const bool percent = text.ends_with('%');
  if (!percent && text.find('.') == text.npos) return std::nullopt;
  const size_t length = text.size() - percent;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number);
  const double share = percent ? number / 100 : number;
  if (error != std::errc() || end != text.data() + length || !(share > 0 && share <= 1))
    FailAt(part, "\"" + text + "\" is no share above 0 and up to 1 or 100%");
  return share;
}

std::vector<int64_t> Indices(const std::vector<const Episode*>& episodes) {
  std::vector<int64_t> indices;
  for (const Episode* episode : episodes) indices.push_back(episode->index);
  return indices;
}

// The episodes of every part: shares are taken one after another from the beginning.
std::vector<Share> ReadParts(const Dataset& source,
                             const std::vector<std::string>& parts) {
  const auto count = static_cast<double>(source.episodes().size());
  std::vector<Share> shares;
  std::set<std::string> names;
  std::set<int64_t> taken;
  double sum = 0;
  for (const std::string& part : parts) {
    const size_t equals = part.find('=');
    if (equals == part.npos || equals == 0) FailAt(part, "no name");
    Share& share = shares.emplace_back();
    share.name = part.substr(0, equals);
    if (share.name.find('/') != share.name.npos || !names.insert(share.name).second)
      FailAt(part, "a name without \"/\" that is not used yet is needed");
    const std::string what = part.substr(equals + 1);
    if (const std::optional<double> fraction = ReadShare(part, what)) {
      const auto first = static_cast<size_t>(std::llround(sum * count));
      sum += *fraction;
      if (sum > 1 + 1e-9) FailAt(part, "the shares are more than the whole");
      const auto end = static_cast<size_t>(std::llround(std::min(sum, 1.0) * count));
      for (size_t i = first; i < end; ++i)
        share.episodes.push_back(source.episodes()[i].index);
    } else {
      share.episodes = Indices(NamedEpisodes(source, what));
    }
    if (share.episodes.empty()) FailAt(part, "no episode is left for it");
    for (const int64_t episode : share.episodes)
      if (!taken.insert(episode).second)
        FailAt(part, "episode " + std::to_string(episode) + " is in two parts");
  }
  return shares;
}

void Choose(const std::vector<int64_t>& episodes, Edit& edit) {
  const Dataset& source = edit.sources.front();
  for (const int64_t index : episodes) edit.Choose(source, source.EpisodeAt(index));
}

void Run(const Arguments& a) {
  if (a.parts.empty() == a.episodes.empty())
    throw CLI::ValidationError("--episodes", "expected one of --episodes and --into");
  if (!a.episodes.empty()) {
    RunEdit(a, "copying", [&](Edit& edit) {
      Choose(Indices(NamedEpisodes(edit.sources.front(), a.episodes)), edit);
    });
    return;
  }
  std::vector<EditPart> parts;
  for (const Share& share : ReadParts(Dataset(OpenFolder(a.sources[0])), a.parts))
    parts.push_back({share.name, a.destination + "_" + share.name,
                     [share](Edit& edit) { Choose(share.episodes, edit); }});
  RunEdits(a, "copying", parts);
}

}  // namespace

void AddDataSplit(CLI::App& data) {
  const auto a = std::make_shared<Arguments>();
  CLI::App& command = *data.add_subcommand(
      "split", "some episodes of a dataset, or all of them in several datasets");
  command.footer(
      "\nExamples:\n"
      "  smolvla data split my_dataset first_ten --episodes 0:10\n"
      "  smolvla data split my_dataset parts --into train=0.9 --into test=0.1\n"
      "                                # makes parts_train and parts_test\n"
      "A share has a point or a percent sign: 0.9, 90%. Anything else is a list of\n"
      "episodes: 0:40 is the first 40, and 1 is episode 1. No part appears before all "
      "are\n"
      "whole.");
  a->sources.resize(1);
  AddDatasetArgument(command, a->sources[0]);
  command.add_option("destination", a->destination, "folder of the new dataset")
      ->type_name("DST")
      ->required();
  command.add_option("--episodes", a->episodes, "which: 0,3:6 is 0, 3, 4 and 5")
      ->type_name("LIST");
  command
      .add_option("--into", a->parts,
                  "a part: its name, and its share of the episodes (0.9, 90%) or which "
                  "they are (0:40)")
      ->type_name("NAME=WHAT");
  AddEditOptions(command, *a);
  command.callback([a] { Run(*a); });
}

}  // namespace svla
