// JSON from outside, read with messages that name the file and the key.
//
//   const Json config = ReadJson(path);
//   const JsonReader read(config, path);
//   chunk = read.Integer("chunk_size", 50, {1, 1000});
#pragma once

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace svla {

using Json = nlohmann::ordered_json;

// What a file may ask of the memory and, because objects of Json are searched from
// front to back, of the time.
struct JsonLimits {
  int levels = 64;
  int64_t keys = 20'000;
};

// Reads the text once without building anything. Throws Error, naming `name`, if it
// is not one JSON value or goes beyond the limits.
void CheckJson(std::string_view text, const std::string& name,
               const JsonLimits& limits);

// Throws Error as CheckJson with the default limits does. Repeated keys: the last one
// holds.
Json ParseJson(std::string_view text, const std::string& name);
Json ReadJson(const std::filesystem::path& path);

// One line. Bytes that are no UTF-8 become U+FFFD.
std::string Serialized(const Json& value);

struct IntegerRange {
  int64_t least = std::numeric_limits<int64_t>::min();
  int64_t most = std::numeric_limits<int64_t>::max();
};

// Reads the keys of one object. A key that is absent or null yields the default;
// one of another type or out of range throws Error: file, key, expected, found.
class JsonReader {
 public:
  // Throws Error if `object` is not a JSON object. Both must outlive the reader.
  JsonReader(const Json& object, std::string name);

  const Json* Find(const std::string& key) const;  // null if absent or null
  int64_t Integer(const std::string& key, int64_t otherwise, IntegerRange range) const;
  double Number(const std::string& key, double otherwise, double least,
                double most) const;
  bool Bool(const std::string& key, bool otherwise) const;
  std::string String(const std::string& key, const std::string& otherwise) const;

  // The keys that nobody has asked for yet, in order.
  std::vector<std::string> Unread() const;

  [[noreturn]] void FailAt(const std::string& key, std::string_view expected) const;

 private:
  const Json& object_;
  std::string name_;
  mutable std::set<std::string> read_;
};

}  // namespace svla
