#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/zonefstests.sh: a zoned disk of scsi_debug.

_vm_ar_env_check
: "${ZONEFSTESTS_DEV_SIZE:=1G}"
_zonefs_kinds=(scsi-debug)

_zonefs_device()
{
	local bytes

	bytes=$(_size_bytes "$ZONEFSTESTS_DEV_SIZE") || exit
	_device_scsi_debug max_luns=1 sector_size=4096 delay=0 zbc=managed zone_size_mb=16 \
		zone_nr_conv=10 "dev_size_mb=$((bytes >> 20))"
}
