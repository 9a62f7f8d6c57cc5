#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on NTFS by the driver ntfs3: zram devices, or disks of these names, see
# autorun/lib/fstests.sh.

_fstests_modules ntfs3
_fstests_devices 1
# a whole disk, without writing to all of it
_fstests_set MKFS_OPTIONS "-F -Q"
_must mkfs.ntfs3 -F -Q "$TEST_DEV"
_fstests_ready ntfs3
