#include "smolvla/base/json.h"

#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

// What was found, short enough for one line of an error.
std::string Excerpt(const Json& value) {
  const std::string text = Serialized(value);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

// Counts levels and keys. (The parser's own callback would do, but costs quadratic
// time in the size of an object.)
class Counter final : public nlohmann::json_sax<Json> {
 public:
  Counter(const std::string& name, const JsonLimits& limits)
      : name_(name), limits_(limits) {}

  bool start_object(size_t) override { return Deeper(); }
  bool start_array(size_t) override { return Deeper(); }
  bool end_object() override { return Shallower(); }
  bool end_array() override { return Shallower(); }
  bool key(std::string&) override {
    if (++keys_ > limits_.keys)
      Fail(name_, ": expected at most ", limits_.keys, " keys, found more");
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool parse_error(size_t, const std::string&, const Json::exception& e) override {
    Fail(name_, ": expected JSON, found something else: ", e.what());
  }

 private:
  bool Deeper() {
    if (++depth_ > limits_.levels)
      Fail(name_, ": expected JSON of at most ", limits_.levels, " levels, found more");
    return true;
  }
  bool Shallower() {
    --depth_;
    return true;
  }

  const std::string& name_;
  const JsonLimits& limits_;
  int depth_ = 0;
  int64_t keys_ = 0;
};

}  // namespace

void CheckJson(std::string_view text, const std::string& name,
               const JsonLimits& limits) {
  if (text.empty()) Fail(name, ": expected JSON, found nothing");
  Counter counter(name, limits);
  Json::sax_parse(text, &counter);
}

Json ParseJson(std::string_view text, const std::string& name) {
  CheckJson(text, name, {});
  return Json::parse(text);
}

Json ReadJson(const std::filesystem::path& path) {
  return ParseJson(ReadText(path), path.string());
}

std::string Serialized(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
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
