#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Load the modules that contain KUnit tests, see kunit.fest. modprobe(8) returns when the
# tests of a module have run; rapido reads their results in the kernel's log.

_vm_ar_env_check

# a module whose tests call nothing of KUnit does not ask for it
modprobe -q kunit
_failed=()
while read -r _module; do
	modprobe "$_module" || _failed+=("$_module")
done < /rapido-rsc/kunit

# kunit has this parameter since it filters the tests of modules, too
[[ -z $KUNIT_FILTER || ! -s /rapido-rsc/kunit ||
	-e /sys/module/kunit/parameters/filter_glob || ! -d /sys/module/kunit ]] ||
	echo "this kernel ran all tests of its modules: KUNIT_FILTER is only for built-in ones" >&2

((${#_failed[@]} == 0)) || _fatal "cannot load ${_failed[*]}"
