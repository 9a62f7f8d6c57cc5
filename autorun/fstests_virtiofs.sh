#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests on virtiofs. Two directories of the host are shared by the options
#
#	--share DIR:/mnt/test:rw --share DIR:/mnt/scratch:rw
#
# which must be empty, since cases remove what they find. The VM is one of QEMU, and the host has
# virtiofsd.

while read -r _tag _path _type _; do
	case $_path in
	/mnt/test) _key=TEST_DEV ;;
	/mnt/scratch) _key=SCRATCH_DEV ;;
	*) continue ;;
	esac
	[[ $_type == virtiofs ]] || _fatal "the share $_path is $_type, not virtiofs"
	_fstests_set "$_key" "$_tag"
	_must umount "$_path"
done <<< "$(< /proc/mounts)"
[[ -n $TEST_DEV ]] || _fatal "there is no share for TEST_DEV: see --share DIR:/mnt/test:rw"
_fstests_ready virtiofs
