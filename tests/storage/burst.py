"""A process that has children which write in bursts and say what was saved, until they are killed.

For each line "path window" it has one more. Children are forked, because a new interpreter takes a second.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import count

from bot import records as r
from storage.sqlite import SqliteStore, open_sqlite
from tests.storage import rows


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # in one piece, so that no kill leaves half a line


async def person(store: SqliteStore, window: bytes, number: int) -> None:
    """Somebody who files, presses and drops drafts, and is told of each."""
    for turn in count(number):
        if turn % 3 == 0:
            filed = rows.filing(rows.report(body=b"x" * 5000))
            await store.write(filed)
            say(f"report {filed.report.id.hex()}")
        elif turn % 3 == 1:
            token = rows.new_id()
            await store.write(r.CastVoice(window, token, stands=True))
            say(f"voice {token.hex()}")
        else:
            draft = rows.draft()
            await store.write(r.PutDraft(draft))
            await store.write(r.DropDraft(draft.id))
            say(f"dropped {draft.id.hex()}")


async def main(path: str, window: bytes) -> None:
    """Thirty people at once."""
    store = await open_sqlite(path, pause=0.01)
    async with asyncio.TaskGroup() as people:
        for number in range(30):
            people.create_task(person(store, window, number))


if __name__ == "__main__":
    for order in sys.stdin:
        child = os.fork()
        if child == 0:
            say(f"child {os.getpid()}")
            path, window = order.split()
            asyncio.run(main(path, bytes.fromhex(window)))
        os.waitpid(child, 0)
        say("gone")
