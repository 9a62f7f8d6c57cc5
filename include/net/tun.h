/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TAP devices of the kernel's TUN driver, see Documentation/networking/tuntap.rst. */
#ifndef RAPIDO_TUN_H
#define RAPIDO_TUN_H

#include "net/net-ip.h"

/* How to mend that /dev/net/tun cannot be opened because of @err, an -errno. Static text
 * that follows "cannot open '/dev/net/tun': ". */
const char *tun_advice(int err);

/*
 * Whether there is a device @name, and whether it is a TAP device. Requires no
 * privileges. 1: a TAP device; 0: another device; -ENODEV: none; or another -errno.
 */
int tun_is_tap(const char *name);

/* Whether there is a device @name that is up. */
bool tun_is_up(const char *name);

/*
 * Attach to the existing, persistent TAP device @name for a VM (IFF_NO_PI). With
 * @offload, if the kernel has it, frames have a header (IFF_VNET_HDR), and the kernel
 * does checksums and segments; without, a frame is what a wire would have. Returns a
 * descriptor, close-on-exec, or -errno after a message: -EBUSY if another VM uses it,
 * -EPERM if it belongs to another user, -ENODEV. Never creates a device.
 */
int tun_attach(const char *name, bool offload);

/* The rest requires CAP_NET_ADMIN and prints nothing; 0 or -errno. -ENOENT, -ENODEV and
 * -ENXIO of tun_make() are about /dev/net/tun: see tun_advice(). */

/* Create the TAP device @name for the user @owner. Returns a descriptor: if that is
 * closed before tun_keep() has made the device persistent, the device is gone. -EEXIST if
 * there is a device of that name. */
int tun_make(const char *name, uid_t owner);
int tun_keep(int fd);

/* Give the device to another user. -EBUSY while a VM uses it. */
int tun_set_owner(const char *name, uid_t owner);
/* Remove the device. -EBUSY while a VM uses it. */
int tun_remove(const char *name);

#endif
