#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on CephFS: the first file system of a cluster that vstart.sh has made in CEPH_SRC. The
# directories test and scratch of it are used. The user is CEPH_USER, by default admin.

_fstests_modules ceph
_user=${CEPH_USER:-admin}
_key=$(_ini_parse /etc/ceph/keyring "client.$_user" key)
[[ -n $_key ]] ||
	_fatal "there is no key of client.$_user in CEPH_SRC/build/keyring"
# "[v2:10.0.0.1:40000/0,v1:10.0.0.1:40001/0] ...", "10.0.0.1:6789" or lists of these
_hosts=$(_ini_parse /etc/ceph/ceph.conf global "mon host")
_monitors=
for _host in ${_hosts//[][,]/ }; do
	case $_host in
	v2:*) continue ;;
	v1:*) _host=${_host#v1:} ;;
	esac
	_monitors+=${_monitors:+,}${_host%/*}
done
[[ -n $_monitors ]] || _fatal "CEPH_SRC/build/ceph.conf has no 'mon host'"
_options=name=$_user,secret=$_key
_must mount -t ceph "$_monitors:/" /mnt/test -o "$_options"
_must mkdir -p /mnt/test/test /mnt/test/scratch
_must umount /mnt/test

_fstests_set TEST_DEV "$_monitors:/test"
_fstests_set SCRATCH_DEV "$_monitors:/scratch"
_fstests_set CEPHFS_MOUNT_OPTIONS "-o $_options"
_fstests_ready ceph
