# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of suites: 'toy', a suite whose cases are what its arguments name, and
# which do what the word before the dash in their names says; beyond what all tests of `rapido
# run` share.
. "$RAPIDO_SOURCE/tests/functional/lib_run.sh"

manifest toy <<- 'END'
	include simple_example.fest
	suite autorun/toy.sh
	case-timeout 60
END

autorun toy.sh <<- 'END'
	suite_list() { printf '%s\n' "$@"; }

	# what it does when it is run in a VM in which it is not the first one
	toy_second()
	{
		[[ -e /tmp/toy ]]
	}

	suite_run()
	{
		local name

		for name; do
			_case_begin "$name"
			echo "this is $name"
			case ${name##*/} in
			pass*) _case "$name" pass ;;
			slow*) sleep 1; _case "$name" pass ;;
			fail*) _case -m "it always fails" "$name" 3 ;;
			skip*) _case -m "not here" "$name" skip ;;
			error*) _case -m "no judge" "$name" error ;;
			flaky*) # in a fresh VM it passes
				if toy_second; then
					_case -m "the VM is not fresh" "$name" fail
				else
					_case "$name" pass
				fi
				;;
			panic*) echo c > /proc/sysrq-trigger ;;
			gone*) echo o > /proc/sysrq-trigger; sleep 60 ;;
			hang*) sleep 1000 ;;
			esac
			: > /tmp/toy
		done
	}
END


# case_is NAME OUTCOME [EXPRESSION]: in status.json, with the case as `c`.
case_is()
{
	json "[c for c in d['suite']['cases'] if c['name'] == '$1' and c['outcome'] == '$2'
		and (${3-True})]"
}
