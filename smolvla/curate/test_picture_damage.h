// What can be wrong with videos and pictures. For tests only.
#pragma once

#include "smolvla/curate/test_damage.h"
#include "smolvla/policy/picture.h"

namespace svla {

inline std::string PngOf(const Image& image) {
  const TestFolder folder;
  WritePng(folder.path() / "picture.png", image);
  return ReadText(folder.path() / "picture.png");
}

inline Image BlackPicture(int64_t width, int64_t height) {
  Image image;
  image.width = width;
  image.height = height;
  image.rgb.assign(static_cast<size_t>(3 * width * height), 0);
  return image;
}

inline void SetPicture(Table& table, size_t row, const std::string& bytes) {
  ColumnOf(table, "observation.images.wrist").bytes.at(row) = bytes;
}

inline std::vector<Damage> VideoDamages() {
  return {
      {{"camera-folder-misnamed"},
       "v21",
       [](const auto& d) {
         std::filesystem::rename(d / "videos/chunk-000/observation.images.top",
                                 d / "videos/chunk-000/observation.images.front");
       }},
      {{"camera-folder-misnamed"},
       "v30_two_cameras",
       [](const auto& d) {
         std::filesystem::rename(d / "videos/observation.images.top", d / "videos/top");
       }},
      {{"video-missing"},
       "v21",
       [](const auto& d) { std::filesystem::remove(d / VideoOf("top", 1)); }},
      {{"video-missing"},
       "v21",
       [](const auto& d) { std::filesystem::remove_all(d / "videos"); }},
      {{"video-unreadable"},
       "v21",
       [](const auto& d) { d.CutTo(VideoOf("top", 1), 0.5); }},
      {{"video-unreadable"},
       "v21",
       [](const auto& d) { d.CutTo(VideoOf("top", 1), 0); }},
      {{"video-short"},
       "v21",
       [](const auto& d) {
         std::filesystem::copy_file(d / VideoOf("top", 0), d / VideoOf("top", 1),
                                    std::filesystem::copy_options::overwrite_existing);
       }},
      {{"video-long"},
       "v20",
       [](const auto& d) {
         std::filesystem::copy_file(d / VideoOf("top", 1), d / VideoOf("top", 0),
                                    std::filesystem::copy_options::overwrite_existing);
       }},
      {{"video-size-wrong"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) {
           j["features"]["observation.images.top"]["shape"] = {3, 48, 32};
         });
       }},
      {{"video-size-wrong"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) {
           j["features"]["observation.images.top"]["shape"] = {0, 0, 3};
         });
       }},
      {{"video-rate-wrong", "timestamp-wrong"},
       "v21",
       [](const auto& d) { d.EditInfo([](Json& j) { j["fps"] = 20; }); }},
      {{"video-info-wrong"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) {
           j["features"]["observation.images.top"]["info"]["video.codec"] = "av1";
         });
       }},
      {{"video-times-off"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           for (const char* end : {"from", "to"}) {
             Column& column = ColumnOf(
                 t, std::string("videos/observation.images.top/") + end + "_timestamp");
             column.reals[1] += 0.03;
           }
         });
       }},
      {{"video-range-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           ColumnOf(t, "videos/observation.images.top/to_timestamp").reals[2] += 0.2;
         });
       }},
      {{"video-range-overlap"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           for (const char* end : {"from", "to"})
             ColumnOf(
                 t, std::string("videos/observation.images.top/") + end + "_timestamp")
                 .reals[1] -= 0.2;
         });
       }},
      {{"video-damaged"},
       "v30_two_cameras",
       [](const auto& d) {
         d.Scribble("videos/observation.images.top/chunk-000/file-000.mp4", 0.5, 0.6);
       }},
      {{"video-damaged"},
       "v21",
       [](const auto& d) { d.Scribble(VideoOf("top", 1), 0.4, 0.6); }},
      {{"camera-black", "picture-statistics-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           for (size_t row = 0; row < 4; ++row)
             SetPicture(t, row, PngOf(BlackPicture(48, 32)));
         });
       }},
      {{"camera-frozen"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           const auto& pictures = ColumnOf(t, "observation.images.wrist").bytes;
           for (size_t row = 1; row < 4; ++row) SetPicture(t, row, pictures[0]);
         });
       }},
      {{"picture-unreadable"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           const auto& pictures = ColumnOf(t, "observation.images.wrist").bytes;
           SetPicture(t, 5, pictures[5].substr(0, pictures[5].size() / 2));
         });
       }},
      {{"picture-size-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30,
                     [](Table& t) { SetPicture(t, 5, PngOf(BlackPicture(40, 32))); });
       }},
      {{"picture-size-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditInfo([](Json& j) {
           j["features"]["observation.images.wrist"]["shape"] = {0, 0, 3};
         });
       }},
  };
}

}  // namespace svla
