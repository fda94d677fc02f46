"""Those that are compared, a module each: a function gives what runs in a process of its own.

Frameworks are imported here and nowhere else in the benchmarks, so that memory and start of each are its own.
"""

import sys

# As in models.engines, which these processes do not import, to be no heavier than what they measure: None makes the
# package missing by which OpenVINO reports itself to Google Analytics.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
