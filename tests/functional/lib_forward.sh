# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of the networks user and passt: a server on the host, and ports of the
# host that lead to a VM.
# shellcheck disable=SC2016,SC2034,SC2154 # the guest expands them; shared with lib_vms.sh
. "$RAPIDO_SOURCE/tests/functional/lib_vms.sh"

# what VMs boot
subject=$(users_kernel cloud) || exit 1

# A port of the loopback device that is free, of `stream` or `dgram`.
free_port()
{
	/usr/bin/python3 -c 'import socket, sys
end = socket.socket(type=getattr(socket, "SOCK_" + sys.argv[1]))
end.bind(("127.0.0.1", 0))
print(end.getsockname()[1])' "${1^^}"
}
host_port=$(free_port stream)
tcp_port=$(free_port stream)
udp_port=$(free_port dgram)

head -c 3000000 /dev/urandom > "$T/blob"
server=$(perl "$RAPIDO_SOURCE/tests/functional/serve.pl" "$host_port" \
	bash "$RAPIDO_SOURCE/tests/functional/exchange.sh" answer "$T/blob" 2> /dev/null) || exit 1

exchange() { bash "$RAPIDO_SOURCE/tests/functional/exchange.sh" ask "$T/blob" "$@" > "$T/out" 2>&1; }
# ask_udp PORT TEXT: once more if need be, as UDP may lose it
ask_udp()
{
	local answer

	exec 8<> "/dev/udp/127.0.0.1/$1" || return
	for _ in {1..5}; do
		echo "$2" >&8
		answer=$(timeout 2 head -n 1 <&8) && break
	done 2> /dev/null
	exec 8>&-
	[[ $answer == "${2^^}" ]]
}
# listens ADDRESS PORT: somebody does there
listens() { : < "/dev/tcp/$1/$2"; } 2> "$T/err"
no_one_listens() { ! listens "$@"; }

# All that VMs can do in the network KIND, with more SETTINGs.
# check_kind KIND [SETTING]...
check_kind()
{
	local image="$INITRDS/talks"

	# a setting does not change what a manifest says
	settings 'NETWORK="lan"' "${@:2}" \
		"FORWARD=\"$tcp_port:7000 udp:127.0.0.1:$udp_port:7001\""
	sed -i "s/^network\$/network $1/" "$XDG_DATA_HOME/rapido/cut/talks.fest"
	user cut -B -k "$subject" -o "$image" talks
	check "an image for the network $1" succeeded
	vm_start 1 run --image "$image"
	check "a VM" vm_ready 1
	in_vm 1 'ip -o addr; ip route; cat /etc/resolv.conf'
	check "has its address" out_has "eth0    inet 10.0.2.15/24"
	check "and a way out" out_has "default via 10.0.2.2 dev eth0"
	check "and a name server" out_has "nameserver 10.0.2.3"
	check "knows its own name" in_vm 1 'ping -q -c 1 -W 5 rapido1'
	check "3 MB to and from the host's loopback" in_vm 1 "exchange 10.0.2.2 $host_port"
	check "3 MB through a forwarded port" exchange 127.0.0.1 "$tcp_port"
	vm_tell 1 "exchange 10.0.2.2 $host_port"
	check "both at once" exchange 127.0.0.1 "$tcp_port"
	check "in both directions" vm_answer 1
	check "a server for UDP in the VM" in_vm 1 'perl /serve.pl udp 7001 tr a-z A-Z'
	check "is reached by UDP" ask_udp "$udp_port" "hello from the host"
	check "the port is open at 127.0.0.1 only" no_one_listens 127.0.0.2 "$tcp_port"
	check "and for TCP only" eval "! ask_udp $tcp_port hello"

	user run --image "$image"
	check "a second VM with the same ports does not start" status_is 125
	check "as one is taken" err_has "port $tcp_port of FORWARD is in use"
	check "and the other" err_has "port $udp_port of FORWARD is in use"
	check "the first one is not disturbed" exchange 127.0.0.1 "$tcp_port"
	settings 'NETWORK="lan"' "${@:2}"
	vm_start 2 run --image "$image"
	check "without FORWARD there can be two" vm_ready 2
	check "of which the second reaches the host as well" in_vm 2 "exchange 10.0.2.2 $host_port"
	vm_end 2
	check "it ends" succeeded
	check "the first one goes on" exchange 127.0.0.1 "$tcp_port"
	vm_end 1
	check "and ends" succeeded
	check "its port is free" no_one_listens 127.0.0.1 "$tcp_port"
}
