# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of networks that take no root: everything is done by a user without
# any, and VMs do what the test tells them, a command at a time.
. "$RAPIDO_SOURCE/tests/functional/lib.sh"
: "${RAPIDO_SANITIZED=}"

LIMIT=150
as_user=() uid=$(id -u) cache=$XDG_CACHE_HOME
# all that is written is the user's, and no other's
export HOME=$T/user XDG_CACHE_HOME=$T/user/cache XDG_STATE_HOME=$T/user/state
mkdir "$HOME" "$T/vms"
if [[ $uid == 0 ]]; then
	uid=65534
	as_user=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups --inh-caps=-all)
	chown "$uid:$uid" "$HOME"
	# who cannot write into the checkout has the images elsewhere
	INITRDS=$XDG_STATE_HOME/rapido
fi

# users_kernel FLAVOUR: the root of a kernel package that the user can read, or of User Mode
# Linux what one has after a build.
users_kernel()
{
	local root

	root=$(XDG_CACHE_HOME=$cache kernel "$1") || return
	if [[ -n ${as_user[*]} ]]; then
		# root's home is closed to others
		if is_uml "$root"; then
			mkdir "$T/$1" && (
				cd "$root" && find . -name '*.ko' -exec cp --parents -t "$T/$1" {} + &&
					cp --parents -p -t "$T/$1" linux .config modules.* \
						include/config/{auto.conf,kernel.release}
			)
		else
			copy_tree "$root" "$T/$1"
		fi || return
		root=$T/$1
		chmod 755 "$root"
	fi
	echo "$root"
}

# users_uml: User Mode Linux, the program alone, which the user can read. The status is 77 if
# there can be none here.
users_uml()
{
	local build

	build=$(XDG_CACHE_HOME=$cache kernel uml) || return
	install -m 755 "$build/linux" "$T/linux" && echo "$T/linux"
}

# shellcheck disable=SC2034 # for the tests
lan=$INITRDS/lan-$uid

settings()
{
	mkdir -p "$XDG_CONFIG_HOME/rapido"
	printf '%s\n' "$@" > "$XDG_CONFIG_HOME/rapido/rapido.conf"
}

# net_conf VM FILE: of the text on standard input.
net_conf()
{
	mkdir -p "$T/checkout/net-conf/$1"
	cat > "$T/checkout/net-conf/$1/$2"
}

# rapido, as the user
user() { run "${as_user[@]}" "$RAPIDO" "$@"; }

# --- the test `talks`: does what it reads, a line at a time

mkdir -p "$XDG_DATA_HOME/rapido"
cp "$RAPIDO_SOURCE"/tests/functional/{serve.pl,exchange.sh} "$XDG_DATA_HOME/rapido"
manifest talks << END
autorun autorun/talks.sh
network
bin bash cat grep head ip paste perl ping sha256sum sleep timeout tr wc
file /serve.pl serve.pl
file /exchange.sh exchange.sh
$(/usr/bin/perl "$RAPIDO_SOURCE/tests/functional/serve.pl" files)
END
autorun talks.sh << 'END'
head -c 3000000 /dev/urandom > /tmp/data
perl /serve.pl 7000 bash /exchange.sh answer /tmp/data || _fatal "cannot serve"
# exchange HOST [PORT]: 3 MB, both ways at once
exchange() { bash /exchange.sh ask /tmp/data "$1" "${2-7000}"; }
# the network is there when the first script runs
for option in -4 -6; do
	[[ -z ${FIRST_PING-} ]] || ping $option -q -c 1 -W 3 "$FIRST_PING"
done > /tmp/first-ping 2>&1
echo "=== ready"
while IFS= read -r command && [[ $command != exit ]]; do
	eval "$command" < /dev/null 2>&1
	echo "=== $?"
done
END

# vm_start NUMBER COMMAND...: rapido with these arguments, in the background. Its process is
# ${vm_pid[NUMBER]}.
declare -A vm_pid vm_shell vm_input
vm_start()
{
	local number=$1 input

	rm -f "$T/vms/in$number"
	mkfifo "$T/vms/in$number"
	# opened for both, so that nobody has to wait for the other
	exec {input}<> "$T/vms/in$number"
	vm_input[$number]=$input
	# a shell of its own, for one mentions it when such a process is killed
	{
		"${as_user[@]}" "$RAPIDO" "${@:2}" <&"$input" > "$T/vms/out$number"
		exit
	} 2> "$T/vms/err$number" &
	vm_shell[$number]=$!
	wait_until 10 has_pid "$number"
	wait_until 30 has_process "$number"
}
has_pid() { vm_pid[$1]=$(ps -o pid= --ppid "${vm_shell[$1]}" | tr -d ' ') && [[ -n ${vm_pid[$1]} ]]; }
vm_child() { ps -o pid=,comm= --ppid "${vm_pid[$1]}" | sed -n "s/^ *\([0-9]*\) $2.*/\1/p"; }
vm_qemu() { vm_child "$1" qemu; }
vm_port() { vm_child "$1" rapido-lan; }
vm_relay() { vm_child "$1" rapido-relay; }
# QEMU, or User Mode Linux, which is called by the number of its descriptor
vm_process() { vm_child "$1" '\(qemu\|[0-9]\)'; }
has_process() { [[ -n $(vm_process "$1") ]] || has_ended "$1"; }
# the shell may not have waited for it
has_ended() { [[ $(ps -o stat= -p "${vm_pid[$1]}") != [^Z]* ]]; }
has_said() { [[ $(grep -c '^=== ' "$T/vms/out$1") -ge $2 ]]; }
said_or_ended() { has_said "$@" || has_ended "$1"; }

# Its script has begun to read.
vm_ready()
{
	wait_until "$LIMIT" said_or_ended "$1" 1
	has_said "$1" 1 && return
	cp "$T/vms/out$1" "$T/out"
	cp "$T/vms/err$1" "$T/err"
	return 1
}

# vm_tell NUMBER COMMAND; vm_answer NUMBER: waits for what came of it, the status and $T/out.
declare -A vm_told
vm_tell()
{
	vm_told[$1]=$(($(grep -c '^=== ' "$T/vms/out$1") + 1))
	echo "$2" >&"${vm_input[$1]}"
}
vm_answer()
{
	local said=${vm_told[$1]}

	status=none shown=false
	: > "$T/err"
	wait_until 60 said_or_ended "$1" "$said" && has_said "$1" "$said" ||
		{ echo "VM $1 does not answer" > "$T/out" && return 99; }
	awk -v from="$((said - 1))" '/^=== / { n++; next } n == from' "$T/vms/out$1" > "$T/out"
	status=$(sed -n 's/^=== //p' "$T/vms/out$1" | sed -n "${said}p")
	return "$status"
}
in_vm()
{
	vm_tell "$1" "$2"
	vm_answer "$1"
}
fails_in_vm() { ! in_vm "$@" && failed; }

# The run of the VM has ended: $status, $T/out and $T/err.
vm_ended()
{
	wait "${vm_shell[$1]}"
	status=$? shown=false
	exec {vm_input[$1]}>&-
	cp "$T/vms/out$1" "$T/out"
	cp "$T/vms/err$1" "$T/err"
}
vm_end()
{
	echo exit >&"${vm_input[$1]}"
	vm_ended "$1"
}
