#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by bash in the VM, see cut/simple_example.fest. When all scripts have been run,
# there is a prompt if somebody sits at a terminal, and otherwise the VM powers off.

# This is a rapido VM, isn't it? (`_fatal MESSAGE` ends the VM if something is wrong.)
_vm_ar_env_check

# Settings of rapido.conf are shell variables here:
#	mount -t xfs "$MY_DEVICE" /mnt || _fatal "cannot mount $MY_DEVICE"

read -r release < /proc/sys/kernel/osrelease
echo "Rapido scratch VM running $release. Have a lot of fun..."
