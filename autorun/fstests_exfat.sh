#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on exFAT: zram devices, or disks of these names, see autorun/lib/fstests.sh.

_fstests_modules exfat
_fstests_devices 1
_must mkfs.exfat "$TEST_DEV"
_fstests_ready exfat
