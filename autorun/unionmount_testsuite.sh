#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# unionmount-testsuite: each of its tests is a case, in the set-up that the options after --
# choose. A case is named after both, "ov=1,samefs/rename-file", because a test can fail in one
# set-up and pass in another.
# shellcheck disable=SC2154 # what is not set here is set by rapido or the scripts before

_vm_ar_env_check
cd "$UNIONMOUNT_TESTSUITE_SRC" ||
	_fatal "cannot enter UNIONMOUNT_TESTSUITE_SRC '$UNIONMOUNT_TESTSUITE_SRC'"
[[ -x ./run && -d tests ]] ||
	_fatal "'$UNIONMOUNT_TESTSUITE_SRC' has no ./run and tests/: it is not unionmount-testsuite"
[[ -d /sys/module/overlay ]] || modprobe overlay || _fatal "modprobe overlay failed"
mkdir -p /base /lower /upper /mnt || _fatal "mkdir /base /lower /upper /mnt failed"

# _unionmount_parse ARG...: sets _options and _tests.
_unionmount_parse()
{
	local word

	_options=() _tests=()
	for word; do
		case $word in
		--open-file | -c | --clean-up | -s | --set-up)
			_fatal "unionmount-testsuite: '$word' runs no test" ;;
		-*) _options+=("$word") ;;
		# a case, as it is listed
		*/*) _tests+=("${word#*/}") ;;
		*) _tests+=("$word") ;;
		esac
	done
	((${#_options[@]})) || _options=(--ov)
	# the type of the mount comes first
	[[ ${_options[0]} == --@(no|ov|ovov)?(=*) ]] || _options=(--ov "${_options[@]}")
}

# The part of the names of cases that is about the set-up.
_unionmount_setup()
{
	local IFS=,

	echo "${_options[*]#--}"
}

# The arguments are those of the suite's own `run`: --ov=1 --samefs NAME...
suite_list()
{
	local path name prefix
	local xdev=false

	_unionmount_parse "$@"
	[[ " ${_options[*]} " != *" --xdev "* ]] || xdev=true
	prefix=$(_unionmount_setup)
	for name in "${_tests[@]}"; do
		[[ -f tests/$name.py ]] || _fatal "unionmount-testsuite has no test '$name'"
		echo "$prefix/$name"
	done
	((${#_tests[@]} == 0)) || return 0
	for path in tests/*.py; do
		name=${path#tests/} name=${name%.py}
		# `run` has one of the two kinds, depending on what the kernel can rename
		case $name in
		rename-exdev) $xdev || continue ;;
		rename-dir | rename-empty-dir | rename-pop-dir | rename-move-dir)
			! $xdev || continue
			;;
		__init__) continue ;;
		esac
		echo "$prefix/$name"
	done
}

suite_run()
{
	local entry code log=/tmp/unionmount.txt why

	_unionmount_parse "${suite_args[@]}"
	for entry; do
		_case_begin "$entry"
		PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ./run "${_options[@]}" "${entry#*/}" \
			2>&1 | tee "$log"
		code=${PIPESTATUS[0]}
		case $code in
		0) _case "$entry" pass ;;
		# wrong options: there was no test
		2) _case -m "run does not take ${_options[*]}" "$entry" error ;;
		*)
			why=$(grep -v '^ *$' "$log" | tail -n 1)
			_case -m "${why:0:200}" "$entry" "$code" "$log"
			;;
		esac
	done
}
