#include "smolvla/curate/repair.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include "apps/commands.h"
#include "apps/data/data_commands.h"
#include "apps/data/edit.h"
#include "apps/progress_bar.h"
#include "smolvla/base/text.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

struct RepairArguments : EditArguments {
  std::string task;
};

struct RepairReport {
  fs::path source;
  RepairPlan plan;
  std::optional<EditResult> made;  // none if nothing was to be written
};

// A finding that the result still has was not mended, whatever was tried.
void HoldToResult(const Verification& result, RepairPlan& plan) {
  for (RepairPlan::Step& step : plan.steps)
    for (const DatasetFinding& f : result.findings)
      if (step.mended && f.code == step.finding.code) {
        step.mended = false;
        step.how = "the result still has it: " + f.found;
        break;
      }
}

bool ErrorsRemain(const RepairReport& r) {
  const bool left =
      std::any_of(r.plan.steps.begin(), r.plan.steps.end(), [](const auto& step) {
        return !step.mended && step.finding.severity == Severity::kError;
      });
  return left || (r.made && r.made->verification.Count(Severity::kError) > 0);
}

Json ToJson(const RepairReport& r) {
  Json mended = Json::array(), left = Json::array(), out = Json::array(),
       salvaged = Json::array();
  for (const auto& [finding, is_mended, how] : r.plan.steps)
    (is_mended ? mended : left)
        .push_back(
            {{"code", finding.code},
             {"severity", finding.severity == Severity::kError ? "error" : "warning"},
             {"file", finding.file},
             {"found", finding.found},
             {is_mended ? "how" : "why", how}});
  for (const auto& [file, rows, why] : r.plan.salvaged)
    salvaged.push_back({{"file", file.string()},
                        {"rows", rows},
                        {"why", why.empty() ? Json() : Json(why)}});
  for (const auto& [episode, why] : r.plan.left_out)
    out.push_back({{"episode", episode}, {"why", why}});
  Json json = {{"source", r.source.string()},
               {"written", r.made.has_value()},
               {"mended", mended},
               {"left", left},
               {"salvaged", salvaged},
               {"episodes_added", r.plan.added},
               {"episodes_left_out", out},
               {"features_dropped", r.plan.dropped},
               {"dataset", nullptr},
               {"kept_as", nullptr},
               {"errors_remain", ErrorsRemain(r)}};
  if (!r.made) return json;
  json["dataset"] = r.made->folder.string();
  if (!r.made->old.empty()) json["kept_as"] = r.made->old.string();
  json["episodes"] = r.made->episodes;
  json["frames"] = r.made->frames;
  json["findings"] = Json::array();
  for (const DatasetFinding& finding : r.made->verification.findings)
    json["findings"].push_back(finding.code);
  return json;
}

void Print(const RepairReport& r) {
  for (const auto& [finding, is_mended, how] : r.plan.steps)
    std::cout << (is_mended ? "mended  " : "left    ") << finding.code << "  "
              << Printable(finding.file) << ": " << Printable(finding.found) << "\n    "
              << Printable(how) << "\n";
  for (const std::string& feature : r.plan.dropped)
    std::cout << "dropped  " << Printable(feature) << ", which no data file has\n";
  for (const auto& [file, rows, why] : r.plan.salvaged)
    if (why.empty())
      std::cout << "salvaged  " << Printable(file.string()) << ": " << rows
                << " rows; it had no footer\n";
    else
      std::cout << "lost  " << Printable(file.string()) << ": " << Printable(why)
                << "\n";
  for (const int64_t episode : r.plan.added)
    std::cout << "added  episode " << episode << ", which the list lacked\n";
  for (const auto& [episode, why] : r.plan.left_out)
    std::cout << "left out  episode " << episode << ": " << Printable(why) << "\n";
  if (r.plan.steps.empty()) {
    std::cout << Printable(r.source.string())
              << ": nothing is wrong; nothing was written\n";
  } else if (!r.made) {
    std::cout << "nothing of it can be mended without guessing; nothing was written\n";
  } else {
    std::cout << "\n"
              << Printable(r.made->folder.string()) << ": v3.0, " << r.made->episodes
              << " episodes, " << r.made->frames << " frames\n";
    if (!r.made->old.empty())
      std::cout << "what it was is kept as " << Printable(r.made->old.string()) << "\n";
    std::cout << "verified: " << r.made->verification.Count(Severity::kError)
              << " errors, " << r.made->verification.Count(Severity::kWarning)
              << " warnings\n";
  }
}

// Empty if it is one.
std::string IsSentence(const std::string& text) {
  const bool blank = text.find_first_not_of(" \t\r\n") == text.npos;
  return blank || !IsUtf8(text) ? "expected a sentence in UTF-8" : "";
}

void Repair(const RepairArguments& a) {
  CheckHasPlace(a);
  RepairReport report;
  report.source = OpenFolder(a.sources.front());
  VerifyOptions verify;
  verify.decoder_threads = a.threads;
  verify.progress = MakeProgressBar("verifying", "frames");
  const Verification found = VerifyDataset(report.source, verify);
  if (!found.findings.empty()) {
    report.plan = PlanRepair(report.source, found, {a.task});
    if (report.plan.Mends()) {
      const auto is_better = [&](const EditResult& result) {
        HoldToResult(result.verification, report.plan);
        return report.plan.Mends();
      };
      report.made =
          WriteEdit(a, "repairing", report.plan.assembly, report.source, is_better);
    }
  }
  if (a.json)
    std::cout << Serialized(ToJson(report)) << "\n";
  else
    Print(report);
  if (ErrorsRemain(report)) throw FoundWrong{};
}

}  // namespace

void AddDataRepair(CLI::App& data) {
  const auto a = std::make_shared<RepairArguments>();
  CLI::App& command = *data.add_subcommand(
      "repair", "a new dataset in which what can be mended without guessing is");
  command.footer(
      "\nNaN, joints and cameras that stand still are reported, never changed.\n"
      "Exit code 1 if errors remain.\n\n"
      "Examples:\n"
      "  smolvla data repair my_dataset mended\n"
      "  smolvla data repair my_dataset mended --task \"Lift the cube.\"\n"
      "  smolvla data repair my_dataset mended --encode h264   # times that wobble\n"
      "  smolvla data repair my_dataset --in-place --json | jq .left");
  AddEditPlaces(command, *a);
  command.add_option("--task", a->task, "the sentence of rows whose own is lost")
      ->type_name("SENTENCE")
      ->check(IsSentence);
  AddEncodeOption(command, *a);
  AddThreadsOption(command, a->threads);
  AddJsonFlag(command, a->json);
  command.callback([a] { Repair(*a); });
}

}  // namespace svla
