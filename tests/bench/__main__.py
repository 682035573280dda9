"""`make bench`: what metoo costs beside the plainest thing on the same machine in the same run."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
from pathlib import Path

from bot import logs
from tests.bench import measure, parts


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    asked = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts.PARTS))
    asked.add_argument("--quick", action="store_true", help="a tenth of everything: shows that it runs")
    asked.add_argument("--output", type=Path, default=Path("bench.json"))
    given = asked.parse_args()
    if unknown := set(given.parts) - set(parts.PARTS):
        asked.error(f"there is no part {', '.join(sorted(unknown))}")
    logs.configure("WARNING")
    machine = measure.machine()
    _say(f"   ratio  target                what ({machine})")
    figures: list[measure.Figure] = []
    for name in given.parts or parts.PARTS:
        with tempfile.TemporaryDirectory(prefix="metoo-bench-") as folder:
            for figure in asyncio.run(parts.PARTS[name](Path(folder), quick=given.quick)):
                _say(measure.line(figure))
                figures.append(figure)
        gc.collect()
    told = {"machine": machine, "quick": given.quick, "figures": [measure.as_json(each) for each in figures]}
    given.output.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
