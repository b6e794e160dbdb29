#include "apps/data/edit_place.h"

#include "smolvla/base/error.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// Both with links resolved; false where they cannot be.
bool IsWithin(const fs::path& inner, const fs::path& outer) {
  std::error_code failed;
  const fs::path from = fs::weakly_canonical(fs::absolute(outer), failed);
  if (failed) return false;
  const fs::path within =
      fs::weakly_canonical(fs::absolute(inner), failed).lexically_relative(from);
  return !failed && !within.empty() && *within.begin() != "..";
}

// What is written into a dataset becomes part of it.
void CheckIsOutside(const fs::path& destination, const Assembly& plan) {
  for (const Dataset* source : DatasetsOf(plan))
    if (IsWithin(destination, source->folder()))
      Fail(destination.string(), ": expected a folder outside of ",
           source->folder().string(), ", which is only read");
}

// A shell stays in the folder it is in, whatever that is called later.
void CheckIsNotAroundUs(const fs::path& source) {
  std::error_code unknown;
  const fs::path here = fs::current_path(unknown);
  if (!unknown && IsWithin(here, source))
    Fail(source.string(), ": expected --in-place of another folder than that of the ",
         "shell, ", here.string(), ", which would go on in what is kept as ",
         fs::weakly_canonical(here / source, unknown).filename().string(),
         "_old; change to a folder outside of the dataset first, or give DST");
}

}  // namespace

NewFolder MakePlace(const EditArguments& arguments, const Assembly& plan,
                    const fs::path& source) {
  if (!arguments.in_place) {
    CheckIsOutside(arguments.destination, plan);
    CheckIsNotCached(arguments.destination);
    return NewFolder(arguments.destination);
  }
  CheckIsNotCached(source);
  CheckIsNotAroundUs(source);
  return NewFolder::Replacing(source);
}

void CheckIsNotCached(const fs::path& folder) {
  std::error_code unknown;
  fs::path before;
  for (const fs::path& part : fs::weakly_canonical(fs::absolute(folder), unknown)) {
    // .../hub/datasets--owner--name/snapshots/<commit>
    if (part == "snapshots" && before.string().starts_with("datasets--"))
      Fail(folder.string(), ": expected a folder outside of the Hugging Face cache, ",
           "whose files other programs share; give DST, which makes a new dataset");
    before = part;
  }
}

}  // namespace svla
