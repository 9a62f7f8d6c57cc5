#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on bcachefs: zram devices, or disks of these names, see autorun/lib/fstests.sh.

_fstests_modules bcachefs
_fstests_devices 5
_must mkfs.bcachefs -q -f "$TEST_DEV"
_fstests_ready bcachefs
