/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are part of the program: they go into every image. See assets.S. */
#ifndef RAPIDO_ASSETS_H
#define RAPIDO_ASSETS_H

/* The guest's first process, a static ELF program. */
extern const char asset_init[], asset_init_end[];
/* bash's rc file in the guest. */
extern const char asset_rc[], asset_rc_end[];
/* The systemd unit that runs bash where systemd is the first process. */
extern const char asset_service[], asset_service_end[];

#endif
