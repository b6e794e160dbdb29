// `smolvla data` of a build without Arrow and FFmpeg.
#include "apps/commands.h"
#include "smolvla/base/error.h"

namespace svla {

void AddData(CLI::App& app) {
  CLI::App& data =
      *app.add_subcommand("data", "LeRobot datasets (left out of this build)");
  data.allow_extras();
  data.callback([] {
    Fail(
        "built without Apache Arrow and FFmpeg, so there is no `smolvla data`: run "
        "scripts/install_dependencies.sh and build again");
  });
}

}  // namespace svla
