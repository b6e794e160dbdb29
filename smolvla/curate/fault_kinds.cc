#include "smolvla/curate/fault.h"

namespace svla {
namespace {

constexpr Severity kError = Severity::kError;
constexpr Severity kWarning = Severity::kWarning;

constexpr const char* kRepair = "`smolvla data repair DIR NEW`";
constexpr const char* kRepairWithout =
    "`smolvla data repair DIR NEW`, which leaves those episodes out";
constexpr const char* kFetchOrRepair =
    "fetch the files again, or `smolvla data repair DIR NEW`, which leaves those "
    "episodes out";
constexpr const char* kDelete =
    "`smolvla data delete DIR NEW --episodes ...` with those episodes";
constexpr const char* kStatistics =
    "`smolvla data stats DIR NEW` or `smolvla data repair DIR NEW`, which compute them";

constexpr FaultKind kKinds[] = {
    {"episodes-unreadable", kError, "the list of episodes cannot be read",
     "nothing can be trained on it",
     "`smolvla data repair DIR NEW`, which takes the episodes that the rows name, or "
     "fetch meta/ again"},
    {"episodes-damaged", kError,
     "a column of the list of episodes cannot be read, though not one that says where "
     "the frames are",
     "LeRobot, which reads all columns, does not open the dataset", kRepair},
    {"tasks-unreadable", kError, "the list of tasks cannot be read",
     "no frame has a sentence, and LeRobot does not open the dataset",
     "fetch meta/ again, or `smolvla data repair DIR NEW`, which takes the sentences "
     "that the episodes name"},
    {"totals-wrong", kError,
     "total_episodes, total_frames or total_tasks of meta/info.json are not those of "
     "the lists",
     "LeRobot counts by them: frames are left out, or asked for that are not there",
     kRepair},
    {"episode-gap", kError, "the episodes are not numbered 0, 1, 2, ...",
     "LeRobot finds an episode by its position, so it takes another one's", kRepair},
    {"frames-not-contiguous", kError,
     "an episode does not begin where the one before ends (dataset_from_index, "
     "dataset_to_index, length)",
     "frames are taken for those of another episode", kRepair},
    {"episode-short", kWarning, "an episode has fewer than 3 frames",
     "no motion can be learned from it", kDelete},
    {"task-empty", kWarning, "a task has no words",
     "the policy is trained to act without being told what to do",
     "put the sentence into the list of tasks"},
    {"task-not-text", kError, "a sentence is not UTF-8",
     "LeRobot does not open the dataset",
     "`smolvla data repair DIR NEW`, which takes the sentence that the episodes name, "
     "or correct it in the list of tasks"},
    {"task-duplicate", kWarning, "two tasks have the same sentence",
     "none in training; tools that count tasks count too many", kRepair},
    {"task-unused", kWarning, "no frame has the task",
     "none in training; left over from another recording", kRepair},
    {"tasks-not-positional", kError,
     "the rows of meta/tasks.parquet are not in the order 0, 1, 2, ... of task_index",
     "LeRobot finds a sentence by its position: frames get the sentence of another "
     "task",
     kRepair},
    {"data-missing", kError, "a data file that the metadata name is not there",
     "LeRobot does not open the dataset", kFetchOrRepair},
    {"data-unreadable", kError,
     "a data file is cut off, was not finished, or is damaged",
     "LeRobot does not open the dataset",
     "fetch the file again, or `smolvla data repair DIR NEW`, which keeps what can be "
     "read"},
    {"data-unlisted", kError,
     "there is a data file that belongs to no episode of the metadata",
     "LeRobot reads every file of data/, so all frames behind it are shifted",
     "`smolvla data repair DIR NEW`, which adds the episodes that only it has"},
    {"rows-miscounted", kError,
     "a data file has other rows of an episode than its length says",
     "the dataset does not open, or frames are taken for those of another episode",
     kRepairWithout},
    {"rows-out-of-order", kError,
     "episode_index, frame_index or index of the rows do not count through, or rows "
     "are not in the order of index",
     "actions of other frames are taken for the next ones", kRepair},
    {"timestamp-wrong", kError,
     "a row's timestamp is not frame_index / fps (to 0.0001 s)",
     "no video frame is found at that time, and training stops, or a wrong one is "
     "taken",
     kRepair},
    {"feature-missing", kError,
     "a data file lacks a feature that meta/info.json declares",
     "LeRobot does not open the dataset",
     "`smolvla data repair DIR NEW`, which leaves out a feature that no data file has, "
     "otherwise the episodes without it"},
    {"state-or-action-missing", kWarning,
     "meta/info.json declares no observation.state or no action",
     "SmolVLA, which needs both, cannot be trained on it",
     "`smolvla data rename DIR NEW --feature OLD=action`, if it has another name"},
    {"feature-mismatch", kError,
     "the rows hold other numbers of a feature than meta/info.json declares: of "
     "another "
     "length, or none",
     "batches cannot be made of it, or joints are mixed up",
     "correct \"shape\" and \"names\" of the feature in meta/info.json"},
    {"column-undeclared", kWarning,
     "a data file has a column that meta/info.json does not declare",
     "LeRobot refuses the columns, or leaves this one out", kRepair},
    {"task-unknown", kError, "rows have a task_index without a sentence",
     "training stops at those frames",
     "`smolvla data repair DIR NEW`, which takes the sentence that the episode names, "
     "or add it to the list of tasks"},
    {"numbers-not-finite", kError, "a number is missing (NaN) or infinite",
     "one of them makes the loss, and then every weight, NaN", kDelete},
    {"joint-constant", kWarning,
     "a joint of observation.state or action has one value in the whole dataset",
     "its spread is 0, so that the least deviation on the robot is normalised to a "
     "huge "
     "number",
     "see whether the joint was read at all; `smolvla doctor` warns of policies "
     "trained "
     "so"},
    {"action-constant", kWarning,
     "in an episode no action changes while the state moves (a joint by more than 5 % "
     "of its range)",
     "the policy learns to hold still", kDelete},
    {"state-constant", kWarning,
     "in an episode no joint of the state changes while the actions do (one by more "
     "than 5 % of its range)",
     "the policy learns to ignore where the robot is", kDelete},
    {"episode-duplicated", kWarning,
     "two episodes have the same states and actions, number for number",
     "it counts twice, and an evaluation on held-out episodes sees it in training",
     "`smolvla data repair DIR NEW`, which leaves the later one out"},
    {"camera-folder-misnamed", kError,
     "the folder of a camera is not there, but one of a camera that is not declared is",
     "no picture of the camera is found, and training stops",
     "`smolvla data repair DIR NEW`, or give the folder the camera's name"},
    {"video-missing", kError, "a video that the metadata name is not there",
     "training stops at the first of those frames", kFetchOrRepair},
    {"video-unreadable", kError,
     "a video is cut off (without its index), empty, or none at all",
     "training stops at the first of its frames", kFetchOrRepair},
    {"video-short", kError, "a video has fewer frames than the episode has rows",
     "training stops at the first frame beyond its end", kRepairWithout},
    {"video-long", kWarning, "a video has more frames than the episode has rows",
     "pictures may belong to earlier or later rows than they are taken for",
     "look at the end of the episode with `smolvla data frame DIR`; delete it if the "
     "pictures lag"},
    {"video-size-wrong", kError,
     "the pictures of a video are of another size than meta/info.json declares",
     "batches of several episodes cannot be made, or the policy expects another size",
     "correct \"shape\" of the camera in meta/info.json, or record those episodes "
     "anew"},
    {"video-rate-wrong", kError,
     "a video shows another number of frames a second than the dataset (by 1 %)",
     "LeRobot looks for frames at the wrong places, and training stops",
     "encode the video at the dataset's rate"},
    {"video-info-wrong", kWarning,
     "codec, pixel format, frame rate or size in a camera's \"info\" are not the "
     "video's",
     "none in training; tools that trust it choose a wrong decoder", kRepair},
    {"video-times-off", kError,
     "frames are shown at other times than the rows say (by more than 0.0001 s)",
     "training stops at those frames, or takes the pictures of others",
     "`smolvla data repair DIR NEW`, which counts the frames from the first of the "
     "episode; with --encode av1 where their times wobble"},
    {"video-range-wrong", kWarning,
     "from_timestamp to to_timestamp is not as long as the episode (by half a frame)",
     "none in training; tools that cut episodes out cut at the wrong place", kRepair},
    {"video-range-overlap", kError,
     "an episode begins in a video before the one before it has ended",
     "its pictures are those of the other episode",
     "`smolvla data repair DIR NEW`, which lets the episodes follow one another, or "
     "leaves them out"},
    {"video-damaged", kError, "a frame of a video cannot be decoded",
     "training stops at that frame", kFetchOrRepair},
    {"camera-black", kWarning,
     "all sampled pictures of a camera are nearly black in an episode (mean and spread "
     "below 2 %)",
     "the policy learns to act without the camera", kDelete},
    {"camera-frozen", kWarning,
     "all sampled pictures of a camera are the same in an episode while the state "
     "moves",
     "the policy sees a moment that has long passed", kDelete},
    {"picture-unreadable", kError, "a picture in a data file is no whole PNG or JPEG",
     "training stops at that frame", kRepairWithout},
    {"picture-size-wrong", kError,
     "a picture in a data file is of another size than meta/info.json declares",
     "batches cannot be made of it",
     "correct \"shape\" of the camera in meta/info.json, or delete those episodes"},
    {"statistics-unreadable", kError, "the statistics cannot be read",
     "LeRobot does not open the dataset, or has nothing to normalise by", kStatistics},
    {"statistics-missing", kError,
     "there are no statistics of observation.state or action",
     "nothing is normalised, in silence, and the policy learns raw numbers",
     kStatistics},
    {"statistics-wrong", kError,
     "statistics of observation.state or action are not those of the numbers (1 % of "
     "the spread), or no numbers (NaN)",
     "states and actions are normalised wrongly, in training and on the robot",
     kStatistics},
    {"statistics-unused-wrong", kWarning,
     "the same of a feature that no policy reads, timestamp or index for example",
     "none in training", kStatistics},
    {"picture-statistics-wrong", kWarning,
     "mean or std of a camera are not those of its pictures (by 0.05), or one of its "
     "statistics is no number (NaN)",
     "none for SmolVLA, which does not read them; policies that normalise pictures by "
     "them see wrong colours",
     kStatistics},
};

}  // namespace

std::span<const FaultKind> FaultKinds() { return kKinds; }

}  // namespace svla
