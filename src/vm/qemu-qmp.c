// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's monitor: events about the end of a VM, and dumps of its memory. */
#include <errno.h>
#include <json-c/json.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/unix-socket.h"
#include "qemu-qmp.h"

/* QEMU does not send longer lines. */
#define LINE_MAX_BYTES (1 << 20)

int qmp_init(struct qmp *qmp)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	*qmp = (struct qmp)QMP_INIT;
	qmp->fd = ends[0];
	qmp->peer = ends[1];
	return 0;
}

void qmp_release(struct qmp *qmp)
{
	if (qmp->fd >= 0)
		close(qmp->fd);
	if (qmp->peer >= 0)
		close(qmp->peer);
	strbuf_release(&qmp->line);
	free(qmp->dump_error);
	*qmp = (struct qmp)QMP_INIT;
}

/* Send @command, and with it the descriptor @fd if that is not -1. */
static int say(const struct qmp *qmp, const char *command, int fd)
{
	size_t len = strlen(command);
	ssize_t n;

	if (qmp->fd < 0)
		return -ENOTCONN;
	n = unix_socket_send(qmp->fd, command, len, fd);
	/* a few short commands always have room */
	return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EAGAIN;
}

void qmp_started(struct qmp *qmp)
{
	if (qmp->peer >= 0)
		close(TAKE_FD(qmp->peer));
	/* if QEMU has ended, its exit status says so */
	if (qmp->fd >= 0)
		say(qmp, "{\"execute\":\"qmp_capabilities\"}\n", -1);
}

static void dump_failed(struct qmp *qmp, const char *why)
{
	qmp->dump = VM_DUMP_FAILED;
	free(qmp->dump_error);
	qmp->dump_error = xstrdup(why ? why : "the VM does not say why");
}

int qmp_dump(struct qmp *qmp, int fd, enum vm_dump_format format)
{
	_cleanup_free_ char *command = xasprintf(
		"{\"execute\":\"dump-guest-memory\",\"id\":\"dump\",\"arguments\":"
		"{\"paging\":%s,\"protocol\":\"fd:rapido-dump\",\"detach\":true,"
		"\"format\":\"%s\"}}\n",
		format == VM_DUMP_VIRTUAL ? "true" : "false",
		format == VM_DUMP_COMPRESSED ? "kdump-zlib" : "elf");
	int err;

	if (qmp->dump == VM_DUMP_RUNNING)
		return -EBUSY;
	err = say(qmp,
		  "{\"execute\":\"getfd\",\"id\":\"dump\",\"arguments\":"
		  "{\"fdname\":\"rapido-dump\"}}\n",
		  fd);
	if (!err)
		err = say(qmp, command, -1);
	if (!err)
		qmp->dump = VM_DUMP_RUNNING;
	return err;
}

/* A member of @object with the given type, or NULL. */
static struct json_object *member(struct json_object *object, const char *key,
				  enum json_type type)
{
	struct json_object *value;

	return json_object_is_type(object, json_type_object) &&
			       json_object_object_get_ex(object, key, &value) &&
			       json_object_is_type(value, type)
		       ? value
		       : NULL;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *text = member(object, key, json_type_string);

	return text ? json_object_get_string(text) : NULL;
}

/* A VM that has ended and stays: dump it once if it was reset, and tell it to quit. */
static void go_on(struct qmp *qmp)
{
	if (!qmp->stays || !qmp->has_ended || qmp->dump == VM_DUMP_RUNNING)
		return;
	if (qmp->was_reset && qmp->vmcore >= 0 && qmp->dump == VM_DUMP_NONE &&
	    !qmp_dump(qmp, qmp->vmcore, VM_DUMP_COMPRESSED))
		return;
	say(qmp, "{\"execute\":\"quit\"}\n", -1);
}

static void take_event(struct qmp *qmp, const char *event, struct json_object *data)
{
	const char *reason = text_of(data, "reason");
	const char *status = text_of(member(data, "result", json_type_object), "status");

	if (streq(event, "SHUTDOWN") && reason && !qmp->has_ended) {
		qmp->has_ended = true;
		qmp->was_reset =
			streq(reason, "guest-reset") || streq(reason, "guest-panic");
		go_on(qmp);
	} else if (streq(event, "DUMP_COMPLETED") && qmp->dump == VM_DUMP_RUNNING) {
		if (status && streq(status, "completed"))
			qmp->dump = VM_DUMP_DONE;
		else
			dump_failed(qmp, text_of(data, "error"));
		go_on(qmp);
	}
}

void qmp_forget_dump(struct qmp *qmp)
{
	qmp->dump = VM_DUMP_NONE;
}

void qmp_line(struct qmp *qmp, const char *line)
{
	struct json_object *message = json_tokener_parse(line);
	const char *event = text_of(message, "event"), *id = text_of(message, "id");
	struct json_object *error = member(message, "error", json_type_object);

	if (event) {
		take_event(qmp, event, member(message, "data", json_type_object));
	} else if (error && id && streq(id, "dump") && qmp->dump == VM_DUMP_RUNNING) {
		dump_failed(qmp, text_of(error, "desc"));
		go_on(qmp);
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
