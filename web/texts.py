"""What a caller reads when a request cannot be served: a code, a status, and texts in English, to be translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Final

from report.language import mark

LOCALES: Final = Path(__file__).parent / "locales"


class Code(StrEnum):
    """Why a request is not served; a picture's refusal has one of ``conversion.ReasonCode`` or ``models.RefusalCode``
    instead."""

    BAD_FORM = "bad_form"
    BODY_TOO_LARGE = "body_too_large"
    BUSY = "busy"
    ENCODED_BODY = "encoded_body"
    EXPIRED = "expired"
    FOREIGN_HOST = "foreign_host"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    INTERNAL = "internal"
    JOURNAL_UNAVAILABLE = "journal_unavailable"
    KEY_MISSING = "key_missing"
    KEY_WRONG = "key_wrong"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    MODEL_UNAVAILABLE = "model_unavailable"
    NOT_FOUND = "not_found"
    NOT_MULTIPART = "not_multipart"
    NOT_READY = "not_ready"
    NO_FILE = "no_file"
    RATE_LIMITED = "rate_limited"
    STOPPING = "stopping"
    TOO_MANY_FILES = "too_many_files"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_MODEL = "unknown_model"
    UPLOAD_TOO_SLOW = "upload_too_slow"


@dataclass(frozen=True)
class ProblemWords:
    """``title`` is the same at every occurrence, ``detail`` has placeholders for what belongs to this one."""

    status: HTTPStatus
    title: str
    detail: str


PROBLEMS: Final[Mapping[Code, ProblemWords]] = MappingProxyType(
    {
        Code.BAD_FORM: ProblemWords(
            HTTPStatus.BAD_REQUEST,
            mark("The form cannot be read"),
            mark("The body is not well-formed multipart/form-data, or it broke off before its end."),
        ),
        Code.BODY_TOO_LARGE: ProblemWords(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            mark("The request is too large"),
            mark("The body holds more than {limit}. Send fewer files at once, or smaller copies."),
        ),
        Code.BUSY: ProblemWords(
            HTTPStatus.SERVICE_UNAVAILABLE,
            mark("Too much to do"),
            mark("Too many pictures are on their way at this moment. Try again in {wait}."),
        ),
        Code.ENCODED_BODY: ProblemWords(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            mark("The body is compressed"),
            mark("Send the body as it is, without Content-Encoding: pictures are compressed already."),
        ),
        Code.EXPIRED: ProblemWords(
            HTTPStatus.GONE,
            mark("The picture is no longer held"),
            mark(
                "Pictures are held in memory for a short time only and never kept, so neither heat map nor report can "
                "be made any more. The answer itself is still there. Send the picture again for new ones."
            ),
        ),
        Code.FOREIGN_HOST: ProblemWords(
            HTTPStatus.UNAUTHORIZED,
            mark("A key is needed"),
            mark(
                "Without a key this API answers programs on its own machine only, and this request was made for "
                "another address or came through a proxy. Make a key, and set API_KEYS=required."
            ),
        ),
        Code.IDEMPOTENCY_IN_PROGRESS: ProblemWords(
            HTTPStatus.CONFLICT,
            mark("This request is being worked on"),
            mark("A request with the same Idempotency-Key has not been answered yet. Ask again in {wait}."),
        ),
        Code.IDEMPOTENCY_KEY_INVALID: ProblemWords(
            HTTPStatus.BAD_REQUEST,
            mark("The Idempotency-Key cannot be used"),
            mark("It has to be 1 to 255 printable ASCII characters; a random UUID is best."),
        ),
        Code.IDEMPOTENCY_MISMATCH: ProblemWords(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            mark("This Idempotency-Key belongs to another request"),
            mark("It was used with other pictures or another model. Use a new key for a new request."),
        ),
        Code.INTERNAL: ProblemWords(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            mark("Something went wrong here"),
            mark("It is no fault of your request. Try again; if it stays like this, report the request_id."),
        ),
        Code.JOURNAL_UNAVAILABLE: ProblemWords(
            HTTPStatus.SERVICE_UNAVAILABLE,
            mark("The journal cannot be written"),
            mark("Nothing is accepted that cannot be journaled. Try again in {wait}."),
        ),
        Code.KEY_MISSING: ProblemWords(
            HTTPStatus.UNAUTHORIZED,
            mark("A key is needed"),
            mark("Send your API key as “Authorization: Bearer KEY”."),
        ),
        Code.KEY_WRONG: ProblemWords(
            HTTPStatus.UNAUTHORIZED,
            mark("The key is not valid"),
            mark("There is no such key, or it was revoked. It has to be sent as “Authorization: Bearer KEY”."),
        ),
        Code.METHOD_NOT_ALLOWED: ProblemWords(
            HTTPStatus.METHOD_NOT_ALLOWED,
            mark("This method is not for this address"),
            mark("The header Allow names those that are."),
        ),
        Code.MODEL_UNAVAILABLE: ProblemWords(
            HTTPStatus.SERVICE_UNAVAILABLE,
            mark("The model cannot be used at the moment"),
            mark(
                "It is no fault of your picture. Send it again in {wait}; if it stays like this, report the request_id."
            ),
        ),
        Code.NOT_FOUND: ProblemWords(
            HTTPStatus.NOT_FOUND,
            mark("There is nothing here"),
            mark("There is nothing at this address, or it belongs to another key."),
        ),
        Code.NOT_MULTIPART: ProblemWords(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            mark("This is no form with files"),
            mark("Send multipart/form-data with the picture in the field “file”."),
        ),
        Code.NOT_READY: ProblemWords(
            HTTPStatus.SERVICE_UNAVAILABLE,
            mark("Still starting"),
            mark("The models are being loaded. Try again in {wait}."),
        ),
        Code.NO_FILE: ProblemWords(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            mark("There is no picture in the request"),
            mark("Send the picture in a field that is called “file”."),
        ),
        Code.RATE_LIMITED: ProblemWords(
            HTTPStatus.TOO_MANY_REQUESTS,
            mark("Too many pictures"),
            mark("One key is good for {limit} pictures a minute. Try again in {wait}."),
        ),
        Code.STOPPING: ProblemWords(
            HTTPStatus.SERVICE_UNAVAILABLE,
            mark("The server is stopping"),
            mark("Your request was not finished. Send it again in {wait}."),
        ),
        Code.TOO_MANY_FILES: ProblemWords(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            mark("Too many files at once"),
            mark("One request takes up to {limit} files."),
        ),
        Code.UNKNOWN_FIELD: ProblemWords(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            mark("Unknown field"),
            mark("The form takes “file”, up to {limit} times, and “model”, once and short; nothing else."),
        ),
        Code.UNKNOWN_MODEL: ProblemWords(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            mark("There is no such model"),
            mark("Models here: {models}. Without “model” the one that reads this kind of picture is taken."),
        ),
        Code.UPLOAD_TOO_SLOW: ProblemWords(
            HTTPStatus.REQUEST_TIMEOUT,
            mark("The upload took too long"),
            mark("The body did not arrive within {limit}. Send it again, or a smaller copy."),
        ),
    }
)
