#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on overlayfs, whose layers are on XFS: zram devices, or disks of these names, see
# autorun/lib/fstests.sh.

_fstests_modules xfs overlay
_fstests_least=300M
_fstests_devices 1
_must mkfs.xfs -q -f "$TEST_DEV"
# which check -overlay expects to be made
_must mkfs.xfs -q -f "$SCRATCH_DEV"
# check -overlay makes overlayfs of it
_fstests_ready xfs -overlay
