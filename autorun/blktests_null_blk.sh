#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/blktests.sh: the tests get a null_blk device that keeps what is written.

_vm_ar_env_check
_blktests_groups=(block dm)

_blktests_devices()
{
	_blktests_null_blk
}
