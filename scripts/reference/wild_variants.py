"""What datasets of the wild look like: robots, programs and versions that name, lay out and encode things in their own ways."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .dataset_v2 import MPEG4, Encoding
from .recordings import Camera
from .wild import TOP, Extra, Video, Wild
from .wild_layout import DATA_PATH_V3

B_FRAMES = Encoding("libx264", "h264", {"g": "12", "bf": "3", "crf": "28", "x264-params": "b-adapt=0:threads=1"})
SAYS_AV1 = Encoding("libx264", "av1", {"g": "2", "bf": "0", "crf": "28", "x264-params": "threads=1"})
AV1 = Encoding("libsvtav1", "av1", {"g": "2", "crf": "30", "preset": "12"})
HEVC = Encoding("libx265", "hevc", {"x265-params": "keyint=6:log-level=0:pools=1"})
BOTH_ARMS = [f"{side}_{joint}" for side in ("left", "right") for joint in
             ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate", "gripper")]
KOCH = [f"main_{joint}" for joint in ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")]
CAMERA_64 = Camera("observation.images.top", 64, 64)  # SVT-AV1 takes no less
V21 = {"version": "v2.1", "fps": 30}


def without(*keys: str):
    return lambda info: [info.pop(key, None) for key in keys]


def with_value(value, *keys: str):
    return lambda info: info.update(dict.fromkeys(keys, value))


def each_feature(change):
    return lambda info: [change(key, feature) for key, feature in info["features"].items()]


def cast(**kinds):
    """Columns of other types; a list of them where the column is one."""

    def change(rows: pa.Table) -> pa.Table:
        for position, key in enumerate(rows.column_names):
            kind = kinds.get(key.replace(".", "_"))
            rows = rows if kind is None else rows.set_column(position, key, pa.array(rows[key].to_pylist(), kind))
        return rows

    return change


def no_names(key: str, feature: dict) -> None:
    feature.pop("names")


def old_video_info(key: str, feature: dict) -> None:
    if "info" in feature:
        feature["video_info"] = feature.pop("info")


def names_of_pictures_lost(key: str, feature: dict) -> None:
    if feature["dtype"] == "video":
        feature["names"] = None


def shape_of_scalars(key: str, feature: dict) -> None:
    feature["shape"] = [] if feature["shape"] == [1] else feature["shape"]


def channels_first(key: str, feature: dict) -> None:
    if feature["dtype"] in ("video", "image"):
        height, width, _ = feature["shape"]
        feature |= {"shape": [3, height, width], "names": ["channels", "height", "width"]}


def other_order(rows: pa.Table) -> pa.Table:
    return rows.select(sorted(rows.column_names, reverse=True))


def with_task_column(rows: pa.Table) -> pa.Table:
    return rows.append_column("task", pa.array(["Pick up the red cube."] * len(rows)))


def sentence_alone(lines: list[dict]) -> None:
    for line in lines:
        line["tasks"] = line["tasks"][0]


def an_episodes_file_each(folder: Path) -> None:
    """One file an episode, in chunk folders of two, the columns of every second in another order."""
    file = folder / "meta/episodes/chunk-000/file-000.parquet"
    rows = pq.read_table(file)
    file.unlink()
    for number in range(len(rows)):
        path = folder / f"meta/episodes/chunk-{number // 2:03d}/file-{number % 2:03d}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(rows.slice(number, 1).select(rows.column_names[:: -1 if number % 2 else 1]), path)


def stale_file_index(lines: list[dict]) -> None:
    """The converter of LeRobot 0.4.0 (its issue 2401): the first episode of a new data file is said to be in the file before."""
    for before, line in zip(lines, lines[1:]):
        if line["data/file_index"] != before["data/file_index"]:
            line["data/file_index"] -= 1
            return


def as_windows_writes(folder: Path) -> None:
    for name in ("tasks.jsonl", "episodes.jsonl"):
        path = folder / "meta" / name
        path.write_bytes(b"\r\n".join(path.read_bytes().splitlines()) + b"\r\n\r\n\r\n")


def robots() -> dict[str, Wild]:
    return {
        "so101_v30": Wild("SO-101, two cameras, as LeRobot 0.6.1 lays it out, H.264"),
        "so101_av1": Wild("SO-101, AV1", cameras=[CAMERA_64], video=Video(AV1), lengths=[12, 30]),
        "koch_v21": Wild("Koch arm, H.264 with B-frames", **V21, robot_type="koch", names=KOCH, video=Video(B_FRAMES),
                         cameras=[Camera("observation.images.laptop", 64, 48), Camera("observation.images.phone", 64, 48)]),
        "aloha_v20": Wild("ALOHA, both arms, names under \"motors\", info under \"video_info\", frame rate with a point, MPEG-4",
                          version="v2.0", robot_type="aloha", fps=50.0, joints=14, names={"motors": BOTH_ARMS}, video=Video(MPEG4),
                          change_info=each_feature(old_video_info)),
        "bi_so101_v30": Wild("two SO-101, twelve joints, names in a list in a list", joints=12, robot_type="bi_so101_follower",
                             names=[[f"{side}_{joint}.pos" for side in ("left", "right") for joint in "abcdef"]]),
        "piper_v21": Wild("Piper, seven joints, [C, H, W], HEVC", **V21, robot_type="piper", joints=7, video=Video(HEVC),
                          names={"axes": [f"joint_{i}.pos" for i in range(1, 7)] + ["gripper.pos"]},
                          change_info=each_feature(channels_first), cameras=[TOP]),
        "g1_v20": Wild("Unitree G1, 26 joints, no names anywhere, no robot_type", version="v2.0", robot_type=None, joints=26,
                       change_info=each_feature(no_names)),
        "g1_v30_null_names": Wild("Unitree G1, null names, of cameras too (LeRobot's issue 3786)", joints=26, names=None,
                                  robot_type="Unitree_G1", change_info=each_feature(names_of_pictures_lost)),
        "libero_v20": Wild("LIBERO of openpi: state, actions, image; PNG in the rows", version="v2.0", robot_type="panda", fps=10,
                           state="state", action="actions", joints=7, names=["state"], dtype="image",
                           cameras=[Camera("image", 64, 48), Camera("wrist_image", 64, 48)]),
        "pusht_v30": Wild("PushT: one camera, observation.image, success and reward, one row group, a file of its own an episode",
                          robot_type="unknown", fps=10, joints=2, names={"motors": ["motor_0", "motor_1"]},
                          cameras=[Camera("observation.image", 96, 96)], files=[[0], [1], [2]], chunks_size=2,
                          extra={"next.reward": Extra({"dtype": "float32", "shape": [1], "names": None}, pa.float32(), lambda e, f: f / 7),
                                 "next.success": Extra({"dtype": "bool", "shape": [1], "names": None}, pa.bool_(), lambda e, f: f > 3)}),
    }


def kinds_of_columns() -> dict[str, Wild]:
    vector = {"names": None}
    return {
        "float64_timestamps": Wild("timestamps as double where info.json says float32", change_rows=cast(timestamp=pa.float64()),
                                   cameras=[TOP]),
        "double_vectors": Wild("vectors as lists of double where info.json says float32, as pandas writes them", version="v2.0",
                               cameras=[TOP], change_rows=cast(observation_state=pa.list_(pa.float64()), action=pa.list_(pa.float64()))),
        "int32_counters": Wild("counting columns as int32, large lists, zstd", cameras=[TOP], compression="zstd",
                               change_rows=cast(frame_index=pa.int32(), episode_index=pa.int32(), index=pa.int32(), task_index=pa.int32(),
                                                action=pa.large_list(pa.float32()))),
        "other_order": Wild("columns in another order than info.json's", change_rows=other_order, cameras=[TOP]),
        "odd_types": Wild("int8, uint8, int16, bool and float64 features, a matrix, texts, some of them large or in a dictionary",
                          cameras=[TOP], extra={
                              "gripper_open": Extra({"dtype": "int8", "shape": [2], **vector}, pa.list_(pa.int8(), 2),
                                                    lambda e, f: [f % 2, -e]),
                              "button": Extra({"dtype": "uint8", "shape": [1], **vector}, pa.uint8(), lambda e, f: 250 + f % 5),
                              "encoder": Extra({"dtype": "int16", "shape": [1], **vector}, pa.int16(), lambda e, f: -300 * f),
                              "contact": Extra({"dtype": "bool", "shape": [3], **vector}, pa.list_(pa.bool_(), 3),
                                               lambda e, f: [f % 2 == 0, True, e == 1]),
                              "wall_clock": Extra({"dtype": "float64", "shape": [1], **vector}, pa.float64(),
                                                  lambda e, f: 1.7e9 + e * 100 + f / 30),
                              "pose": Extra({"dtype": "float32", "shape": [2, 3], **vector}, pa.list_(pa.list_(pa.float32())),
                                            lambda e, f: [[f, 1, e], [0.5 * f, 2, 3]]),
                              "note": Extra({"dtype": "string", "shape": [1], **vector}, pa.string(), lambda e, f: f"Ünï {e}/{f} 🤖"),
                              "phase": Extra({"dtype": "string", "shape": [1], **vector}, pa.large_string(), lambda e, f: "reach"),
                              "operator": Extra({"dtype": "string", "shape": [1], **vector}, pa.dictionary(pa.int32(), pa.string()),
                                                lambda e, f: ["Ann", "Bo"][e % 2])}),
        "matrix_v21": Wild("a matrix, with statistics of its shape, as LeRobot made them up to 0.3", **V21, cameras=[TOP], extra={
            "pose": Extra({"dtype": "float32", "shape": [2, 3], **vector}, pa.list_(pa.list_(pa.float32())),
                          lambda e, f: [[f, 1.5 * f, f * f], [0.5 * f, -f, e + f]])}),
        "scalars_of_shape_nothing": Wild("shape [] for one number", change_info=each_feature(shape_of_scalars), cameras=[TOP]),
        "scalars_in_lists": Wild("one number in a list, shape [1]", cameras=[TOP], version="v2.0", extra={
            "next.reward": Extra({"dtype": "float32", "shape": [1], **vector}, pa.list_(pa.float32()), lambda e, f: [f / 3])}),
        "extra_column": Wild("a column \"task\" of texts that info.json does not declare", change_rows=with_task_column, cameras=[TOP],
                             codes=["column-undeclared"]),
        "large_row_group": Wild("all episodes in one row group", row_group=1000, compression="gzip"),
        "small_row_groups": Wild("row groups of four rows, across episodes", row_group=4, compression="none"),
        "several_files": Wild("data and video in several files and chunk folders", files=[[0, 1], [2], [3, 4]], chunks_size=2,
                              lengths=[4, 5, 3, 6, 4]),
        "stale_file_index": Wild("an episode's data file is the one after that which the metadata name (LeRobot's issue 2401)",
                                 files=[[0, 1], [2], [3, 4]], lengths=[4, 5, 3, 6, 4], change_episodes=stale_file_index, cameras=[TOP],
                                 codes=["data-unlisted", "rows-miscounted"], lost={2: "file-000.parquet"}, converts=False, mended=True),
        "jpeg_in_rows": Wild("JPEG in the rows, [C, H, W]", dtype="image", picture_format="JPEG",
                             change_info=each_feature(channels_first)),
    }


def metadata() -> dict[str, Wild]:
    return {
        "few_keys_v30": Wild("info.json without chunks_size, splits, total_* and file sizes", cameras=[TOP], codes=["totals-wrong"],
                             change_info=without("chunks_size", "splits", "total_episodes", "total_frames", "total_tasks",
                                                 "data_files_size_in_mb", "video_files_size_in_mb")),
        "null_keys_v30": Wild("info.json with null for total_*, splits and robot_type", cameras=[TOP], robot_type=None,
                              change_info=with_value(None, "total_episodes", "total_frames", "total_tasks", "splits"),
                              codes=["totals-wrong"]),
        "few_keys_v21": Wild("the same of v2.1", **V21, cameras=[TOP], codes=["totals-wrong"],
                             change_info=without("chunks_size", "splits", "total_episodes", "total_frames", "total_tasks",
                                                 "total_videos", "total_chunks", "robot_type")),
        "no_video_info": Wild("nothing is said of the videos", change_info=each_feature(lambda key, f: f.pop("info", None)), cameras=[TOP]),
        "unnamed_tasks": Wild("tasks.parquet with its sentences under __index_level_0__", tasks_index="__index_level_0__", cameras=[TOP]),
        "unicode_tasks": Wild("sentences of other alphabets, with quotation marks, line ends, and more", cameras=[TOP], sentences=[
            "把红色方块放进盒子里。", "Lege den \"Würfel\"\nin die Kiste\t🤖\n", "ضع المكعب"]),
        "unicode_tasks_v21": Wild("the same of v2.1", **V21, cameras=[TOP], sentences=[
            "把红色方块放进盒子里。", "Lege den \"Würfel\"\nin die Kiste\t🤖\n", "a\u2028b\u0085c"]),
        "empty_task": Wild("a sentence without words", sentences=["Pick up the red cube.", "", "Wait."], cameras=[TOP], codes=["task-empty"]),
        "sentence_alone": Wild("\"tasks\" of an episode as a text, not a list", **V21, cameras=[TOP], change_episodes=sentence_alone),
        "windows_lines": Wild("lists with Windows' line ends and empty lines", **V21, cameras=[TOP], afterwards=as_windows_writes),
        "episodes_in_files": Wild("meta/episodes in many files and chunk folders", lengths=[4, 5, 3, 6, 4], cameras=[TOP],
                                  afterwards=an_episodes_file_each),
        "frames_of_one": Wild("episodes of one frame", lengths=[1, 5, 1], cameras=[TOP], codes=["episode-short"]),
        "numbered_with_gaps": Wild("episodes 0, 2 and 7: the others were deleted by hand", **V21, numbers=[0, 2, 7], cameras=[TOP],
                                   codes=["episode-gap"]),
        "ntsc": Wild("29.97 frames a second", fps=29.97, cameras=[TOP], lengths=[40, 6]),
    }


def videos() -> dict[str, Wild]:
    return {
        "says_av1": Wild("H.264 where info.json says av1", video=Video(SAYS_AV1), cameras=[TOP], codes=["video-info-wrong"]),
        "b_frames_v30": Wild("H.264 with B-frames, a key frame in twelve", video=Video(B_FRAMES), lengths=[14, 9, 20]),
        "with_sound": Wild("a video with sound, which is its first stream", video=Video(sound=True), cameras=[TOP]),
        "late_start_v30": Wild("videos that begin at 0.5 s, by an edit list, as the metadata say", video=Video(B_FRAMES, starts_at=15),
                               cameras=[TOP]),
        "late_start_v21": Wild("videos that begin at 0.5 s, which nothing says", **V21, video=Video(B_FRAMES, starts_at=15), cameras=[TOP],
                               codes=["video-times-off"], frames_refused="no frame within", converts=False, mended=True),
        "variable_rate": Wild("frames up to 8 ms late", **V21, lengths=[61, 70], video=Video(B_FRAMES, jitter_s=0.004), cameras=[TOP],
                              codes=["video-times-off"], frames_refused="no frame within", converts=False),
    }


def lost() -> dict[str, Wild]:
    def remove(*paths: str):
        return lambda folder: [shutil.rmtree(folder / path) if (folder / path).is_dir() else (folder / path).unlink() for path in paths]

    def emptied(path: str):
        return lambda folder: (folder / path).write_bytes(b"")

    def half(path: str):
        return lambda folder: (folder / path).write_bytes((folder / path).read_bytes()[: (folder / path).stat().st_size // 2])

    v2 = "chunk-000/episode_{:06d}"
    rows, pictures = f"data/{v2}.parquet", f"videos/chunk-000/{TOP.key}/episode_{{:06d}}.mp4"
    of_v3 = f"videos/{TOP.key}/chunk-000/file-000.mp4"
    return {
        "half_absent": Wild("two of four episodes were not fetched", **V21, lengths=[4, 5, 6, 4], cameras=[TOP],
                            afterwards=remove(rows.format(0), rows.format(2), pictures.format(0), pictures.format(2)),
                            codes=["data-missing", "video-missing"], lost={0: "episode_000000", 2: "episode_000002"}),
        "file_absent": Wild("a data file and a video were not fetched", files=[[0, 1], [2], [3]], lengths=[4, 5, 6, 4], cameras=[TOP],
                            afterwards=remove(DATA_PATH_V3.format(chunk_index=0, file_index=1), of_v3.replace("000.mp4", "002.mp4")),
                            codes=["data-missing", "video-missing"], lost={2: "file-001.parquet", 3: "file-002.mp4"}),
        "empty_video": Wild("a video of no bytes", **V21, cameras=[TOP], afterwards=emptied(pictures.format(1)),
                            codes=["video-unreadable"], lost={1: "episode_000001.mp4"}, converts=False),
        "half_video": Wild("a video cut off in the middle", **V21, cameras=[TOP], afterwards=half(pictures.format(1)),
                           codes=["video-unreadable"], lost={1: "episode_000001.mp4"}, converts=False),
        "half_rows": Wild("a data file cut off in the middle", **V21, cameras=[TOP], afterwards=half(rows.format(1)),
                          codes=["data-unreadable"], lost={1: "episode_000001.parquet"}, converts=False),
        "misnamed_folder": Wild("a camera's folder under another name", cameras=[TOP], afterwards=lambda folder:
                                (folder / "videos" / TOP.key).rename(folder / "videos/observation.images.up"),
                                moved=(TOP.key, "observation.images.up"),
                                codes=["camera-folder-misnamed"], lost=dict.fromkeys(range(3), TOP.key), converts=False, mended=True),
        "no_episodes": Wild("meta/episodes was not finished", cameras=[TOP], afterwards=half("meta/episodes/chunk-000/file-000.parquet"),
                            refused="meta/episodes/chunk-000/file-000.parquet", codes=["episodes-unreadable"]),
        "v1": Wild("a dataset of version 1.6", version="v2.1", cameras=[TOP], change_info=with_value("v1.6", "codebase_version"),
                   refused="codebase_version"),
        "half_info": Wild("info.json cut off", cameras=[TOP], afterwards=half("meta/info.json"), refused="info.json"),
    }


def all_variants() -> dict[str, Wild]:
    return robots() | kinds_of_columns() | metadata() | videos() | lost()
