#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in the place of a worker's command, and misbehaves: fake_worker.py HOW PROGRAM
worker. HOW is 'version'; or, with a real worker behind it, 'torn' or 'cut' once the guest has
said 'now'."""
import os
import struct
import subprocess
import sys
import time

MAGIC = 0x4F445052


def checksum(data):
    s1 = s2 = 0
    data += b"\0" * (-len(data) % 4)
    for (word,) in struct.iter_unpack("<I", data):
        s1 = (s1 + word) & 0xFFFFFFFF
        s2 = (s2 + s1) & 0xFFFFFFFF
    return s2 << 32 | s1


def frame(number, kind, payload):
    header = struct.pack("<IHHII", MAGIC, kind, 0, number, len(payload))
    return header + struct.pack("<Q", checksum(header + payload)) + payload


def main():
    how, program = sys.argv[1], sys.argv[2:]
    if how == "version":
        os.write(1, frame(0, 1, struct.pack("<II", 4711, 1) + b"0.0.1") + b"\n")
        time.sleep(60)
        return
    worker = subprocess.Popen(program, stdin=0, stdout=subprocess.PIPE)
    seen = b""
    while True:
        data = os.read(worker.stdout.fileno(), 65536)
        if not data:
            break
        seen = (seen + data)[-100000:]
        if b"now" in seen and how == "torn":
            data = data[:7] + bytes([data[7] ^ 1]) + data[8:]
        elif b"now" in seen and how == "cut":
            os.write(1, data[: len(data) // 2])
            worker.kill()
            return
        os.write(1, data)


main()
