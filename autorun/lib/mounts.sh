#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# File systems that a distribution mounts and that tests look for in their places, and devices
# that are there before they are used. What the kernel does not have is left out: tests skip then.

_vm_ar_env_check

# _mount_try TYPE DIR: if the kernel knows the type and has, or can get, the directory.
_mount_try()
{
	[[ $(< /proc/filesystems) == *$'\t'"$1"* ]] || return 0
	# directories of sysfs cannot be made
	[[ -d $2 || $2 == /sys/* ]] || mkdir -p "$2" || _fatal "cannot make $2"
	[[ -d $2 ]] || return 0
	_vm_ar_mount_once "$1" "$2" || _fatal "cannot mount $1 on $2"
}

_mount_try cgroup2 /sys/fs/cgroup
_mount_try debugfs /sys/kernel/debug
_mount_try tracefs /sys/kernel/tracing
_mount_try securityfs /sys/kernel/security
_mount_try configfs /sys/kernel/config
_mount_try bpf /sys/fs/bpf
_mount_try mqueue /dev/mqueue
_mount_try hugetlbfs /dev/hugepages

# their device files load the modules elsewhere
for _name in fuse loop tun; do
	modprobe -q "$_name"
done
unset _name
