#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# udevd with the host's rules, for programs that wait for it (`udevadm settle`, device-mapper) or
# look for its links. See cut/lib/udev.fest.

_vm_ar_env_check

# Its database is in /run, and rules may ask for groups of the host that are not here.
mkdir -p /run/udev || _fatal "cannot make /run/udev"
if [[ ! -e /run/udev/control ]]; then
	_udevd=/usr/lib/systemd/systemd-udevd
	[[ -x $_udevd ]] || _udevd=/lib/systemd/systemd-udevd
	"$_udevd" --daemon --resolve-names=never || _fatal "$_udevd failed"
	udevadm trigger --action=add --subsystem-match=block ||
		_fatal "udevadm trigger failed"
	udevadm settle --timeout=30 || _fatal "udevadm settle failed"
	unset _udevd
fi
