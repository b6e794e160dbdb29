#include <algorithm>
#include <charconv>
#include <cmath>
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
      "expected NAME=SHARE such as train=0.8, or NAME=EPISODES such as "
      "train=0:40, found \"" +
          part + "\": " + why);
}

// A number from 0 to 1 with a point in it; nothing else is a share.
bool ReadShare(const std::string& text, double& share) {
  if (text.find('.') == text.npos) return false;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), share);
  return error == std::errc() && end == text.data() + text.size() && share > 0 &&
         share < 1;
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
    double fraction = 0;
    if (ReadShare(what, fraction)) {
      const auto first = static_cast<size_t>(std::llround(sum * count));
      sum += fraction;
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

void RunShare(const Arguments& a, const std::string& destination,
              const std::function<std::vector<int64_t>(const Dataset&)>& episodes) {
  EditArguments one = a;
  one.destination = destination;
  RunEdit(one, "copying", [&](Edit& edit) {
    const Dataset& source = edit.sources.front();
    for (const int64_t index : episodes(source))
      edit.Choose(source, source.EpisodeAt(index));
  });
}

void Run(const Arguments& a) {
  if (a.parts.empty() == a.episodes.empty())
    throw CLI::ValidationError("--episodes", "expected one of --episodes and --into");
  if (!a.episodes.empty()) {
    RunShare(a, a.destination, [&](const Dataset& source) {
      return Indices(NamedEpisodes(source, a.episodes));
    });
    return;
  }
  const Dataset source(OpenFolder(a.sources[0]));
  for (const Share& share : ReadParts(source, a.parts))
    RunShare(a, a.destination + "_" + share.name,
             [&](const Dataset&) { return share.episodes; });
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
      "                                # makes parts_train and parts_test");
  a->sources.resize(1);
  AddDatasetArgument(command, a->sources[0]);
  command.add_option("destination", a->destination, "folder of the new dataset")
      ->type_name("DST")
      ->required();
  command.add_option("--episodes", a->episodes, "which: 0,3:6 is 0, 3, 4 and 5")
      ->type_name("LIST");
  command
      .add_option("--into", a->parts,
                  "a part: its name, and its share of the episodes or which they are")
      ->type_name("NAME=WHAT");
  AddEditOptions(command, *a);
  command.callback([a] { Run(*a); });
}

}  // namespace svla
