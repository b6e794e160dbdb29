#include "apps/suggestion.h"

#include <algorithm>
#include <vector>

namespace svla {
namespace {

// The command whose words could not be parsed.
const CLI::App& Innermost(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : Innermost(*parsed.back());
}

std::vector<std::string> NamesOfOptions(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> NamesOfCommands(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* inner : command.get_subcommands({}))
    names.push_back(inner->get_name());
  return names;
}

// How many letters must be put in, left out or replaced, or neighbours swapped.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string NearestName(const CLI::App& app) {
  const CLI::App& command = Innermost(app);
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  if (left.empty() || left[0].size() > 100) return "";
  const std::string word = left[0].substr(0, left[0].find('='));
  std::string nearest;
  size_t least = 1 + word.size() / 4;  // mistakes: one in four letters
  for (const std::string& name :
       word.starts_with("-") ? NamesOfOptions(command) : NamesOfCommands(command)) {
    const size_t distance = Distance(word, name);
    if (distance > least || (distance == least && !nearest.empty())) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

bool LacksCommand(const CLI::App& app) {
  return app.remaining(/*recurse=*/true).empty() &&
         !Innermost(app).get_subcommands({}).empty();
}

}  // namespace svla
