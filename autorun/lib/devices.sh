#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Block devices for suites. Sourced in the VM before the scripts that need one, see
# cut/lib/devices.fest. Each function that makes a device leaves its path in $device; what
# fails is named, and ends the VM. _devices_remove removes what they have made.
_device_undo=()

# _size_bytes SIZE: print a size such as 512M in bytes.
_size_bytes()
{
	local -A units=([K]=1024 [M]=1048576 [G]=1073741824 [T]=1099511627776)
	local size=${1^^}

	size=${size%B} size=${size%I}
	if [[ $size =~ ^([0-9]+)([KMGT])$ ]]; then
		echo $((10#${BASH_REMATCH[1]} * units[${BASH_REMATCH[2]}]))
	elif [[ $size =~ ^[0-9]+$ ]]; then
		echo $((10#$size))
	else
		_fatal "'$1' is not a size such as 512M or 2G"
	fi
}

# _device_needs SIZE SETTING: $device has at least that size, or the VM ends with a message that
# names what decides about it.
_device_needs()
{
	local need have

	need=$(_size_bytes "$1") || exit
	have=$(blockdev --getsize64 "$device") || _fatal "cannot read the size of $device"
	((have >= need)) ||
		_fatal "$device has $((have >> 20)) MiB, but at least $((need >> 20)) are needed: see $2"
}

# _device_disk NAME: the disk with this serial number (`disk` in a manifest, --disk SIZE,name=NAME);
# false if there is none.
_device_disk()
{
	local link

	for link in /dev/disk/by-id/*-"$1"; do
		[[ -b $link ]] || continue
		device=$(readlink -f "$link")
		return 0
	done
	return 1
}

# _device_zram SIZE: a new one.
_device_zram()
{
	local number bytes

	bytes=$(_size_bytes "$1") || exit
	if [[ ! -e /sys/class/zram-control/hot_add ]]; then
		modprobe zram num_devices=0 || _fatal "modprobe zram failed"
	fi
	number=$(< /sys/class/zram-control/hot_add) || _fatal "cannot add a zram device"
	echo "$bytes" > "/sys/block/zram$number/disksize" ||
		_fatal "cannot give zram$number the size $1"
	device=/dev/zram$number
	_device_undo+=("echo $number > /sys/class/zram-control/hot_remove")
	_device_wait
}

# _device_null_blk NAME [KEY=VALUE]...: a null_blk device, by attributes of its directory in
# configfs (the kernel's Documentation/block/null_blk.rst). One of that name is replaced.
_device_null_blk()
{
	local name=$1 dir=/sys/kernel/config/nullb/$1 word

	[[ -d /sys/module/null_blk ]] || modprobe null_blk nr_devices=0 ||
		_fatal "modprobe null_blk nr_devices=0 failed"
	_vm_ar_configfs_mount
	[[ -d /sys/kernel/config/nullb ]] || _fatal "null_blk has no directory in configfs"
	[[ ! -d $dir ]] || rmdir "$dir" || _fatal "cannot remove null_blk device $name"
	mkdir "$dir" || _fatal "cannot make null_blk device $name"
	for word in "${@:2}" power=1; do
		[[ -e $dir/${word%%=*} ]] ||
			_fatal "this kernel's null_blk has no ${word%%=*}"
		echo "${word#*=}" > "$dir/${word%%=*}" ||
			_fatal "cannot set $word of null_blk device $name"
	done
	device=/dev/$name
	# a test may have removed it
	_device_undo+=("[[ ! -d $dir ]] || rmdir $dir")
	_device_wait
}

# _device_scsi_debug [KEY=VALUE]...: the disk of the module scsi_debug with these parameters,
# loaded anew.
_device_scsi_debug()
{
	local adapter block i

	[[ ! -d /sys/module/scsi_debug ]] || modprobe -r scsi_debug ||
		_fatal "modprobe -r scsi_debug failed"
	modprobe -q sd_mod
	modprobe scsi_debug "$@" || _fatal "modprobe scsi_debug $* failed"
	_device_undo+=("modprobe -r scsi_debug")
	for ((i = 0; i < 100; i++)); do
		for adapter in /sys/bus/pseudo/devices/adapter*; do
			for block in "$adapter"/host*/target*/*/block/*; do
				[[ -e $block ]] || continue
				device=/dev/${block##*/}
				_device_wait
				return
			done
		done
		sleep 0.1
	done
	_fatal "scsi_debug was loaded, but there is no disk: has the kernel sd_mod?"
}

# _device_nvme TRANSPORT: an NVMe drive whose namespace is $device, connected by the transport
# loop or tcp to the kernel's own target (its Documentation/nvme and
# drivers/nvme/target/configfs.c).
_device_nvme()
{
	local nvmet=/sys/kernel/config/nvmet port=/sys/kernel/config/nvmet/ports/99
	local subsys=/sys/kernel/config/nvmet/subsystems/rapido
	local address="transport=$1,nqn=rapido" controller i

	modprobe "nvme-$1" || _fatal "modprobe nvme-$1 failed"
	[[ $1 == loop ]] || modprobe "nvmet-$1" || _fatal "modprobe nvmet-$1 failed"
	_vm_ar_configfs_mount
	mkdir -p "$subsys/namespaces/1" "$port" || _fatal "cannot make an NVMe target in $nvmet"
	echo 1 > "$subsys/attr_allow_any_host"
	echo "$device" > "$subsys/namespaces/1/device_path"
	echo 1 > "$subsys/namespaces/1/enable" || _fatal "cannot export $device by NVMe"
	echo "$1" > "$port/addr_trtype"
	if [[ $1 == tcp ]]; then
		echo ipv4 > "$port/addr_adrfam"
		echo 127.0.0.1 > "$port/addr_traddr"
		echo 4499 > "$port/addr_trsvcid"
		address+=,traddr=127.0.0.1,trsvcid=4499
	fi
	ln -s "$subsys" "$port/subsystems/rapido" || _fatal "the NVMe target cannot listen"
	_device_undo+=("rm $port/subsystems/rapido; rmdir $port $subsys/namespaces/1 $subsys")
	echo "$address" > /dev/nvme-fabrics || _fatal "cannot connect to the NVMe target: $address"
	for ((i = 0; i < 100; i++)); do
		for controller in /sys/class/nvme/nvme*; do
			[[ -e $controller && $(< "$controller/subsysnqn") == rapido ]] || continue
			device=/dev/${controller##*/}n1
			[[ -b $device ]] || continue
			_device_undo+=("echo 1 > $controller/delete_controller")
			_device_wait
			return
		done
		sleep 0.1
	done
	_fatal "connected by NVMe over $1, but there is no drive"
}

# Remove the devices that the functions above have made, the last one first.
_devices_remove()
{
	local i

	for ((i = ${#_device_undo[@]} - 1; i >= 0; i--)); do
		eval "${_device_undo[i]}" ||
			_fatal "cannot remove a device: ${_device_undo[i]}"
	done
	_device_undo=()
}

# The node of $device is there, and udev, if it runs, is done with it.
_device_wait()
{
	local i

	for ((i = 0; i < 100; i++)); do
		[[ -b $device ]] && break
		sleep 0.1
	done
	[[ -b $device ]] || _fatal "$device does not appear"
	[[ ! -e /run/udev/control ]] || udevadm settle --timeout=30 ||
		_fatal "udevadm settle failed"
}
