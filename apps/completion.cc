// Bash completion, made from the command line itself, so that it cannot fall
// behind.
#include <iostream>

#include "apps/commands.h"

namespace svla {
namespace {

std::string OptionsOf(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      words += (words.empty() ? "--" : " --") + name;
  return words;
}

std::string NamesOf(const CLI::App& command) {
  std::string words;
  for (const CLI::App* inner : command.get_subcommands({}))
    words += (words.empty() ? "" : " ") + inner->get_name();
  return words;
}

// What may follow, once the words before it are `path`: names of commands, or options.
std::string Case(const std::string& path, const CLI::App& command) {
  const std::string names = NamesOf(command), options = OptionsOf(command);
  return "    " + path + ") " + (names.empty() ? "" : "names=1 ") + "words=\"" + names +
         (names.empty() ? "" : " ") + options + "\" ;;\n";
}

std::string Script(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string& name = command->get_name();
    for (const CLI::App* inner : command->get_subcommands({}))
      cases += Case("\"" + name + " " + inner->get_name() + "\"", *inner);
    cases += Case("\"" + name + " \"*", *command);
  }
  return "# smolvla completion bash > "
         "~/.local/share/bash-completion/completions/smolvla\n"
         "_smolvla() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" first= second= names= words\n"
         "  if ((COMP_CWORD > 1)); then first=\"${COMP_WORDS[1]}\"; fi\n"
         "  if ((COMP_CWORD > 2)); then second=\"${COMP_WORDS[2]}\"; fi\n"
         "  case \"$first $second\" in\n" +
         cases + Case("*", app) +
         "  esac\n"
         "  if [[ -n $names || $word == -* ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "  else\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"${word##*=}\")\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _smolvla smolvla\n";
}

}  // namespace

void AddCompletion(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("completion", "print a completion script");
  CLI::App& bash = *command.add_subcommand("bash", "for bash");
  command.require_subcommand(1);
  command.footer("\nExample:\n  source <(smolvla completion bash)");
  bash.callback([&app] { std::cout << Script(app); });
}

}  // namespace svla
