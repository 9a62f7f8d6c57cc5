// SPDX-License-Identifier: GPL-2.0-or-later
/* What arrives on a VM's control socket: in one piece or in two it is the same. */
#include <json-c/json.h>
#include <poll.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "vm/control.h"

static char dir[] = "/tmp/rapido-fuzz.XXXXXX";
static struct slot slot;
static struct control *control;

static void remove_slot(void)
{
	control_free(control);
	slot_release(&slot);
	rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!mkdtemp(dir) || slot_take(&slot, dir))
		abort();
	control = control_new(&slot);
	if (!control)
		abort();
	atexit(remove_slot);
	return 0;
}

/* What the loop of a VM does, which comes to an end. */
static enum control_request work(void)
{
	struct pollfd fd = { .fd = control_fd(control), .events = POLLIN };
	enum control_request strongest = CONTROL_NONE;
	struct control_dump dump;
	int taken;

	for (int i = 0; poll(&fd, 1, 0) > 0; i++) {
		enum control_request request = control_read(control);

		/* of a command there is no answer from here */
		while ((taken = control_take_exec(control)) >= 0)
			close(taken);
		/* no descriptor comes with the data */
		if (control_take_dump(control, &dump))
			abort();
		if (i > 100000)
			abort();
		if (request > strongest)
			strongest = request;
	}
	return strongest;
}

static void read_answers(int fd, struct strbuf *answers)
{
	char buffer[4096];
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		strbuf_add(answers, buffer, (size_t)n);
}

/* Send a part, as far as the server reads it. */
static enum control_request send_part(int fd, const uint8_t *data, size_t size,
				      struct strbuf *answers)
{
	enum control_request strongest = CONTROL_NONE;
	ssize_t n = 0;

	for (size_t at = 0; at < size && n >= 0; at += (size_t)n) {
		enum control_request request;
		size_t len = size - at < 4096 ? size - at : 4096;

		n = send(fd, data + at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		request = work();
		if (request > strongest)
			strongest = request;
		read_answers(fd, answers);
	}
	return strongest;
}

/* Each line is an answer. */
static void check_answers(char *text)
{
	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		struct json_object *answer, *ok;

		*end = '\0';
		answer = json_tokener_parse(text);
		if (!answer || !json_object_object_get_ex(answer, "ok", &ok))
			abort();
		json_object_put(answer);
	}
	if (*text)
		abort();
}

static enum control_request ask(const uint8_t *data, size_t size, size_t first,
				struct strbuf *answers)
{
	struct control_client client = CONTROL_CLIENT_INIT;
	enum control_request a, b;

	if (control_connect(&client, dir, slot.number))
		abort();
	a = send_part(client.fd, data, first, answers);
	b = send_part(client.fd, data + first, size - first, answers);
	control_hang_up(&client);
	work();
	return a > b ? a : b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(strbuf_release) struct strbuf whole = STRBUF_INIT, pieces = STRBUF_INIT;
	size_t first = size ? data[0] * size / 256 : 0;

	if (ask(data, size, 0, &whole) != ask(data, size, first, &pieces) ||
	    !streq(whole.buf, pieces.buf))
		abort();
	check_answers(whole.buf);
	return 0;
}
