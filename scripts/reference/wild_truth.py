"""What pyarrow and PyAV read in a dataset that wild_layout.py wrote, where its description says that it lies."""

import json
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
from PIL import Image


class WildDataset:
    """`lost`: episodes that cannot be read, and what is said of them; `whole`: the others."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.about = json.loads(folder.with_name(folder.name + ".wild.json").read_text())
        self.lost = {int(number): says for number, says in self.about["lost"].items()}
        self.episodes = {place["episode"]: place for place in self.about["episodes"]}
        self.whole = [number for number in self.episodes if number not in self.lost]
        self.decoded: dict[str, list[np.ndarray]] = {}

    def rows(self, number: int) -> list[dict]:
        place = self.episodes[number]
        whole = self.folder.with_name(self.folder.name + ".whole") / place["data"]
        file = whole if whole.exists() else self.folder / place["data"]
        return pq.ParquetFile(file).read().slice(place["row"], place["length"]).to_pylist()

    def picture(self, number: int, frame: int, camera: str, row: dict) -> np.ndarray:
        if self.about["dtype"] == "image":
            return np.array(Image.open(BytesIO(row[camera]["bytes"])).convert("RGB"))
        place = self.episodes[number]["videos"][camera]
        return self._frames(place["file"].replace(*self.about["moved"]))[place["first"] + frame]

    def _frames(self, file: str) -> list[np.ndarray]:
        if file not in self.decoded:
            with av.open(str(self.folder / file)) as container:
                self.decoded[file] = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return self.decoded[file]
