#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"

namespace svla {
namespace {

// As the network reads it: with a new line at the end (EncodeTask).
std::string WithNewLine(std::string task) {
  if (!task.ends_with('\n')) task += '\n';
  return task;
}

std::string Lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string Trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// In what two tasks differ, if it is easily overlooked.
std::string SmallDifference(const std::string& given, const std::string& recorded) {
  if (Trimmed(given) == Trimmed(recorded))
    return ": they differ in spaces or new lines at an end";
  if (Lower(Trimmed(given)) == Lower(Trimmed(recorded)))
    return ": they differ in capital letters";
  return "";
}

void CompareWithDataset(const std::string& task, const DatasetFacts& dataset,
                        Diagnosis& to) {
  const char* what = "the task against the dataset's";
  if (dataset.tasks_in_parquet)
    return to.not_checked.push_back(
        {Text(what, ", which are in meta/tasks.parquet, a file that is not read"),
         "a meta/tasks.jsonl beside it, {\"task\": \"...\"} on a line for each"});
  if (dataset.tasks.empty())
    return to.not_checked.push_back(
        {what, "a dataset with meta/tasks.jsonl or meta/episodes.jsonl"});
  to.checked.push_back(what);
  const bool known = std::any_of(dataset.tasks.begin(), dataset.tasks.end(),
                                 [&](const std::string& recorded) {
                                   return WithNewLine(recorded) == WithNewLine(task);
                                 });
  if (known) return;
  const std::string nearest = Nearest(task, dataset.tasks);
  to.findings.push_back(
      {"task-not-in-dataset", Severity::kWarning, "--task",
       Text("expected one of the dataset's tasks (", dataset.tasks.size(),
            "), found \"", task, "\"; the nearest is \"", nearest, "\"",
            SmallDifference(task, nearest)),
       "the policy has never read this sentence; small policies follow the words they "
       "were trained with, to the letter",
       Text("--task \"", nearest, "\"")});
}

void CheckLength(const Patient& p, const std::string& task, Diagnosis& to) {
  int64_t cut = 0;
  const int64_t limit = p.parts.processors.max_tokens;
  try {
    EncodeTask(*p.tokenizer, task, limit, &cut);
  } catch (const Error& e) {
    return to.findings.push_back({"task-not-utf8", Severity::kError, "--task", e.what(),
                                  "smolvla refuses the observation",
                                  "give the task in UTF-8"});
  }
  to.checked.push_back("length of the task");
  if (cut == 0) return;
  const bool start = p.tokenizer->truncation_side() == Tokenizer::Side::kLeft;
  to.findings.push_back(
      {"task-cut", Severity::kWarning, "--task",
       Text("expected at most ", limit, " tokens, found ", limit + cut),
       Text("its ", start ? "start" : "end", " is lost, ", cut,
            " tokens, in silence: the policy never reads ",
            start ? "what to do" : "the last words"),
       "shorten the task to what the limit holds (if training had the same long task, "
       "it was cut there in the same way)"});
}

}  // namespace

void CheckTask(const Patient& p, const Given& given, const DatasetFacts* dataset,
               Diagnosis& to) {
  const std::string& task = *given.task;
  if (Trimmed(task).empty())
    to.findings.push_back({"task-empty", Severity::kWarning, "--task",
                           "expected a sentence, found nothing but space",
                           "the policy is not told what to do",
                           "give the sentence of the training data"});
  else if (dataset)
    CompareWithDataset(task, *dataset, to);
  if (p.tokenizer && p.has_processors)
    CheckLength(p, task, to);
  else
    to.not_checked.push_back(
        {"length of the task", "a tokenizer and processors that can be read"});
}

}  // namespace svla
