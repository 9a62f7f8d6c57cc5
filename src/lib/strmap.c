// SPDX-License-Identifier: GPL-2.0-or-later
/* String map: linear probing, at most three quarters full. */
#include "lib/hash.h"
#include "lib/strmap.h"

void strmap_release(struct strmap *map, void (*free_value)(void *))
{
	for (size_t i = 0; i < map->size; i++) {
		if (!map->slots[i].key)
			continue;
		if (free_value)
			free_value(map->slots[i].value);
		free(map->slots[i].key);
	}
	free(map->slots);
	*map = (struct strmap)STRMAP_INIT;
}

static struct strmap_slot *find(const struct strmap *map, const char *key, size_t len,
				uint64_t hash)
{
	size_t mask = map->size - 1, i = hash & mask;

	for (;; i = (i + 1) & mask) {
		struct strmap_slot *slot = &map->slots[i];

		if (!slot->key)
			return slot;
		if (slot->hash == hash && strncmp(slot->key, key, len) == 0 &&
		    !slot->key[len])
			return slot;
	}
}

static void grow(struct strmap *map)
{
	struct strmap bigger = { .size = map->size ? map->size * 2 : 64, .nr = map->nr };

	bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
	for (size_t i = 0; i < map->size; i++) {
		const struct strmap_slot *slot = &map->slots[i];

		if (slot->key)
			*find(&bigger, slot->key, strlen(slot->key), slot->hash) = *slot;
	}
	free(map->slots);
	*map = bigger;
}

void **strmap_getn(const struct strmap *map, const char *key, size_t len)
{
	struct strmap_slot *slot;

	if (!map->size)
		return NULL;
	slot = find(map, key, len, hash_bytes(key, len));
	return slot->key ? &slot->value : NULL;
}

void **strmap_get(const struct strmap *map, const char *key)
{
	return strmap_getn(map, key, strlen(key));
}

void **strmap_put(struct strmap *map, const char *key)
{
	size_t len = strlen(key);
	uint64_t hash = hash_bytes(key, len);
	struct strmap_slot *slot;

	if ((map->nr + 1) * 4 > map->size * 3)
		grow(map);
	slot = find(map, key, len, hash);
	if (!slot->key) {
		slot->key = xstrndup(key, len);
		slot->hash = hash;
		map->nr++;
	}
	return &slot->value;
}

const char *strmap_key(void *const *value)
{
	const char *slot = (const char *)value - offsetof(struct strmap_slot, value);

	return ((const struct strmap_slot *)(const void *)slot)->key;
}
