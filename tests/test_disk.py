"""A disk that is full, and one that cannot be written: a sentence, nothing is lost, and it goes on afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.disk.child import SCENARIOS

ROOT = Path(__file__).parents[1]
SELF = os.getuid() == 0
APART = ("unshare", "--mount") if SELF else ("unshare", "--map-root-user", "--mount")
"""A mount namespace of our own, in which a small disk can be mounted."""

WITHOUT = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if SELF else ()
"""Without what lets root write where nobody may."""


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    asked = [*APART, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0  # noqa: S603 - the system's own


MODES = ("limited", "mounted") if _can_mount() else ("limited",)
"""Where no disk can be mounted, files that may not grow and folders that may not be written stand for one."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_disk_that_is_full_or_cannot_be_written_loses_nothing(
    scenario: str, mode: str, tmp_path: Path
) -> None:
    prefix = APART if mode == "mounted" else WITHOUT
    command = [*prefix, sys.executable, "-m", "tests.disk.child", mode, scenario, str(tmp_path)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, said.decode()
