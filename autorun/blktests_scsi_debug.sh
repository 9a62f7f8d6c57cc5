#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/blktests.sh: the tests get the disk of the module scsi_debug.

_vm_ar_env_check
_blktests_groups=(block dm scsi)

_blktests_devices()
{
	_blktests_scsi_debug
}
