"""Datasets whose data files have other types, orders, groups and columns than LeRobot's."""

import pyarrow as pa

from .wild import TOP, V21, Extra, Wild, each_feature
from .wild_robots import channels_first


def cast(**kinds):
    """Columns of other types; a list of them where the column is one."""

    def change(rows: pa.Table) -> pa.Table:
        for position, key in enumerate(rows.column_names):
            kind = kinds.get(key.replace(".", "_"))
            rows = rows if kind is None else rows.set_column(position, key, pa.array(rows[key].to_pylist(), kind))
        return rows

    return change


def cast_null(key: str, kind: pa.DataType):
    return lambda rows: rows.set_column(rows.column_names.index(key), key, pa.nulls(len(rows), kind))


def shape_of_scalars(key: str, feature: dict) -> None:
    feature["shape"] = [] if feature["shape"] == [1] else feature["shape"]


def other_order(rows: pa.Table) -> pa.Table:
    return rows.select(sorted(rows.column_names, reverse=True))


def later_index(rows: pa.Table) -> pa.Table:
    return rows.set_column(
        rows.column_names.index("index"), "index", pa.array([index + 1000 for index in rows["index"].to_pylist()])
    )


def with_task_column(rows: pa.Table) -> pa.Table:
    return rows.append_column("task", pa.array(["Pick up the red cube."] * len(rows)))


def stale_file_index(lines: list[dict]) -> None:
    """The converter of LeRobot 0.4.0 (its issue 2401): the first episode of a new data file is said to be in the file before."""
    for before, line in zip(lines, lines[1:]):
        if line["data/file_index"] != before["data/file_index"]:
            line["data/file_index"] -= 1
            return


def variants() -> dict[str, Wild]:
    vector = {"names": None}
    return {
        "float64_timestamps": Wild(
            "timestamps as double where info.json says float32", change_rows=cast(timestamp=pa.float64()), cameras=[TOP]
        ),
        "double_vectors": Wild(
            "vectors as lists of double where info.json says float32, as pandas writes them",
            version="v2.0",
            cameras=[TOP],
            change_rows=cast(observation_state=pa.list_(pa.float64()), action=pa.list_(pa.float64())),
        ),
        "int32_counters": Wild(
            "counting columns as int32, large lists, zstd",
            cameras=[TOP],
            compression="zstd",
            change_rows=cast(
                frame_index=pa.int32(),
                episode_index=pa.int32(),
                index=pa.int32(),
                task_index=pa.int32(),
                action=pa.large_list(pa.float32()),
            ),
        ),
        "other_order": Wild("columns in another order than info.json's", change_rows=other_order, cameras=[TOP]),
        "odd_types": Wild(
            "int8, uint8, int16, bool and float64 features, a matrix, texts, some of them large or in a dictionary",
            cameras=[TOP],
            extra={
                "gripper_open": Extra(
                    {"dtype": "int8", "shape": [2], **vector}, pa.list_(pa.int8(), 2), lambda e, f: [f % 2, -e]
                ),
                "button": Extra({"dtype": "uint8", "shape": [1], **vector}, pa.uint8(), lambda e, f: 250 + f % 5),
                "encoder": Extra({"dtype": "int16", "shape": [1], **vector}, pa.int16(), lambda e, f: -300 * f),
                "contact": Extra(
                    {"dtype": "bool", "shape": [3], **vector},
                    pa.list_(pa.bool_(), 3),
                    lambda e, f: [f % 2 == 0, True, e == 1],
                ),
                "wall_clock": Extra(
                    {"dtype": "float64", "shape": [1], **vector}, pa.float64(), lambda e, f: 1.7e9 + e * 100 + f / 30
                ),
                "pose": Extra(
                    {"dtype": "float32", "shape": [2, 3], **vector},
                    pa.list_(pa.list_(pa.float32())),
                    lambda e, f: [[f, 1, e], [0.5 * f, 2, 3]],
                ),
                "note": Extra({"dtype": "string", "shape": [1], **vector}, pa.string(), lambda e, f: f"Ünï {e}/{f} 🤖"),
                "phase": Extra({"dtype": "string", "shape": [1], **vector}, pa.large_string(), lambda e, f: "reach"),
                "operator": Extra(
                    {"dtype": "string", "shape": [1], **vector},
                    pa.dictionary(pa.int32(), pa.string()),
                    lambda e, f: ["Ann", "Bo"][e % 2],
                ),
            },
        ),
        "matrix_v21": Wild(
            "a matrix, with statistics of its shape, as LeRobot made them up to 0.3",
            **V21,
            cameras=[TOP],
            extra={
                "pose": Extra(
                    {"dtype": "float32", "shape": [2, 3], **vector},
                    pa.list_(pa.list_(pa.float32())),
                    lambda e, f: [[f, 1.5 * f, f * f], [0.5 * f, -f, e + f]],
                )
            },
        ),
        "nulls": Wild(
            "null for integers, truth values and texts",
            cameras=[TOP],
            codes=["numbers-not-finite"],
            converts=False,
            extra={
                "button": Extra(
                    {"dtype": "uint8", "shape": [1], **vector}, pa.uint8(), lambda e, f: None if f == 0 else f
                ),
                "contact": Extra(
                    {"dtype": "bool", "shape": [3], **vector}, pa.list_(pa.bool_(), 3), lambda e, f: [None, True, False]
                ),
                "note": Extra(
                    {"dtype": "string", "shape": [1], **vector}, pa.string(), lambda e, f: None if f == 0 else "x"
                ),
            },
        ),
        "null_tasks": Wild(
            "null for task_index",
            cameras=[TOP],
            codes=["task-unknown", "numbers-not-finite", "task-unused"],
            converts=False,
            change_rows=cast_null("task_index", pa.int64()),
        ),
        "large_numbers": Wild(
            "int64 beyond what a double holds",
            cameras=[TOP],
            extra={
                "serial": Extra({"dtype": "int64", "shape": [1], **vector}, pa.int64(), lambda e, f: 2**53 + 1 + f),
            },
        ),
        "numbers_beyond_int64": Wild(
            "uint64 beyond int64",
            cameras=[TOP],
            extra={"clock": Extra({"dtype": "uint64", "shape": [1], **vector}, pa.uint64(), lambda e, f: 2**63 + f)},
            codes=["data-unreadable"],
            converts=False,
            lost=dict.fromkeys(range(3), "clock"),
        ),
        "scalars_of_shape_nothing": Wild(
            "shape [] for one number", change_info=each_feature(shape_of_scalars), cameras=[TOP]
        ),
        "scalars_in_lists": Wild(
            "one number in a list, shape [1]",
            cameras=[TOP],
            version="v2.0",
            extra={
                "next.reward": Extra(
                    {"dtype": "float32", "shape": [1], **vector}, pa.list_(pa.float32()), lambda e, f: [f / 3]
                )
            },
        ),
        "index_from_elsewhere": Wild(
            "index goes on from another dataset",
            **V21,
            cameras=[TOP],
            change_rows=later_index,
            codes=["rows-out-of-order"],
            mended=True,
        ),
        "extra_column": Wild(
            'a column "task" of texts that info.json does not declare',
            change_rows=with_task_column,
            cameras=[TOP],
            codes=["column-undeclared"],
        ),
        "large_row_group": Wild("all episodes in one row group", row_group=1000, compression="gzip"),
        "small_row_groups": Wild("row groups of four rows, across episodes", row_group=4, compression="none"),
        "several_files": Wild(
            "data and video in several files and chunk folders",
            files=[[0, 1], [2], [3, 4]],
            chunks_size=2,
            lengths=[4, 5, 3, 6, 4],
        ),
        "stale_file_index": Wild(
            "an episode's data file is the one after that which the metadata name (LeRobot's issue 2401)",
            files=[[0, 1], [2], [3, 4]],
            lengths=[4, 5, 3, 6, 4],
            change_episodes=stale_file_index,
            cameras=[TOP],
            codes=["data-unlisted", "rows-miscounted"],
            mended=True,
        ),
        "jpeg_in_rows": Wild(
            "JPEG in the rows, [C, H, W]",
            dtype="image",
            picture_format="JPEG",
            change_info=each_feature(channels_first),
        ),
    }
