# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots with KVM, as TAP: where test_kvm has put this rapido, with the kernel that runs here.
# $KVM_TESTS is a writable directory, $KVM_RAPIDO the program.
export RAPIDO_CONF=$KVM_TESTS/conf HOME=$KVM_TESTS/home LC_ALL=C TERM=dumb
export XDG_DATA_HOME=$KVM_TESTS/data XDG_STATE_HOME=$KVM_TESTS/state XDG_CACHE_HOME=$KVM_TESTS/cache
mkdir -p "$HOME" "$XDG_DATA_HOME/rapido/"{cut,autorun}
# a guest's own KVM would hide that it has none; "kvm" fails where "auto" would emulate
echo 'ACCEL="kvm"' > "$RAPIDO_CONF"
cd "$KVM_TESTS" || exit 1
n=0

# check TEXT COMMAND...
check()
{
	n=$((n + 1))
	if "${@:2}"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		tail -n 40 out err 2> /dev/null | sed 's/^/# /'
	fi
}

# rapido ARG...: $status, and the files out and err
rapido()
{
	timeout -k 10 600 "$KVM_RAPIDO" "$@" < /dev/null > out 2> err
	status=$?
}
ended() { [[ $status == "$1" ]] && grep -qe "$2" err; }

cat > "$XDG_DATA_HOME/rapido/cut/serves.fest" << 'MANIFEST'
autorun autorun/serves.sh
bin sleep
network
MANIFEST
echo 'sleep 600 &' > "$XDG_DATA_HOME/rapido/autorun/serves.sh"
cat > "$XDG_DATA_HOME/rapido/cut/asks.fest" << 'MANIFEST'
autorun autorun/asks.sh
bin ping
network
MANIFEST
echo 'ping -c 3 -w 30 serves' > "$XDG_DATA_HOME/rapido/autorun/asks.sh"

rapido cut -B -o "$KVM_TESTS/image" simple-example
check "an image is cut" test "$status" == 0
rapido boot --dry-run "$KVM_TESTS/image"
check "it is booted with KVM" grep -q -e '-accel kvm -cpu host' out
rapido boot "$KVM_TESTS/image"
check "boot: the greeting is there" grep -q 'Have a lot of fun' out
check "boot: it ends in good order" test "$status" == 0
check "it is not said to be emulated" test -z "$(grep emulated err)"

rapido run --boot-timeout 400 -x 'echo out; echo err >&2' simple-example
check "0: what succeeds passes" ended 0 'returned 0'
check "its output is there" test "$(tail -n 1 out)" == out
rapido run --boot-timeout 400 -x 'exit 3' simple-example
check "3: the test's own status" ended 3 'status 3'
rapido run --boot-timeout 400 -x 'echo c > /proc/sysrq-trigger' simple-example
check "100: a panic" ended 100 'panic'
rapido run --boot-timeout 400 --timeout 100 -x 'sleep 900' simple-example
check "101: the time limit" ended 101 'time limit\|timeout'

pids=()
for name in one two; do
	timeout -k 10 600 "$KVM_RAPIDO" run --boot-timeout 400 -o "$KVM_TESTS/image-$name" -x "sleep 5; echo $name" \
		simple-example < /dev/null > "out-$name" 2> "err-$name" &
	pids+=($!)
done
both=0
for pid in "${pids[@]}"; do
	wait "$pid" || both=$?
done
check "two at once: both pass" test "$both" == 0
check "each has its own output" test "$(tail -qn 1 out-one out-two)" == $'one\ntwo'

rapido run --boot-timeout 400 --network lan --with serves asks
check "the LAN: VMs reach each other" ended 0 'returned 0'
echo "1..$n"
