#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on Btrfs: zram devices, or disks of these names, see autorun/lib/fstests.sh. Cases for
# several devices get a pool of five.

_fstests_modules btrfs
_fstests_devices 5
_must mkfs.btrfs -q -f "$TEST_DEV"
_fstests_ready btrfs
