// Bash completion, made from the command line itself, so that it cannot fall
// behind.
#include <iostream>
#include <sstream>

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

std::string Script(const CLI::App& app) {
  std::ostringstream cases, names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names << command->get_name() << " ";
    cases << "    " << command->get_name() << ") words=\"" << OptionsOf(*command);
    for (const CLI::App* inner : command->get_subcommands({}))
      cases << " " << inner->get_name();
    cases << "\" ;;\n";
  }
  return "# smolvla completion bash > "
         "~/.local/share/bash-completion/completions/smolvla\n"
         "_smolvla() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" words\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases.str() + "    *) words=\"" + names.str() + OptionsOf(app) +
         "\" ;;\n"
         "  esac\n"
         "  if [[ $COMP_CWORD -eq 1 || $word == -* || ${COMP_WORDS[1]} == completion "
         "]]; "
         "then\n"
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
