"""The way in: bytes become a checked picture, and a picture becomes model input."""

from conversion.model_input import Fit, to_model_input
from conversion.opening import open_picture
from conversion.picture import (
    DecodingLimits,
    ModelInput,
    Picture,
    QualityLimits,
    QualityProblem,
    ReasonCode,
    SourceFormat,
    UnreadablePicture,
)
from conversion.quality import QualityMeasures, check_quality, judge_quality, measure_quality

__all__ = [
    "DecodingLimits",
    "Fit",
    "ModelInput",
    "Picture",
    "QualityLimits",
    "QualityMeasures",
    "QualityProblem",
    "ReasonCode",
    "SourceFormat",
    "UnreadablePicture",
    "check_quality",
    "judge_quality",
    "measure_quality",
    "open_picture",
    "to_model_input",
]
