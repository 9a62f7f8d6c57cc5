#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A VM whose way to rapido is bad, for tests: QEMU_BIN is set to this, or rapido runs it in the
place of the User Mode Linux that is RAPIDO_TORN_LINUX.

RAPIDO_TEAR says what is done to frames of one type (include/lib/wire.h): "CHARDEV TYPE HOW".
CHARDEV is the socket's id, which User Mode Linux has one of; HOW is flip=N (the lowest bit of the payload's byte N), drop,
twice, or cut (half of it comes, then nothing any more).
"""
import os
import re
import select
import socket
import struct
import sys

HEADER = struct.Struct("<IHHIIQ")


def tear(frame, how):
    """What becomes of the frame."""
    if how == "drop":
        return b""
    if how == "twice":
        return frame + frame
    if how == "cut":
        return frame[:len(frame) // 2]
    at = HEADER.size + int(how.split("=")[1])
    return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1:]


def frames(data):
    """Whole frames, and what is left."""
    found = []
    while len(data) >= HEADER.size:
        size = HEADER.size + HEADER.unpack_from(data)[4]
        if len(data) < size:
            break
        found.append(data[:size])
        data = data[size:]
    return found, data


def forward(rapido, qemu, kind, how):
    """Until either side has had enough."""
    pending = {rapido: b"", qemu: b""}
    other = {rapido: qemu, qemu: rapido}
    silent = set()
    while True:
        for source in select.select(list(pending), [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            found, pending[source] = frames(pending[source] + data)
            for frame in found:
                if source in silent:
                    continue
                if HEADER.unpack_from(frame)[1] == kind:
                    frame = tear(frame, how)
                    if how == "cut":
                        silent.add(source)
                other[source].sendall(frame)


def main():
    chardev, kind, how = os.environ["RAPIDO_TEAR"].split()
    linux = os.environ.get("RAPIDO_TORN_LINUX")
    match = re.search(r"ssl0=fd:(\d+)" if linux else r"socket,id=%s,fd=(\d+)" % chardev,
                      " ".join(sys.argv))
    fd = int(match.group(1))
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        rapido = socket.socket(fileno=os.dup(fd))
        # all that we do not forward must end with QEMU, not with us
        for other in range(3, 1024):
            if other not in (ours.fileno(), rapido.fileno()):
                try:
                    os.close(other)
                except OSError:
                    pass
        try:
            forward(rapido, ours, int(kind), how)
        except OSError:
            pass
        os._exit(0)
    os.dup2(theirs.fileno(), fd, inheritable=True)
    ours.close()
    theirs.close()
    os.execvp(linux or "qemu-system-" + os.uname().machine, sys.argv)


main()
