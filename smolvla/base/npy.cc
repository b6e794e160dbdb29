#include "smolvla/base/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMostDimensions = 32;  // NumPy's own limit

struct NpyHeader {
  std::string type;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// Reads the one form of Python dict that NumPy writes, with any spacing:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view name)
      : left_(text), name_(name) {}

  NpyHeader Parse() {
    std::optional<std::string> type;
    std::optional<bool> fortran_order;
    std::optional<std::vector<int64_t>> shape;
    Expect('{');
    while (!Take('}')) {
      const std::string key = String();
      Expect(':');
      if (key == "descr" && !type)
        type = Type();
      else if (key == "fortran_order" && !fortran_order)
        fortran_order = Bool();
      else if (key == "shape" && !shape)
        shape = Shape();
      else
        Reject("unexpected key '", key, "'");
      if (!Take(',') && Peek() != '}') Reject("expected ',' or '}'");
    }
    if (Peek() != '\0') Reject("text after the closing '}'");
    if (!type || !fortran_order || !shape)
      Reject("expected the keys descr, fortran_order and shape");
    return {*type, *fortran_order, *shape};
  }

 private:
  template <class... Parts>
  [[noreturn]] void Reject(const Parts&... parts) const {
    Fail(name_, ": damaged .npy header: ", parts...);
  }

  // The next character that is not a blank; 0 at the end.
  char Peek() {
    left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size()));
    return left_.empty() ? '\0' : left_.front();
  }

  bool Take(char wanted) {
    if (Peek() != wanted) return false;
    left_.remove_prefix(1);
    return true;
  }

  void Expect(char wanted) {
    if (!Take(wanted)) Reject("expected '", wanted, "'");
  }

  std::string String() {
    const char quote = Peek();
    if (quote != '\'' && quote != '"') Reject("expected a quoted string");
    const size_t end = left_.find(quote, 1);
    if (end == left_.npos) Reject("a string without end");
    const std::string text(left_.substr(1, end - 1));
    left_.remove_prefix(end + 1);
    return text;
  }

  std::string Type() {
    if (Peek() == '[')
      Fail(name_, ": expected dtype float32, found a structured dtype");
    return String();
  }

  bool Bool() {
    for (const std::string_view word : {"True", "False"}) {
      if (Peek() != word.front() || !left_.starts_with(word)) continue;
      left_.remove_prefix(word.size());
      return word == "True";
    }
    Reject("expected True or False");
  }

  std::vector<int64_t> Shape() {
    std::vector<int64_t> shape;
    Expect('(');
    while (!Take(')')) {
      if (shape.size() == kMostDimensions)
        Reject("more than ", kMostDimensions, " dimensions");
      shape.push_back(Dimension());
      if (!Take(',') && Peek() != ')') Reject("expected ',' or ')'");
    }
    return shape;
  }

  int64_t Dimension() {
    Peek();
    int64_t value = 0;
    const auto [end, error] =
        std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (error != std::errc() || value < 0) Reject("expected a dimension from 0 up");
    left_.remove_prefix(static_cast<size_t>(end - left_.data()));
    return value;
  }

  std::string_view left_;
  std::string_view name_;
};

// The number of elements, or nothing if it is beyond any file.
std::optional<size_t> Count(std::span<const int64_t> shape) {
  // A zero makes the array empty whatever the other sides are.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 8;
  int64_t count = 1;
  for (const int64_t side : shape) {
    if (side > kMost / count) return std::nullopt;
    count *= side;
  }
  return static_cast<size_t>(count);
}

std::string ShapeText(std::span<const int64_t> shape) {
  std::string text = "(";
  for (const int64_t side : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(side);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

template <class Stored>
std::vector<float> ToFloats(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored value;  // copied out: the header's length need not align it
    std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<float>(value);
  }
  return values;
}

// Splits off the header's text; what remains in `bytes` is the values.
std::string_view TakeHeader(std::span<const std::byte>& bytes, std::string_view name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  if (!text.starts_with(kMagic)) Fail(name, ": not a .npy file");
  const auto byte = [&](size_t at) { return static_cast<size_t>(bytes[at]); };
  if (text.size() < 12) Fail(name, ": damaged .npy file: it ends in its header");
  const size_t version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0)
    Fail(name, ": .npy format ", version, ".", byte(7), ", expected 1.0, 2.0 or 3.0");
  const size_t start = version == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > text.size() - start)
    Fail(name, ": damaged .npy file: it ends in its header");
  bytes = bytes.subspan(start + length);
  return text.substr(start, length);
}

}  // namespace

NpyArray ParseNpy(std::span<const std::byte> bytes, std::string_view name) {
  const NpyHeader header = HeaderParser(TakeHeader(bytes, name), name).Parse();
  if (header.type != "<f4" && header.type != "<f8")
    Fail(name, ": expected dtype float32 ('<f4'), found '", header.type,
         "'; save it with .astype(numpy.float32)");
  const std::optional<size_t> count = Count(header.shape);
  if (header.fortran_order)
    Fail(name,
         ": the values are in Fortran order, expected C order; save it with "
         "numpy.ascontiguousarray");
  const size_t width = header.type == "<f4" ? sizeof(float) : sizeof(double);
  if (!count || bytes.size() % width != 0 || bytes.size() / width != *count)
    Fail(name, ": shape ", ShapeText(header.shape), " of '", header.type,
         "' does not match the ", bytes.size(), " bytes that follow the header");
  return {header.shape,
          width == sizeof(float) ? ToFloats<float>(bytes) : ToFloats<double>(bytes)};
}

NpyArray ReadNpy(const std::filesystem::path& path) {
  const MappedFile file(path);
  return ParseNpy(file.bytes(), path.string());
}

void WriteNpy(const std::filesystem::path& path, const std::vector<int64_t>& shape,
              std::span<const float> values) {
  SVLA_CHECK(Count(shape) == values.size());
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': " + ShapeText(shape) + ", }";
  // As NumPy does: room for the first side to grow to 21 digits in place, then
  // blanks until the values begin at a multiple of 64.
  constexpr size_t kPrefix = 10;
  if (!shape.empty()) header.append(21 - std::to_string(shape[0]).size(), ' ');
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';

  std::string start(kMagic);
  start += {'\1', '\0', static_cast<char>(header.size() & 0xff),
            static_cast<char>(header.size() >> 8)};
  start += header;
  WriteAtomically(path, [&](const ByteSink& sink) {
    sink(std::as_bytes(std::span(start)));
    sink(std::as_bytes(values));
  });
}

}  // namespace svla
