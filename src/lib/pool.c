// SPDX-License-Identifier: GPL-2.0-or-later
/* Pools: blocks that are handed out from the front. */
#include "lib/pool.h"

#define BLOCK_SIZE ((size_t)64 << 10)
#define ALIGNMENT  sizeof(void *)

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	char data[];
};

void pool_release(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *block = pool->blocks;

		pool->blocks = block->next;
		free(block);
	}
}

static struct pool_block *add_block(struct pool *pool, size_t size)
{
	struct pool_block *block = xcalloc(1, sizeof(*block) + size);
	struct pool_block **at = &pool->blocks;

	/* a block for one large thing stands behind the one in use */
	if (size > BLOCK_SIZE && *at)
		at = &(*at)->next;
	block->size = size;
	block->next = *at;
	*at = block;
	return block;
}

void *pool_alloc(struct pool *pool, size_t size)
{
	struct pool_block *block = pool->blocks;
	void *data;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!block || block->size - block->used < size)
		block = add_block(pool, size > BLOCK_SIZE ? size : BLOCK_SIZE);
	data = block->data + block->used;
	block->used += size;
	return data;
}

char *pool_strndup(struct pool *pool, const char *s, size_t len)
{
	char *copy = pool_alloc(pool, len + 1);

	memcpy(copy, s, len);
	return copy;
}
