#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on Btrfs on zoned devices of null_blk, whose data is in the VM's memory. Each has the
# size FSTESTS_ZRAM_SIZE, by default 4G, in zones of 64 MiB.
# shellcheck disable=SC2154 # autorun/lib/devices.sh assigns device

_fstests_modules btrfs
_mib=$(_size_bytes "${FSTESTS_ZRAM_SIZE:-4G}") || exit
_mib=$((_mib >> 20))
# the log, superblocks, and a block group of each kind
_fstests_least=1G
_pool=()
for _name in nullb{10..13}; do
	_device_null_blk "$_name" size="$_mib" memory_backed=1 zoned=1 zone_size=64
	_fstests_size
	_pool+=("$device")
done
_fstests_set TEST_DEV "${_pool[0]}"
_fstests_set SCRATCH_DEV_POOL "${_pool[*]:1}"
_must mkfs.btrfs -q -f "$TEST_DEV"
_fstests_ready btrfs
