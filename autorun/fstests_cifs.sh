#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on SMB. The server is the kernel's own in the same VM, and what it exports is XFS on
# zram devices, or on disks of these names, see autorun/lib/fstests.sh. With CIFS_SERVER it is
# another one, which the VM's network must reach: its shares CIFS_SHARE and
# CIFS_SCRATCH_SHARE, as CIFS_USER with CIFS_PW, CIFS_DOMAIN and CIFS_MOUNT_OPTS.

_fstests_modules cifs
if [[ -n $CIFS_SERVER ]]; then
	[[ -n $CIFS_SHARE && -n $CIFS_USER ]] ||
		_fatal "CIFS_SERVER is set, but not CIFS_SHARE and CIFS_USER"
	_server=$CIFS_SERVER _share=$CIFS_SHARE _scratch=$CIFS_SCRATCH_SHARE
	_user=$CIFS_USER _password=$CIFS_PW
else
	command -v ksmbd.mountd > /dev/null ||
		_fatal "there is no ksmbd.mountd for the server in the VM (Debian package: ksmbd-tools), and no CIFS_SERVER"
	_server=127.0.0.1 _share=test _scratch=scratch _user=root _password=rapido
	_fstests_modules xfs ksmbd
	_fstests_least=300M
	_fstests_devices 1
	_must mkfs.xfs -q -f "$TEST_DEV"
	_must mkfs.xfs -q -f "$SCRATCH_DEV"
	_must mount "$TEST_DEV" /export/test
	_must mount "$SCRATCH_DEV" /export/scratch
	{
		printf '[global]\n\tserver multi channel support = no\n\tdurable handles = yes\n'
		for _name in test scratch; do
			printf '[%s]\n\tpath = /export/%s\n\tread only = no\n' "$_name" "$_name"
			printf '\tcreate mask = 0777\n\tdirectory mask = 0777\n'
		done
	} > /etc/ksmbd/ksmbd.conf || _fatal "cannot write /etc/ksmbd/ksmbd.conf"
	# older ksmbd-tools name it smb.conf, with another name for its users
	_must ln -sf ksmbd.conf /etc/ksmbd/smb.conf
	_must ksmbd.adduser -a "$_user" -p "$_password"
	_must ksmbd.mountd
fi
_options=username=$_user,password=$_password${CIFS_DOMAIN:+,domain=$CIFS_DOMAIN}
_options+=,${CIFS_MOUNT_OPTS:-vers=3.1.1,mfsymlinks,noperm}

_fstests_set TEST_DEV "//$_server/$_share"
[[ -z $_scratch ]] || _fstests_set SCRATCH_DEV "//$_server/$_scratch"
_fstests_set CIFS_MOUNT_OPTIONS "-o $_options"
_fstests_set TEST_FS_MOUNT_OPTS "-o $_options"
_fstests_ready cifs
