#include <cstdio>
#include <exception>
#include <iostream>

#include "apps/commands.h"
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
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "smolvla: not enough memory\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "smolvla: %s\n", Printable(e.what()).c_str());
  }
  return 1;
}

}  // namespace svla
