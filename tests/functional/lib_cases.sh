# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of the suites that come with rapido, which run stand-ins of them, beyond
# lib_run.sh: what became of the cases of the last run.
. "${RAPIDO_SOURCE:?}/tests/functional/lib_run.sh"

# case_is NAME OUTCOME [TEXT]: and TEXT is in its reason.
case_is()
{
	# shellcheck disable=SC2154 # lib_run.sh sets it
	python3 -c 'import json, sys
cases = json.load(open(sys.argv[1], encoding="utf-8"))["suite"]["cases"]
found = [c for c in cases if c["name"] == sys.argv[2]]
for c in found:
    print("#", c["name"], c["outcome"], c["reason"])
sys.exit(0 if len(found) == 1 and found[0]["outcome"] == sys.argv[3]
         and sys.argv[4] in (found[0]["reason"] or "") else 1)' \
		"$last/status.json" "$1" "$2" "${3-}"
}

# cases_are NAME...: these and no others, in this order.
cases_are()
{
	python3 -c 'import json, sys
cases = [c["name"] for c in json.load(open(sys.argv[1], encoding="utf-8"))["suite"]["cases"]]
print("#", *cases)
sys.exit(0 if cases == sys.argv[2:] else 1)' "$last/status.json" "$@"
}

# case_said NAME REGEX: a line of the output that was kept of it matches.
case_said()
{
	local dir

	dir=$(python3 -c 'import json, sys
print(*(c["directory"] for c in json.load(open(sys.argv[1], encoding="utf-8"))["suite"]["cases"]
        if c["name"] == sys.argv[2]))' "$last/status.json" "$1")
	grep -qx -e "$2" "$last/$dir/output"
}
