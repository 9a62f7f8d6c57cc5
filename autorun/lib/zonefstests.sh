#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests of zonefs-tools as a suite. Each is a case for each kind of device that the script
# before this one has:
#
#	_zonefs_kinds	the kinds, which are the first part of a case's name: "plain/0300"
#	_zonefs_device	function, called with a kind: makes such a device, see devices.sh
# shellcheck disable=SC2154 # what is not set here is set by rapido or the scripts before

_zonefs_tests=$ZONEFSTOOLS_SRC/tests
[[ -x $_zonefs_tests/zonefs-tests.sh ]] ||
	_fatal "'$ZONEFSTOOLS_SRC' has no tests/zonefs-tests.sh: it is not zonefs-tools"
PATH=$ZONEFSTOOLS_SRC/src:$PATH
_zonefs_logs=/tmp/zonefs
_zonefs_kind='' _zonefs_dev=''
_vm_ar_configfs_mount
_vm_ar_mount_once debugfs /sys/kernel/debug || echo "there is no debugfs" >&2
if ! grep -qw zonefs /proc/filesystems; then
	modprobe zonefs || _fatal "modprobe zonefs failed"
	# the tests load it themselves
	modprobe -r zonefs || _fatal "modprobe -r zonefs failed"
fi

# _zonefs_parse ARG...: sets _ranges, _kinds, _cases and _short.
_zonefs_parse()
{
	_ranges=() _kinds=() _cases=() _short=()
	while (($#)); do
		case $1 in
		-t)
			[[ ${2-} =~ ^[0-9]{4}(-[0-9]{4})?$ ]] ||
				_fatal "zonefs-tests: -t requires a test such as 0300, or 0300-0330"
			_ranges+=("$2")
			shift
			;;
		-s) _short=(-s) ;;
		-*) _fatal "zonefs-tests: '$1' is not one of -t NNNN[-NNNN], -s" ;;
		*/*) _cases+=("$1") ;;
		*)
			[[ " ${_zonefs_kinds[*]} " == *" $1 "* ]] ||
				_fatal "zonefs-tests: '$1' is not a kind of device: ${_zonefs_kinds[*]}"
			_kinds+=("$1")
			;;
		esac
		shift
	done
	((${#_kinds[@]})) || _kinds=("${_zonefs_kinds[@]}")
}

_zonefs_in_ranges()
{
	local range

	((${#_ranges[@]})) || return 0
	for range in "${_ranges[@]}"; do
		[[ $1 < ${range%-*} || $1 > ${range#*-} ]] || return 0
	done
	return 1
}

# The arguments are -t NNNN[-NNNN] and -s, as for zonefs-tests.sh; kinds of devices; cases.
suite_list()
{
	local kind path name

	_zonefs_parse "$@"
	for name in "${_cases[@]}"; do
		[[ -f $_zonefs_tests/scripts/${name#*/}.sh &&
			" ${_zonefs_kinds[*]} " == *" ${name%%/*} "* ]] ||
			_fatal "zonefs-tests has no case '$name'"
		echo "$name"
	done
	((${#_cases[@]} == 0 || ${#_ranges[@]})) || return 0
	for kind in "${_kinds[@]}"; do
		for path in "$_zonefs_tests"/scripts/[0-9][0-9][0-9][0-9].sh; do
			name=${path##*/} name=${name%.sh}
			! _zonefs_in_ranges "$name" || echo "$kind/$name"
		done
	done
}

# _zonefs_judge NAME STATUS: by the last line of the runner's log.
_zonefs_judge()
{
	local test=${1#*/} line why
	local log=$_zonefs_logs/zonefs-tests.log
	local files=()

	line=$(grep -s ' tests passed (' "$log" | tail -n 1)
	[[ ! -f $_zonefs_logs/$test.log ]] || files=("$_zonefs_logs/$test.log")
	case $line in
	"1 / 1 "*) _case "$1" pass ;;
	"0 / 1 tests passed (1 skipped, 0 "*)
		why=$(grep -v -e '^ *$' -e '^##' -e '^skip$' "${files[@]}" | tail -n 1)
		_case -m "${why:0:200}" "$1" skip
		;;
	"0 / 1 tests passed (0 skipped, 1 "*)
		why=$(grep -e '-->' -e FAILED "${files[@]}" | head -n 1)
		_case -m "${why:0:200}" "$1" fail "${files[@]}"
		;;
	*) _case -m "zonefs-tests.sh ended with status $2 and no result" "$1" error ;;
	esac
}

suite_run()
{
	local name

	_zonefs_parse "${suite_args[@]}"
	for name; do
		_case_begin "$name"
		if [[ $_zonefs_kind != "${name%%/*}" ]]; then
			_devices_remove
			_zonefs_device "${name%%/*}"
			_device_needs 512M ZONEFSTESTS_DEV_SIZE
			_zonefs_kind=${name%%/*} _zonefs_dev=$device
		fi
		rm -rf "$_zonefs_logs"
		mkdir -p "$_zonefs_logs" || _fatal "mkdir $_zonefs_logs failed"
		"$_zonefs_tests/zonefs-tests.sh" "${_short[@]}" -t "${name#*/}" \
			-g "$_zonefs_logs" "$_zonefs_dev" 2>&1
		_zonefs_judge "$name" "$?"
	done
}
