// The numbers or texts of a feature, held to what info.json declares of it.
#pragma once

#include <cstdint>
#include <string>

#include "smolvla/data/info.h"
#include "smolvla/data/table.h"

namespace svla {

// The column `key` of an episode's rows: a text, or as many numbers a row as `feature`
// has. `file` is theirs, for messages. Throws Error, naming file and key, if it is
// missing or anything else.
const Column& DeclaredColumn(const Table& rows, const std::string& key,
                             const Feature& feature, const std::string& file);

// True if the feature's type has a place for the number: of "float32" one that is
// finite in it, of "uint8" a whole one from 0 to 255, of "bool" 0 or 1.
bool Holds(const Feature& feature, double number);
bool Holds(const Feature& feature, int64_t number);

}  // namespace svla
