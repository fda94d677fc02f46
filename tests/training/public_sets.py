"""The public sets in small: archives of a few pictures, packed and named as the real ones are."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from PIL import Image

from tests.training.web_server import WebServer
from training.fetch.sets import SETS, PublicSet

HAM = [("HAM_0000001", "mel"), ("HAM_0000001", "mel"), *((f"HAM_000000{row}", dx) for row, dx in enumerate(
    ("akiec", "bcc", "bkl", "df", "nv", "vasc"), start=2
))]  # fmt: skip
PAD = ("ACK", "BCC", "MEL", "NEV", "SCC", "SEK")


def picture(seed: int, kind: str = "JPEG", quality: int = 90) -> bytes:
    """An encoded picture of 64 x 48 smooth spots, never the same for two seeds."""
    spots = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(spots).resize((64, 48), Image.Resampling.BICUBIC).save(file, kind, quality=quality)
    return file.getvalue()


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip file, the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def table(header: str, rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return file.getvalue().encode()


def contents(name: str) -> dict[str, bytes]:
    """The files of set ``name``, by the names they have in it."""
    return {
        "isic-udacity": _udacity, "ham10000": _ham10000, "isic2017": _isic2017, "pad-ufes-20": _pad,
        "chest-xray": _chest, "dermnet": _dermnet,
    }[name]()  # fmt: skip


def small(name: str, server: WebServer, files: Mapping[str, bytes] | None = None) -> PublicSet:
    """Set ``name`` in small on ``server``, where nobody publishes digests."""
    wanted = SETS[name]
    files = files or contents(name)
    assert set(files) == {file.name for file in wanted.files}
    for found, content in files.items():
        server.files[f"/{found}"] = content
    return replace(
        wanted,
        files=tuple(
            replace(file, url=server.url(f"/{file.name}"), size=len(files[file.name]), digest=None)
            for file in wanted.files
        ),
        unpacked=100_000,
        kaggle=None,
    )


def _udacity() -> dict[str, bytes]:
    kinds = ("melanoma", "nevus", "seborrheic_keratosis")
    return {
        f"{part}.zip": packed(
            {f"{part}/": b""}
            | {f"{part}/{kind}/ISIC_{part}_{row}{seed}.jpg": picture(10 * row + seed) for row, kind in enumerate(kinds)
               for seed in range(2)}
            | {f"__MACOSX/{part}/melanoma/._ISIC_0.jpg": b"shadow", f"{part}/.DS_Store": b"shadow"}
        )
        for part in ("train", "valid", "test")
    }  # fmt: skip


def _ham10000() -> dict[str, bytes]:
    header = "lesion_id,image_id,dx,dx_type,age,sex,localization,dataset"
    rows = [
        (lesion, f"ISIC_00{row}", dx, "histo", 50.0, "male", "back", "rosendahl")
        for row, (lesion, dx) in enumerate(HAM)
    ]
    pictures = {f"ISIC_00{row}.jpg": picture(row) for row in range(len(HAM))}
    half = dict(list(pictures.items())[:4])
    return {
        "HAM10000_metadata.csv": table(header, rows),
        "HAM10000_images_part_1.zip": packed(half),
        "HAM10000_images_part_2.zip": packed({name: found for name, found in pictures.items() if name not in half}),
    }


def _isic2017() -> dict[str, bytes]:
    folder = "ISIC-2017_Training_Data"
    rows = [("ISIC_0000000", "0.0", "0.0"), ("ISIC_0000001", "1.0", "0.0"), ("ISIC_0000002", "0.0", "1.0")]
    members = {f"{folder}/{row[0]}.jpg": picture(seed) for seed, row in enumerate(rows)}
    members |= {f"{folder}/{row[0]}_superpixels.png": picture(0, "PNG") for row in rows}
    return {
        "ISIC-2017_Training_Part3_GroundTruth.csv": table("image_id,melanoma,seborrheic_keratosis", rows),
        "ISIC-2017_Training_Data.zip": packed(members | {f"{folder}/ISIC-2017_Training_Data_metadata.csv": b"a,b\n"}),
    }


def _pad() -> dict[str, bytes]:
    rows = [(f"PAT_{row}", row, f"PAT_{row}_{row}_1.png", kind) for row, kind in enumerate(PAD)]
    parts = {
        f"imgs_part_{part}.zip": packed(
            {f"imgs_part_{part}/{row[2]}": picture(row[1], "PNG") for row in rows[2 * part - 2 : 2 * part]}
        )
        for part in (1, 2, 3)
    }
    return {"metadata.csv": table("patient_id,lesion_id,img_id,diagnostic", rows)} | parts


def _chest() -> dict[str, bytes]:
    members = {"chest_xray/.DS_Store": b"shadow"}
    for part in ("train", "test"):
        for seed in range(2):
            members[f"chest_xray/{part}/NORMAL/IM-000{seed}-0001.jpeg"] = picture(seed)
            members[f"chest_xray/{part}/PNEUMONIA/person{seed}_virus_{seed}.jpeg"] = picture(10 + seed)
            members[f"__MACOSX/chest_xray/{part}/NORMAL/._IM-000{seed}-0001.jpeg"] = b"shadow"
    return {"ChestXRay2017.zip": packed(members)}


def _dermnet() -> dict[str, bytes]:
    """Two classes; the test part has one picture of the training part compressed anew and one in another class."""
    acne, eczema = "Acne and Rosacea Photos", "Eczema Photos"
    return {
        "dermnet.zip": packed({
            f"train/{acne}/a1.jpg": picture(1), f"train/{acne}/a2.jpg": picture(2),
            f"train/{eczema}/e1.jpg": picture(3),
            f"test/{acne}/a3.jpg": picture(4), f"test/{acne}/a1-copy.jpg": picture(1, quality=60),
            f"test/{eczema}/e2.jpg": picture(2), f"test/{eczema}/broken.jpg": b"no picture",
        })
    }  # fmt: skip
