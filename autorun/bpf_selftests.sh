#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's BPF selftests as a suite: a case is PROGRAM/NAME, where PROGRAM is test_progs or one
# of its variants (test_progs-no_alu32, test_progs-cpuv4), which lists its tests and runs one.

_bpf_dir=/kselftest/bpf
_bpf_log=/tmp/bpf.log
[[ -x $_bpf_dir/test_progs ]] ||
	_fatal "there is no bpf/test_progs in KSELFTEST_DIR: 'rapido run --build bpf-selftests' in a kernel tree makes it"
[[ -r /sys/kernel/btf/vmlinux ]] || _fatal "the kernel has no BTF: CONFIG_DEBUG_INFO_BTF"

# suite_list [-p PROGRAM]... [NAME]...: shell patterns for names; without any, all.
suite_list()
{
	local OPTIND=1 option program name list word
	local -a programs=()
	local -A missing=()

	while getopts :p: option; do
		[[ $option == p ]] || {
			echo "usage: -- [-p PROGRAM]... [NAME]..." >&2
			return 1
		}
		programs+=("$OPTARG")
	done
	shift $((OPTIND - 1))
	((${#programs[@]})) || programs=(test_progs)
	for word; do
		missing[$word]=1
	done
	for program in "${programs[@]}"; do
		[[ -x $_bpf_dir/$program ]] || {
			echo "there is no bpf/$program in KSELFTEST_DIR" >&2
			return 1
		}
		list=$(cd "$_bpf_dir" && "./$program" -l) || {
			echo "$program -l failed" >&2
			return 1
		}
		while read -r name; do
			(($# > 0)) || echo "$program/$name"
			for word; do
				# shellcheck disable=SC2053 # it is a pattern
				[[ $name == $word ]] || continue
				echo "$program/$name"
				unset "missing[$word]"
				break
			done
		done <<< "$list"
	done
	((${#missing[@]} == 0)) || {
		echo "no test of ${programs[*]} is '${!missing[*]}'" >&2
		return 1
	}
}

suite_run()
{
	local case status

	for case; do
		_case_begin "$case"
		cd "$_bpf_dir" || _fatal "cannot enter $_bpf_dir"
		_run_case "$_bpf_log" "./${case%%/*}" -a "${case#*/}"
		status=$?
		_bpf_judge "$case" "$status"
	done
}

# _bpf_judge CASE STATUS: by the program's exit status; that of a test that was skipped is 0, and
# 2 and 3 are about the program itself.
_bpf_judge()
{
	local why

	case $2 in
	0)
		if grep -q "^#[0-9]* *${1#*/}:SKIP" "$_bpf_log"; then
			why=$(grep -m 1 'SKIP' "$_bpf_log")
			_case -m "$why" "$1" skip
		else
			_case "$1" pass
		fi
		;;
	2) _case -m "${1%%/*} has no such test" "$1" error ;;
	3 | 126 | 127) _case -m "${1%%/*} cannot prepare its tests (status $2)" "$1" error ;;
	*)
		why=$(grep -m 1 ':FAIL:' "$_bpf_log")
		[[ -n $why ]] || why=$(grep -m 1 ':FAIL' "$_bpf_log")
		_case -m "${why:-exit status $2}" "$1" "$2"
		;;
	esac
}
