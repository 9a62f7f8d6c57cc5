# SPDX-License-Identifier: GPL-2.0-or-later
"""What the man pages show, for the tests that do it."""
import os
import re

from pty_helper import SOURCE


def literal(page, title):
    """The literal block after the line '.Pa TITLE :'."""
    with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as text:
        found = re.search(r"^\.Pa %s :\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$" % re.escape(title), text.read(),
                          re.MULTILINE | re.DOTALL)
    return found.group(1).replace(r"\(dq", '"').replace(r"\e", "\\").replace("\\&", "")


def example_suite(tests):
    """The suite of rapido-suite(7), where a user has his own."""
    data = os.path.join(tests.env["XDG_DATA_HOME"], "rapido")
    tests.write(os.path.join(data, "cut/my_suite.fest"), literal("rapido-suite.7", "my_suite.fest"))
    tests.write(os.path.join(data, "autorun/my_suite.sh"), literal("rapido-suite.7", "my_suite.sh"))
