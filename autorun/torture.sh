#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's torture modules as a suite. A case is MODULE[/TYPE][:NAME=VALUE,...]: the module is
# loaded with that torture_type and these parameters, runs for TORTURE_SECONDS and is removed.
# What counts is what it says of itself at its end, in the kernel's log.

_torture_modules=(rcutorture locktorture scftorture)
_torture_seconds=${TORTURE_SECONDS:-30}
[[ $_torture_seconds =~ ^[1-9][0-9]*$ ]] ||
	_fatal "TORTURE_SECONDS '$_torture_seconds' is not a number of seconds"

# The kernel's messages since _torture_mark.
_torture_mark()
{
	_torture_begin="rapido: torture at $EPOCHREALTIME"
	echo "$_torture_begin" > /dev/kmsg ||
		_fatal "cannot write to /dev/kmsg"
}

_torture_log()
{
	dmesg --notime | sed "1,/^$_torture_begin\$/d"
}

# Not those that have errors on purpose, and not what needs special parameters.
_torture_is_usual()
{
	[[ $1 != *busted* && $1 != trivial ]]
}

# _torture_types MODULE: print what its torture_type may be: it says so if it is asked for one
# that it does not have. Nothing if the parameter does not exist.
_torture_types()
{
	modinfo -F parm "$1" | grep -q '^torture_type:' || return 0
	_torture_mark
	modprobe "$1" torture_type=none 2> /dev/null && rmmod "$1"
	# in that line, or each in a line of its own
	_torture_log | awk '
		/-torture types:/ { sub(/.*-torture types:/, ""); print; rest = 1; next }
		rest && /^ / { print; next }
		{ rest = 0 }' | tr -s ' ' '\n' | grep .
}

# _torture_expand MODULE[/TYPE] PARAMETERS: print the cases.
_torture_expand()
{
	local module=${1%%/*} type=
	local -a types

	[[ $1 != */* ]] || type=${1#*/}
	if [[ ! -e /sys/module/$module/initstate && -e /sys/module/$module ]]; then
		echo "$module is built into the kernel, but must be a module" >&2
		return 1
	elif ! modprobe -n -q "$module"; then
		echo "the kernel has no module $module: see 'rapido config torture'" >&2
		return 1
	fi
	mapfile -t types < <(_torture_types "$module")
	if ((${#types[@]} == 0)); then
		echo "$module$2"
		return
	fi
	for type in "${types[@]}"; do
		if [[ $1 != */* ]]; then
			_torture_is_usual "$type" || continue
		else
			# shellcheck disable=SC2053 # it is a pattern
			[[ $type == ${1#*/} ]] || continue
		fi
		echo "$module/$type$2"
	done | grep . || {
		echo "$module has no type '${1#*/}', but: ${types[*]}" >&2
		return 1
	}
}

# suite_list [MODULE[/TYPE]]... [NAME=VALUE]...: shell patterns for types; without a module, all
# that the kernel has.
suite_list()
{
	local word parameters='' none=true
	local -a modules=()

	for word; do
		if [[ $word == *=* ]]; then
			parameters+=,$word
		else
			modules+=("$word")
		fi
	done
	parameters=${parameters/#,/:}
	for word in "${modules[@]}"; do
		_torture_expand "$word" "$parameters" || return
	done
	((${#modules[@]} == 0)) || return 0
	for word in "${_torture_modules[@]}"; do
		modprobe -n -q "$word" || continue
		_torture_expand "$word" "$parameters" || return
		none=false
	done
	! $none || {
		echo "the kernel has none of the modules ${_torture_modules[*]}: see 'rapido config torture'" >&2
		return 1
	}
}

suite_run()
{
	local case name
	local -a parameters

	for case; do
		_case_begin "$case"
		name=${case%%:*}
		parameters=()
		[[ $case == "$name" ]] || IFS=, read -ra parameters <<< "${case#*:}"
		[[ $name != */* ]] || parameters+=("torture_type=${name#*/}")
		_torture_case "$case" "${name%%/*}" "${parameters[@]}"
	done
}

# _torture_case CASE MODULE PARAMETER...
_torture_case()
{
	local case=$1 module=$2 line

	shift 2
	_torture_mark
	# shellcheck disable=SC2086 # they are words
	set -- $TORTURE_ARGS "$@"
	echo "modprobe $module $*"
	if ! modprobe "$module" "$@"; then
		line=$(_torture_log | grep -m 1 'invalid')
		_case -m "modprobe $module $* failed${line:+: $line}" "$case" error
		return
	fi
	line=$(_torture_log | grep -m 1 -o "unknown parameter '.*' ignored")
	if [[ -n $line ]]; then
		rmmod "$module"
		_case -m "$module: $line" "$case" error
		return
	fi
	sleep "$_torture_seconds"
	if ! rmmod "$module"; then
		_case -m "rmmod $module failed" "$case" fail
		return
	fi
	_torture_log > /tmp/torture.log
	# the worst, which sorts before SUCCESS
	line=$(grep -o 'End of test: [A-Z_]*' /tmp/torture.log | sort | head -n 1)
	case $line in
	*SUCCESS) _case "$case" pass /tmp/torture.log ;;
	'') _case -m "$module did not say how its test ended" "$case" error /tmp/torture.log ;;
	*) _case -m "$line" "$case" fail /tmp/torture.log ;;
	esac
}
