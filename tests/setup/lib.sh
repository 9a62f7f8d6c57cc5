# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the scripts that set things up.

fail()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# For what can be had on other machines only: the status of a test that is skipped.
cannot()
{
	echo "${0##*/}: $*" >&2
	exit 77
}

# The user's cache directory, found as rapido itself does it (src/conf/dirs.c).
cache_dir()
{
	local home=${HOME-}

	if [[ ${XDG_CACHE_HOME-} == /* ]]; then
		echo "$XDG_CACHE_HOME/rapido"
		return
	fi
	[[ $home == /* ]] || home=$(getent passwd "$(id -u)" | cut -d: -f6)
	[[ $home == /* ]] || fail "there is no home directory to keep kernels in: set HOME"
	echo "$home/.cache/rapido"
}

# can_be_root: whether as_root has a way.
can_be_root()
{
	[[ $(id -u) == 0 ]] || command -v sudo > /dev/null 2>&1
}

as_root()
{
	if [[ $(id -u) == 0 ]]; then
		"$@"
	else
		sudo "$@"
	fi
}

# The first package manager that is here, as apt, dnf, zypper or pacman.
package_manager()
{
	local candidate

	for candidate in apt:apt-get dnf:dnf zypper:zypper pacman:pacman; do
		if command -v "${candidate#*:}" > /dev/null 2>&1; then
			echo "${candidate%%:*}"
			return
		fi
	done
	fail "none of apt, dnf, zypper and pacman is here: install what is missing yourself"
}

# make for a kernel. What the user has set for kernels of his own is nothing for ours, and it
# is not below the make that has called us.
kernel_make()
{
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES -u ARCH -u SUBARCH \
		-u CROSS_COMPILE -u LLVM -u CFLAGS -u LOCALVERSION -u KCFLAGS \
		-u KBUILD_OUTPUT -u O -u V -u DEVELOPER -u SANITIZE \
		make "$@" < /dev/null
}
