// SPDX-License-Identifier: GPL-2.0-or-later
/* SipHash (Aumasson and Bernstein, 2012) with 1 round a word and 3 at the end; FNV-1a. */
#include <endian.h>
#include <sys/auxv.h>

#include "lib/hash.h"

struct sip {
	uint64_t v[4];
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(struct sip *s)
{
	uint64_t *v = s->v;

	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v[3] ^= word;
	sip_round(s);
	s->v[0] ^= word;
}

/* The random bytes that the kernel gives to each program it starts. */
static const uint64_t *process_key(void)
{
	static uint64_t key[2];
	static bool known;

	if (!known)
		memcpy(key, (const void *)getauxval(AT_RANDOM), sizeof(key));
	known = true;
	return key;
}

uint64_t hash_bytes(const void *data, size_t size)
{
	const uint64_t *key = process_key();
	const unsigned char *at = data, *end = at + size;
	struct sip s = { {
		key[0] ^ 0x736f6d6570736575,
		key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261,
		key[1] ^ 0x7465646279746573,
	} };
	uint64_t word;

	for (; end - at >= 8; at += 8) {
		memcpy(&word, at, 8);
		sip_word(&s, le64toh(word));
	}
	word = 0;
	for (size_t i = 0; at + i < end; i++)
		word |= (uint64_t)at[i] << (8 * i);
	sip_word(&s, word | (uint64_t)size << 56);
	s.v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

uint32_t hash_stable(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}
