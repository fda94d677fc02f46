"""Pictures on disk become samples, free of duplicates, in folds that share no group, as arrays of model input."""

from training.data.duplicates import drop_copies, merge_lookalikes
from training.data.folds import LeakError, Split, assign_folds, check_no_leak, split_folds
from training.data.pictures import LoadedPictures, load_array, load_pictures
from training.data.prepare import Gathered, Prepared, gather, prepare
from training.data.samples import DataError, Sample, list_samples

__all__ = [
    "DataError",
    "Gathered",
    "LeakError",
    "LoadedPictures",
    "Prepared",
    "Sample",
    "Split",
    "assign_folds",
    "check_no_leak",
    "drop_copies",
    "gather",
    "list_samples",
    "load_array",
    "load_pictures",
    "merge_lookalikes",
    "prepare",
    "split_folds",
]
