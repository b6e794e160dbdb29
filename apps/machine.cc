#include "apps/machine.h"

#include <fstream>

namespace svla {

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string Commit() { return SMOLVLA_COMMIT; }

}  // namespace svla
