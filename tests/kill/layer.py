"""A file layer below SQLite that keeps, in a second folder, only what was synced: what a power cut would leave.

It wraps SQLite's default VFS by its C interface (sqlite.org/vfs.html). The real calls are all made; writes and
truncations of a file reach its copy in the second folder when that file is synced, and not before.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

Pointer = ctypes.c_void_p
_I, _L, _S = ctypes.c_int, ctypes.c_int64, ctypes.c_char_p

OPEN = ctypes.CFUNCTYPE(_I, Pointer, Pointer, Pointer, _I, Pointer)
DELETE = ctypes.CFUNCTYPE(_I, Pointer, _S, _I)
CLOSE = ctypes.CFUNCTYPE(_I, Pointer)
WRITE = ctypes.CFUNCTYPE(_I, Pointer, Pointer, _I, _L)
TRUNCATE = ctypes.CFUNCTYPE(_I, Pointer, _L)
SYNC = ctypes.CFUNCTYPE(_I, Pointer, _I)

_VFS_CALLS = (
    "xOpen xDelete xAccess xFullPathname xDlOpen xDlError xDlSym xDlClose xRandomness xSleep xCurrentTime"
    " xGetLastError xCurrentTimeInt64 xSetSystemCall xGetSystemCall xNextSystemCall"
)
_FILE_CALLS = (
    "xClose xRead xWrite xTruncate xSync xFileSize xLock xUnlock xCheckReservedLock xFileControl xSectorSize"
    " xDeviceCharacteristics xShmMap xShmLock xShmBarrier xShmUnmap xFetch xUnfetch"
)
_WITHOUT_MEMORY_MAPS = 2
"""The version of the file methods before SQLite could write through mapped memory, past this layer."""


_FOR_EVER: list[list[Any]] = []


class Vfs(ctypes.Structure):
    _fields_ = (
        ("iVersion", _I),
        ("szOsFile", _I),
        ("mxPathname", _I),
        ("pNext", Pointer),
        ("zName", _S),
        ("pAppData", Pointer),
        *((name, Pointer) for name in _VFS_CALLS.split()),
    )


class Methods(ctypes.Structure):
    _fields_ = (("iVersion", _I), *((name, Pointer) for name in _FILE_CALLS.split()))


class File(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(Methods)),)


def _copy(original: Any) -> Any:
    return type(original).from_buffer_copy(original)


class Layer:
    """Everything SQLite does to the files of one folder from now on; dies by SIGKILL before call `die_at`."""

    def __init__(self, folder: Path, synced: Path, die_at: int | None = None) -> None:
        self._folder = folder.resolve()
        self._synced = synced
        self._left = die_at
        self._turn = Lock()
        self._paths: dict[int, str] = {}
        self._pending: dict[str, list[tuple[int, bytes | None]]] = {}
        self._wrapped: dict[int, Methods] = {}
        self._kept: list[Any] = [self]  # what C holds pointers to
        _FOR_EVER.append(self._kept)
        self._real: Methods
        sys.unraisablehook = lambda _: os._exit(70)  # ctypes would go on after an error in a callback
        self._register()

    def die_at(self, call: int | None) -> None:
        """Die before that call, counted from now on."""
        self._left = call

    def _register(self) -> None:
        # Looking through the module finds the library it was linked with.
        library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
        library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
        self._vfs_pointer = library.sqlite3_vfs_find(None)
        self._vfs: Vfs = self._vfs_pointer.contents
        self._real_open = OPEN(self._vfs.xOpen)
        self._real_delete = DELETE(self._vfs.xDelete)
        ours = _copy(self._vfs)
        ours.zName = b"synced"
        ours.xOpen = self._hold(OPEN, self._open)
        ours.xDelete = self._hold(DELETE, self._delete)
        self._kept.append(ours)
        if library.sqlite3_vfs_register(ctypes.byref(ours), 1) != 0:
            raise RuntimeError("SQLite did not take the file layer")

    def _hold(self, kind: Callable[[Any], Any], call: Callable[..., int]) -> int | None:
        callback = kind(call)
        self._kept.append(callback)
        return ctypes.cast(callback, Pointer).value

    # --- what SQLite calls ---

    def _open(self, _: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        code = int(self._real_open(ctypes.addressof(self._vfs), name, file, flags, out))
        path = Path(os.fsdecode(ctypes.string_at(name))) if name else None
        if code == 0 and path and path.parent.resolve() == self._folder:
            opened = File.from_address(file)
            self._paths[file] = path.name
            opened.methods = ctypes.pointer(self._methods(opened.methods.contents))
        return code

    def _methods(self, real: Methods) -> Methods:
        address = ctypes.addressof(real)
        if address not in self._wrapped:
            self._real = real
            self._real_close, self._real_write = CLOSE(real.xClose), WRITE(real.xWrite)
            self._real_truncate, self._real_sync = TRUNCATE(real.xTruncate), SYNC(real.xSync)
            ours = _copy(real)
            ours.iVersion = min(real.iVersion, _WITHOUT_MEMORY_MAPS)
            ours.xClose = self._hold(CLOSE, self._close)
            ours.xWrite = self._hold(WRITE, self._write)
            ours.xTruncate = self._hold(TRUNCATE, self._truncate)
            ours.xSync = self._hold(SYNC, self._sync)
            self._wrapped[address] = ours
        return self._wrapped[address]

    def _close(self, file: int) -> int:
        self._paths.pop(file, None)
        return int(self._real_close(file))

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        self._maybe_die()
        with self._turn:
            self._pending.setdefault(self._paths[file], []).append((offset, ctypes.string_at(data, size)))
        return int(self._real_write(file, data, size, offset))

    def _truncate(self, file: int, size: int) -> int:
        self._maybe_die()
        with self._turn:
            self._pending.setdefault(self._paths[file], []).append((size, None))
        return int(self._real_truncate(file, size))

    def _sync(self, file: int, flags: int) -> int:
        self._maybe_die()
        name = self._paths[file]
        with self._turn:
            reached = len(self._pending.get(name, ()))
        code = int(self._real_sync(file, flags))
        if code == 0:
            with self._turn:
                self._keep(name, reached)
        return code

    def _delete(self, _: int, name: bytes, sync: int) -> int:
        self._maybe_die()
        path = Path(os.fsdecode(name))
        if path.parent.resolve() == self._folder:
            with self._turn:
                self._pending.pop(path.name, None)
                (self._synced / path.name).unlink(missing_ok=True)
        return int(self._real_delete(ctypes.addressof(self._vfs), name, sync))

    # --- what is left of it ---

    def _keep(self, name: str, count: int) -> None:
        waiting = self._pending.setdefault(name, [])
        descriptor = os.open(self._synced / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            for at, data in waiting[:count]:
                if data is None:
                    os.ftruncate(descriptor, at)
                else:
                    os.pwrite(descriptor, data, at)
        finally:
            os.close(descriptor)
        del waiting[:count]

    def _maybe_die(self) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
