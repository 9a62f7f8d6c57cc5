#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the recipes of fstests share, see cut/lib/fstests.fest. The script of a recipe calls, in
# this order, those of these functions that it needs:
#
#	_fstests_modules NAME...   load what the file system needs
#	_fstests_devices NUMBER    TEST_DEV and NUMBER devices for SCRATCH_DEV: disks, or zram
#	_fstests_set KEY VALUE     a variable for check, as in its local.config
#	_must COMMAND...           the command, or the VM ends with its name
#	_fstests_ready FSTYP [OPTION...]   write the configuration; check gets these options
#
# Variables of rapido.conf: FSTESTS_SRC, FSTESTS_ZRAM_SIZE, FSTESTS_CONFIG, FSTESTS_AUTORUN_CMD.
# shellcheck disable=SC2154 # autorun/lib/devices.sh assigns device

_vm_ar_env_check

# The links of /fstests are resolved by check, whose messages have its own directory.
cd /fstests || _fatal "cannot enter FSTESTS_SRC '$FSTESTS_SRC'"
[[ -x check && -d tests && -f common/rc ]] ||
	_fatal "FSTESTS_SRC '$FSTESTS_SRC' has no check, tests and common/rc: it is not fstests"

# its own file instead of one that the tree may have for the host
export HOST_OPTIONS=/etc/fstests.config
_fstests_config=
_fstests_options=()
# no case does without
_fstests_least=256M

_must()
{
	local status

	"$@"
	status=$?
	((status == 0)) || _fatal "'$*' failed with status $status"
}

_fstests_set()
{
	_fstests_config+="export $1=${2@Q}"$'\n'
	export "$1=$2"
}

_fstests_modules()
{
	local name

	for name; do
		_must modprobe "$name"
	done
}

# _fstests_disk KEY NAME...: the disk with the first of these serial numbers, or false.
_fstests_disk()
{
	local name key=$1

	shift
	for name; do
		_device_disk "$name" || continue
		_fstests_size
		_fstests_set "$key" "$device"
		return 0
	done
	return 1
}

_fstests_size()
{
	_device_needs "$_fstests_least" "FSTESTS_ZRAM_SIZE, or --disk SIZE,name=NAME"
}

# Disks that have the names; without TEST_DEV, zram. Devices for logs and the real-time
# section of XFS are only used if there are such disks.
_fstests_devices()
{
	local i pool=()

	if _fstests_disk TEST_DEV TEST_DEV; then
		for i in SCRATCH_DEV SCRATCH_DEV{1..9}; do
			_device_disk "$i" || continue
			_fstests_size
			pool+=("$device")
		done
	elif _device_disk SCRATCH_DEV; then
		_fatal "there is a disk SCRATCH_DEV, but none with the name TEST_DEV"
	else
		for ((i = 0; i <= $1; i++)); do
			_device_zram "${FSTESTS_ZRAM_SIZE:-1G}"
			_fstests_size
			if ((i)); then
				pool+=("$device")
			else
				_fstests_set TEST_DEV "$device"
			fi
		done
	fi
	# check takes SCRATCH_DEV from a pool
	if ((${#pool[@]} > 1)); then
		_fstests_set SCRATCH_DEV_POOL "${pool[*]}"
	elif ((${#pool[@]})); then
		_fstests_set SCRATCH_DEV "${pool[0]}"
	fi
	_fstests_disk SCRATCH_LOGDEV LOGDEV SCRATCH_LOGDEV && _fstests_set USE_EXTERNAL yes
	_fstests_disk SCRATCH_RTDEV RTDEV SCRATCH_RTDEV && _fstests_set USE_EXTERNAL yes
	_fstests_disk TEST_LOGDEV TEST_LOGDEV
	_fstests_disk TEST_RTDEV TEST_RTDEV
	_fstests_disk LOGWRITES_DEV LOGWRITES_DEV
	return 0
}

# What distributions mount, and cases look for.
_fstests_mounts()
{
	_vm_ar_mount_once debugfs /sys/kernel/debug || echo "there is no debugfs" >&2
	[[ ! -d /sys/fs/cgroup ]] || _vm_ar_mount_once cgroup2 /sys/fs/cgroup ||
		echo "there is no cgroup2" >&2
	[[ -d /sys/fs/fuse/connections ]] && _vm_ar_mount_once fusectl /sys/fs/fuse/connections
	return 0
}

_fstests_ready()
{
	_fstests_set FSTYP "$1"
	_fstests_options=("${@:2}")
	_fstests_set TEST_DIR /mnt/test
	_fstests_set SCRATCH_MNT /mnt/scratch
	_fstests_mounts
	printf %s "$_fstests_config" > "$HOST_OPTIONS" || _fatal "cannot write $HOST_OPTIONS"
	if [[ -n $FSTESTS_CONFIG ]]; then
		[[ -f $FSTESTS_CONFIG ]] || _fatal "there is no file '$FSTESTS_CONFIG' (FSTESTS_CONFIG)"
		echo "$(< "$FSTESTS_CONFIG")" >> "$HOST_OPTIONS"
	fi
	[[ $- == *i* ]] || return 0
	echo "fstests of $1 is ready: ./check${2:+ ${*:2}} -g quick; its settings are in $HOST_OPTIONS"
	# shellcheck disable=SC2086 # words of a command
	[[ -z $FSTESTS_AUTORUN_CMD ]] || eval "$FSTESTS_AUTORUN_CMD"
}

# the users that cases change to
_users_add fsgqa 2001
_users_add fsgqa2 2002
_users_add 123456-fsgqa 2003
_users_add daemon 1
_users_add bin 2
_users_add nobody 65534
