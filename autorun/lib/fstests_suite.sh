#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fstests as a suite. Which cases the arguments select is what `check -n` says, and check runs
# those of an order in one go. It prints the name of a case when it begins, and on the same
# line what became of it; so its output is read word by word.
# shellcheck disable=SC2154 # autorun/lib/fstests.sh assigns these

# What check -n selects. Without arguments those of FSTESTS_AUTORUN_CMD, or else check's own
# default, the group auto.
suite_list()
{
	local line name names=() status file=/tmp/fstests.list

	(($#)) || [[ $FSTESTS_AUTORUN_CMD != ./check\ * ]] ||
		read -r -a _fstests_words <<< "${FSTESTS_AUTORUN_CMD#./check }"
	(($#)) || set -- "${_fstests_words[@]}"
	_fstests_check_words "$@" || return
	./check "${_fstests_options[@]}" -n "$@" > "$file" 2>&1 < /dev/null
	status=$?
	while IFS= read -r line; do
		name=${line%%[[:space:]]*}
		if [[ $line == *"unknown test, ignored"* ]]; then
			echo "check knows no case '$name'" >&2
			return 1
		elif [[ $line == *"[expunged]"* || $name != [a-z0-9]*/[0-9][0-9][0-9]* ]]; then
			continue
		elif [[ ! -f tests/$name ]]; then
			echo "there is no case '$name'" >&2
			return 1
		fi
		names+=("$name")
	done < "$file"
	if ((status)); then
		echo "'./check ${_fstests_options[*]} -n $*' failed with status $status:" >&2
		echo "$(< "$file")" >&2
		return 1
	fi
	((${#names[@]} == 0)) || printf '%s\n' "${names[@]}"
}

# Only what selects cases: the rest is rapido's, or says what would not reach other VMs.
_fstests_check_words()
{
	while (($#)); do
		case $1 in
		-g | -x | -X | -e | -E)
			if (($# == 1)); then
				echo "'$1' requires a value" >&2
				return 1
			elif [[ $1 == -E && ! -f $2 ]]; then
				echo "there is no file '$2' in the VM: see --put, or use --exclude @$2" >&2
				return 1
			fi
			shift
			;;
		-*)
			echo "'$1' does not select cases: only -g, -x, -X, -e, -E and names do" >&2
			return 1
			;;
		esac
		shift
	done
}

suite_run()
{
	./check "${_fstests_options[@]}" -R xunit-quiet --exact-order "$@" 2>&1 < /dev/null |
		_fstests_read "$@"
	# check itself only says whether a case has failed
	return "${PIPESTATUS[1]}"
}

# _fstests_read CASE...: report what check prints of these cases, in this order.
_fstests_read()
{
	local word line='' name='' text='' first=true

	while :; do
		IFS= read -r -d ' ' word && word+=' ' || [[ -n $word ]] || break
		printf %s "$word"
		line+=$word
		if [[ $line == *$'\n'* ]]; then
			line=${line##*$'\n'}
			first=true
		fi
		# the first word of a line
		if $first && [[ $line == *' ' ]]; then
			first=false
			if (($#)) && [[ $line == "$1 " ]]; then
				[[ -z $name ]] || _fstests_end "$name" "$text${word%"$1 "}"
				name=$1 text=''
				shift
				_case_begin "$name"
				continue
			fi
		fi
		text+=$word
	done
	if [[ -n $name ]]; then
		if [[ $text == *$'\nRan: '* ]]; then
			_fstests_end "$name" "${text%%$'\nRan: '*}"
		else
			_case -m "check ended before the case did" "$name" error
			return 1
		fi
	fi
	(($# == 0)) && return
	echo "check ended before it ran $*" >&2
	return 1
}

# _fstests_xunit CASE RESULTS: what check has written of this case as xunit, into a file of its own.
_fstests_xunit()
{
	local report rest

	[[ -f $2/result.xml ]] || return 0
	report=$(< "$2/result.xml")
	rest=${report#*"<testcase "*" name=\"$1\""}
	[[ $rest == "$report" ]] ||
		echo "<testcase name=\"$1\"${rest%%</testcase>*}</testcase>" > "$2/$1.xml"
}

# _fstests_end CASE TEXT: what check printed after the name decides.
_fstests_end()
{
	local name=$1 text=$2 results=${RESULT_BASE:-$PWD/results} file files=() how=fail why

	_fstests_xunit "$name" "$results"
	for file in "$results/$name".*; do
		[[ ! -s $file ]] || files+=("$file")
	done
	# a time, or the last one and a time
	if [[ $text =~ ^[[:space:]]*([0-9]+s\ \.\.\.\ )?[[:space:]]*[0-9]+s[[:space:]]*$ ]]; then
		how=pass
	elif [[ $text == *"[not run] "* ]]; then
		how=skip why=${text#*"[not run] "} why=${why%%$'\n'*}
	elif [[ $text == *"[expunged]"* ]]; then
		how=skip why=expunged
	else
		why=$(_fstests_why "$text")
	fi
	_case ${why:+-m "$why"} "$name" "$how" "${files[@]}"
	# the VM's memory is all that there is; at a prompt they are for the user to read
	[[ $- == *i* ]] || for file in "${files[@]}"; do
		: > "$file"
	done
}

# Print the words of check for why a case has failed, without paths.
_fstests_why()
{
	local line why=''

	while IFS= read -r line; do
		line=${line#"${line%%[![:space:]]*}"}
		line=${line//"- output mismatch"/output mismatch}
		case $line in
		*"output mismatch"* | "_check_"* | *"[failed, exit status"* | *"[dumped core]"* | \
			*"no qualified output"*)
			line=${line/ (see *)/}
			why+=${why:+, }$line
			;;
		esac
	done <<< "${1#*s ... }"
	echo "${why:-it has failed, see its output}"
}
