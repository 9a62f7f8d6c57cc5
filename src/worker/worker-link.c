// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames between rapido and a worker, over two descriptors of any kind. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "worker-link.h"

#define IN_SIZE (4 * WIRE_FRAME_MAX)
/* Written bytes that the queue keeps. */
#define WRITTEN_MAX 262144
/* Of what is skipped. */
#define NOISE_KEPT 1024

void worker_link_init(struct worker_link *link, int in, int out)
{
	uint64_t now = monotonic_ms();

	*link = (struct worker_link){
		.in = in,
		.out = out,
		.data = xmalloc(IN_SIZE),
		.queue = STRBUF_INIT,
		.noise = STRBUF_INIT,
		.heard_ms = now,
		.spoke_ms = now,
	};
	fcntl(in, F_SETFL, fcntl(in, F_GETFL) | O_NONBLOCK);
	fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK);
}

void worker_link_release(struct worker_link *link)
{
	cleanup_close(&link->in);
	cleanup_close(&link->out);
	link->in = link->out = -1;
	free(TAKE_PTR(link->data));
	strbuf_release(&link->queue);
	strbuf_release(&link->noise);
}

void worker_link_send2(struct worker_link *link, enum worker_wire_type type,
		       const void *head, size_t head_size, const void *data, size_t size)
{
	unsigned char frame[WIRE_FRAME_MAX];

	memcpy(frame + WIRE_HEADER, head, head_size);
	if (size)
		memcpy(frame + WIRE_HEADER + head_size, data, size);
	wire_header(frame, (enum wire_type)type, link->sent++, frame + WIRE_HEADER,
		    head_size + size);
	strbuf_add(&link->queue, frame, WIRE_HEADER + head_size + size);
	strbuf_addch(&link->queue, WORKER_FRAME_END);
	link->spoke_ms = monotonic_ms();
}

void worker_link_send(struct worker_link *link, enum worker_wire_type type,
		      const void *data, size_t size)
{
	worker_link_send2(link, type, "", 0, data, size);
}

void worker_link_send32(struct worker_link *link, enum worker_wire_type type,
			uint32_t value)
{
	unsigned char payload[4];

	wire_put32(payload, value);
	worker_link_send(link, type, payload, sizeof(payload));
}

void worker_link_send_text(struct worker_link *link, enum worker_wire_type type,
			   const char *text)
{
	worker_link_send(link, type, text, strnlen(text, WIRE_PAYLOAD_MAX));
}

void worker_link_keep_alive(struct worker_link *link, uint64_t now)
{
	if (now - link->spoke_ms >= WORKER_ALIVE_MS)
		worker_link_send(link, WORKER_ALIVE, NULL, 0);
}

int worker_link_alive_in(const struct worker_link *link, uint64_t now)
{
	uint64_t silent = now - link->spoke_ms;

	return silent < WORKER_ALIVE_MS ? (int)(WORKER_ALIVE_MS - silent) : 0;
}

bool worker_link_read(struct worker_link *link)
{
	ssize_t n;

	if (link->in < 0)
		return false;
	link->used -= link->parsed;
	memmove(link->data, link->data + link->parsed, link->used);
	link->parsed = 0;
	n = read(link->in, link->data + link->used, IN_SIZE - link->used);
	if (n > 0) {
		link->used += (size_t)n;
		link->heard_ms = monotonic_ms();
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0)
		link->error = errno;
	close(TAKE_FD(link->in));
	return false;
}

/* Skip what is not the first frame. 1, 0 or -EPROTO as worker_link_next(). */
static int find_first(struct worker_link *link, struct wire_frame *frame)
{
	const unsigned char *at = link->data + link->parsed;
	size_t left = link->used - link->parsed, used, skipped;
	bool found = wire_find(frame, at, left, &used);

	skipped = found ? used - WIRE_HEADER - frame->size : used;
	/* its end is not there yet */
	if (found && used == left) {
		found = false;
		used = skipped;
	}
	if (link->noise.len < NOISE_KEPT)
		strbuf_add(&link->noise, at, skipped < NOISE_KEPT ? skipped : NOISE_KEPT);
	link->skipped += skipped;
	link->parsed += used + found;
	if (link->skipped > WORKER_NOISE_MAX ||
	    (found &&
	     (frame->type != (unsigned int)WORKER_HELLO || at[used] != WORKER_FRAME_END)))
		return -EPROTO;
	link->received += found;
	return found;
}

int worker_link_next(struct worker_link *link, struct wire_frame *frame)
{
	long size;

	if (!link->received)
		return find_first(link, frame);
	size = wire_parse(frame, link->data + link->parsed, link->used - link->parsed,
			  link->received);
	if (size < 0)
		return -EPROTO;
	if (!size || link->used - link->parsed == (size_t)size)
		return 0;
	if (link->data[link->parsed + (size_t)size] != WORKER_FRAME_END)
		return -EPROTO;
	link->parsed += (size_t)size + 1;
	link->received++;
	return 1;
}

size_t worker_link_queued(const struct worker_link *link)
{
	return link->queue.len - link->written;
}

void worker_link_write(struct worker_link *link)
{
	while (link->out >= 0 && worker_link_queued(link)) {
		ssize_t n = write(link->out, link->queue.buf + link->written,
				  worker_link_queued(link));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(TAKE_FD(link->out));
			break;
		}
		link->written += (size_t)n;
		if (link->written >= WRITTEN_MAX) {
			strbuf_drop(&link->queue, link->written);
			link->written = 0;
		}
	}
	strbuf_setlen(&link->queue, 0);
	link->written = 0;
}

char *worker_frame_text(const struct wire_frame *frame, size_t offset)
{
	if (offset >= frame->size)
		return xstrdup("");
	return xstrndup((const char *)frame->payload + offset, frame->size - offset);
}
