// What measurements are labelled with.
#pragma once

#include <string>

namespace svla {

std::string CpuModel();  // "AMD EPYC ..."; "unknown" where the system does not say
std::string Commit();    // that the program was built from

}  // namespace svla
