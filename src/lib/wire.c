// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames between the guest's agent and `rapido run`. Part of both programs: libc alone.
 */
#include <string.h>

#include "lib/wire.h"

void wire_put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

void wire_put64(unsigned char *at, uint64_t value)
{
	wire_put32(at, (uint32_t)value);
	wire_put32(at + 4, (uint32_t)(value >> 32));
}

uint32_t wire_get32(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

uint64_t wire_get64(const unsigned char *at)
{
	return wire_get32(at) | (uint64_t)wire_get32(at + 4) << 32;
}

static unsigned int get16(const unsigned char *at)
{
	return at[0] | (unsigned int)at[1] << 8;
}

uint64_t wire_checksum(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *at = data;
	uint32_t s1 = (uint32_t)sum, s2 = (uint32_t)(sum >> 32);

	for (; size >= 4; size -= 4, at += 4) {
		s1 += wire_get32(at);
		s2 += s1;
	}
	if (size) {
		unsigned char last[4] = { 0 };

		memcpy(last, at, size);
		s1 += wire_get32(last);
		s2 += s1;
	}
	return (uint64_t)s2 << 32 | s1;
}

static uint64_t frame_checksum(const unsigned char *header, const void *payload,
			       size_t size)
{
	return wire_checksum(wire_checksum(0, header, 16), payload, size);
}

void wire_header(unsigned char header[WIRE_HEADER], enum wire_type type, uint32_t number,
		 const void *payload, size_t size)
{
	wire_put32(header, WIRE_MAGIC);
	wire_put32(header + 4, type); /* and the zero that follows */
	wire_put32(header + 8, number);
	wire_put32(header + 12, (uint32_t)size);
	wire_put64(header + 16, frame_checksum(header, payload, size));
}

long wire_parse(struct wire_frame *frame, const unsigned char *data, size_t size,
		uint32_t number)
{
	if (size >= 4 && wire_get32(data) != WIRE_MAGIC)
		return -1;
	if (size < WIRE_HEADER)
		return 0;
	frame->type = get16(data + 4);
	frame->payload = data + WIRE_HEADER;
	frame->size = wire_get32(data + 12);
	if (get16(data + 6) || wire_get32(data + 8) != number ||
	    frame->size > WIRE_PAYLOAD_MAX)
		return -1;
	if (size - WIRE_HEADER < frame->size)
		return 0;
	if (wire_get64(data + 16) != frame_checksum(data, frame->payload, frame->size))
		return -1;
	return (long)(WIRE_HEADER + frame->size);
}

bool wire_find(struct wire_frame *frame, const unsigned char *data, size_t size,
	       size_t *used)
{
	for (*used = 0; *used < size; ++*used) {
		const unsigned char *at = data + *used;
		size_t left = size - *used;
		long len = wire_parse(frame, at, left,
				      left < WIRE_HEADER ? 0 : wire_get32(at + 8));

		if (len > 0) {
			*used += (size_t)len;
			return true;
		}
		if (!len)
			break;
	}
	frame->payload = NULL;
	return false;
}
