"""Kaggle gives its files only to people it knows: their key, and where a set's archive is for them."""

from __future__ import annotations

import base64
from pathlib import Path

import requests

from training.data import DataError
from training.fetch.sets import RemoteFile

HOW_TO = (
    "Kaggle gives this set only with a key of yours. Make one: sign in at https://www.kaggle.com, open "
    "https://www.kaggle.com/settings/api, press 'Generate New Token', and put the token into the file "
    "~/.kaggle/access_token (chmod 600) or into the environment variable KAGGLE_API_TOKEN. An older kaggle.json in "
    "~/.kaggle is taken too. Then give the same command again. Without a key: download the archive in a browser from "
    "https://www.kaggle.com/datasets/{handle} and put it where the command looks first: {path}"
)


def on_kaggle(remote: RemoteFile, handle: str, path: Path) -> RemoteFile:
    """``remote`` with the address, size and digest that Kaggle's client gets for the set ``OWNER/NAME``.

    The address is good for some hours. ``path`` is where the archive will be. Raises ``DataError``.
    """
    how_to = HOW_TO.format(handle=handle, path=path)
    # The client reads the environment and the home folder; only who wants this set needs it.
    from kagglehub.clients import build_kaggle_client  # noqa: PLC0415
    from kagglehub.config import get_kaggle_credentials  # noqa: PLC0415
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest  # noqa: PLC0415

    try:
        if get_kaggle_credentials() is None:
            raise DataError(how_to)
    except ValueError as problem:
        raise DataError(f"{problem}. {how_to}") from None
    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = handle.split("/")
    try:
        with build_kaggle_client() as client, client.datasets.dataset_api_client.download_dataset(request) as answer:
            return RemoteFile(
                remote.name, answer.url, int(answer.headers.get("Content-Length", remote.size)), _digest(answer)
            )
    except requests.HTTPError as problem:
        raise DataError(_refused(problem, handle, how_to)) from None
    except requests.RequestException:
        raise DataError("Kaggle cannot be reached. Is there a network? Try the same command again later.") from None


def _digest(answer: requests.Response) -> str | None:
    """The MD5 that Google's storage, where Kaggle keeps its files, sends along: ``crc32c=...,md5=BASE64``."""
    for entry in answer.headers.get("x-goog-hash", "").split(","):
        name, _, value = entry.strip().partition("=")
        if name == "md5":
            return f"md5:{base64.b64decode(value).hex()}"
    return None


def _refused(problem: requests.HTTPError, handle: str, how_to: str) -> str:
    status = problem.response.status_code if problem.response is not None else 0
    if status == 401:
        return f"Kaggle does not know your key. {how_to}"
    if status == 403:
        return (
            f"Kaggle refuses {handle}: open https://www.kaggle.com/datasets/{handle} once and accept its terms there."
        )
    return f"Kaggle does not give {handle}: {problem}"
