"""A DICOM file's elements, parsed within bounds that pydicom does not have."""

from __future__ import annotations

import zlib

from pydicom import Dataset, uid
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag, Tag

from conversion.guard import BoundedBytes, damaged
from conversion.picture import DecodingLimits

# No real picture deflates to less than a tenth; a bomb does to a thousandth.
_MOST_INFLATION = 10
# Two or three for each element that is parsed; a scan of a thousand frames, each described in sequences, takes 60,000.
_MOST_READS = 100_000
_UNDEFINED = 0xFFFFFFFF

# Elements outside the groups of the file and of the picture that are looked at all the same.
_LOOKED_AT = (
    Tag("SpecificCharacterSet"),
    Tag("SOPClassUID"),
    Tag("PixelPresentation"),
    Tag("ImagerPixelSpacing"),
)
_GROUPS = (0x0002, 0x0028)
_COLOURS = ("Red", "Green", "Blue", "Alpha")
_SEQUENCES = (Tag("ModalityLUTSequence"), Tag("VOILUTSequence"))
# Tables have at most 65,536 entries of two bytes; of those in sequences there may be several.
_LONG = dict.fromkeys(_SEQUENCES, 2**19)
_LONG |= {Tag(f"{kind}{colour}PaletteColorLookupTableData"): 2**18 for kind in ("", "Segmented") for colour in _COLOURS}
_LONG |= {Tag("ICCProfile"): 2**22}
_SHORT = 2**12


def parse_dicom(file: BoundedBytes, limits: DecodingLimits) -> Dataset:
    """The data set in ``file``, with a transfer syntax, its values as yet unread.

    What pydicom makes of a value takes up to a hundred times the value's own bytes, and microseconds for each number
    in it; so what is read of a picture later is refused where it is longer than it can be.
    """
    file.allow(_MOST_READS)
    start = 132 if file.read(132)[128:] == b"DICM" else 0
    file.seek(start)
    meta = read_dataset(file, False, True, stop_when=_is_past_meta)
    if meta.get("TransferSyntaxUID") == uid.DeflatedExplicitVRLittleEndian:
        return _inflate(file, meta, limits)
    file.seek(0)
    dataset = read_partial(file, _checked, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little_endian = dataset.original_encoding
        explicit = uid.ExplicitVRLittleEndian if little_endian else uid.ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian if implicit else explicit
    return dataset


def _is_past_meta(tag: BaseTag, representation: str | None, length: int) -> bool:
    return tag.group != 2 or _checked(tag, representation, length)


def _checked(tag: BaseTag, _representation: str | None, length: int) -> bool:
    """Refuse an element that is too long for what it is. Never True, which would end the parsing."""
    if tag.group in _GROUPS or tag in _LOOKED_AT:
        unbounded = length == _UNDEFINED and tag in _SEQUENCES
        if length > _LONG.get(tag, _SHORT) and not unbounded:
            raise damaged("an element is longer than it can be")
    return False


def _inflate(file: BoundedBytes, meta: Dataset, limits: DecodingLimits) -> Dataset:
    """The data set of a deflated file (PS3.5, A.5), inflated to a bound, which pydicom does without one."""
    most = int(limits.megabytes * 2**20) * _MOST_INFLATION
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inflater.decompress(file.read(), most)
    if inflater.unconsumed_tail:
        raise damaged("the deflated data set unpacks to more than any picture takes")
    dataset = read_dataset(file.holding(plain), False, True, stop_when=_checked)
    dataset.file_meta = FileMetaDataset(meta)
    dataset.set_original_encoding(False, True)
    return dataset
