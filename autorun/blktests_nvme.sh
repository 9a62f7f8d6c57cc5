#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/blktests.sh: the group nvme, whose tests make their targets themselves, once
# for each transport. Those that require a drive get one of the loop transport.

_vm_ar_env_check
_blktests_groups=(nvme)
: "${NVMET_TRTYPES:=loop tcp}"

_blktests_devices()
{
	_blktests_nvme_loop
}
