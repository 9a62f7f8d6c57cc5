#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# KUnit tests in modules as a suite: a case is a module. modprobe(8) returns when the module's
# tests have run; their results are KTAP in the kernel's log, which becomes the case's output.

_kunit_log=/tmp/kunit.log

# a module whose tests call nothing of KUnit does not ask for it
modprobe -q kunit

# suite_list [MODULE]...: shell patterns, too; without any, all.
suite_list()
{
	local -a all
	local word module found listed=''

	mapfile -t all < /rapido-rsc/kunit
	(($# > 0)) || set -- '*'
	for word; do
		found=
		# as in the kernel, '-' is '_'
		for module in "${all[@]}"; do
			# shellcheck disable=SC2053 # it is a pattern
			if [[ ${module//-/_} == ${word//-/_} ]]; then
				[[ $'\n'$listed == *$'\n'"$module"$'\n'* ]] || listed+=$module$'\n'
				found=1
			fi
		done
		[[ -n $found ]] || {
			echo "no module with KUnit tests is '$word', but: ${all[*]}" >&2
			return 1
		}
	done
	printf %s "$listed"
}

suite_run()
{
	local case begin

	for case; do
		_case_begin "$case"
		begin="rapido: kunit at $EPOCHREALTIME"
		echo "$begin" > /dev/kmsg || _fatal "cannot write to /dev/kmsg"
		if ! modprobe "$case"; then
			_case -m "modprobe $case failed" "$case" error
			continue
		fi
		dmesg --notime | sed "1,/^$begin\$/d" > "$_kunit_log"
		cat "$_kunit_log"
		_kunit_judge "$case"
		# a repetition is to find it as it is found now
		rmmod "$case" 2> /dev/null
	done
}

# _kunit_judge MODULE: by the lines of its suites, which are not indented.
_kunit_judge()
{
	local why

	if grep -q '^not ok ' "$_kunit_log"; then
		why=$(grep -m 1 '^ .*not ok ' "$_kunit_log")
		_case -m "${why#"${why%%not ok*}"}" "$1" fail
	elif ! grep -q '^ok ' "$_kunit_log"; then
		_case -m "the kernel ran no test of it: see KUNIT_FILTER" "$1" error
	elif grep '^ok ' "$_kunit_log" | grep -qv '# SKIP'; then
		_case "$1" pass
	else
		why=$(grep -m 1 '# SKIP' "$_kunit_log")
		_case -m "${why#*# SKIP}" "$1" skip
	fi
}
