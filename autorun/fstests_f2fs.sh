#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on F2FS: zram devices, or disks of these names, see autorun/lib/fstests.sh.

_fstests_modules f2fs
_fstests_devices 1
_must mkfs.f2fs -q -f "$TEST_DEV"
_fstests_ready f2fs
