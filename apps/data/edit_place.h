// Where a new dataset may go, and which may be changed at all.
#pragma once

#include <filesystem>

#include "apps/data/edit.h"
#include "smolvla/curate/new_folder.h"

namespace svla {

// DST, or with --in-place `source`. Throws Error if that is a place where a dataset
// would do harm: inside one of those that `plan` reads, in the Hugging Face cache, or
// above the folder that the user's shell is in.
NewFolder MakePlace(const EditArguments& arguments, const Assembly& plan,
                    const std::filesystem::path& source);

// Throws Error if `folder` is in the Hugging Face cache: its files are links to what
// other revisions and programs share.
void CheckIsNotCached(const std::filesystem::path& folder);

}  // namespace svla
