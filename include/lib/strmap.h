/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash map from strings to pointers; open addressing, insertion only. */
#ifndef RAPIDO_STRMAP_H
#define RAPIDO_STRMAP_H

#include "lib/util.h"

struct strmap_slot {
	char *key;
	void *value;
	uint64_t hash;
};

struct strmap {
	struct strmap_slot *slots; /* a power of two of them; key NULL: unused */
	size_t nr;
	size_t size;
};

#define STRMAP_INIT \
	{           \
		0   \
	}

/*
 * Free the map and its keys, after calling @free_value (unless it is NULL) for each
 * value.
 */
void strmap_release(struct strmap *map, void (*free_value)(void *));

/* The address of @key's value, or NULL. Valid until the next strmap_put(). */
void **strmap_get(const struct strmap *map, const char *key);
/* The same for a key of @len bytes, which need not be terminated. */
void **strmap_getn(const struct strmap *map, const char *key, size_t len);

/*
 * The address of @key's value. A key that was not in the map is copied, and its value is
 * NULL.
 */
void **strmap_put(struct strmap *map, const char *key);

/* The map's copy of the key whose value is at @value; valid as long as the map is. */
const char *strmap_key(void *const *value);

#endif
