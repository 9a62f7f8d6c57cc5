// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest says of its test, of a suite or of none: the input is a byte of flags,
 * then a row of frames: a byte for the type, two for the length, the payload.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "lib/log.h"
#include "run/conversation.h"
#include "run/verdict.h"

/* Flags of the input. */
#define IS_SUITE  1
#define IS_HELPER 2

static char top[64];
static struct conversation *talk;
static struct run_record record;
static unsigned int orders;
static bool running, listing, ready;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level ? remove(path) : 0;
}

static void clear_at_end(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(top);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	strcpy(top, "/tmp/rapido-fuzz.XXXXXX");
	if (!mkdtemp(top))
		abort();
	log_set_level(LOG_ERROR);
	atexit(clear_at_end);
	return 0;
}

static void check_text(const char *text, size_t max)
{
	if (strlen(text) > max)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

static void hear_list(void *data, const char *text, size_t size)
{
	static unsigned char sum;

	(void)data;
	if (!listing || ready)
		abort();
	for (size_t i = 0; i < size; i++)
		sum ^= (unsigned char)text[i];
}

/* One order of each kind, one after the other. */
static void hear_ready(void *data, unsigned int status)
{
	static const enum wire_order kinds[] = { WIRE_ORDER_ARGS, WIRE_ORDER_LIST,
						 WIRE_ORDER_RUN, WIRE_ORDER_RUN,
						 WIRE_ORDER_END };
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	enum wire_order kind = kinds[orders++ % ARRAY_SIZE(kinds)];

	(void)data;
	if (status > 255 || !record.suite || ready)
		abort();
	ready = false;
	listing = kind == WIRE_ORDER_LIST;
	running = kind == WIRE_ORDER_RUN;
	strvec_pushl(&words, "a", "b", NULL);
	if (record_running(&record))
		record_end_case(&record, 0, 1, false);
	conversation_order(talk, kind, &words);
}

static void begin(const char *name)
{
	if (record_running(&record))
		record_end_case(&record, 0, 1, false);
	record_add_suite_case(&record, name, 1);
	conversation_suite_case(talk);
}

static void hear_begin(void *data, const char *name)
{
	(void)data;
	if (!running || !*name)
		abort();
	check_text(name, WIRE_SUITE_NAME_MAX);
	begin(name);
}

static void hear_end(void *data, const char *name, enum wire_case how,
		     unsigned int status, const char *reason)
{
	(void)data;
	if (!running || !*name || how > WIRE_CASE_ERROR || status > 255)
		abort();
	check_text(name, WIRE_SUITE_NAME_MAX);
	check_text(reason, WIRE_SUITE_TEXT_MAX);
	begin(name);
	record_end_case(&record, status, 2, false);
	free(conversation_take_part(talk, record.nr_cases - 1));
	record_forget_case(&record, &record.cases[record.nr_cases - 1]);
}

/* Frame after frame, until one of them makes no sense. */
static void feed(int agent, const uint8_t *data, size_t size)
{
	static unsigned char frame[WIRE_FRAME_MAX], answers[WIRE_FRAME_MAX];
	uint32_t number = 0;

	while (size >= 3 && !record.damage) {
		size_t len = data[1] | (size_t)data[2] << 8;

		if (len > size - 3 || len > WIRE_PAYLOAD_MAX)
			return;
		/* that one would need another stream */
		if (data[0] != WIRE_SWITCH) {
			wire_header(frame, data[0], number++, data + 3, len);
			memcpy(frame + WIRE_HEADER, data + 3, len);
			if (send(agent, frame, WIRE_HEADER + len, 0) < 0)
				abort();
			conversation_read(talk);
		}
		while (recv(agent, answers, sizeof(answers), MSG_DONTWAIT) > 0)
			;
		data += 3 + len;
		size -= 3 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct suite_ears ears = { .list = hear_list,
						.ready = hear_ready,
						.begin = hear_begin,
						.end = hear_end };
	struct rundir dir = RUNDIR_INIT;
	struct conversation_options options = {
		.logs = { .dir = &dir, .out = -1, .err = -1 }, .in = -1
	};
	int pair[2];

	if (!size)
		return 0;
	if (rundir_open(&dir, top) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
		abort();
	if (data[0] & IS_SUITE)
		options.suite = &ears;
	record_init(&record);
	if (data[0] & IS_HELPER)
		record.helper = xstrdup("helper");
	record.started_vm = true;
	orders = 0;
	running = listing = ready = false;
	talk = conversation_new(&options, &record, -1, pair[0], -1);
	feed(pair[1], data + 1, size - 1);
	conversation_finish(talk);
	verdict_judge(&record);
	if (!record.reason || strchr(record.reason, '\n') ||
	    (record.verdict == VERDICT_PASSED) != !record.status ||
	    (!record.status && (!record.has_end || record.damage || record.suite_fatal)))
		abort();
	conversation_free(talk);
	record_release(&record);
	rundir_release(&dir);
	close(pair[1]);
	return 0;
}
