#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Users and groups of the VM, and su(1) from root to them without a password. See
# cut/lib/users.fest.

# _users_add NAME ID: a user and the user's own group, unless they are there.
_users_add()
{
	[[ $'\n'$(< /etc/passwd) == *$'\n'"$1:"* ]] ||
		echo "$1:x:$2:$2::/:/bin/bash" >> /etc/passwd ||
		_fatal "cannot add user '$1' to /etc/passwd"
	[[ $'\n'$(< /etc/group) == *$'\n'"$1:"* ]] || echo "$1:x:$2:" >> /etc/group ||
		_fatal "cannot add group '$1' to /etc/group"
}

[[ -d /etc/pam.d ]] || mkdir /etc/pam.d || _fatal "mkdir /etc/pam.d failed"
for _service in su su-l other; do
	[[ -e /etc/pam.d/$_service ]] || echo "auth sufficient pam_rootok.so
auth required pam_permit.so
account required pam_permit.so
session required pam_permit.so" > "/etc/pam.d/$_service" ||
		_fatal "cannot write /etc/pam.d/$_service"
done
unset _service
