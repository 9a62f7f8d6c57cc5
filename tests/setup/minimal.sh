# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A minimal Debian, and entering it as a real root that knows nothing of the host's files;
# sourced by what needs a new machine, after lib.sh.

# Complain unless minimal_make can be called.
minimal_needs()
{
	[[ $(id -u) == 0 ]] || fail "only root can make a root file system"
	[[ $(package_manager) == apt ]] || fail "only knows how to make a Debian"
	command -v debootstrap > /dev/null ||
		as_root apt-get -q -y install debootstrap > /dev/null ||
		fail "debootstrap cannot be installed"
}

# minimal_make ROOT PACKAGES [CODENAME]: the packages have commas between them; the default is
# the host's release.
minimal_make()
{
	local root=$1 uri codename

	# shellcheck disable=SC2016 # apt's, not the shell's
	read -r uri codename < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
		'Created-By: Packages' 'Component: main' |
		grep -v -- '-\(security\|updates\|backports\)') || fail "apt has no source of packages"
	codename=${3-$codename}
	echo "making a minimal $codename in '$root'"
	debootstrap --variant=minbase --include="$2" "$codename" "$root" "$uri" \
		> "${root%/*}/debootstrap.log" 2>&1 || {
		tail -n 20 "${root%/*}/debootstrap.log" >&2
		fail "debootstrap failed"
	}
	# how packages are reached is the host's matter, and where they come from is if it is the
	# host's release
	cp -rL /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
	[[ ${3-} ]] || cp -rL /etc/apt/. "$root/etc/apt/"
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2> /dev/null
	return 0
}

# minimal_enter ROOT: for the first process of new namespaces (mount, pid, uts, ipc); false if
# it cannot be done.
minimal_enter()
{
	mount --make-rprivate / &&
		mount --bind "$1" "$1" &&
		mount -t proc proc "$1/proc" &&
		mount -t sysfs sysfs "$1/sys" &&
		mount -t devtmpfs devtmpfs "$1/dev" &&
		mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$1/dev/pts" &&
		mount -t tmpfs -o mode=1777 shm "$1/dev/shm" &&
		mount -t tmpfs -o mode=1777,nosuid,nodev tmp "$1/tmp" &&
		mkdir -p "$1/old" && cd "$1" && pivot_root . old && cd / &&
		umount -l /old && rmdir /old
}
