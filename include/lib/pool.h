/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many small allocations that are freed together. */
#ifndef RAPIDO_POOL_H
#define RAPIDO_POOL_H

#include "lib/util.h"

struct pool_block;

struct pool {
	struct pool_block *blocks; /* the first one is in use */
};

#define POOL_INIT \
	{         \
		0 \
	}

/* Free everything that came from @pool, which can then be used again. */
void pool_release(struct pool *pool);

/*
 * Allocate @size bytes of zeroes from the pool, aligned for anything but vectors. Never
 * NULL.
 */
void *pool_alloc(struct pool *pool, size_t size);

/* A NUL-terminated copy of the first @len bytes of @s, in the pool. */
char *pool_strndup(struct pool *pool, const char *s, size_t len);

#endif
