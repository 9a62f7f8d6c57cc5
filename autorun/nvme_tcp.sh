#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Use the drive of the VM that nvmet_tcp.sh runs in, see nvme_tcp.fest. The target is the
# VM beside this one (run --with), or the address NVME_TARGET of rapido.conf.

_vm_ar_env_check
modprobe nvme-tcp || _fatal "no nvme-tcp"
_target=${NVME_TARGET:-$(_vm_ar_peer nvmet-tcp)} ||
	_fatal "no target: use 'rapido run --with nvmet-tcp nvme-tcp', or set NVME_TARGET"

# Connect, and find the drive: sets _disk.
_nvme_connect()
{
	local i

	echo "transport=tcp,traddr=$_target,trsvcid=4420,nqn=rapido" > /dev/nvme-fabrics ||
		_fatal "cannot connect to $_target"
	for ((i = 0; i < 100; i++)); do
		for _disk in /dev/nvme*n1; do
			[[ -b $_disk ]] && return
		done
		sleep 0.1
	done
	_fatal "connected to $_target, but there is no drive"
}

_nvme_disconnect()
{
	echo 1 > /sys/class/nvme/nvme0/delete_controller || _fatal "cannot disconnect"
}

_size_mib=16
_nvme_connect
echo "connected to $_target: $_disk"
dd if=/dev/urandom of=/tmp/data bs=1M count=$_size_mib status=none || _fatal "no data"
dd if=/tmp/data of="$_disk" bs=1M oflag=direct status=none || _fatal "cannot write"
_nvme_disconnect

# what is read now comes over the wire again
_nvme_connect
dd if="$_disk" of=/tmp/back bs=1M count=$_size_mib iflag=direct status=none ||
	_fatal "cannot read"
cmp /tmp/data /tmp/back || _fatal "what was read is not what was written"
echo "wrote $_size_mib MiB and read them back"

if [[ -x /usr/bin/fio ]]; then
	fio --name=rapido --filename="$_disk" --rw=randrw --bs=4k --size=4M --direct=1 \
		--verify=crc32c --ioengine=psync --output=/dev/null || _fatal "fio failed"
	echo "fio has verified random writes"
fi
_nvme_disconnect
