#include "apps/bench_report.h"

#include <cstdio>
#include <sstream>

#include "apps/machine.h"

namespace svla {
namespace {

Json Summary(const Samples& samples) {
  return {{"min", Quantile(samples, 0.0)},
          {"median", Quantile(samples, 0.5)},
          {"p99", Quantile(samples, 0.99)}};
}

// 0 where there is nothing to compare with.
double Share(double part, double whole) { return whole > 0 ? part / whole : 0.0; }

// The number of steps, or where several were compared, what each of them gave.
Json StepsOf(const BenchReport& r) {
  if (r.runs.size() == 1) return r.runs[0].steps;
  Json list = Json::array();
  for (const StepsRun& run : r.runs)
    list.push_back({{"steps", run.steps},
                    {"total_ms", Summary(run.total)},
                    {"relative_l2", run.relative_l2},
                    {"max_abs", run.max_abs}});
  return list;
}

std::string Row(const std::string& name, const Samples& samples, double operations) {
  char text[160];
  const double median = Quantile(samples, 0.5);
  std::snprintf(text, sizeof text, "%-12s%10.1f%10.1f%10.1f%12.1f\n", name.c_str(),
                Quantile(samples, 0.0), median, Quantile(samples, 0.99),
                operations / median / 1e6);
  return text;
}

std::string StagesTable(const StepsRun& run) {
  const std::string header = "ms, " + std::to_string(run.steps) + " steps";
  char line[160];
  std::snprintf(line, sizeof line, "%-12s%10s%10s%10s%12s\n", header.c_str(), "min",
                "median", "p99", "GFLOP/s");
  return line + Row("total", run.total, run.cost.Total()) +
         Row("vision", run.vision, run.cost.vision) +
         Row("prefix", run.prefix, run.cost.prefix) +
         Row("expert step", run.expert_step,
             run.cost.expert / static_cast<double>(run.steps));
}

std::string StepsTable(const BenchReport& r) {
  std::string text =
      "\nsteps         ms min    median       p99    error L2   error max\n";
  for (const StepsRun& run : r.runs) {
    char line[160];
    std::snprintf(line, sizeof line, "%-10ld%10.1f%10.1f%10.1f%12.2e%12.2e\n",
                  static_cast<long>(run.steps), Quantile(run.total, 0.0),
                  Quantile(run.total, 0.5), Quantile(run.total, 0.99), run.relative_l2,
                  run.max_abs);
    text += line;
  }
  return text + "error: from the chunk of " + std::to_string(kConvergedSteps) +
         " steps, normalised; L2 over that of the chunk less the noise\n";
}

std::string RatesOf(const BenchReport& r) {
  const StepsRun& run = r.runs.front();
  char line[240];
  std::snprintf(line, sizeof line, "\n%.0f GFLOP at %.0f GFLOP/s",
                run.cost.Total() / 1e9, run.Gflops());
  std::string text = line;
  if (r.peak_gflops > 0) {
    std::snprintf(line, sizeof line,
                  ": %.0f %% of the %.0f that oneDNN (%s) reaches on the same products,"
                  "\n%.0f %% of the %.0f of the best single one",
                  100.0 * Share(run.Gflops(), r.onednn.chunk), r.onednn.chunk,
                  r.onednn.dtype.c_str(), 100.0 * Share(run.Gflops(), r.peak_gflops),
                  r.peak_gflops);
    text += line;
  }
  std::snprintf(line, sizeof line,
                "\nstart-up %.0f ms, first chunk %.0f ms, peak memory %.0f MB\n",
                r.startup_ms, r.first_ms, r.peak_rss_mb);
  return text + line;
}

}  // namespace

Json ToJson(const BenchReport& r) {
  const StepsRun& run = r.runs.front();
  return {
      {"network", r.options.random.empty() ? r.options.checkpoint : r.options.random},
      {"backend", r.options.backend},
      {"dtype", r.options.dtype},
      {"cameras", r.options.cameras},
      {"words", r.options.words},
      {"steps", StepsOf(r)},
      {"repeats", r.options.repeats},
      {"threads", r.threads},
      {"total_ms", Summary(run.total)},
      {"vision_ms", Summary(run.vision)},
      {"prefix_ms", Summary(run.prefix)},
      {"expert_step_ms", Summary(run.expert_step)},
      {"startup_ms", r.startup_ms},
      {"first_chunk_ms", r.first_ms},
      {"gflop", run.cost.Total() / 1e9},
      {"gflops", run.Gflops()},
      {"peak_gflops", r.peak_gflops},
      {"peak_share", Share(run.Gflops(), r.peak_gflops)},
      {"onednn_gflops", r.onednn.chunk},
      {"onednn_share", Share(run.Gflops(), r.onednn.chunk)},
      {"onednn_dtype", r.onednn.dtype},
      {"peak_rss_mb", r.peak_rss_mb},
      {"machine", CpuModel()},
      {"compiler", __VERSION__},
      {"commit", Commit()}};
}

std::string ToText(const BenchReport& r) {
  std::string text =
      MachineOf(r) + "; " + SubjectOf(r) + "; commit " + Commit() + "\n\n";
  text += StagesTable(r.runs.front());
  if (r.runs.size() > 1) text += StepsTable(r);
  return text + RatesOf(r);
}

std::string MachineOf(const BenchReport& r) {
  return CpuModel() + ", " + std::to_string(r.threads) + " threads, " +
         r.options.backend + " " + r.options.dtype;
}

std::string SubjectOf(const BenchReport& r) {
  std::ostringstream text;
  text << r.options.cameras << " cameras, " << r.options.words << " words, ";
  if (r.runs.size() == 1) text << r.runs[0].steps << " steps, ";
  text << r.options.repeats << " repeats";
  return text.str();
}

}  // namespace svla
