"""The public sets, as data: where each comes from, under which licence, how it is laid out, what to run next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.fetch import arrange
from training.fetch.arrange import Layout


@dataclass(frozen=True)
class RemoteFile:
    """One file on a server. ``size`` is in bytes, rounded where nobody publishes it; ``digest`` is ``sha256:HEX`` or
    ``md5:HEX`` as the publisher gives it, or None: then the first download's SHA-256 is kept and holds from then on."""

    name: str
    url: str
    size: int
    digest: str | None = None


@dataclass(frozen=True)
class PublicSet:
    """``folder`` is where the pictures go, below the folder for all data; ``unpacked`` is their size in bytes, rounded.

    ``layout`` makes the places of the pictures out of the tables among the downloads. ``needs`` are folders that must
    hold pictures in the end. ``kaggle`` is the set's name there; its one file is asked of Kaggle's client then.
    ``train`` is the command to run next, with ``{root}`` for the set's folder. ``split`` names two folders of the set
    that are searched for pictures which look alike.
    """

    name: str
    about: str
    folder: str
    files: tuple[RemoteFile, ...]
    unpacked: int
    licence: str
    citation: str
    page: str
    layout: Callable[[Path], Layout]
    needs: tuple[str, ...]
    train: tuple[str, ...]
    kaggle: str | None = None
    split: tuple[str, str] | None = None

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)


UDACITY = "https://s3-us-west-1.amazonaws.com/udacity-dlnfd/datasets/skin-cancer"
DATAVERSE = "https://dataverse.harvard.edu/api/access/datafile"
ISIC = "https://isic-challenge-data.s3.amazonaws.com/2017"
MENDELEY = "https://data.mendeley.com/public-files/datasets"

_ISIC_2017 = (
    "Codella et al. 2018, Skin Lesion Analysis Toward Melanoma Detection: A Challenge at the 2017 International "
    "Symposium on Biomedical Imaging (ISBI), hosted by the ISIC. arXiv:1710.05006"
)

ISIC_UDACITY = PublicSet(
    name="isic-udacity",
    about="dermoscopy: the three archives of the original project, ISIC 2017 in training, validation and test part",
    folder="isic_udacity",
    files=(
        RemoteFile("train.zip", f"{UDACITY}/train.zip", 5_700_000_000),
        RemoteFile("valid.zip", f"{UDACITY}/valid.zip", 870_000_000),
        RemoteFile("test.zip", f"{UDACITY}/test.zip", 5_500_000_000),
    ),
    unpacked=12_200_000_000,
    licence="CC0, as the ISIC 2017 challenge data it is taken from",
    citation=_ISIC_2017,
    page="https://github.com/udacity/dermatologist-ai",
    layout=arrange.isic_udacity,
    needs=tuple(f"{part}/{label}" for part in ("train", "valid", "test") for label in ("benign", "malignant")),
    train=("python -m training.melanoma data.root={root}/train",),
)

HAM10000 = PublicSet(
    name="ham10000",
    about="dermoscopy: 10,015 pictures of 7,470 lesions in seven classes",
    folder="ham10000",
    files=(
        RemoteFile(
            "HAM10000_metadata.csv",
            # Dataverse converts tables; the published digest is of the file as it was uploaded.
            f"{DATAVERSE}/4338392?format=original",
            690_218,
            "md5:8f85fb1aa29d80a2797247e434deb79d",
        ),
        RemoteFile(
            "HAM10000_images_part_1.zip",
            f"{DATAVERSE}/3172585",
            1_366_522_108,
            "md5:4639bfa73ab251610530a97c898e6e46",
        ),
        RemoteFile(
            "HAM10000_images_part_2.zip",
            f"{DATAVERSE}/3172584",
            1_403_566_547,
            "md5:da43d6cc50f6613013be07e8986b384b",
        ),
    ),
    unpacked=2_800_000_000,
    licence="CC BY-NC 4.0",
    citation=(
        "Tschandl, Rosendahl, Kittler 2018, The HAM10000 dataset, a large collection of multi-source dermatoscopic "
        "images of common pigmented skin lesions. Sci. Data 5, 180161. doi:10.1038/sdata.2018.161"
    ),
    page="https://doi.org/10.7910/DVN/DBW86T",
    layout=arrange.ham10000,
    needs=arrange.HAM10000_CLASSES,
    train=("python -m training.skin data=ham10000 data.root={root}",),
)

ISIC2017 = PublicSet(
    name="isic2017",
    about="dermoscopy: the 2,000 training pictures of the ISIC 2017 challenge, melanoma or not",
    folder="isic2017",
    files=(
        RemoteFile(
            "ISIC-2017_Training_Part3_GroundTruth.csv", f"{ISIC}/ISIC-2017_Training_Part3_GroundTruth.csv", 45_000
        ),
        RemoteFile(
            "ISIC-2017_Training_Data.zip",
            f"{ISIC}/ISIC-2017_Training_Data.zip",
            5_800_000_000,
            "md5:a14a7e622c67a358797ae59abb8a0b0c",
        ),
    ),
    unpacked=5_800_000_000,
    licence="CC0",
    citation=_ISIC_2017,
    page="https://challenge.isic-archive.com/data/#2017",
    layout=arrange.isic2017,
    needs=("train/melanoma", "train/not_melanoma"),
    train=(
        "python -m training.melanoma data.root={root}/train 'data.classes=[not_melanoma,melanoma]'",
        "python -m training.melanoma data.root=data/isic_udacity/train 'union=[isic2017]' roots.isic2017={root}/train",
    ),
)

PAD_UFES_20 = PublicSet(
    name="pad-ufes-20",
    about="phone photos: 2,298 pictures of 1,641 lesions of 1,373 patients in six diagnoses",
    folder="pad_ufes_20",
    files=(
        RemoteFile(
            "metadata.csv",
            f"{MENDELEY}/zr7vgbcyr2/files/fa850265-57da-48f0-ba3e-998b3e44b1f6/file_downloaded",
            316_209,
            "sha256:14d145235cedb022548257acb0d84dcd949e2c916f65d2baa7c38ed5339e9527",
        ),
        RemoteFile(
            "imgs_part_1.zip",
            f"{MENDELEY}/zr7vgbcyr2/files/1cc2f71f-20a2-412d-b746-a9b9bc20c966/file_downloaded",
            1_245_184_680,
            "sha256:0ab44f60938bf57445e12f518a8878954cc734e6b0aec6d01194e2d26b4b2dca",
        ),
        RemoteFile(
            "imgs_part_2.zip",
            f"{MENDELEY}/zr7vgbcyr2/files/559a60ed-5504-475d-996c-6a8bc253b5e7/file_downloaded",
            1_126_646_990,
            "sha256:e2d9a3cbd58e823f5ae33163c48643e7d1b54ae3f9e145f01f8e9f16a363a60b",
        ),
        RemoteFile(
            "imgs_part_3.zip",
            f"{MENDELEY}/zr7vgbcyr2/files/34dcdf8e-e5f1-4b35-aa0b-5135051ff852/file_downloaded",
            1_220_565_093,
            "sha256:ecc4ef10143a43e1d01cb736773148607a78b530417eb76f2c38ad24bf5d0d2c",
        ),
    ),
    unpacked=3_610_000_000,
    licence="CC BY 4.0",
    citation=(
        "Pacheco et al. 2020, PAD-UFES-20: a skin lesion dataset composed of patient data and clinical images "
        "collected from smartphones. Data in Brief 32, 106221. doi:10.1016/j.dib.2020.106221"
    ),
    page="https://data.mendeley.com/datasets/zr7vgbcyr2/1",
    layout=arrange.pad_ufes_20,
    needs=arrange.PAD_CLASSES,
    train=(
        "python -m training.melanoma data.root=data/isic_udacity/train 'union=[pad_ufes_20]' roots.pad_ufes_20={root}",
    ),
)

CHEST_XRAY = PublicSet(
    name="chest-xray",
    about="chest X-rays of children: 5,856 pictures, normal or pneumonia",
    folder="chest_xray",
    files=(
        RemoteFile(
            "ChestXRay2017.zip",
            # Of version 2: version 3 holds the same X-rays, inside one file of 8.4 GB with another set.
            f"{MENDELEY}/rscbjbr9sj/files/f12eaf6d-6023-432f-acc9-80c9d7393433/file_downloaded",
            1_235_512_464,
            "sha256:13efc055629733dbab07877f8b3c9f81097840dbcdaa326a8542322c2281ce36",
        ),
    ),
    unpacked=1_240_000_000,
    licence="CC BY 4.0",
    citation=(
        "Kermany et al. 2018, Identifying Medical Diagnoses and Treatable Diseases by Image-Based Deep Learning. "
        "Cell 172(5), 1122-1131. Mendeley Data, V2, doi:10.17632/rscbjbr9sj.2"
    ),
    page="https://data.mendeley.com/datasets/rscbjbr9sj/2",
    layout=arrange.chest_xray,
    needs=tuple(f"{part}/{label}" for part in ("train", "test") for label in ("NORMAL", "PNEUMONIA")),
    train=("python -m training.pneumonia data.root={root}/train",),
)

DERMNET = PublicSet(
    name="dermnet",
    about="clinical photos: about 19,500 pictures in 23 folders",
    folder="dermnet",
    files=(RemoteFile("dermnet.zip", "https://www.kaggle.com/datasets/shubhamgoel27/dermnet", 1_900_000_000),),
    unpacked=1_900_000_000,
    licence="no open licence: the pictures are Dermnet's; for your own study, neither they nor weights trained on them "
    "may be passed on",
    citation="Dermnet, Skin Disease Atlas, as collected on Kaggle by shubhamgoel27",
    page="https://www.kaggle.com/datasets/shubhamgoel27/dermnet",
    layout=arrange.dermnet,
    needs=("train", "test"),
    train=("python -m training.skin data=dermnet data.root={root}/train",),
    kaggle="shubhamgoel27/dermnet",
    split=("train", "test"),
)

SETS = {found.name: found for found in (ISIC_UDACITY, HAM10000, ISIC2017, PAD_UFES_20, CHEST_XRAY, DERMNET)}
