/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TAP devices by the kernel's TUN driver: Documentation/networking/tuntap.rst. */
#ifndef RAPIDO_TUN_H
#define RAPIDO_TUN_H

#include "net/net-ip.h"

/* What to say when /dev/net/tun cannot be opened with @err, an -errno: which module it
 * wants. Static text that follows "cannot open '/dev/net/tun': ". */
const char *tun_advice(int err);

/*
 * Whether there is a device @name, and whether it is a TAP device; without privilege.
 * 1: a TAP device; 0: another one; -ENODEV: none; another -errno.
 */
int tun_is_tap(const char *name);

/* Whether the device @name is there and up. */
bool tun_is_up(const char *name);

/*
 * Attach to the existing, persistent TAP device @name, as QEMU wants it (IFF_NO_PI,
 * IFF_VNET_HDR where the kernel has it): a descriptor, close-on-exec. Or -errno after a
 * message: -EBUSY when another VM has it, -EPERM when it is somebody else's, -ENODEV.
 * Never makes a device.
 */
int tun_attach(const char *name);

/* For those with CAP_NET_ADMIN, all without messages; 0 or -errno. -ENOENT, -ENODEV and
 * -ENXIO, of those that make a device, are about /dev/net/tun: see tun_advice(). */

/* Make the TAP device @name for the user @owner: a descriptor, with which it goes again
 * when that is closed before tun_keep() has made it persistent. -EEXIST when there is a
 * device of that name. */
int tun_make(const char *name, uid_t owner);
int tun_keep(int fd);

/* Give it to another user. -EBUSY while a VM uses it. */
int tun_set_owner(const char *name, uid_t owner);
/* Remove it. -EBUSY while a VM uses it. */
int tun_remove(const char *name);

#endif
