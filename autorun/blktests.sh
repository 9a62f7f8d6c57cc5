#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/blktests.sh: all groups, each with the kind of device that its tests are for.

_vm_ar_env_check
_blktests_groups=()

_blktests_devices()
{
	case $1 in
	nvme) _blktests_nvme_loop ;;
	scsi) _blktests_scsi_debug ;;
	# its tests make a zoned device if they get none
	zbd) ;;
	*) _blktests_null_blk ;;
	esac
}
