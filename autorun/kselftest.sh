#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's selftests as a suite: a case is COLLECTION:TEST of kselftest-list.txt, which the
# tree's own runner runs. What a test prints is KTAP and stays as it is; the runner's line
# about the whole test is the case's outcome.

_kselftest=/kselftest
_kselftest_log=/tmp/kselftest.log

for _name in run_kselftest.sh kselftest-list.txt kselftest/runner.sh; do
	[[ -r $_kselftest/$_name ]] ||
		_fatal "there is no $_name in KSELFTEST_DIR: 'rapido run --build kselftest' in a kernel tree makes it"
done
grep -q -- '--test' "$_kselftest/run_kselftest.sh" ||
	_fatal "run_kselftest.sh of KSELFTEST_DIR cannot run single tests: it is older than Linux 5.10"
_kselftest_opts=()
if [[ -n ${KSELFTEST_TIMEOUT-} ]]; then
	grep -q -- '--override-timeout' "$_kselftest/run_kselftest.sh" ||
		_fatal "run_kselftest.sh of KSELFTEST_DIR has no --override-timeout for KSELFTEST_TIMEOUT"
	_kselftest_opts=(-o "$KSELFTEST_TIMEOUT")
fi
unset _name

# suite_list [COLLECTION|COLLECTION:TEST]...: shell patterns, too; without any, all.
suite_list()
{
	local -a all
	local word case found

	mapfile -t all < "$_kselftest/kselftest-list.txt"
	(($# > 0)) || set -- '*'
	for word; do
		found=
		for case in "${all[@]}"; do
			# shellcheck disable=SC2053 # they are patterns
			if [[ $case == $word || ${case%%:*} == $word ]]; then
				found+=$case$'\n'
			fi
		done
		if [[ -z $found ]]; then
			echo "no test of KSELFTEST_DIR is '$word'. It has:" \
				"$(cut -d: -f1 "$_kselftest/kselftest-list.txt" | sort -u | tr '\n' ' ')" >&2
			echo "--build makes the collections in KSELFTEST_TARGETS" >&2
			return 1
		fi
		printf %s "$found"
	done | awk '!seen[$0]++'
	# the loop's
	return "${PIPESTATUS[0]}"
}

suite_run()
{
	local case

	for case; do
		_case_begin "$case"
		_run_case "$_kselftest_log" "$_kselftest/run_kselftest.sh" "${_kselftest_opts[@]}" -t "$case"
		_kselftest_judge "$case"
	done
}

# What became of the test's own TAP, if there is any, whose lines the runner prefixes with "# ".
_kselftest_count()
{
	awk '/^# ok [0-9]/ { /# SKIP/ ? skipped++ : passed++ }
		/^# not ok [0-9]/ { failed++ }
		END {
			if (passed + failed + skipped)
				printf "subtests: %d passed, %d failed, %d skipped", passed, failed, skipped
		}' "$_kselftest_log"
}

# _kselftest_judge CASE: by the runner's last line, with the test's own words as the reason.
_kselftest_judge()
{
	local line why count

	line=$(grep -E '^(not )?ok [0-9]+ selftests: ' "$_kselftest_log" | tail -n 1)
	count=$(_kselftest_count)
	case $line in
	ok\ *'# SKIP'*)
		why=$(grep -m 1 -o '^#.*SKIP.*' "$_kselftest_log")
		why=${why##*SKIP[: ]}
		_case -m "${why#"${why%%[!# ]*}"}" "$1" skip
		;;
	ok\ *)
		_case -m "$count" "$1" pass
		;;
	*'# exit=126' | *'# exit=127')
		_case -m "a program that it needs is not in the image (${line##*# })" "$1" error
		;;
	not\ ok\ *)
		if grep -q -m 1 '^# Warning: file .* is missing!' "$_kselftest_log"; then
			_case -m "it is not in KSELFTEST_DIR: build it" "$1" error
			return
		fi
		# its first subtest that failed, or else the last that it said
		why=$(grep -m 1 '^#.*\<not ok ' "$_kselftest_log") ||
			why=$(grep '^# *[^# ]' "$_kselftest_log" | tail -n 1)
		why=${why#"${why%%[!# ]*}"}
		[[ $why != 'selftests: '* ]] || why=
		[[ $line != *'# '* ]] || line=${line##*# }
		_case -m "$line${why:+: $why}${count:+ ($count)}" "$1" fail
		;;
	*)
		_case -m "run_kselftest.sh did not say how it ended" "$1" error
		;;
	esac
}
