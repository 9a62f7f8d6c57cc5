#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/zonefstests.sh: zoned null_blk devices, which differ in their limits and in
# the shape of their zones.

_vm_ar_env_check
: "${ZONEFSTESTS_DEV_SIZE:=2G}"
_zonefs_kinds=(plain open active open-active no-conventional capacity)

_zonefs_device()
{
	local bytes zone=32
	local words=(memory_backed=1 zoned=1 "zone_size=$zone")

	bytes=$(_size_bytes "$ZONEFSTESTS_DEV_SIZE") || exit
	case $1 in
	open) words+=(zone_max_open=8) ;;
	active) words+=(zone_max_active=9) ;;
	open-active) words+=(zone_max_open=8 zone_max_active=9) ;;
	# whose last zone is smaller, too
	no-conventional)
		words+=(zone_max_open=8 zone_max_active=9)
		bytes=$((bytes + (zone / 2 + 1 << 20)))
		;;
	capacity) words+=(zone_max_open=8 zone_max_active=9 "zone_capacity=$((zone - 1))") ;;
	esac
	[[ $1 == no-conventional ]] || words+=(zone_nr_conv=10)
	_device_null_blk nullb8 "size=$((bytes >> 20))" "${words[@]}"
}
