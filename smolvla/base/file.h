// Files as the project uses them: mapped to read, replaced whole to write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace svla {

// A file mapped read-only. The bytes live as long as the object.
class MappedFile {
 public:
  // Throws Error, naming the file, if it is not a readable regular file.
  explicit MappedFile(const std::filesystem::path& path);
  // A file without a name, in memory as a file in the page cache is: `fill` is handed
  // its `size` bytes, and path() is `name`. Throws Error if there is no memory.
  MappedFile(const std::string& name, size_t size,
             const std::function<void(std::span<std::byte>)>& fill);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

  // Says that `part` of the bytes will not be read soon: what of it is in memory no
  // longer counts as this process's. It can still be read.
  void Release(std::span<const std::byte> part) const;

 private:
  void Map(int descriptor, size_t size);

  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

// The whole file as text. Throws Error if it cannot be read, or holds more than
// `most_bytes` (a guard against a wrong path, not a format limit).
std::string ReadText(const std::filesystem::path& path,
                     size_t most_bytes = size_t{256} << 20);

// True for a regular file, or a link to one, that can be seen.
bool IsFile(const std::filesystem::path& path);

// Makes the folder that `path` is to lie in, and those above it. Returns `path`. Throws
// Error, naming the folder.
const std::filesystem::path& WithFolder(const std::filesystem::path& path);

// A file that is written under another name beside `path`, by whatever writes files by
// name, and appears under its own in Commit(). Without that it is removed.
class PendingFile {
 public:
  // Throws Error, naming `path`, if there can be no file beside it.
  explicit PendingFile(const std::filesystem::path& path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& temporary() const { return temporary_; }

  // Flushes to the disk and renames: after a crash at any moment `path` holds the old
  // content or the new, never a part. Throws Error.
  void Commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty once committed
};

// Where WriteAtomically's caller puts its bytes. Throws Error when the disk
// refuses them.
using ByteSink = std::function<void(std::span<const std::byte>)>;

// Writes as PendingFile does. Throws Error and removes the temporary file when anything
// fails.
void WriteAtomically(const std::filesystem::path& path,
                     const std::function<void(const ByteSink&)>& write);

void WriteAtomically(const std::filesystem::path& path, std::string_view text);

}  // namespace svla
