// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's monitor: events about the end of a VM. */
#include <errno.h>
#include <json-c/json.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-qmp.h"

/* QEMU does not send longer lines. */
#define LINE_MAX_BYTES (1 << 20)

int qmp_init(struct qmp *qmp)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	*qmp = (struct qmp){ .fd = ends[0], .peer = ends[1], .line = STRBUF_INIT };
	return 0;
}

void qmp_release(struct qmp *qmp)
{
	if (qmp->fd >= 0)
		close(qmp->fd);
	if (qmp->peer >= 0)
		close(qmp->peer);
	strbuf_release(&qmp->line);
	*qmp = (struct qmp)QMP_INIT;
}

void qmp_started(struct qmp *qmp)
{
	static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";

	if (qmp->peer >= 0)
		close(TAKE_FD(qmp->peer));
	/* if QEMU has ended, its exit status says so */
	if (qmp->fd >= 0)
		(void)!send(qmp->fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL);
}

void qmp_line(struct qmp *qmp, const char *line)
{
	struct json_object *message = json_tokener_parse(line), *event, *data, *reason;

	if (message && json_object_object_get_ex(message, "event", &event) &&
	    json_object_is_type(event, json_type_string) &&
	    streq(json_object_get_string(event), "SHUTDOWN") &&
	    json_object_object_get_ex(message, "data", &data) &&
	    json_object_object_get_ex(data, "reason", &reason) &&
	    json_object_is_type(reason, json_type_string)) {
		const char *text = json_object_get_string(reason);

		qmp->has_ended = true;
		qmp->was_reset = streq(text, "guest-reset") || streq(text, "guest-panic");
	}
	json_object_put(message);
}

void qmp_read(struct qmp *qmp)
{
	char buffer[4096];
	ssize_t n;

	while (qmp->fd >= 0) {
		n = recv(qmp->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0 || qmp->line.len > LINE_MAX_BYTES) {
			close(TAKE_FD(qmp->fd));
			return;
		}
		for (ssize_t i = 0; i < n; i++) {
			if (buffer[i] != '\n') {
				strbuf_addch(&qmp->line, buffer[i]);
				continue;
			}
			qmp_line(qmp, qmp->line.buf);
			strbuf_setlen(&qmp->line, 0);
		}
	}
}
