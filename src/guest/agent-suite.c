// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A suite's cases: rapido.rc says that it is ready, gets an order from the host, and
 * reports each case. The words of an order, and the list of cases, are in files, since
 * they may be long and the agent's memory is limited.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

/* Frames of the kernel's log before one about a case. */
#define KMSG_FRAMES 16
/* What the host is told instead of a part of the list. */
#define LIST_UNREADABLE "the list of cases cannot be read in the VM"

void suite_init(struct agent *a)
{
	a->suite.is = access(IMAGE_SUITE, F_OK) == 0 && !a->stay;
	a->suite.list = a->suite.file = -1;
	a->suite.order = WIRE_ORDER_END;
}

static bool is_name(const char *name, size_t len)
{
	if (!len || len > WIRE_SUITE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

/* "HOW STATUS KEPT NAME\tREASON" becomes the payload of a frame. */
static bool take_case(struct agent *a, const char *line)
{
	struct agent_suite *suite = &a->suite;
	uint32_t how, status, kept;
	const char *tab;
	size_t len, name;

	if (!take_number(&line, WIRE_CASE_ERROR, &how) || *line++ != ' ' ||
	    !take_number(&line, 255, &status) || *line++ != ' ' ||
	    !take_number(&line, 1, &kept) || *line++ != ' ')
		return false;
	tab = strchr(line, '\t');
	name = tab ? (size_t)(tab - line) : 0;
	len = tab ? strlen(tab + 1) : 0;
	if (!is_name(line, name) || len > WIRE_SUITE_TEXT_MAX)
		return false;
	wire_put32(suite->payload, how);
	wire_put32(suite->payload + 4, status);
	wire_put32(suite->payload + 8, (uint32_t)len);
	memcpy(suite->payload + 12, tab + 1, len);
	memcpy(suite->payload + 12 + len, line, name);
	suite->len = 12 + len + name;
	suite->kept = kept;
	if (kept)
		outbox_want(&a->outbox, OUTBOX_CASE);
	return true;
}

bool suite_take(struct agent *a, const char *line)
{
	struct agent_suite *suite = &a->suite;
	bool running = suite->order == WIRE_ORDER_RUN && suite->has_order;
	uint32_t status;

	if (!suite->is)
		return false;
	if (strncmp(line, "ready ", 6) == 0) {
		line += 6;
		if (!take_number(&line, 255, &status) || *line)
			return false;
		suite->type = WIRE_SUITE_READY;
		wire_put32(suite->payload, status);
		suite->len = 4;
		/* what the directory has is now the cases' */
		a->outbox.cases = true;
	} else if (strncmp(line, "running ", 8) == 0 && running) {
		line += 8;
		suite->type = WIRE_SUITE_BEGIN;
		suite->len = strlen(line);
		if (!is_name(line, suite->len))
			return false;
		memcpy(suite->payload, line, suite->len);
	} else if (strncmp(line, "case ", 5) == 0 && running) {
		suite->type = WIRE_SUITE_CASE;
		if (!take_case(a, line + 5))
			return false;
	} else {
		return false;
	}
	suite->kmsg_frames = 0;
	return true;
}

bool suite_take_fatal(struct agent *a, const char *why)
{
	size_t len = strlen(why);

	if (!a->suite.is)
		return true;
	if (len > WIRE_SUITE_TEXT_MAX)
		return false;
	uplink_send(&a->uplink, WIRE_SUITE_FATAL, why, len);
	a->suite.fatal = true;
	return true;
}

/* What the kernel has logged until now belongs to what came before. False: there is no
 * room. */
static bool send_log(struct agent *a)
{
	while (a->suite.kmsg_frames < KMSG_FRAMES) {
		if (!uplink_has_room(&a->uplink, true))
			return false;
		if (!uplink_send_kmsg(&a->uplink, &a->kmsg, &a->kmsg_error))
			break;
		a->suite.kmsg_frames++;
	}
	return uplink_has_room(&a->uplink, true);
}

/* The list is open and not too long. Otherwise the host is told. */
static bool open_list(struct agent *a)
{
	char text[128] = LIST_UNREADABLE;
	struct agent_suite *suite = &a->suite;
	struct stat st;

	suite->list = open(LIST_PATH, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (suite->list >= 0 && fstat(suite->list, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size <= WIRE_SUITE_LIST_MAX)
			return true;
		snprintf(text, sizeof(text),
			 "suite_list has printed more than %u MiB of names",
			 WIRE_SUITE_LIST_MAX >> 20);
	}
	suite_take_fatal(a, text);
	close_fd(&suite->list);
	return false;
}

/* Send as much of the list as there is room for. True when it is all sent. */
static bool send_list(struct agent *a)
{
	struct agent_suite *suite = &a->suite;

	while (uplink_has_room(&a->uplink, true)) {
		size_t left = WIRE_SUITE_LIST_MAX - suite->listed;
		ssize_t n = read(suite->list, uplink_place(&a->uplink),
				 left < WIRE_PAYLOAD_MAX ? left : WIRE_PAYLOAD_MAX);

		if (n < 0)
			suite_take_fatal(a, LIST_UNREADABLE);
		if (n <= 0) {
			close_fd(&suite->list);
			(void)!truncate(LIST_PATH, 0);
			return true;
		}
		uplink_commit(&a->uplink, WIRE_SUITE_LIST, (size_t)n);
		suite->listed += (size_t)n;
	}
	return false;
}

/* Whether what comes before the frame was sent. */
static bool is_next(struct agent *a)
{
	struct agent_suite *suite = &a->suite;

	if (suite->type == WIRE_SUITE_CASE && suite->kept &&
	    outbox_has(&a->outbox, OUTBOX_CASE))
		return false;
	if (!send_log(a))
		return false;
	if (suite->type != WIRE_SUITE_READY || suite->order != WIRE_ORDER_LIST ||
	    wire_get32(suite->payload) || a->phase != PHASE_RUNNING)
		return true;
	if (suite->list < 0) {
		suite->listed = 0;
		if (!open_list(a))
			return true;
	}
	return send_list(a) && uplink_has_room(&a->uplink, true);
}

bool suite_send(struct agent *a)
{
	struct agent_suite *suite = &a->suite;

	if (!is_next(a))
		return false;
	/* it has no list, and gets no order */
	if (suite->fatal)
		return true;
	send_taint(a);
	if (suite->type == WIRE_SUITE_READY) {
		suite->ready = true;
		suite->has_order = suite->failed = false;
	}
	uplink_send(&a->uplink, suite->type, suite->payload, suite->len);
	return true;
}

/* Add to the file with the order, whose first word is its kind. False after a message,
 * now or before. */
static bool write_order(struct agent_suite *suite, const void *data, size_t size)
{
	const char *at = data;

	while (size && suite->file >= 0) {
		ssize_t n = write(suite->file, at, size);

		if (n <= 0) {
			say("cannot write %s: %s", ORDER_PATH, strerror(errno));
			close_fd(&suite->file);
			break;
		}
		at += n;
		size -= (size_t)n;
	}
	return suite->file >= 0;
}

/* All words are there. */
static void complete_order(struct agent_suite *suite)
{
	suite->ready = false;
	suite->has_order = true;
	close_fd(&suite->file);
}

static bool take_order(struct agent *a, const struct wire_frame *frame)
{
	static const char *const kinds[] = { [WIRE_ORDER_LIST] = "list",
					     [WIRE_ORDER_RUN] = "run",
					     [WIRE_ORDER_END] = "end",
					     [WIRE_ORDER_ARGS] = "args" };
	struct agent_suite *suite = &a->suite;
	uint32_t kind = frame->size == 8 ? wire_get32(frame->payload) : UINT32_MAX;
	uint32_t size = frame->size == 8 ? wire_get32(frame->payload + 4) : 0;

	if (!suite->ready || suite->left || kind > WIRE_ORDER_ARGS ||
	    size > WIRE_ORDER_MAX)
		return false;
	suite->order = kind;
	suite->left = size;
	unlink(ORDER_PATH);
	suite->file = open(ORDER_PATH,
			   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (suite->file < 0)
		say("cannot write %s: %s", ORDER_PATH, strerror(errno));
	suite->failed = !write_order(suite, kinds[kind], strlen(kinds[kind]) + 1);
	if (!size)
		complete_order(suite);
	return true;
}

static bool take_words(struct agent *a, const struct wire_frame *frame)
{
	struct agent_suite *suite = &a->suite;

	if (!suite->ready || !frame->size || frame->size > suite->left)
		return false;
	suite->failed |= !write_order(suite, frame->payload, frame->size);
	suite->left -= (uint32_t)frame->size;
	if (!suite->left)
		complete_order(suite);
	return true;
}

bool suite_take_frame(struct agent *a, const struct wire_frame *frame)
{
	/* it may have been on its way when the test ended */
	if (a->phase != PHASE_RUNNING && a->suite.is)
		return true;
	return frame->type == WIRE_ORDER ? take_order(a, frame) : take_words(a, frame);
}

void show_blocked(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "w", 1);
	close(fd);
}
