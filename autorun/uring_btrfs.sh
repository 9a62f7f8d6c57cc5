#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For autorun/lib/liburing.sh: the tests run on btrfs.

_vm_ar_env_check
_liburing_fs=btrfs
