"""Getting files that were sent."""

from __future__ import annotations

from typing import Any

from sandbox.errors import bad_request
from sandbox.methods.call import Call, method

MAX_DOWNLOAD_BYTES = 20 * 2**20


@method("getFile")
async def get_file(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getfile"""
    file_id = call.parameters.text("file_id").strip()
    if not file_id:
        raise bad_request("file_id not specified")
    file = call.world.files.get(file_id)
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    call.world.files.grant(file)
    return file.as_file() | {"file_path": file.path}
