// Files that hold one JSON value a line: tasks.jsonl, episodes_stats.jsonl.
#pragma once

#include <filesystem>
#include <functional>

#include "smolvla/base/json.h"

namespace svla {

// Calls `line` on the value of every line that is not blank, in order, with a name for
// messages: the file's and the line's number ("tasks.jsonl:3"). Throws Error, with that
// name, for a line that is no JSON.
void ReadJsonLines(
    const std::filesystem::path& path,
    const std::function<void(const Json& value, const std::string& name)>& line);

}  // namespace svla
