"""Ends DynamoDB Local when the program that started it is gone, however it ended.

It runs as a program of its own, and so imports nothing of the package. Its standard input is a pipe
from the program: the end of it says that the program is no more, a byte that DynamoDB Local is
about to be ended as it should be.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time

#: How long a folder may take to be removed.
FOLDER_SECONDS = 30


def watch(pid: int, folder: str | None) -> None:
    """Wait for the end of the pipe, then kill a process and remove its folder."""
    # These may be sent to all processes of a terminal or a job, this one included.
    for name in ('SIGHUP', 'SIGINT', 'SIGTERM'):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.stdin.buffer.read(1):
        return
    with contextlib.suppress(OSError):
        os.kill(pid, getattr(signal, 'SIGKILL', signal.SIGTERM))
    # What is being killed may still write a file, and on Windows holds those that it has opened.
    until = time.monotonic() + FOLDER_SECONDS
    while folder is not None and os.path.exists(folder) and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


if __name__ == '__main__':
    watch(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
