#include "smolvla/base/json.h"

#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

constexpr int kDeepest = 64;

// Objects keep their order and are searched from front to back, so a file made of
// nothing but keys would take quadratic time.
constexpr int64_t kMostKeys = 20'000;

// What was found, short enough for one line of an error.
std::string Excerpt(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

}  // namespace

Json ParseJson(std::string_view text, const std::string& name) {
  int64_t keys = 0;
  // The parser's own recursion is over a heap stack, but destroying and printing
  // a value recurse, so the depth is bounded here.
  const auto watch = [&](int depth, Json::parse_event_t event, Json&) {
    const bool opens = event == Json::parse_event_t::object_start ||
                       event == Json::parse_event_t::array_start;
    if (opens && depth >= kDeepest)
      Fail(name, ": expected JSON of at most ", kDeepest, " levels, found more");
    if (event == Json::parse_event_t::key && ++keys > kMostKeys)
      Fail(name, ": expected at most ", kMostKeys, " keys, found more");
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& e) {
    Fail(name, ": expected JSON, found something else: ", e.what());
  }
}

Json ReadJson(const std::filesystem::path& path) {
  return ParseJson(ReadText(path), path.string());
}

JsonReader::JsonReader(const Json& object, std::string name)
    : object_(object), name_(std::move(name)) {
  if (!object_.is_object())
    Fail(name_, ": expected a JSON object, found ", Excerpt(object_));
}

const Json* JsonReader::Find(const std::string& key) const {
  read_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

int64_t JsonReader::Integer(const std::string& key, int64_t otherwise,
                            IntegerRange range) const {
  const Json* value = Find(key);
  if (!value) return otherwise;
  const std::string expected = "a whole number from " + std::to_string(range.least) +
                               " to " + std::to_string(range.most);
  // Some writers print 50 as 50.0.
  if (value->is_number_float()) {
    const double number = value->get<double>();
    if (number != std::floor(number) || std::abs(number) > 9e15) FailAt(key, expected);
  } else if (!value->is_number_integer() ||
             (value->is_number_unsigned() &&
              value->get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})) {
    FailAt(key, expected);
  }
  const auto number = value->get<int64_t>();
  if (number < range.least || number > range.most) FailAt(key, expected);
  return number;
}

double JsonReader::Number(const std::string& key, double otherwise, double least,
                          double most) const {
  const Json* value = Find(key);
  if (!value) return otherwise;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= least && number <= most))
    FailAt(key,
           "a number from " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

bool JsonReader::Bool(const std::string& key, bool otherwise) const {
  const Json* value = Find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) FailAt(key, "true or false");
  return value->get<bool>();
}

std::string JsonReader::String(const std::string& key,
                               const std::string& otherwise) const {
  const Json* value = Find(key);
  if (!value) return otherwise;
  if (!value->is_string()) FailAt(key, "a string");
  return value->get<std::string>();
}

std::vector<std::string> JsonReader::Unread() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object_.items())
    if (!read_.contains(key)) keys.push_back(key);
  return keys;
}

void JsonReader::FailAt(const std::string& key, std::string_view expected) const {
  const auto found = object_.find(key);
  Fail(name_, ": \"", key, "\": expected ", expected, ", found ",
       found == object_.end() ? "nothing" : Excerpt(*found));
}

}  // namespace svla
