# SPDX-License-Identifier: GPL-2.0-or-later
"""For the functional tests that need a terminal: TAP, a checkout of the test's own, and
programs on pseudo terminals. Every wait has an end."""
import atexit
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

SOURCE = os.environ["RAPIDO_SOURCE"]


class Tests:
    """TAP, and the directory in which everything happens."""

    def __init__(self):
        self.count = 0
        self.dir = tempfile.mkdtemp(prefix="rapido test.")
        os.chmod(self.dir, 0o755)
        checkout = os.path.join(self.dir, "checkout")
        os.mkdir(checkout)
        for name in "cut", "autorun":
            shutil.copytree(os.path.join(SOURCE, name), os.path.join(checkout, name))
        self.checkout = checkout
        self.initrds = os.path.join(checkout, "initrds")
        self.rapido = os.path.join(checkout, "rapido")
        shutil.copy(os.environ["RAPIDO_UNDER_TEST"], self.rapido)
        self.env = self._environment()
        atexit.register(self._clean_up)
        # a background job of a script has SIGINT ignored, and would hand that on
        for number in signal.SIGTERM, signal.SIGHUP, signal.SIGINT:
            signal.signal(number, lambda *_: sys.exit(1))

    def _environment(self):
        env = dict(os.environ)
        for name in "RAPIDO_DIR", "RAPIDO_CONF", "KERNEL_SRC", "NO_COLOR":
            env.pop(name, None)
        env.setdefault("XDG_CACHE_HOME", os.path.join(env["HOME"], ".cache"))
        for name in "HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME":
            env[name] = os.path.join(self.dir, name.lower())
        env.update(LC_ALL="C", TERM="xterm", RAPIDO_TEST_ID=self.dir)
        return env

    def kernel(self, flavour):
        """The same as in lib.sh."""
        command = '. "$RAPIDO_SOURCE/tests/functional/lib.sh" && kernel "$0"'
        return subprocess.run(["bash", "-c", command, flavour], stdout=subprocess.PIPE,
                              check=True, text=True, timeout=280).stdout.strip()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def check(self, text, fine, *details):
        """Report; @details are shown when it is not @fine."""
        self.count += 1
        print("%sok %d - %s" % ("" if fine else "not ", self.count, text))
        if not fine:
            for detail in details:
                for line in str(detail).splitlines()[-60:]:
                    print("#   " + line)
        sys.stdout.flush()
        return fine

    def processes(self, name=""):
        """The processes with our environment, {pid: command}, whose command has @name."""
        found = {}
        tag = ("RAPIDO_TEST_ID=" + self.dir).encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % pid, "rb") as env:
                    if tag not in env.read().split(b"\0"):
                        continue
                with open("/proc/%s/comm" % pid, encoding="utf-8") as comm:
                    command = comm.read().strip()
            except OSError:
                continue
            if name in command:
                found[int(pid)] = command
        return found

    def wait_until(self, condition, seconds=10):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def pid_files(self):
        try:
            return sorted(n for n in os.listdir(self.initrds) if n.endswith(".pid"))
        except FileNotFoundError:
            return []

    def finish(self):
        self.check("no process is left", self.wait_until(lambda: not self.processes(), 5),
                   self.processes())
        self.check("no pid file is left", not self.pid_files(), self.pid_files())
        print("1..%d" % self.count)

    def _clean_up(self):
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.dir, ignore_errors=True)


class Terminal:
    """A program on a terminal of its own. What it prints is collected in .text, and
    byte for byte in .raw."""

    def __init__(self, tests, argv, rows=33, cols=117, env=None, **streams):
        self.text = ""
        self.raw = b""
        self._searched = 0
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.state_before = self.state()
        self.child = subprocess.Popen(
            argv, stdin=streams.get("stdin", self.slave),
            stdout=streams.get("stdout", self.slave), stderr=self.slave, cwd=tests.dir,
            env=dict(tests.env, **(env or {})), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(2, termios.TIOCSCTTY, 0))

    def state(self):
        """The terminal's modes and the flags of its open file, which the child shares."""
        return termios.tcgetattr(self.slave), fcntl.fcntl(self.slave, fcntl.F_GETFL)

    def restored(self):
        return self.state() == self.state_before

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def resize(self, rows, cols):
        """As a user does it with the window."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def left_to_read(self):
        """What the next program on this terminal would read."""
        mode = termios.tcgetattr(self.slave)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 0, 0
        termios.tcsetattr(self.slave, termios.TCSANOW, mode)
        return os.read(self.slave, 4096)

    def read(self, seconds):
        """Collect what comes within @seconds; False if nothing did."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += data
        # the guest's line ends are those of a terminal, and then there is ours
        self.text += data.decode(errors="replace").replace("\r", "")
        return True

    def expect(self, pattern, seconds=60):
        """Wait for @pattern in what came since the last one."""
        end = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.text[self._searched:])
            if match:
                self._searched += match.end()
                return match
            left = end - time.monotonic()
            if left <= 0 or (self.child.poll() is not None and not self.read(0)):
                return None
            self.read(min(left, 0.2))

    def send(self, text):
        os.write(self.master, text.encode())

    def wait(self, seconds=20):
        """Its exit status as subprocess has it, or None. Output is still collected."""
        end = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < end:
            self.read(0.05)
        while self.read(0):
            pass
        return self.child.poll()

    def close(self):
        os.close(self.slave)
        os.close(self.master)
