#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# blktests as a suite: each of its tests is a case, run by its own `check`, whose files come
# home. The manifest's script before this one says which devices the tests get:
#
#	_blktests_groups	groups that run if none is named; empty: all of the tree
#	_blktests_devices	function, called with a group: makes the devices for the tests of
#				it that use TEST_DEVS, by one of the functions below, and leaves
#				them in ${_blktests_devs[@]}
#
# A disk whose serial number is TEST_DEV takes the place of those devices.
# shellcheck disable=SC2154 # what is not set here is set by rapido or the scripts before

cd "$BLKTESTS_SRC" || _fatal "cannot enter BLKTESTS_SRC '$BLKTESTS_SRC'"
[[ -x ./check && -d tests ]] || _fatal "'$BLKTESTS_SRC' has no ./check and tests/: it is not blktests"
_blktests_out=/tmp/blktests
_blktests_devs=()

# what blktests looks for in places where a distribution has it
_vm_ar_configfs_mount
_vm_ar_mount_once debugfs /sys/kernel/debug || echo "there is no debugfs" >&2
if [[ -d /sys/fs/cgroup ]]; then
	_vm_ar_mount_once cgroup2 /sys/fs/cgroup || echo "there is no cgroup2" >&2
fi
# tests of scsi_debug expect that somebody has loaded what its disks need
modprobe -q sd_mod
modprobe -q sg
# one that tests without root's rights run as
_users_add blktests 1000
[[ ! -x /usr/sbin/ip ]] || ip link set lo up || _fatal "ip link set lo up failed"

: "${BLKTESTS_DEV_SIZE:=1G}"
# null_blk and scsi_debug count in MiB
_blktests_mib=$(_size_bytes "$BLKTESTS_DEV_SIZE") || exit
_blktests_mib=$((_blktests_mib >> 20))
# what the smallest of the tests write at once
_blktests_least=64M

_blktests_null_blk()
{
	_device_null_blk nullb8 size="$_blktests_mib" memory_backed=1 discard=1
	_blktests_devs=("$device")
}

_blktests_zram()
{
	_device_zram "$BLKTESTS_DEV_SIZE"
	_blktests_devs=("$device")
}

_blktests_scsi_debug()
{
	_device_scsi_debug dev_size_mb="$_blktests_mib" delay=0 lbpu=1 lbpws=1
	_blktests_devs=("$device")
}

_blktests_nvme_loop()
{
	_blktests_null_blk
	_device_nvme loop
	_blktests_devs=("$device")
}

# _blktests_setup NAME: the devices for one test.
_blktests_setup()
{
	_blktests_devs=()
	# tests of the other kind make devices themselves, and unload the modules of ours
	grep -q '^test_device()' "tests/$1" || return 0
	if _device_disk TEST_DEV; then
		_blktests_devs=("$device")
	else
		_blktests_devices "${1%/*}"
	fi
	for device in "${_blktests_devs[@]}"; do
		_device_needs "$_blktests_least" "BLKTESTS_DEV_SIZE, or --disk SIZE,name=TEST_DEV"
	done
}

# _blktests_parse ARG...: the arguments as those of `check`. Sets _quick, _timeout, _device_only,
# _exclude and _filters.
_blktests_parse()
{
	local word

	_quick=0 _timeout='' _device_only=0 _exclude=() _filters=()
	while (($#)); do
		case $1 in
		-d | --device-only) _device_only=1 ;;
		-q | --quick) _quick=1 _timeout=30 ;;
		-q*) _quick=1 _timeout=${1#-q} ;;
		--quick=*) _quick=1 _timeout=${1#*=} ;;
		-x | --exclude)
			(($# > 1)) || _fatal "blktests: $1 requires a test or a group"
			_exclude+=("${2#tests/}")
			shift
			;;
		-x*) _exclude+=("${1#-x}") ;;
		--exclude=*) _exclude+=("${1#*=}") ;;
		-*) _fatal "blktests: '$1' is not one of -d, -q[SECONDS], -x TEST" ;;
		*)
			word=${1#./} word=${word#tests/}
			_filters+=("${word%/}")
			;;
		esac
		shift
	done
	[[ -z $_timeout || $_timeout =~ ^[1-9][0-9]*$ ]] ||
		_fatal "blktests: '$_timeout' is not a number of seconds"
}

_blktests_excluded()
{
	local word

	for word in "${_exclude[@]}"; do
		[[ $word != "$1" ]] || return 0
	done
	return 1
}

# Whether a test that was not named itself is to run.
_blktests_wanted()
{
	local text

	text=$'\n'$(< "tests/$1")
	((!_device_only)) || [[ $text == *$'\n'"test_device()"* ]] || return 1
	((!_quick)) || [[ $text == *$'\n'@(QUICK|TIMED)=1* ]] || return 1
	! _blktests_excluded "$1"
}

_blktests_list_group()
{
	local path

	for path in "tests/$1"/[0-9][0-9][0-9]; do
		[[ -f $path ]] || continue
		! _blktests_wanted "${path#tests/}" || echo "${path#tests/}"
	done
}

# The arguments are those of blktests' check: groups, group/NNN, -d, -q[SECONDS], -x TEST.
suite_list()
{
	local word rc

	_blktests_parse "$@"
	if ((${#_filters[@]} == 0)); then
		_filters=("${_blktests_groups[@]}")
		for rc in tests/*/rc; do
			((${#_blktests_groups[@]} == 0)) || break
			word=${rc#tests/} word=${word%/rc}
			# tests of blktests itself, some of which fail on purpose
			[[ $word == meta ]] || _blktests_excluded "$word" || _filters+=("$word")
		done
	fi
	for word in "${_filters[@]}"; do
		if [[ -f tests/$word/rc ]]; then
			_blktests_list_group "$word"
		elif [[ $word == */* && -f tests/$word ]]; then
			echo "$word"
		else
			_fatal "blktests has no group or test '$word'"
		fi
	done
}

# The reason for a test that was not run, in what check has printed.
_blktests_why_not()
{
	local line why=

	while IFS= read -r line; do
		[[ $line == "    "[![:space:]]* ]] || continue
		line=${line#"${line%%[![:space:]]*}"}
		# each reason once, whatever the devices and conditions
		[[ "; $why; " == *"; $line; "* ]] || why+="${why:+; }$line"
	done < <(grep -A 20 -F '[not run]' "$_blktests_out.log" | grep -v -e '\[not run\]' -e '\.\.\.')
	echo "${why:0:300}"
}

# _blktests_report NAME STATUS: judge by the files in the directories of check's results, of which
# there is one for each device and each set of conditions.
_blktests_report()
{
	local name=$1 code=$2 file key value failed='' passed=0 skipped=0 files=() reason status
	local dir part copy

	for file in "$_blktests_out"/*/"$name"; do
		[[ -f $file ]] || continue
		status='' reason=''
		while IFS=$'\t' read -r key value; do
			case $key in
			status) status=$value ;;
			reason) reason=$value ;;
			esac
		done < "$file"
		dir=${file#"$_blktests_out"/} dir=${dir%"/$name"}
		case $status in
		pass) passed=$((passed + 1)) ;;
		'not run') skipped=$((skipped + 1)) ;;
		fail) failed+="${failed:+; }$reason${dir:+ ($dir)}" ;;
		*) failed+="${failed:+; }no status${dir:+ ($dir)}" ;;
		esac
		for part in "$file" "$file".*; do
			[[ -f $part ]] || continue
			copy=$_blktests_out.files/$dir.${part##*/}
			cp "$part" "$copy" && files+=("$copy")
		done
	done
	if [[ -n $failed ]]; then
		_case -m "$failed" "$name" fail "${files[@]}"
	elif ((passed)); then
		_case "$name" pass "${files[@]}"
	elif ((skipped)) || grep -qF '[not run]' "$_blktests_out.log"; then
		_case -m "$(_blktests_why_not)" "$name" skip "${files[@]}"
	elif ((code == 0)) && ((${#_blktests_devs[@]} == 0)); then
		_case -m "it requires a device" "$name" skip
	else
		_case -m "check ended with status $code and left no result" "$name" error
	fi
}

suite_run()
{
	local name code
	local options=()

	_blktests_parse "${suite_args[@]}"
	[[ -n $_timeout ]] || _timeout=$BLKTESTS_TIMEOUT
	((!_quick)) || options+=("--quick=$_timeout")
	for name; do
		[[ -f tests/$name ]] || _fatal "blktests has no test '$name'"
		_case_begin "$name"
		rm -rf "$_blktests_out" "$_blktests_out.files"
		mkdir -p "$_blktests_out" "$_blktests_out.files" ||
			_fatal "cannot make $_blktests_out"
		_blktests_setup "$name"
		# shellcheck disable=SC2086 # TEST_DEVS is a list
		TEST_DEVS="${_blktests_devs[*]}" TIMEOUT=$_timeout LOGGER_PROG=true TERM=dumb \
			NVMET_TRTYPES=${NVMET_TRTYPES-} NVME_IMG_SIZE=${NVME_IMG_SIZE:-350M} \
			NVME_NUM_ITER=${NVME_NUM_ITER-} NORMAL_USER=blktests \
			./check --output="$_blktests_out" "${options[@]}" "$name" 2>&1 |
			tee "$_blktests_out.log"
		code=${PIPESTATUS[0]}
		_blktests_report "$name" "$code"
		_devices_remove
	done
}
