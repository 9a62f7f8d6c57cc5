/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many small things that are freed together. */
#ifndef RAPIDO_POOL_H
#define RAPIDO_POOL_H

#include "lib/util.h"

struct pool_block;

struct pool {
	struct pool_block *blocks; /* the one in use first */
};

#define POOL_INIT \
	{         \
		0 \
	}

/* Free all that came from @pool, which can then be used again. */
void pool_release(struct pool *pool);

/* @size bytes of zeroes, aligned for anything but vectors; the pool's. Never NULL. */
void *pool_alloc(struct pool *pool, size_t size);

/* A terminated copy of the first @len bytes of @s. */
char *pool_strndup(struct pool *pool, const char *s, size_t len);

#endif
