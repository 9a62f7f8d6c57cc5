# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of `rapido run`, beyond what all functional tests share: runs with $kernel,
# which is the quick one or of the flavour that is given as an argument (see lib.sh), a look at
# what they left, and runs that are watched while they go on.
. "$RAPIDO_SOURCE/tests/functional/lib.sh"
: "${RAPIDO_SANITIZED=}"

kernel=$(kernel "${1:-quick}") || exit 1
# an emulated VM beside other tests
LIMIT=150
last=$INITRDS/results/last
# within which rapido reacts, in milliseconds: what is promised, and what a slow build keeps
# shellcheck disable=SC2034 # for the tests
prompt_ms=$((${#RAPIDO_SANITIZED} ? 4000 : 2000))

settings()
{
	mkdir -p "$XDG_CONFIG_HOME/rapido"
	printf '%s\n' "$@" > "$XDG_CONFIG_HOME/rapido/rapido.conf"
}

ms_now() { echo $((${EPOCHREALTIME/./} / 1000)); }

# rapido run with these arguments; $took_ms is the time it needed.
vm()
{
	local begin

	begin=$(ms_now)
	run "$RAPIDO" run -k "$kernel" "$@"
	# shellcheck disable=SC2034 # for the tests
	took_ms=$(($(ms_now) - begin))
}

# json EXPRESSION: of the status.json of the last run, the object `d`; began(d) is a time.
json()
{
	python3 -c 'import datetime, json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
def began(run):
    return datetime.datetime.fromisoformat(run["started"].rstrip("Z")).timestamp()
sys.exit(0 if eval(sys.argv[2]) else 1)' "$last/status.json" "$1"
}

# start ARGUMENT...: a run that goes on while the test does: $run_pid, $T/out.raw, $T/err.
start()
{
	# bash starts such a process with SIGINT ignored
	env --default-signal=INT,QUIT timeout -k 10 "$LIMIT" "$RAPIDO" run -k "$kernel" "$@" \
		< /dev/null > "$T/out.raw" 2> "$T/err" &
	timeout_pid=$!
	run_pid=''
	: > "$T/out"
	wait_until 30 find_run
}
find_run()
{
	run_pid=$(ps -o pid= --ppid "$timeout_pid" | tr -d ' ') && [[ -n $run_pid ]]
}

# The process of the VM, once it is started: rapido has other children before.
vm_pid()
{
	ps -o pid=,comm=,args= --ppid "$run_pid" |
		sed -n 's,^ *\([0-9]*\) \(qemu\|[^ ]*  */dev/null/linux \).*,\1,p'
}
has_vm() { [[ -n $(vm_pid) ]]; }

# Until the test in the VM has printed this.
prints() { wait_until 100 grep -qaF "$1" "$T/out.raw"; }

# The run's end: $status, and $took_ms since $begin.
finished()
{
	# bash would mention one that was killed
	wait "$timeout_pid" 2> /dev/null
	status=$?
	# shellcheck disable=SC2034 # for the tests and lib.sh
	shown=false took_ms=$(($(ms_now) - begin))
	tr -d '\r' < "$T/out.raw" > "$T/out"
	cp "$T/out" "$T/guest"
}
