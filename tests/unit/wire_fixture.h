/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of results, as a guest would send them, well-behaved or not. */
#ifndef RAPIDO_TESTS_WIRE_FIXTURE_H
#define RAPIDO_TESTS_WIRE_FIXTURE_H

#include "fixture.h"
#include "run/results.h"

/* What WIRE_FILE says, besides the path. */
struct fx_meta {
	uint32_t mode, nsec;
	uint64_t sec, size;
};

static inline int fx_frame(struct results *results, enum wire_type type,
			   const void *payload, size_t size)
{
	/* an exact copy, so that sanitizers see what is read beyond it */
	unsigned char *copy = xmemdup(payload, size);
	struct wire_frame frame = { type, copy, size };
	int err = results_frame(results, &frame);

	free(copy);
	return err;
}

static inline int fx_begin(struct results *results, uint32_t files)
{
	unsigned char payload[12] = { 0 };

	wire_put32(payload, files);
	return fx_frame(results, WIRE_RESULTS, payload, sizeof(payload));
}

static inline int fx_end(struct results *results, uint32_t files, uint32_t last)
{
	unsigned char payload[8];

	wire_put32(payload, files);
	wire_put32(payload + 4, last);
	return fx_frame(results, WIRE_RESULTS_END, payload, sizeof(payload));
}

static inline int fx_file_n(struct results *results, const char *path, size_t len,
			    struct fx_meta meta)
{
	unsigned char payload[24 + 4096];

	wire_put32(payload, meta.mode);
	wire_put32(payload + 4, meta.nsec);
	wire_put64(payload + 8, meta.sec);
	wire_put64(payload + 16, meta.size);
	memcpy(payload + 24, path, len);
	return fx_frame(results, WIRE_FILE, payload, 24 + len);
}

static inline int fx_file(struct results *results, const char *path, struct fx_meta meta)
{
	return fx_file_n(results, path, strlen(path), meta);
}

static inline int fx_data(struct results *results, uint64_t offset, const char *data,
			  size_t size)
{
	unsigned char payload[8 + 4096];

	wire_put64(payload, offset);
	memcpy(payload + 8, data, size);
	return fx_frame(results, WIRE_FILE_DATA, payload, 8 + size);
}

static inline int fx_file_end(struct results *results, uint32_t err)
{
	unsigned char payload[4];

	wire_put32(payload, err);
	return fx_frame(results, WIRE_FILE_END, payload, sizeof(payload));
}

/* A whole file with @text in it. */
static inline void fx_send(struct results *results, const char *path, const char *text)
{
	struct fx_meta meta = { .mode = S_IFREG | 0644,
				.sec = 1000,
				.size = strlen(text) };

	assert_int_equal(fx_file(results, path, meta), 0);
	assert_int_equal(fx_data(results, 0, text, strlen(text)), 0);
	assert_int_equal(fx_file_end(results, 0), 0);
}

#endif
