#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "apps/commands.h"
#include "apps/interruption.h"
#include "apps/suggestion.h"
#include "smolvla/base/error.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

constexpr const char* kAbout =
    "SmolVLA, the small vision-language-action model, without Python: pictures, joint\n"
    "state and a sentence in, a chunk of joint actions out.";

constexpr const char* kFooter =
    "\nExit codes: 0 done, 1 wrong input, 2 wrong command line. Errors go to stderr.\n"
    "With --json a command prints one JSON object on stdout and nothing else there.";

// Prints help, or what is wrong with the command line. Returns the exit code.
int Explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() != 0 && LacksCommand(app)) {
    std::cerr << app.help();
    return 2;
  }
  if (app.exit(error) == 0) return 0;
  if (const std::string name = NearestName(app); !name.empty())
    std::cerr << "Did you mean " << name << "?\n";
  return 2;
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv) {
  CLI::App app(kAbout, "smolvla");
  app.footer(kFooter);
  app.set_version_flag("--version", "smolvla " SMOLVLA_VERSION);
  app.require_subcommand(1);
  AddPredict(app);
  AddInfo(app);
  AddDoctor(app);
  AddBench(app);
  AddData(app);
  AddCompletion(app);
  try {
    app.parse(argc, argv);
    // A full disk or a closed pipe must not look like success.
    std::cout.flush();
    if (!std::cout) Fail("cannot write to the standard output");
    return 0;
  } catch (const FoundWrong&) {
    std::cout.flush();
  } catch (const Interrupted& interrupted) {
    std::fprintf(stderr, "%ssmolvla: interrupted\n",
                 ::isatty(STDERR_FILENO) ? "\r\033[K" : "");
    return 128 + interrupted.signal;
  } catch (const CLI::ParseError& e) {
    return Explain(app, e);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "smolvla: not enough memory\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "smolvla: %s\n", Printable(e.what()).c_str());
  }
  return 1;
}

}  // namespace svla
