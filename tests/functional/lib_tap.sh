# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of VMs at TAP devices: all of such a test is in a network namespace of
# its own, with a bridge and TAP devices by `rapido setup-network`, which go with it.
if [[ -z ${RAPIDO_TEST_NETNS-} ]]; then
	if ! unshare -n true 2> /dev/null; then
		echo "1..0 # SKIP needs root: a network namespace cannot be made"
		exit 0
	fi
	RAPIDO_TEST_NETNS=1 exec unshare -n "$0"
fi
. "$RAPIDO_SOURCE/tests/functional/lib_run.sh" "$@"
unset SUDO_UID SUDO_USER DOAS_USER PKEXEC_UID RAPIDO_TEST_NETNS

if ! ip tuntap add dev probe mode tap 2> /dev/null; then
	echo "1..0 # SKIP TAP devices cannot be made here"
	exit 0
fi
ip link delete probe
ip link set dev lo up

NET_CONF=$T/checkout/net-conf
PORT=7777

# net_conf VM FILE: the file is on standard input.
net_conf()
{
	mkdir -p "$NET_CONF/vm$1"
	cat > "$NET_CONF/vm$1/$2"
}

# set_up ARGUMENT...: the bridge and the devices as net-conf has them now
set_up()
{
	run "$RAPIDO" setup-network -o root "$@"
}

# A VM with a network that does what it is told, see in_vm, until it is told to end.
if [[ ! -x $(command -v systemd-socket-activate) ]]; then
	echo "1..0 # SKIP needs systemd-socket-activate"
	exit 0
fi
manifest served << END
include $RAPIDO_SOURCE/cut/simple_network.fest
bin systemd-socket-activate cmp
autorun autorun/serve.sh
END
autorun serve.sh << END
# the helpers are functions of this shell
declare -f > /run/helpers
cat > /run/answer << 'ANSWER'
. /run/helpers
read -r -d "" command
eval "\$command" 2>&1
ANSWER
systemd-socket-activate --accept --inetd -l $PORT bash /run/answer 2> /run/serve.log &
echo \$! > /run/server
wait
END

# background VM ARGUMENT...: rapido with the arguments, whose VM gets this number and serves;
# its output is in $T/vmN.out and $T/vmN.err, its process is ${vms[N]}.
vms=()
background()
{
	local number=$1

	shift
	timeout -k 10 "$LIMIT" "$RAPIDO" "$@" < /dev/null > "$T/vm$number.out" \
		2> "$T/vm$number.err" &
	vms[number]=$!
	wait_until 30 test -s "$INITRDS/rapido_vm$number.pid"
}

# in_vm ADDRESS COMMAND: have the VM at this address do it; $T/out is what it says.
in_vm()
{
	shown=false
	# shellcheck disable=SC2016 # the other bash expands it
	timeout 20 bash -c 'exec 3<> "/dev/tcp/$0/$1" && printf "%s\0" "$2" >&3 && cat <&3' \
		"$1" "$PORT" "$2" > "$T/out" 2> "$T/err"
	status=$?
	cp "$T/out" "$T/guest"
	return "$status"
}

# Until the VM at the address answers.
answers() { wait_until 100 in_vm "$1" true; }

# ended VM ADDRESS: it is told to end; $status is that of its rapido.
ended()
{
	in_vm "$2" 'kill $(< /run/server)'
	wait "${vms[$1]}"
	status=$?
	cp "$T/vm$1.out" "$T/out"
	cp "$T/vm$1.err" "$T/err"
	shown=false
}

# says ADDRESS COMMAND TEXT: the VM there prints exactly that.
says() { in_vm "$1" "$2" && out_is "$3"; }
# pings ADDRESS TARGET: from there
pings() { in_vm "$1" "ping -c 1 -W 5 $2" && out_has " 0% packet loss"; }
# host_pings TARGET
host_pings() { run ping -c 1 -W 5 "$1" && succeeded; }

# not_run TEXT...: a `rapido run` that could not start its VM, and why
not_run()
{
	local text

	status_is 125 || return 1
	for text; do
		err_has "$text" || return 1
	done
}
