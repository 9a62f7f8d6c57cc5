#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Linux Test Project as a suite: a case is FILE/TAG of a line "TAG COMMAND" in runtest/FILE.
# Its command runs as LTP's own runners do it, and its exit status is what LTP says of it
# (include/tst_res_flags.h there): bits for failed, broken, warned and not configured.

_ltp_log=/tmp/ltp.log
# the default is not among the settings here
: "${LTP_DIR:=/opt/ltp}"

_ltp_setup()
{
	local user gid group

	[[ -d $LTP_DIR/runtest && -d $LTP_DIR/testcases/bin ]] ||
		_fatal "LTP_DIR '$LTP_DIR' has no runtest and testcases/bin: LTP is not installed there ('make install')"
	export LTPROOT=$LTP_DIR
	export PATH=$LTP_DIR/testcases/bin:$LTP_DIR/bin:$PATH
	export LTP_COLORIZE_OUTPUT=0 LTP_TIMEOUT_MUL=${LTP_TIMEOUT_MUL:-1}

	# whom LTP's tests become
	for user in daemon:1 bin:2 nobody:65534; do
		gid=${user#*:} user=${user%:*}
		grep -q "^$user:" /etc/passwd || echo "$user:x:$gid:$gid:$user:/:/bin/sh" >> /etc/passwd
		grep -q "^$user:" /etc/group || echo "$user:x:$gid:" >> /etc/group
	done
	for group in sys:3 users:100; do
		grep -q "^${group%:*}:" /etc/group || echo "${group/:/:x:}:" >> /etc/group
	done

	# where the kernel's configuration is not known, tests cannot be refused because of it
	[[ -e /proc/config.gz || -e /boot/config-$(uname -r) ]] || export KCONFIG_SKIP_CHECK=1

	if _device_disk LTP_DEV; then
		_device_needs 300M "--disk SIZE,name=LTP_DEV"
		# shellcheck disable=SC2154 # lib/devices.sh sets it
		export LTP_DEV=$device
	fi
	export TMPDIR=/tmp/ltp
	mkdir -p "$TMPDIR" || _fatal "cannot make $TMPDIR"
	if _device_disk LTP_TMP; then
		"mkfs.${LTP_TMP_FS:=ext4}" "$device" > /dev/null || _fatal "mkfs.$LTP_TMP_FS $device failed"
		mount -t "$LTP_TMP_FS" "$device" "$TMPDIR" ||
			_fatal "cannot mount $LTP_TMP_FS of disk LTP_TMP on $TMPDIR"
	fi
	chmod 1777 "$TMPDIR"
}
_ltp_setup

# _ltp_tags FILE...: FILE/TAG and the command of each line of these files.
_ltp_tags()
{
	(cd "$LTP_DIR/runtest" &&
		awk '!/^[ \t]*(#|$)/ { tag = $1; sub(/^[ \t]*[^ \t]+[ \t]*/, ""); print FILENAME "/" tag, $0 }' "$@")
}

_ltp_help()
{
	echo "usage: -- [-f FILE[,FILE]...]... [-s REGEX]... [FILE | TAG | FILE/TAG]..." >&2
	return 1
}

# suite_list [-f FILE,...] [-s REGEX] [NAME]...: all tests of the files, which is syscalls if
# nothing else is said; those of them that match an expression; and those that are named, with
# shell patterns, in whichever file they are.
suite_list()
{
	local OPTIND=1 option name regex=''
	local -a files=() names=() split all

	while getopts :f:s: option; do
		case $option in
		f)
			IFS=, read -ra split <<< "$OPTARG"
			files+=("${split[@]}")
			;;
		s) regex+="${regex:+|}($OPTARG)" ;;
		*)
			_ltp_help
			return
			;;
		esac
	done
	shift $((OPTIND - 1))
	for name; do
		if [[ -f $LTP_DIR/runtest/$name ]]; then
			files+=("$name")
		else
			names+=("$name")
		fi
	done
	((${#files[@]} + ${#names[@]})) || files=(syscalls)
	for name in "${files[@]}"; do
		[[ -f $LTP_DIR/runtest/$name ]] && continue
		echo "there is no runtest/$name in LTP_DIR" >&2
		return 1
	done
	if ((${#names[@]})); then
		# a tag may be in several files: that of its own subject comes first
		mapfile -t all < <(cd "$LTP_DIR/runtest" && echo syscalls && printf '%s\n' *)
		((${#files[@]})) || files=("${all[@]}")
	fi
	_ltp_tags "${files[@]}" | _ltp_pick "$regex" "${names[@]}"
}

# _ltp_pick REGEX [NAME]...: print which of the tests on standard input, one each line with its
# command, match the expression and are meant by the names; without any, all. A tag counts once.
_ltp_pick()
{
	local regex=$1 test command name tag
	local -A seen=() missing=()

	shift
	for name; do
		missing[$name]=1
	done
	while read -r test command; do
		tag=${test##*/}
		[[ -z ${seen[$tag]-} && "$tag $command" =~ $regex ]] || continue
		(($# == 0)) || for name in "$@" ''; do
			# shellcheck disable=SC2053 # they are patterns
			[[ -n $name && $tag != $name && $test != $name ]] || break
		done
		(($# == 0)) || [[ -n $name ]] || continue
		unset "missing[$name]"
		seen[$tag]=1
		echo "$test"
	done
	((${#missing[@]} == 0)) || {
		echo "no test of LTP_DIR is '${!missing[*]}'" >&2
		return 1
	}
}

suite_run()
{
	local case tag command

	for case; do
		_case_begin "$case"
		command=
		while read -r tag command; do
			[[ $tag != "$case" ]] || break
		done < <(_ltp_tags "${case%%/*}" 2> /dev/null)
		if [[ $tag != "$case" || -z $command ]]; then
			_case -m "runtest/${case%%/*} has no such test" "$case" error
			continue
		fi
		cd "$TMPDIR" || _fatal "cannot enter $TMPDIR"
		_run_case "$_ltp_log" sh -c "$command"
		_ltp_judge "$case" "$?" "$command"
		_ltp_tidy
	done
}

# _ltp_judge CASE STATUS COMMAND
_ltp_judge()
{
	local kind why

	# the first line about the worst
	for kind in TFAIL TBROK TWARN TCONF; do
		why=$(grep -m 1 "${kind}[ :]" "$_ltp_log") && break
	done
	case $2 in
	0) _case "$1" pass ;;
	32) _case -m "${why#*TCONF: }" "$1" skip ;;
	126 | 127) _case -m "'${3%% *}' cannot be run: it is not in LTP_DIR, or needs a program that is not in the image" "$1" error ;;
	*) _case -m "${why:-exit status $2}" "$1" "$2" ;;
	esac
}

# What a test has left that died before its end.
_ltp_tidy()
{
	local dir
	local -a mounts=()

	while read -r _ dir _; do
		[[ $dir != "$TMPDIR"/* ]] || mounts=("$dir" "${mounts[@]}")
	done < /proc/mounts
	for dir in "${mounts[@]}"; do
		umount -l "$(printf %b "$dir")"
	done
	rm -rf "${TMPDIR:?}"/*
}
