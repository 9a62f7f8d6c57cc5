#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on ext4: zram devices, or disks of these names, see autorun/lib/fstests.sh.

_fstests_modules ext4
_fstests_devices 1
_must mkfs.ext4 -q -F "$TEST_DEV"
_fstests_ready ext4
