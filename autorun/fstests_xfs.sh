#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on XFS: zram devices, or disks of these names, see autorun/lib/fstests.sh.

_fstests_modules xfs
# mkfs.xfs refuses less
_fstests_least=300M
_fstests_devices 1
_must mkfs.xfs -q -f "$TEST_DEV"
_fstests_ready xfs
