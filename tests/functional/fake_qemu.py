#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU without a VM, for tests that want a guest to say what no kernel would: QEMU_BIN of
rapido.conf names it, and the Python program in the environment variable FAKE_GUEST is what
the guest does. It has everything below as names of its own; `guest` is an Agent on the
channel's socket. The numbers and the form of frames are those of include/lib/wire.h."""
import itertools
import os
import socket
import stat
import struct
import sys
import time

MAGIC = 0x4f445052
(HELLO, PLAN, CASE_BEGIN, CASE_END, STDOUT, STDERR, KMSG, STDIN_ROOM, ALIVE, SWITCH, RESULTS,
 FILE, FILE_DATA, FILE_END, RESULTS_END, END, READY, KERNEL) = range(1, 19)
STDIN, STDIN_END, STOP, BYE = range(64, 68)
EXIT, SIGNAL, STOPPED, SHUTDOWN, NO_SHELL, INCOMPLETE = range(6)
PAYLOAD_MAX = 32768 - 24


def u32(*values):
    return struct.pack("<%dI" % len(values), *values)


def u64(*values):
    return struct.pack("<%dQ" % len(values), *values)


def checksum(data):
    data += bytes(-len(data) % 4)
    words = struct.unpack("<%dI" % (len(data) // 4), data)
    return (sum(itertools.accumulate(words)) % 2**32) << 32 | sum(words) % 2**32


class Agent:
    """The guest's end of the channel, and its console."""

    def __init__(self, argv):
        self.sockets = {}
        for arg in argv:
            if arg.startswith("socket,id="):
                name, number = arg[len("socket,id="):].split(",fd=")
                self.sockets[name] = socket.socket(fileno=int(number))
            elif arg.startswith("file,id=rapido-console,path="):
                self.console_fd = os.open(arg.split("path=")[1], os.O_WRONLY)
        self.channel = self.sockets["rapido-channel"]
        self.channel.settimeout(20)
        self.number = self.cases = 0
        self.sent = {STDOUT: 0, STDERR: 0}
        self.files = 0
        self.argv = argv
        params = argv[argv.index("-append") + 1].split() if "-append" in argv else []
        self.helps = "rapido.stay=1" in params
        self.slot = [int(p.split("=")[1]) for p in params if p.startswith("rapido.vm_num=")]

    def console(self, text):
        os.write(self.console_fd, text.encode())

    def raw(self, data):
        # the time limit is that of a whole sendall()
        for at in range(0, len(data), 65536):
            self.channel.sendall(data[at:at + 65536])

    def make(self, kind, payload=b"", magic=MAGIC, zero=0, number=None, size=None, wrong=0):
        """The bytes of a frame; all that can be wrong with one can be given."""
        head = struct.pack("<IHHII", magic, kind, zero,
                           self.number if number is None else number,
                           len(payload) if size is None else size)
        self.number += 1
        return head + u64(checksum(head + payload) ^ wrong) + payload

    def frame(self, kind, payload=b"", **wrong):
        self.raw(self.make(kind, payload, **wrong))

    def hello(self, version=5):
        self.frame(HELLO, u32(version) + b"Linux version 0.0-fake (none)")

    def kernel(self, taint=0, error=0, flags=1):
        self.frame(KERNEL, u32(flags, error) + u64(taint))

    def output(self, data, kind=STDOUT):
        for at in range(0, len(data), PAYLOAD_MAX):
            self.frame(kind, data[at:at + PAYLOAD_MAX])
        self.sent[kind] += len(data)

    def begin(self, name):
        self.frame(CASE_BEGIN, u32(self.cases) + name.encode())

    def end(self, status=0):
        self.frame(CASE_END, u32(self.cases, status))
        self.cases += 1

    def case(self, name="000-case", output=b"", status=0):
        self.begin(name)
        self.output(output)
        self.end(status)

    def start(self, cases=1):
        self.hello()
        self.frame(PLAN, u32(cases))

    def results(self, files, size=0):
        self.files = 0
        self.frame(RESULTS, u32(files) + u64(size))

    def file(self, name, data=b"", mode=stat.S_IFREG | 0o644, size=None, nsec=0):
        """WIRE_FILE, and WIRE_FILE_DATA if there is any."""
        self.files += 1
        self.frame(FILE, u32(mode, nsec) + u64(1000000000,
                                               len(data) if size is None else size) + name)
        if data:
            self.frame(FILE_DATA, u64(0) + data)

    def whole(self, name, data=b"", **kwargs):
        self.file(name, data, **kwargs)
        self.frame(FILE_END, u32(0))

    def results_end(self, last=1):
        self.frame(RESULTS_END, u32(self.files, last))

    def exit(self, status=0, how=EXIT):
        """WIRE_END, and the end of it all when the host has heard that."""
        self.frame(END, u32(how, status) + u64(self.sent[STDOUT], self.sent[STDERR]))
        self.leave()

    def ready(self):
        """What a helper says; then it is there until it is asked to stop."""
        self.frame(READY)
        self.await_frame(STOP)

    def leave(self):
        """Wait until rapido says good-bye, or hangs up."""
        self.await_frame(BYE)

    def await_frame(self, wanted):
        """Drop what comes before it."""
        while True:
            head = self.channel.recv(24, socket.MSG_WAITALL)
            if len(head) < 24:
                return
            kind, size = struct.unpack("<4xH6xI8x", head)
            self.channel.recv(size, socket.MSG_WAITALL) if size else None
            if kind == wanted:
                return


if __name__ == "__main__":
    guest = Agent(sys.argv)
    try:
        exec(compile(os.environ["FAKE_GUEST"], "FAKE_GUEST", "exec"))
    except (BrokenPipeError, ConnectionResetError):
        # rapido has had enough
        time.sleep(0)
