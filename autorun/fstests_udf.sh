#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on UDF: zram devices, or disks of these names, see autorun/lib/fstests.sh. Nothing
# checks the file systems: the program that fstests knows for that is not free.

_fstests_modules udf
_fstests_devices 1
_fstests_set DISABLE_UDF_TEST 1
_must mkudffs "$TEST_DEV"
_fstests_ready udf
