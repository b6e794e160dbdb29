#include "smolvla/curate/verify.h"

#include <iostream>

#include "apps/commands.h"
#include "apps/data/data_commands.h"
#include "apps/data/verify_report.h"
#include "apps/progress_bar.h"

namespace svla {
namespace {

struct VerifyArguments {
  std::string dataset;
  bool no_decode = false, json = false;
  int threads = 1;
};

void VerifyAndReport(const VerifyArguments& a) {
  VerifyOptions options;
  options.decode_videos = !a.no_decode;
  options.decoder_threads = a.threads;
  options.progress = MakeProgressBar("verifying", "frames");
  const Verification verification = VerifyDataset(OpenFolder(a.dataset), options);
  std::cout << (a.json ? Serialized(ToJson(verification)) + "\n"
                       : ToText(verification));
  if (!verification.findings.empty()) throw FoundWrong{};
}

}  // namespace

void AddDataVerify(CLI::App& data) {
  const auto a = std::make_shared<VerifyArguments>();
  CLI::App& command = *data.add_subcommand(
      "verify", "what is wrong with a dataset: files, numbers, pictures, statistics");
  command.footer(
      "\nExit code 1 if there is any finding.\n\n"
      "Examples:\n"
      "  smolvla data verify my_dataset\n"
      "  smolvla data verify my_dataset --no-decode --json | jq '.findings[].code'");
  AddDatasetArgument(command, a->dataset);
  command.add_flag("--no-decode", a->no_decode,
                   "count the frames of videos, but look at no picture");
  AddThreadsOption(command, a->threads);
  AddJsonFlag(command, a->json);
  command.callback([a] { VerifyAndReport(*a); });
}

}  // namespace svla
