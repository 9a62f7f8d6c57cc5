/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hashes of bytes. */
#ifndef RAPIDO_HASH_H
#define RAPIDO_HASH_H

#include "lib/util.h"

/*
 * For tables whose keys a guest or a file may have chosen: SipHash-1-3 with a key that
 * each process has of its own, so that nobody can choose many keys with one hash. Two
 * processes have different hashes, so nothing that is written to a file may depend on
 * them.
 */
uint64_t hash_bytes(const void *data, size_t size);

/*
 * FNV-1a in 32 bits: the same in every process and on every host. Collisions are easy to
 * choose.
 */
uint32_t hash_stable(const void *data, size_t size);

#endif
