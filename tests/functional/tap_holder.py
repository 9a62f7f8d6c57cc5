#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tap_holder.py DEVICE [--try]: have a TAP device as QEMU would, until the end; or only try."""
import fcntl
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000

with open("/dev/net/tun", "r+b", buffering=0) as tun:
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), IFF_TAP | IFF_NO_PI))
    print("has", sys.argv[1], flush=True)
    if sys.argv[2:] != ["--try"]:
        time.sleep(60)
