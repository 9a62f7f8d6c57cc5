# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by tests of `rapido run`, beside lib.sh: a guest without a VM, and looks into what a
# run has left in $DIR.

# shellcheck disable=SC2034 # for the tests
kernel=$(kernel quick) && cloud=$(kernel cloud) || exit 1

is() { [[ $1 == "$2" ]] || { echo "# '$1', not '$2'" && return 1; }; }

# In a manifest: how many scripts there are is for the guest to say.
# shellcheck disable=SC2034 # for the tests
any_scripts="slink /rapido_autorun/link nowhere"

# fake PROGRAM COMMAND...: the command, with a guest that does what the Python program says in
# QEMU's place, see fake_qemu.py: what runs with $kernel gets a kernel for QEMU. What is in
# rapido.conf counts as well.
fake()
{
	# shellcheck disable=SC2034 # for functions of the tests
	local program=$1 kernel=$cloud

	shift
	cat - "$T/rapido.conf" > "$T/fake.conf" << END
QEMU_BIN="$RAPIDO_SOURCE/tests/functional/fake_qemu.py"
ACCEL="tcg"
END
	RAPIDO_CONF=$T/fake.conf FAKE_GUEST=$program "$@"
}

# json FILE EXPRESSION: what a Python expression makes of the file's `top`.
json()
{
	/usr/bin/python3 - "$@" << 'END'
import json
import sys
with open(sys.argv[1], encoding="utf-8") as file:
    top = json.load(file)
value = eval(sys.argv[2])
print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
END
}

# The same of the run's status.json.
status_json() { json "$DIR/status.json" "top$1"; }
