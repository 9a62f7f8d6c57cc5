# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the functional tests, which source it: TAP, a checkout of the test's own in a
# directory with a space in its name, commands with a time limit, and a look at the end
# whether anything was left behind.
set -u

: "${RAPIDO_UNDER_TEST:?is not set: run 'make check-functional'}"
: "${RAPIDO_SOURCE:?is not set: run 'make check-functional'}"
unset RAPIDO_DIR RAPIDO_CONF KERNEL_SRC NO_COLOR

T=$(mktemp -d "${TMPDIR:-/tmp}/${TEST_DIR_NAME:-rapido test}.XXXXXX") || exit 1
chmod 755 "$T"
# the kernels are the user's, all else is the test's own
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export HOME=$T/home XDG_STATE_HOME=$T/state XDG_DATA_HOME=$T/data XDG_CONFIG_HOME=$T/config
export LC_ALL=C TERM=linux PATH=$PATH:/usr/sbin:/sbin
# what a sanitizer reports must not pass for an ordinary failure, see failed()
export ASAN_OPTIONS=exitcode=125 UBSAN_OPTIONS=exitcode=125:print_stacktrace=1
export LSAN_OPTIONS="exitcode=125:suppressions='$RAPIDO_SOURCE/tests/functional/lsan.supp'"
# by which processes are known as this test's, see our_processes
export RAPIDO_TEST_ID=$T
mkdir "$HOME" "$T/checkout"
cp -r "$RAPIDO_SOURCE/cut" "$RAPIDO_SOURCE/autorun" "$T/checkout"
cp "$RAPIDO_UNDER_TEST" "$T/checkout/rapido"
ln -s rapido "$T/checkout/rapido-cut"
# emulating a second processor takes a quarter of the time; tests that want one have other
# settings
echo 'CPUS="1"' > "$T/checkout/rapido.conf"
export RAPIDO=$T/checkout/rapido
export INITRDS=$T/checkout/initrds
cd "$T" || exit 1

n=0 status=0 LIMIT=60 shown=false

# Processes that were started with our environment, directly or not.
our_processes()
{
	# without it in its own environment, or it would find itself
	env -u RAPIDO_TEST_ID grep -lzxF "RAPIDO_TEST_ID=$T" /proc/[0-9]*/environ 2> /dev/null |
		env -u RAPIDO_TEST_ID sed 's,^/proc/\([0-9]*\)/.*,\1,'
}

clean_up()
{
	local pid

	for pid in $(our_processes); do
		kill -KILL "$pid" 2> /dev/null
	done
	cd /
	[[ -z ${small_disk-} ]] || umount -l "$small_disk"
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# Once for each run.
show()
{
	local file

	$shown && return
	shown=true
	echo "# last status: $status"
	for file in "$T/out" "$T/err"; do
		[[ -s $file ]] || continue
		echo "# ${file##*/}:"
		tail -n 60 "$file" | sed 's/^/#   /'
	done
}

pass()
{
	n=$((n + 1))
	echo "ok $n - $1"
}

fail()
{
	n=$((n + 1))
	echo "not ok $n - $1"
	show
}

skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# check TEXT COMMAND...: what the command says is what the test says.
check()
{
	local text=$1

	shift
	if "$@"; then
		pass "$text"
	else
		fail "$text"
	fi
}

# Run with no terminal and a time limit: $status, $T/out and $T/err are what came of it, and
# $T/guest what is left of $T/out without the kernel's messages, which may interrupt any line.
run()
{
	timeout -k 10 "$LIMIT" "$@" < /dev/null > "$T/out.raw" 2> "$T/err"
	status=$?
	shown=false
	# a serial console ends its lines as terminals do
	tr -d '\r' < "$T/out.raw" > "$T/out"
	sed -z 's/\[ *[0-9]*\.[0-9]\{6\}\] [^\n]*\n//g' "$T/out" > "$T/guest"
}

out_has() { grep -qF -e "$1" "$T/out" "$T/guest"; }
guest_says() { grep -qxF -e "$1" "$T/guest"; }
err_has() { grep -qF -e "$1" "$T/err"; }
out_is() { [[ $(< "$T/out") == "$1" ]]; }
err_is() { [[ $(< "$T/err") == "$1" ]]; }
succeeded() { [[ $status == 0 ]]; }
status_is() { [[ $status == "$1" ]]; }
# with a status of its own, not from a signal, a time limit or a sanitizer
failed() { [[ $status -gt 0 && $status -lt 124 ]]; }
# failed_with TEXT...: and each of the texts is on standard error
failed_with()
{
	local text

	failed || return 1
	for text; do
		err_has "$text" || return 1
	done
}
greeted() { succeeded && out_has "Have a lot of fun..."; }

# ends STATUS TEXT...: with the status, and each text is in the one line that says why.
ends()
{
	local line text

	[[ $status == "$1" ]] || return 1
	line=$(grep 'logs are in' "$T/err") && [[ $(wc -l <<< "$line") == 1 ]] || return 1
	for text in "${@:2}"; do
		[[ $line == "rapido: "*"$text"* ]] || return 1
	done
}

# A test NAME of the user's own; the manifest is on standard input.
manifest()
{
	mkdir -p "$XDG_DATA_HOME/rapido/cut"
	cat > "$XDG_DATA_HOME/rapido/cut/$1.fest"
}

# The autorun script FILE beside it.
autorun()
{
	mkdir -p "$XDG_DATA_HOME/rapido/autorun"
	cat > "$XDG_DATA_HOME/rapido/autorun/$1"
}

# of_setup PROGRAM FLAVOUR: what the program of tests/setup prints for this flavour of kernel.
# `quick` is for what is about the guest, the agent, verdicts and results rather than about QEMU
# or a distribution's kernel: User Mode Linux, which boots in a tenth of the time; or cloud with
# RAPIDO_TEST_KERNEL=cloud, and where there can be no User Mode Linux.
of_setup()
{
	local flavour=$2 home=${XDG_CACHE_HOME%/.cache} code

	[[ $flavour != quick ]] || flavour=${RAPIDO_TEST_KERNEL:-uml}
	HOME=$home "$RAPIDO_SOURCE/tests/setup/$1" "$flavour"
	code=$?
	[[ $code == 77 && $2 == quick ]] || return "$code"
	HOME=$home "$RAPIDO_SOURCE/tests/setup/$1" cloud
}

# kernel FLAVOUR: the root of an unpacked kernel package; for uml the O= directory of a build
# for User Mode Linux, see tests/setup/kernel-tree. kernel_image and kernel_release ROOT: what
# is booted of it, and its release.
kernel() { of_setup kernel "$1"; }
is_uml() { [[ -e $1/linux ]]; }
kernel_image() { if is_uml "$1"; then echo "$1/linux"; else echo "$1"/boot/vmlinuz-*; fi; }
kernel_release()
{
	if is_uml "$1"; then
		cat "$1/include/config/kernel.release"
	else
		(cd "$1/lib/modules" && echo *)
	fi
}

# in_place_of_uml PROGRAM: the path of one that rapido takes for User Mode Linux, which executes
# PROGRAM instead.
in_place_of_uml()
{
	mkdir "$T/in place" && "${CC:-gcc}" -DPROGRAM="\"$1\"" -o "$T/in place/linux" -x c - <<- 'END' &&
	#include <unistd.h>

	__attribute__((section(".uml.setup.init"), used)) static const char mark[8] = "";

	int main(int argc, char **argv)
	{
		return argc < 1 || execv(PROGRAM, argv);
	}
	END
		echo "$T/in place/linux"
}

# can_say FLAVOUR: make the test 'sayer': simple-example, in which the kernel says what is
# written to /proc/kernel_says, see tests/module; $says is that module. False where it cannot be
# had, and $mute has the reason.
can_say()
{
	if ! says=$(of_setup module "$1" 2> "$T/mute"); then
		# shellcheck disable=SC2034 # for the tests
		mute=$(tail -n 1 "$T/mute")
		return 1
	fi
	autorun kernel_says.sh <<< "modprobe kernel_says"
	manifest sayer <<- MANIFEST
		include simple_example.fest
		kmod $says
		autorun autorun/kernel_says.sh
	MANIFEST
}

# copy_tree FROM TO: a copy that takes no room where links can be had, which is not across
# file systems.
copy_tree()
{
	cp -al "$1" "$2" 2> /dev/null || { rm -rf "$2" && cp -a "$1" "$2"; }
}

# wait_until SECONDS COMMAND...
wait_until()
{
	local tenths=$(($1 * 10))

	shift
	while ! "$@"; do
		((tenths-- > 0)) || return 1
		sleep 0.1
	done
}

no_process() { [[ -z $(our_processes) ]]; }
no_temporary_file()
{
	[[ -z $(find "$T" \( -name '*.rapido-tmp' -o -name 'rapido_vm*' \) -print -quit) ]]
}

nothing_left()
{
	wait_until 5 no_process && no_temporary_file && return 0
	# shellcheck disable=SC2046
	[[ -z $(our_processes) ]] || ps -o pid,args -p "$(our_processes | paste -sd,)" | sed 's/^/# /'
	find "$T" \( -name '*.rapido-tmp' -o -name 'rapido_vm*' \) -print | sed 's/^/# /'
	return 1
}

finish()
{
	check "no process and no temporary file is left" nothing_left
	echo "1..$n"
}
