#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/doctor/camera_names.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/policy/cameras.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

// Other proportions are letterboxed otherwise, and everything is seen elsewhere and
// smaller than in training.
constexpr double kOtherAspect = 0.05;
// As many times fewer or more pixels a side than the recording's blur or sharpen.
constexpr double kOtherResolution = 2;
// Below a quarter of the network's side a picture is mostly made up by the resize.
constexpr int64_t kTinyShare = 4;
// Levels of 0 to 255. Sensor noise alone is above the first; a dim room above the
// other.
constexpr double kFlatLevels = 1;
constexpr double kDarkLevels = 6;

struct Shown {
  std::string name;  // as the user gave it
  std::string key;   // the policy's camera
  const Image* image = nullptr;
};

std::string SizeText(int64_t width, int64_t height) {
  return Text(width, " x ", height);
}

bool OtherAspect(int64_t width, int64_t height, int64_t other_width,
                 int64_t other_height) {
  const double a = static_cast<double>(width) / static_cast<double>(height);
  const double b = static_cast<double>(other_width) / static_cast<double>(other_height);
  return std::max(a / b, b / a) > 1 + kOtherAspect;
}

void CheckContent(const Shown& shown, Diagnosis& to) {
  double sum = 0, squares = 0;
  for (const uint8_t level : shown.image->rgb) {
    sum += level;
    squares += level * level;
  }
  const auto n = static_cast<double>(shown.image->rgb.size());
  const double mean = sum / n;
  const double std = std::sqrt(std::max(0.0, squares / n - mean * mean));
  if (std >= kFlatLevels && mean >= kDarkLevels) return;
  to.findings.push_back(
      {"picture-blank", Severity::kWarning, "--image " + shown.name,
       Text("expected a scene, found a picture that is ",
            mean < kDarkLevels ? "black" : "of one colour", " (mean level ",
            Digits(mean), " of 255, spread ", Digits(std), ")"),
       "the policy acts as if blind on this camera",
       "check the lens cap, the exposure and the camera's number"});
}

// The size that training had, and who says so.
struct TrainingSize {
  int64_t width = 0;
  int64_t height = 0;
  std::string source;
};

// The dataset knows. The shape in config.json is what the policy was made with, which
// for all that is fine-tuned from smolvla_base is that one's 256 x 256.
std::optional<TrainingSize> SizeOf(const Patient& p, const std::string& key,
                                   const DatasetFacts* dataset) {
  if (dataset)
    for (const CameraFacts& camera : dataset->cameras)
      if (PolicyCamera(p, camera.key) == key && camera.width > 0 && camera.height > 0)
        return TrainingSize{camera.width, camera.height, "the dataset"};
  const auto [width, height] = ConfiguredSize(p, key);
  if (width > 0 && !(width == 256 && height == 256))
    return TrainingSize{width, height, "config.json"};
  return std::nullopt;
}

// Another camera whose size the picture has: the two may be swapped.
std::string SwapHint(const Patient& p, const Shown& shown,
                     const DatasetFacts* dataset) {
  for (const std::string& other : p.parts.config.Cameras()) {
    const auto size = SizeOf(p, other, dataset);
    if (other != shown.key && size && size->width == shown.image->width &&
        size->height == shown.image->height)
      return Text("; it is the size of ", other, ": the two may be swapped");
  }
  return "";
}

void CheckSize(const Patient& p, const Shown& shown, const DatasetFacts* dataset,
               Diagnosis& to) {
  const Image& image = *shown.image;
  const std::string subject = "--image " + shown.name;
  const int64_t target =
      std::max(p.parts.config.image_width, p.parts.config.image_height);
  if (std::max(image.width, image.height) * kTinyShare < target)
    to.findings.push_back(
        {"picture-tiny", Severity::kWarning, subject,
         Text("expected a picture of about ", target, " pixels a side, found ",
              SizeText(image.width, image.height)),
         "small things cannot be seen in it", "use the camera's full resolution"});
  const auto training = SizeOf(p, shown.key, dataset);
  if (!training)
    return to.not_checked.push_back({Text("proportions of the picture ", shown.name),
                                     "--dataset DIR (the 256 x 256 in config.json is "
                                     "that of smolvla_base, whatever "
                                     "the training data)"});
  const std::string sizes =
      Text("expected ", SizeText(training->width, training->height), " as in ",
           training->source, ", found ", SizeText(image.width, image.height));
  const double scale =
      static_cast<double>(image.width) / static_cast<double>(training->width);
  if (OtherAspect(image.width, image.height, training->width, training->height))
    to.findings.push_back(
        {"picture-aspect", Severity::kWarning, subject, sizes,
         "the picture is fitted into the network's square otherwise "
         "than in training: everything is seen elsewhere, in another "
         "size",
         "set the camera to the training's proportions" + SwapHint(p, shown, dataset)});
  else if (scale > kOtherResolution || scale < 1 / kOtherResolution)
    to.findings.push_back({"picture-resolution", Severity::kWarning, subject, sizes,
                           "the picture is sharper or more blurred than in training",
                           "set the camera to the training's resolution"});
}

// The camera that each picture is for; those that are for none are named.
std::vector<Shown> Assign(const Patient& p, const std::map<std::string, Image>& images,
                          Diagnosis& to) {
  std::vector<Shown> shown;
  for (const auto& [name, image] : images) {
    const std::string key = PolicyCamera(p, name);
    const auto same = std::find_if(shown.begin(), shown.end(),
                                   [&](const Shown& s) { return s.key == key; });
    if (key.empty())
      to.findings.push_back(
          {"camera-unknown", Severity::kError, "--image " + name,
           Text("expected one of ", Join(p.parts.config.Cameras()), ", found ", name),
           "smolvla refuses the observation; LeRobot leaves the picture out in silence",
           Text("name it ",
                Nearest("observation.images." + name, p.parts.config.Cameras()),
                " if that is the camera it was in training")});
    else if (same != shown.end())
      to.findings.push_back({"camera-twice", Severity::kError, "--image " + name,
                             Text("expected one picture for ", key, ", found ",
                                  same->name, " and ", name),
                             "smolvla refuses the observation",
                             "give each camera one picture"});
    else
      shown.push_back({name, key, &image});
  }
  return shown;
}

void CheckAbsent(const Patient& p, const std::vector<Shown>& shown, size_t unused,
                 Diagnosis& to) {
  std::vector<std::string> absent;
  for (const std::string& key : p.parts.config.Cameras())
    if (!IsPlaceholder(key) &&
        std::none_of(shown.begin(), shown.end(),
                     [&](const Shown& s) { return s.key == key; }))
      absent.push_back(key);
  // Pictures that could not be used are likely those that are missing here.
  if (absent.size() <= unused) return;
  const auto allowed = static_cast<size_t>(p.parts.config.empty_cameras);
  to.findings.push_back(
      {"camera-missing", Severity::kWarning, "--image",
       Text("expected a picture of ", Join(p.parts.config.Cameras()),
            ", found none of ", Join(absent)),
       absent.size() <= allowed
           ? "it stands as an empty camera (empty_cameras)"
           : "LeRobot leaves the camera out in silence; a policy trained with it acts "
             "blindly",
       "give the picture, unless the policy was trained without it"});
}

void CheckRepeated(const std::vector<Shown>& shown, Diagnosis& to) {
  for (size_t i = 0; i < shown.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (shown[i].image->width == shown[j].image->width &&
          shown[i].image->rgb == shown[j].image->rgb)
        to.findings.push_back(
            {"picture-repeated", Severity::kWarning, "--image " + shown[i].name,
             Text("expected another picture than that of ", shown[j].name,
                  ", found the same to the last pixel"),
             "the policy misses what one of the two cameras sees",
             "give each camera's own picture"});
}

}  // namespace

std::map<std::string, Image> CheckPictures(const Patient& p, const Given& given,
                                           const DatasetFacts* dataset, Diagnosis& to) {
  std::map<std::string, Image> images;
  if (given.pictures.empty()) {
    to.not_checked.push_back({"the robot's pictures: names, size, content",
                              "--image KEY=FILE for each camera"});
    return images;
  }
  for (const GivenPicture& picture : given.pictures) try {
      if (!images.emplace(picture.key, ReadPicture(picture.file)).second)
        to.findings.push_back(
            {"camera-twice", Severity::kError, "--image " + picture.key,
             Text("expected one picture, found another: ", picture.file.string()),
             "smolvla refuses the observation", "give each camera one picture"});
    } catch (const Error& e) {
      to.findings.push_back(
          {"picture-unreadable", Severity::kError, "--image " + picture.key, e.what(),
           "smolvla refuses the observation", "give a PNG or JPEG file"});
    }
  std::vector<Shown> shown;
  if (p.has_config && !p.parts.config.Cameras().empty()) {
    shown = Assign(p, images, to);
    CheckAbsent(p, shown, given.pictures.size() - shown.size(), to);
    for (const Shown& one : shown) CheckSize(p, one, dataset, to);
  } else {
    for (const auto& [name, image] : images) shown.push_back({name, "", &image});
    to.not_checked.push_back(
        {"names and sizes of the pictures", "a config.json that names the cameras"});
  }
  for (const Shown& one : shown) CheckContent(one, to);
  CheckRepeated(shown, to);
  to.checked.push_back("pictures");
  return images;
}

}  // namespace svla
