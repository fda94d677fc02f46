"""``python -m tests.fuzz raster|dicom --seconds N``: fuzz, and print what came of it as JSON.

Coverage is measured in the Python of conversion, Pillow and pydicom; decoders in C are driven by what those read of a
file. With DATA_ROOT set its hostile, HEIC and DICOM files are seeds too. Exit status 1 where a call ended in anything
but a picture or a listed refusal, took over 5 s, or the process grew by over 300 MB; the files that did it are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import fuzz
from tests.fuzz.seeds import TARGETS, real_seeds, seeds


def main() -> int:
    """Fuzz one target; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, help="a folder of earlier finds to go on from, and to add to")
    parser.add_argument("--megapixels", type=float, default=5, help="the limit that pictures are opened with")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{options.target}-"))
    made = seeds(options.target)
    if "DATA_ROOT" in os.environ:
        made |= real_seeds(options.target, Path(os.environ["DATA_ROOT"]))
    for name in ("seeds", "findings"):
        (folder / name).mkdir()
    for name, data in made.items():
        (folder / "seeds" / name).write_bytes(data)
    corpus = options.corpus.absolute() if options.corpus else folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    if options.corpus:
        (folder / "corpus").symlink_to(corpus)
    summary = {"target": options.target, "seeds": len(made)}
    summary |= fuzz(folder, options.seconds, options.megapixels, options.seed)
    print(json.dumps(summary, indent=2))
    if summary["crashes"]:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
