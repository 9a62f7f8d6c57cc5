#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# liburing's tests as a suite: each program test/*.t is a case, run in a directory of the file
# system that the script before this one names in $_liburing_fs. With a disk whose serial
# number is TEST_DEV, each is a second case NAME.t/disk, which gets the disk as its argument.
# shellcheck disable=SC2154 # what is not set here is set by rapido or the scripts before

[[ -d $LIBURING_SRC/test ]] || _fatal "'$LIBURING_SRC' has no test/: it is not liburing"
_liburing_files=/tmp/liburing
mkdir -p /mnt/liburing "$_liburing_files" || _fatal "mkdir /mnt/liburing failed"
modprobe -q "$_liburing_fs"
_device_zram "${LIBURING_DEV_SIZE:=2G}"
# the largest files of the tests, and room for a file system's own
_device_needs 512M LIBURING_DEV_SIZE
case $_liburing_fs in
xfs | btrfs) _liburing_options=(-q -f) ;;
*) _liburing_options=(-q) ;;
esac
"mkfs.$_liburing_fs" "${_liburing_options[@]}" "$device" ||
	_fatal "mkfs.$_liburing_fs ${_liburing_options[*]} $device failed"
mount -t "$_liburing_fs" "$device" /mnt/liburing ||
	_fatal "mount -t $_liburing_fs $device /mnt/liburing failed"
[[ ! -x /usr/sbin/ip ]] || ip link set lo up || _fatal "ip link set lo up failed"
# a test writes to the first of them, by which this VM may be talking with the host
rm -f /dev/ttyS*
# what some tests need more of than processes usually may have
ulimit -l unlimited
ulimit -c 0
: "${LIBURING_TIMEOUT:=60}"

# Print the cases of a test.
_liburing_cases()
{
	echo "$1"
	! _device_disk TEST_DEV || echo "$1/disk"
}

# The arguments are names of tests, with or without ".t", and -x NAME for one to leave out.
suite_list()
{
	local word path name
	local names=() exclude=" "

	while (($#)); do
		case $1 in
		-x | --exclude)
			(($# > 1)) || _fatal "liburing: $1 requires the name of a test"
			exclude+="${2%.t}.t "
			shift
			;;
		-*) _fatal "liburing: '$1' is not -x NAME" ;;
		*) names+=("${1%.t}.t") ;;
		esac
		shift
	done
	if ((${#names[@]} == 0)); then
		for path in "$LIBURING_SRC"/test/*.t; do
			[[ ! -x $path ]] || names+=("${path##*/}")
		done
	fi
	for word in "${names[@]}"; do
		name=${word%/disk}
		[[ -x $LIBURING_SRC/test/$name ]] || _fatal "liburing has no test '$word'"
		[[ $exclude == *" $name "* ]] || _liburing_cases "$name"
	done
}

# _liburing_judge NAME STATUS FILE: by the rules of liburing's own runner.
_liburing_judge()
{
	local expected=0

	[[ $1 != xfail* ]] || expected=1
	case $2 in
	"$expected") _case "$1" pass ;;
	77) _case -m "$(head -c 200 "$3" | head -n 1)" "$1" skip ;;
	124 | 137) _case -m "it had not ended after $LIBURING_TIMEOUT s" "$1" fail "$3" ;;
	*) _case -m "status $2, not $expected" "$1" fail "$3" ;;
	esac
}

# _liburing_run NAME [ARG]: run a test, and end what it leaves behind, which would keep the pipe
# of its output open. timeout makes a process group of its own.
_liburing_run()
{
	local code

	cd /mnt/liburing/case || return 125
	timeout -k 10 "$LIBURING_TIMEOUT" "$LIBURING_SRC/test/$1" "${@:2}" &
	wait "$!"
	code=$?
	kill -KILL -- "-$!" 2> /dev/null
	return "$code"
}

suite_run()
{
	local entry name log code
	local args=()

	for entry; do
		name=${entry%/disk}
		_case_begin "$entry"
		args=()
		if [[ $entry == */disk ]]; then
			_device_disk TEST_DEV || _fatal "there is no disk with the name TEST_DEV"
			args=("$device")
		fi
		rm -rf /mnt/liburing/case "${_liburing_files:?}"/*
		mkdir /mnt/liburing/case || _fatal "mkdir /mnt/liburing/case failed"
		log=$_liburing_files/output.txt
		_liburing_run "$name" "${args[@]}" < /dev/null 2>&1 | tee "$log"
		code=${PIPESTATUS[0]}
		_liburing_judge "$entry" "$code" "$log"
	done
}
