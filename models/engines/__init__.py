"""The engines that run networks, a file each behind the Protocol of ``base``; ``choice`` says which one runs here."""

import sys

# ``import openvino`` reports itself to Google Analytics, from a forked process and without asking, unless its telemetry
# package is missing. None makes it missing.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
