#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# _run_case LOG COMMAND...: run the program of a case, and return its status. What it prints goes
# to the VM's output and to the file LOG. It has a session of its own, so that it does not kill
# ours, and processes that it leaves behind are killed, or they would keep LOG open for ever.
_run_case()
{
	local log=$1

	shift
	{
		setsid -w "$@" < /dev/null 2>&1 &
		wait "$!"
		_run_case_end "$!" "$?"
	} | tee "$log"
	return "${PIPESTATUS[0]}"
}

# _run_case_end SESSION STATUS: ends the subshell, too.
_run_case_end()
{
	local file text
	local -a field

	for file in /proc/[0-9]*/stat; do
		{ read -r text < "$file"; } 2> /dev/null || continue
		# a program's name may have blanks and parentheses
		read -ra field <<< "${text##*) }"
		[[ ${field[3]} != "$1" ]] || kill -KILL "${text%% *}" 2> /dev/null
	done
	exit "$2"
}
