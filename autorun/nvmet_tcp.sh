#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Export a RAM disk by the kernel's NVMe target over TCP, see nvmet_tcp.fest. All of it is
# made in configfs: Documentation/nvme and drivers/nvme/target/configfs.c of the kernel.

_vm_ar_env_check
_vm_ar_configfs_mount
modprobe zram || _fatal "no zram"
modprobe nvmet-tcp || _fatal "no nvmet-tcp"

echo "${NVMET_SIZE:-256M}" > /sys/block/zram0/disksize || _fatal "cannot set up zram0"

_nvmet=/sys/kernel/config/nvmet
_subsys=$_nvmet/subsystems/rapido
mkdir -p "$_subsys/namespaces/1" || _fatal "cannot make the NVMe subsystem"
echo 1 > "$_subsys/attr_allow_any_host"
echo /dev/zram0 > "$_subsys/namespaces/1/device_path"
echo 1 > "$_subsys/namespaces/1/enable" || _fatal "cannot export /dev/zram0"

# whatever address the VM has
_port=$_nvmet/ports/1
mkdir "$_port" || _fatal "cannot make the NVMe port"
echo tcp > "$_port/addr_trtype"
echo ipv4 > "$_port/addr_adrfam"
echo 0.0.0.0 > "$_port/addr_traddr"
echo 4420 > "$_port/addr_trsvcid"
ln -s "$_subsys" "$_port/subsystems/rapido" || _fatal "cannot listen on port 4420"
echo "NVMe subsystem 'rapido' is served on port 4420"
