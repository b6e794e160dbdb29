"""Datasets of robots and programs that name and encode things in their own ways."""

import pyarrow as pa

from .dataset_v2 import MPEG4, Encoding
from .recordings import Camera
from .wild import TOP, V21, Extra, Video, Wild, each_feature

B_FRAMES = Encoding("libx264", "h264", {"g": "12", "bf": "3", "crf": "28", "x264-params": "b-adapt=0:threads=1"})
SAYS_AV1 = Encoding("libx264", "av1", {"g": "2", "bf": "0", "crf": "28", "x264-params": "threads=1"})
AV1 = Encoding("libsvtav1", "av1", {"g": "2", "crf": "30", "preset": "12"})
HEVC = Encoding("libx265", "hevc", {"x265-params": "keyint=6:log-level=0:pools=1"})
BOTH_ARMS = [
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate", "gripper")
]
KOCH = [
    f"main_{joint}" for joint in ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")
]
CAMERA_64 = Camera("observation.images.top", 64, 64)  # SVT-AV1 takes no less


def no_names(key: str, feature: dict) -> None:
    feature.pop("names")


def old_video_info(key: str, feature: dict) -> None:
    if "info" in feature:
        feature["video_info"] = feature.pop("info")


def names_of_pictures_lost(key: str, feature: dict) -> None:
    if feature["dtype"] == "video":
        feature["names"] = None


def channels_first(key: str, feature: dict) -> None:
    if feature["dtype"] in ("video", "image"):
        height, width, _ = feature["shape"]
        feature |= {"shape": [3, height, width], "names": ["channels", "height", "width"]}


def robots() -> dict[str, Wild]:
    return {
        "so101_v30": Wild("SO-101, two cameras, as LeRobot 0.6.1 lays it out, H.264"),
        "so101_av1": Wild("SO-101, AV1", cameras=[CAMERA_64], video=Video(AV1), lengths=[12, 30]),
        "koch_v21": Wild(
            "Koch arm, H.264 with B-frames",
            **V21,
            robot_type="koch",
            names=KOCH,
            video=Video(B_FRAMES),
            cameras=[Camera("observation.images.laptop", 64, 48), Camera("observation.images.phone", 64, 48)],
        ),
        "aloha_v20": Wild(
            'ALOHA, both arms, names under "motors", info under "video_info", frame rate with a point, MPEG-4',
            version="v2.0",
            robot_type="aloha",
            fps=50.0,
            joints=14,
            names={"motors": BOTH_ARMS},
            video=Video(MPEG4),
            change_info=each_feature(old_video_info),
        ),
        "bi_so101_v30": Wild(
            "two SO-101, twelve joints, names in a list in a list",
            joints=12,
            robot_type="bi_so101_follower",
            names=[[f"{side}_{joint}.pos" for side in ("left", "right") for joint in "abcdef"]],
        ),
        "piper_v21": Wild(
            "Piper, seven joints, [C, H, W], HEVC",
            **V21,
            robot_type="piper",
            joints=7,
            video=Video(HEVC),
            names={"axes": [f"joint_{i}.pos" for i in range(1, 7)] + ["gripper.pos"]},
            change_info=each_feature(channels_first),
            cameras=[TOP],
        ),
        "g1_v20": Wild(
            "Unitree G1, 26 joints, no names anywhere, no robot_type",
            version="v2.0",
            robot_type=None,
            joints=26,
            change_info=each_feature(no_names),
        ),
        "g1_v30_null_names": Wild(
            "Unitree G1, null names, of cameras too (LeRobot's issue 3786)",
            joints=26,
            names=None,
            robot_type="Unitree_G1",
            change_info=each_feature(names_of_pictures_lost),
        ),
        "libero_v20": Wild(
            "LIBERO of openpi: state, actions, image; PNG in the rows",
            version="v2.0",
            robot_type="panda",
            fps=10,
            state="state",
            action="actions",
            joints=7,
            names=["state"],
            dtype="image",
            cameras=[Camera("image", 64, 48), Camera("wrist_image", 64, 48)],
            codes=["state-or-action-missing"],
        ),
        "pusht_v30": Wild(
            "PushT: one camera, observation.image, success and reward, one row group, a file of its own an episode",
            robot_type="unknown",
            fps=10,
            joints=2,
            names={"motors": ["motor_0", "motor_1"]},
            cameras=[Camera("observation.image", 96, 96)],
            files=[[0], [1], [2]],
            chunks_size=2,
            extra={
                "next.reward": Extra(
                    {"dtype": "float32", "shape": [1], "names": None}, pa.float32(), lambda e, f: f / 7
                ),
                "next.success": Extra({"dtype": "bool", "shape": [1], "names": None}, pa.bool_(), lambda e, f: f > 3),
            },
        ),
    }


def videos() -> dict[str, Wild]:
    return {
        "says_av1": Wild(
            "H.264 where info.json says av1", video=Video(SAYS_AV1), cameras=[TOP], codes=["video-info-wrong"]
        ),
        "b_frames_v30": Wild("H.264 with B-frames, a key frame in twelve", video=Video(B_FRAMES), lengths=[14, 9, 20]),
        "vp9": Wild("VP9", video=Video(Encoding("libvpx-vp9", "vp9", {"g": "4", "cpu-used": "8"})), cameras=[TOP]),
        "mjpeg": Wild(
            "Motion JPEG, full range",
            **V21,
            video=Video(Encoding("mjpeg", "mjpeg", {"q:v": "3"}, "yuvj420p")),
            cameras=[TOP],
        ),
        "fragmented": Wild(
            "a fragmented mp4", cameras=[TOP], video=Video(container={"movflags": "frag_keyframe+empty_moov"})
        ),
        "matroska": Wild(
            "a Matroska file by the name of .mp4",
            cameras=[TOP],
            video=Video(form="matroska"),
            codes=["video-times-off"],
            frames_refused="no frame within",
            converts=False,
        ),
        "with_sound": Wild("a video with sound, which is its first stream", video=Video(sound=True), cameras=[TOP]),
        "late_start_v30": Wild(
            "videos that begin at 0.5 s, by an edit list, as the metadata say",
            video=Video(B_FRAMES, starts_at=15),
            cameras=[TOP],
        ),
        "late_start_v21": Wild(
            "videos that begin at 0.5 s, which nothing says",
            **V21,
            video=Video(B_FRAMES, starts_at=15),
            cameras=[TOP],
            codes=["video-times-off"],
            frames_refused="no frame within",
            converts=False,
            mended=True,
        ),
        "variable_rate": Wild(
            "frames up to 8 ms late",
            **V21,
            lengths=[61, 70],
            video=Video(B_FRAMES, jitter_s=0.004),
            cameras=[TOP],
            codes=["video-times-off"],
            frames_refused="no frame within",
            converts=False,
        ),
    }


def variants() -> dict[str, Wild]:
    return robots() | videos()
