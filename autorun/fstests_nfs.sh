#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on NFS 4.2, with the kernel's own server in the same VM. What it exports is XFS on
# zram devices, or on disks of these names, see autorun/lib/fstests.sh.

_fstests_modules xfs nfsd nfs
_fstests_least=300M
_fstests_devices 1
_must mkfs.xfs -q -f "$TEST_DEV"
_must mkfs.xfs -q -f "$SCRATCH_DEV"
_must mount "$TEST_DEV" /export/test
_must mount "$SCRATCH_DEV" /export/scratch
for _name in test scratch; do
	echo "/export/$_name 127.0.0.1(rw,sync,no_root_squash,no_subtree_check,insecure)" \
		>> /etc/exports || _fatal "cannot write /etc/exports"
done
_vm_ar_mount_once nfsd /proc/fs/nfsd || _fatal "mount -t nfsd failed"
# nobody has locks of before the boot
echo 10 > /proc/fs/nfsd/nfsv4gracetime || _fatal "cannot set nfsv4gracetime"
echo 10 > /proc/fs/nfsd/nfsv4leasetime || _fatal "cannot set nfsv4leasetime"
_must exportfs -a
# version 4 needs no rpcbind
_must rpc.mountd --no-nfs-version 3
_must rpc.nfsd --no-nfs-version 3 --no-udp 4
echo Y > /proc/fs/nfsd/v4_end_grace || _fatal "cannot end the grace period of nfsd"

_fstests_set TEST_DEV 127.0.0.1:/export/test
_fstests_set SCRATCH_DEV 127.0.0.1:/export/scratch
_fstests_set NFS_MOUNT_OPTIONS "-o vers=4.2"
_fstests_ready nfs
