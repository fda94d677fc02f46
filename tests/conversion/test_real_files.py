"""Other people's files, sound, odd, broken and hostile: every one ends in a picture or in a refusal."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conversion import DecodingLimits, Picture, ReasonCode, UnreadablePicture, open_picture
from conversion.picture import FOR_MODELS
from tests.conversion.pictures import is_near

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("DATA_ROOT" not in os.environ, reason="DATA_ROOT is not set: no real pictures here"),
]
DATA = Path(os.environ.get("DATA_ROOT", "."))
STRIPES = [(255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255)]
STRIPES += [(0, 0, 0), (64, 64, 64), (192, 192, 192), (255, 255, 255)]


def outcome(path: Path) -> str:
    try:
        picture = open_picture(path.read_bytes())
    except UnreadablePicture as error:
        return error.code.value
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (picture.height, picture.width, 3)
    return picture.source_format.value


def dicom(name: str, enough: int = FOR_MODELS) -> Picture:
    return open_picture((DATA / "dicom" / name).read_bytes(), DecodingLimits(enough=enough))


@pytest.mark.parametrize("folder", ["hostile/pillow", "heic", "dicom"])
def test_every_file_ends_in_a_picture_or_a_refusal_in_time(folder: str) -> None:
    outcomes: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in sorted((DATA / folder).iterdir()):
            start = time.monotonic()
            outcomes[outcome(path)] += 1
            assert time.monotonic() - start < 10, path.name
    print(folder, dict(outcomes.most_common()))
    assert outcomes.total() == sum(1 for _ in (DATA / folder).iterdir())
    assert "too_slow" not in outcomes


def test_of_each_sound_folder_nearly_all_is_read() -> None:
    for folder in ("everyday", "chest_xray/train/NORMAL", "isic2017/train/melanoma"):
        paths = [path for path in sorted((DATA / folder).rglob("*")) if path.is_file()][:60]
        refused = [path.name for path in paths if outcome(path) not in ("jpeg", "png", "webp", "gif", "tiff", "bmp")]
        assert len(refused) <= len(paths) // 20, refused


def test_the_chest_x_ray_is_bone_white_and_air_dark() -> None:
    reduced = dicom("RG1_J2KI.dcm")
    assert (reduced.width, reduced.height) == (461, 489)
    picture = dicom("RG1_J2KI.dcm", enough=1841)
    assert (picture.width, picture.height) == (1841, 1955)
    grey = picture.pixels[..., 0].astype(float)
    # By eye: the upper lungs left and right, the spine between them, the air beside the neck.
    lung = (grey[420:480, 720:760].mean() + grey[420:480, 1080:1120].mean()) / 2
    spine, air = grey[900:1100, 860:940].mean(), grey[60:120, 20:120].mean()
    assert air < 100 < lung < spine - 40


STRIPED = [
    "SC_rgb_16bit.dcm",
    "SC_rgb_dcmtk_+eb+cy+n1.dcm",
    "SC_rgb_dcmtk_+eb+cy+n2.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "SC_rgb_dcmtk_+eb+cy+s2.dcm",
    "SC_rgb_dcmtk_ebcr_dcmd.dcm",
    "SC_rgb_dcmtk_ebcyn1_dcmd.dcm",
    "SC_rgb_dcmtk_ebcys2_dcmd.dcm",
    "SC_rgb_dcmtk_ebcys4_dcmd.dcm",
    "SC_rgb_expb.dcm",
    "SC_rgb_expb_16bit.dcm",
    "SC_rgb_gdcm2k_uncompressed.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jpeg_lossy_gdcm.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_rgb_rle_32bit.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
]


@pytest.mark.parametrize("name", STRIPED)
def test_the_ten_stripes_have_their_colours(name: str) -> None:
    assert is_near(dicom(name).pixels[5::10, 50], STRIPES, 8)


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "MR_small_expb.dcm", "MR_small_implicit.dcm"])
def test_one_scan_in_several_encodings_looks_the_same(name: str) -> None:
    np.testing.assert_array_equal(dicom(name).pixels, dicom("MR_small_jp2klossless.dcm").pixels)


def test_lossless_jpeg_is_read() -> None:
    picture = dicom("JPGLosslessP14SV1_1s_1f_8b.dcm")
    assert (picture.width, picture.height) == (1024, 768)
    assert picture.pixels[:2, :2].max() < 30
    assert picture.pixels.max() > 100


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MR_truncated.dcm", ReasonCode.DAMAGED),
        ("rtplan.dcm", ReasonCode.NO_PIXELS),
        ("test-SR.dcm", ReasonCode.NO_PIXELS),
        ("emri_small.dcm", ReasonCode.SEVERAL_FRAMES),
    ],
)
def test_a_dicom_that_shows_nothing_says_why(name: str, code: ReasonCode) -> None:
    with pytest.raises(UnreadablePicture) as caught:
        dicom(name)
    assert caught.value.code is code


@pytest.mark.parametrize("suffix", ["_2.webp", "_3.jpg", "_3.webp", "_4.webp", "_5.jpg", "_6.jpg", "_7.jpg", "_8.jpg"])
def test_portraits_lying_any_way_are_upright(suffix: str) -> None:
    folder = DATA / "hostile" / "pillow"
    upright = open_picture((folder / "hopper.webp").read_bytes()).pixels.astype(float)
    turned = open_picture((folder / f"hopper_orientation{suffix}").read_bytes())
    resized = np.asarray(Image.fromarray(turned.pixels).resize(upright.shape[1::-1])).astype(float)
    assert np.abs(resized - upright).mean() < 12
