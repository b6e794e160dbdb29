"""What is left of datasets in the wild: files that were not fetched, were cut off, were renamed, or are something else."""

import shutil
from pathlib import Path

from .recordings import Camera
from .wild import TOP, V21, Wild, with_value
from .wild_layout import DATA_PATH_V3

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a2146' * 8}\nsize 12345\n"


def remove(*paths: str):
    return lambda folder: [
        shutil.rmtree(folder / path) if (folder / path).is_dir() else (folder / path).unlink() for path in paths
    ]


def emptied(path: str):
    return lambda folder: (folder / path).write_bytes(b"")


def half(path: str):
    """What it was is kept beside the dataset, for what can be brought back of it."""

    def cut(folder: Path) -> None:
        whole = folder.with_name(folder.name + ".whole") / path
        whole.parent.mkdir(parents=True)
        shutil.copy(folder / path, whole)
        (folder / path).write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    return cut


def pointer(path: str):
    return lambda folder: (folder / path).write_text(POINTER)


def as_in_cache(folder: Path) -> None:
    """As the Hugging Face cache keeps it: links to files without a suffix, in another folder."""
    blobs = folder.with_name(folder.name + ".blobs")
    blobs.mkdir()
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        blob = blobs / f"{number:064x}"
        path.rename(blob)
        path.symlink_to(blob)


def as_from_a_mac(folder: Path) -> None:
    """What macOS leaves on disks of other systems: a file of attributes beside each file."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.with_name("._" + path.name).write_bytes(b"\x00\x05\x16\x07" + bytes(100))
        path.with_name(".DS_Store").write_bytes(bytes(100))


def variants() -> dict[str, Wild]:
    v2 = "chunk-000/episode_{:06d}"
    rows, pictures = f"data/{v2}.parquet", f"videos/chunk-000/{TOP.key}/episode_{{:06d}}.mp4"
    of_v3 = f"videos/{TOP.key}/chunk-000/file-000.mp4"
    return {
        "half_absent": Wild(
            "two of four episodes were not fetched",
            **V21,
            lengths=[4, 5, 6, 4],
            cameras=[TOP],
            afterwards=remove(rows.format(0), rows.format(2), pictures.format(0), pictures.format(2)),
            codes=["data-missing", "video-missing"],
            lost={0: "episode_000000", 2: "episode_000002"},
        ),
        "file_absent": Wild(
            "a data file and a video were not fetched",
            files=[[0, 1], [2], [3]],
            lengths=[4, 5, 6, 4],
            cameras=[TOP],
            afterwards=remove(DATA_PATH_V3.format(chunk_index=0, file_index=1), of_v3.replace("000.mp4", "002.mp4")),
            codes=["data-missing", "video-missing"],
            lost={2: "file-001.parquet", 3: "file-002.mp4"},
        ),
        "empty_video": Wild(
            "a video of no bytes",
            **V21,
            cameras=[TOP],
            afterwards=emptied(pictures.format(1)),
            codes=["video-unreadable"],
            lost={1: "episode_000001.mp4"},
            converts=False,
        ),
        "half_video": Wild(
            "a video cut off in the middle",
            **V21,
            cameras=[TOP],
            afterwards=half(pictures.format(1)),
            codes=["video-unreadable"],
            lost={1: "episode_000001.mp4"},
            converts=False,
        ),
        "half_rows": Wild(
            "a data file cut off in the middle",
            **V21,
            cameras=[TOP],
            afterwards=half(rows.format(1)),
            codes=["data-unreadable"],
            lost={1: "episode_000001.parquet"},
            converts=False,
            mended=True,  # what is cut off is the footer: the first half has all rows
        ),
        "empty_video_v30": Wild(
            "a video of no bytes that holds all episodes",
            cameras=[TOP],
            afterwards=emptied(of_v3),
            codes=["video-unreadable"],
            lost=dict.fromkeys(range(3), of_v3),
            converts=False,
        ),
        "pointer_video": Wild(
            "a video that Git LFS has not fetched",
            **V21,
            cameras=[TOP],
            afterwards=pointer(pictures.format(1)),
            codes=["video-unreadable"],
            lost={1: "Git LFS"},
            converts=False,
        ),
        "pointer_rows": Wild(
            "a data file that Git LFS has not fetched",
            **V21,
            cameras=[TOP],
            afterwards=pointer(rows.format(1)),
            codes=["data-unreadable"],
            lost={1: "Git LFS"},
            converts=False,
        ),
        "pointer_episodes": Wild(
            "a list of episodes that Git LFS has not fetched",
            cameras=[TOP],
            refused="Git LFS",
            afterwards=pointer("meta/episodes/chunk-000/file-000.parquet"),
            codes=["episodes-unreadable"],
        ),
        "in_the_cache": Wild("links, as the Hugging Face cache has them", afterwards=as_in_cache, cameras=[TOP]),
        "from_a_mac": Wild(
            "with ._ files and .DS_Store beside each file",
            afterwards=as_from_a_mac,
            cameras=[TOP],
            codes=["data-unlisted"],
        ),
        "from_a_mac_v21": Wild("the same of v2.1", **V21, afterwards=as_from_a_mac, cameras=[TOP]),
        "unicode_names": Wild(
            "names of cameras and joints in other alphabets, with blanks",
            cameras=[Camera("observation.images.左 手", 64, 48)],
            names=["肩", "Ellbogen ü", "手首", "a b", '"c"', "d\\e"],
        ),
        "misnamed_folder": Wild(
            "a camera's folder under another name",
            cameras=[TOP],
            afterwards=lambda folder: (folder / "videos" / TOP.key).rename(folder / "videos/observation.images.up"),
            moved=(TOP.key, "observation.images.up"),
            codes=["camera-folder-misnamed"],
            lost=dict.fromkeys(range(3), TOP.key),
            converts=False,
            mended=True,
        ),
        "no_episodes": Wild(
            "meta/episodes was not finished",
            cameras=[TOP],
            afterwards=half("meta/episodes/chunk-000/file-000.parquet"),
            refused="meta/episodes/chunk-000/file-000.parquet",
            codes=["episodes-unreadable"],
        ),
        "v1": Wild(
            "a dataset of version 1.6",
            version="v2.1",
            cameras=[TOP],
            change_info=with_value("v1.6", "codebase_version"),
            refused="codebase_version",
        ),
        "half_info": Wild("info.json cut off", cameras=[TOP], afterwards=half("meta/info.json"), refused="info.json"),
    }
