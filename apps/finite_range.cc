#include "apps/finite_range.h"

#include <sstream>

namespace svla {

CLI::Validator FiniteRange(double least, double most) {
  const auto check = [least, most](std::string& text) {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number) && number >= least && number <= most)
      return std::string();
    std::ostringstream refusal;
    refusal << "expected a number from " << least << " to " << most << ", found "
            << text;
    return refusal.str();
  };
  return {check, CLI::Range(least, most).get_description()};
}

}  // namespace svla
