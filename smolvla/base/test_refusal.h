// For tests only.
#pragma once

#include <string>

#include "smolvla/base/error.h"

namespace svla {

// What the action's Error says; empty if it throws none.
template <class Action>
std::string Refusal(const Action& action) {
  try {
    action();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace svla
