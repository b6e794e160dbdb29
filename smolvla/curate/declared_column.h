// The numbers or texts of a feature, held to what info.json declares of it.
#pragma once

#include <string>

#include "smolvla/data/info.h"
#include "smolvla/data/table.h"

namespace svla {

// The column `key` of an episode's rows: a text, or as many numbers a row as `feature`
// has. `file` is theirs, for messages. Throws Error, naming file and key, if it is
// missing or anything else.
const Column& DeclaredColumn(const Table& rows, const std::string& key,
                             const Feature& feature, const std::string& file);

}  // namespace svla
