#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by bash in the VM, see cut/simple_network.fest. The network is up by then.

_vm_ar_env_check

read -r release < /proc/sys/kernel/osrelease
read -r name < /proc/sys/kernel/hostname
echo "Rapido scratch VM running $release. Have a lot of fun..."

# What it really has, with or without a file in net-conf/vmN.
addresses=$(_vm_ar_ip_addrs)
[[ -n $addresses ]] || echo "$name has no address"
for address in $addresses; do
	echo "$name has the address $address"
done

# The other VMs of net-conf are in /etc/hosts, whether they run or not. `_vm_ar_peer NAME`
# prints the address of one, for scripts.
if [[ -n $addresses ]]; then
	echo "Try: cat /etc/hosts; ping -c 3 NAME"
fi
if [[ -n $addresses && -x /usr/bin/nc ]]; then
	echo "And: nc -l 7777 here, echo hello > /dev/tcp/$name/7777 elsewhere"
fi
