# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests that change the host's network: they source it before all else, and run
# in a network namespace of their own, which goes with them. It sources lib.sh.
if [[ -z ${RAPIDO_TEST_NETNS-} ]]; then
	if ! unshare -n true 2> /dev/null; then
		echo "1..0 # SKIP needs root: a network namespace cannot be made"
		exit 0
	fi
	RAPIDO_TEST_NETNS=1 exec unshare -n "$0"
fi
. "${RAPIDO_SOURCE:?}/tests/functional/lib.sh"
unset SUDO_UID SUDO_USER DOAS_USER PKEXEC_UID RAPIDO_TEST_NETNS

if ! ip tuntap add dev probe mode tap 2> /dev/null; then
	skip "all of it" "TAP devices cannot be made here"
	finish
	exit 0
fi
ip link delete probe

NET_CONF=$T/checkout/net-conf

# vm NUMBER DEVICE...: net-conf has these devices for the VM.
vm()
{
	local number=$1 device

	shift
	mkdir -p "$NET_CONF/vm$number"
	rm -f "$NET_CONF/vm$number"/*
	for device; do
		cat > "$NET_CONF/vm$number/$device.network" << END
[Match]
Name=$device

[Network]
Address=192.168.155.10$number/24
END
	done
}

# conf LINE...: is all of rapido.conf
conf()
{
	printf '%s\n' 'CPUS="1"' "$@" > "$T/checkout/rapido.conf"
}

picture() { "$RAPIDO_SOURCE/tests/functional/net_picture.py"; }
# unchanged_since PICTURE
unchanged_since() { diff -u "$1" <(picture); }
has_link() { ip link show dev "$1" > /dev/null 2>&1; }
no_link() { ! has_link "$1"; }

# elsewhere WORDS SCRIPT: the picture of a new namespace after the script; in that there is
# the network of `rapido WORDS`, or without words the device uplink0
elsewhere()
{
	# shellcheck disable=SC2016,SC2086
	COMMANDS=$2 PICTURE=$RAPIDO_SOURCE/tests/functional/net_picture.py unshare -n \
		bash -c 'if (($#)); then "$RAPIDO" "$@" > /dev/null
			else ip tuntap add dev uplink0 mode tap; fi
			bash -e "$COMMANDS" && "$PICTURE"' bash $1
}

# owner DEVICE
owner() { ip -d link show dev "$1" | sed -n 's/.* user \([^ ]*\).*/\1/p'; }
said_nothing() { [[ ! -s $T/err ]]; }
nothing_to_do() { succeeded && [[ $(< "$T/out") == "nothing to do: "* ]]; }
refused_and_unchanged()
{
	failed_with "$@" && [[ ! -s $T/out ]] && unchanged_since "$T/before"
}
# shellcheck disable=SC2034 # for the tests
SETUP=("$RAPIDO" setup-network -o nobody)

# a DHCP server would outlive the namespace
trap '"$RAPIDO" teardown-network > /dev/null 2>&1; clean_up' EXIT

# of a namespace with nothing in it
picture > "$T/empty"
