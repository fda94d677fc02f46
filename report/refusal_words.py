"""What a refusal is called, what is wrong, and what to do: a text of its own for every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conversion.picture import ReasonCode
from models.diagnosis import RefusalCode
from report.language import mark


@dataclass(frozen=True)
class RefusalWords:
    """``title`` in a few words, ``wrong`` says more, ``figures`` gives what was found out where it is known,
    ``advice`` says what to do; where it depends on the kind of picture, ``skin_advice`` and ``xray_advice`` follow."""

    title: str
    wrong: str
    advice: str
    figures: str = ""
    skin_advice: str = ""
    xray_advice: str = ""


_STEADY: Final = mark(
    "Clean the lens, hold the phone still about 10 cm away, tap the spot to focus, and take it again."
)
_LIGHT: Final = mark("Take it again in daylight by a window, without flash and without your shadow on the spot.")
_ORIGINAL: Final = mark(
    "Send the file from the clinic itself, or take the picture again: straight on, without glare, in focus."
)

REFUSAL_WORDS: Final[Mapping[str, RefusalWords]] = MappingProxyType(
    {
        ReasonCode.EMPTY: RefusalWords(
            mark("📎 The file is empty"),
            mark("There is nothing in it; it was probably lost on the way."),
            mark("Send the picture once more."),
        ),
        ReasonCode.FILE_TOO_LARGE: RefusalWords(
            mark("📎 The file is too large"),
            mark("It holds more than can be taken in."),
            mark("Send a smaller copy: a JPEG with 2,000 pixels on its longer side is plenty."),
            figures=mark("Its size: {megabytes}; the limit: {limit}."),
        ),
        ReasonCode.NOT_A_PICTURE: RefusalWords(
            mark("📎 This is not a picture"),
            mark("Whatever the file is called, its content is not that of a picture."),
            mark("Send a photo of the skin or a chest X-ray, as JPEG, PNG, HEIC or DICOM."),
        ),
        ReasonCode.UNSUPPORTED_FORMAT: RefusalWords(
            mark("📎 This kind of file cannot be read"),
            mark("It is of a format that is not read here."),
            mark("Save the picture as JPEG or PNG and send it again; a screenshot of it will do."),
            figures=mark("The format: {format}."),
        ),
        ReasonCode.DAMAGED: RefusalWords(
            mark("📎 The picture is damaged"),
            mark("The file begins like a picture, but a part of it is missing or broken."),
            mark("Send it once more. If that does not help, save a new copy or take a new picture."),
        ),
        ReasonCode.TOO_MANY_PIXELS: RefusalWords(
            mark("📎 The picture has too many pixels"),
            mark("Opening it would take more memory than one picture may have."),
            mark("Scale it down, 2,000 pixels on the longer side are plenty, and send it again."),
            figures=mark("Its size: {megapixels}; the limit: {limit}."),
        ),
        ReasonCode.SEVERAL_FRAMES: RefusalWords(
            mark("📎 More than one picture in the file"),
            mark("It is an animation or a series, and only a single still picture can be read."),
            mark("Choose the one that shows it best and send it as JPEG or PNG."),
        ),
        ReasonCode.NO_PIXELS: RefusalWords(
            mark("📎 No picture in this DICOM file"),
            mark("It holds other data, such as a report or a plan, and no picture."),
            mark("Find the X-ray itself among the files from the clinic and send that one."),
        ),
        ReasonCode.TOO_SLOW: RefusalWords(
            mark("📎 Opening the picture took too long"),
            mark("The file is built in an unusual way, and the attempt was stopped."),
            mark("Save it anew as an ordinary JPEG and send that."),
            figures=mark("The limit: {limit}."),
        ),
        ReasonCode.TOO_SMALL: RefusalWords(
            mark("📷 The picture is too small"),
            mark("Too little can be made out on it."),
            mark("Send the original instead of a thumbnail or a cut-out, or take the picture from closer up."),
            figures=mark("Its shorter side: {side}; at least needed: {limit}."),
        ),
        ReasonCode.BLURRED: RefusalWords(
            mark("📷 The picture is blurred"),
            mark("The details that matter cannot be made out."),
            mark("Take it again with a steady hand and in focus, or send the original file."),
            skin_advice=_STEADY,
            xray_advice=_ORIGINAL,
        ),
        ReasonCode.TOO_DARK: RefusalWords(
            mark("📷 The picture is too dark"),
            mark("What matters disappears in the dark."),
            mark("Take it again in better light, or send the original file."),
            skin_advice=_LIGHT,
            xray_advice=_ORIGINAL,
        ),
        ReasonCode.TOO_BRIGHT: RefusalWords(
            mark("📷 The picture is too bright"),
            mark("What matters is washed out by light."),
            mark("Take it again without flash and out of direct sun, or send the original file."),
            skin_advice=_LIGHT,
            xray_advice=_ORIGINAL,
        ),
        ReasonCode.COLOURLESS: RefusalWords(
            mark("📷 The picture has no colour"),
            mark("The skin model needs colours, and this picture is black and white."),
            mark("If it is a chest X-ray, ask for the chest X-ray model. If it is skin, take the picture in colour."),
        ),
        ReasonCode.OVEREXPOSED: RefusalWords(
            mark("📷 The picture is overexposed"),
            mark("Large parts of it are plain white, and nothing can be made out there."),
            mark("Take it again without flash and out of direct sun, or send the original file."),
            skin_advice=_LIGHT,
            xray_advice=_ORIGINAL,
        ),
        ReasonCode.MOSTLY_BORDER: RefusalWords(
            mark("📷 Most of the picture is border"),
            mark("Only a small part of it shows something; the rest is an empty frame."),
            mark("Cut the frame away, or send the original picture instead of a screenshot of it."),
            skin_advice=mark("Move closer, or cut the frame away, so that the spot fills about half of the picture."),
        ),
        ReasonCode.SCREENSHOT: RefusalWords(
            mark("📷 A page or a screen"),
            mark("It looks like a document, a drawing or a screenshot and not like a picture of a body."),
            mark("Send the picture itself: the original file, or a photo of the spot."),
            xray_advice=mark(
                "Send the X-ray itself, as the file from the clinic: not the report, and not the whole screen."
            ),
        ),
        RefusalCode.UNKNOWN_KIND: RefusalWords(
            mark("📷 Not a picture that I can read"),
            mark("It looks like neither a close-up of a spot on the skin nor a chest X-ray."),
            mark(
                "Send a sharp close-up of one spot that fills about half of the picture, on bare skin, in even light; "
                "or the whole chest X-ray from the front."
            ),
        ),
        RefusalCode.WRONG_KIND: RefusalWords(
            mark("📷 Another kind of picture"),
            mark("The model was asked about a kind of picture that it does not read."),
            mark("Ask the model that reads this kind of picture."),
            figures=mark("What it looks like: {kind}."),
        ),
        RefusalCode.ADULT_XRAY: RefusalWords(
            mark("📷 Not a child's X-ray"),
            mark(
                "It looks like the chest X-ray of an adult, or of another kind of machine. The model learned from "
                "children aged 1 to 5 only; on adults it was wrong more often than right, so it does not judge."
            ),
            mark(
                "Show it to a doctor or a radiologist. Breathlessness, blue lips or confusion: call an ambulance at "
                "once (112; in Russia also 103)."
            ),
        ),
        RefusalCode.UNLIKE_TRAINING: RefusalWords(
            mark("📷 Unlike anything the model knows"),
            mark("The picture is too different from those the model learned from; whatever it said would be a guess."),
            mark("Send a picture of the kind the model is meant for."),
            skin_advice=mark(
                "Send a sharp close-up of one spot that fills about half of the picture, on bare skin, in even light. "
                "If it is a chest X-ray, ask for the chest X-ray model."
            ),
            xray_advice=mark(
                "Send the whole chest X-ray from the front, upright and uncut. If it is a picture of the skin, "
                "ask for the skin model."
            ),
        ),
    }
)
UNKNOWN_REASON: Final = RefusalWords(
    mark("📎 No reading this time"),
    mark("The picture could not be read, for a reason without a text of its own."),
    mark("Try once more, with another picture or with the same one saved as JPEG."),
    figures=mark("The reason: {code}."),
)
