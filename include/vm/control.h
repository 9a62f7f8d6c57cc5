/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a VM: rapido_vmN.sock beside the file of its slot (slot.h). The
 * rapido that supervises the VM listens on it; rapido processes of the same user and of
 * root may connect.
 *
 * A request is a line of at most CONTROL_REQUEST_MAX bytes, a JSON object. Its member
 * "request" names it. Each is answered, in order, by a line: {"ok": true, ...} or
 * {"ok": false, "error": "..."}. What is no JSON object, or longer, is answered with an
 * error, and the connection is closed. Members that are not known are ignored, in
 * requests as in answers.
 *
 *	stop	Power the VM off in good order; with "now": true, end it at once. The
 *		answer says that the request has arrived: whoever asks watches the slot
 *		to see the VM's end.
 *	info	The answer has what is known of the VM: "slot", "pid" (of the VM),
 *		"rapido" (its pid), "test", "kernel", "log", "network" (strings),
 *		"started" (seconds since the epoch).
 *
 * An unknown request is answered with an error and the connection goes on, so that a
 * client can try a request of a later version. Room for those:
 *
 * - A request may bring file descriptors (SCM_RIGHTS, unix(7)) with its first byte, for
 *   example the three streams of a command. At present they are closed unseen, because
 *   control_read() uses recv(2); it then uses recvmsg(2) and hands them to its caller.
 * - A connection may stay open for as long as its request is being served, and be used
 *   both ways. Only connections that nothing is owed to are closed to make room for
 *   others.
 */
#ifndef RAPIDO_CONTROL_H
#define RAPIDO_CONTROL_H

#include "lib/str.h"
#include "vm/slot.h"

#define CONTROL_REQUEST_MAX 4096 /* bytes, with the end of the line */
#define CONTROL_CLIENTS_MAX 16	 /* connections at the same time */

/* --- the rapido that supervises the VM --- */

struct control;

/* What the VM's loop is to do, the weakest first. */
enum control_request {
	CONTROL_NONE,
	CONTROL_STOP, /* power the VM off in good order */
	CONTROL_END,  /* end it at once */
};

/*
 * Make the socket of @slot, mode 0600. What is returned is released by control_free()
 * before the slot, which removes the socket. NULL after a warning if the socket cannot be
 * made, as on file systems that have none: the VM can run without it. All functions below
 * accept NULL.
 */
struct control *control_new(const struct slot *slot);
void control_free(struct control *control);

/* What `info` tells from now on: all of @info that is known, and the kind of the VM's
 * network. Nothing is kept of the arguments. */
void control_describe(struct control *control, const struct slot_info *info,
		      const char *network);

/* The descriptor to poll for POLLIN, or -1. */
int control_fd(const struct control *control);

/*
 * Accept connections, read requests and send answers, as far as that is possible without
 * waiting and within a bounded amount of work; the descriptor is readable again if there
 * is more. The strongest request that has come.
 */
enum control_request control_read(struct control *control);

/* --- whoever asks --- */

struct control_client {
	int fd; /* non-blocking; -1: not connected */
	struct strbuf answer;
};

#define CONTROL_CLIENT_INIT                      \
	{                                        \
		.fd = -1, .answer = STRBUF_INIT, \
	}

/*
 * Connect to the rapido of VM @number in @dir, without waiting. 0, -ENOENT or
 * -ECONNREFUSED when there is none, -EACCES when the VM is another user's, -EAGAIN when
 * many connect just now, or another -errno.
 */
int control_connect(struct control_client *client, const char *dir, unsigned int number);

/* Send @request, a JSON object in one line without its end. 0 or -errno. */
int control_send(struct control_client *client, const char *request);

struct json_object;

/*
 * Read the answer to the oldest request that was not answered yet. 1: *@answer is it, to
 * be released by json_object_put(), and says that the request was accepted. 0: it is not
 * there yet, poll client->fd for POLLIN. -EOPNOTSUPP: the request was refused. -EPROTO:
 * what came is no answer. -ECONNRESET, or another -errno: none will come.
 */
int control_answer(struct control_client *client, struct json_object **answer);

/* Close the connection if there is one; the client can connect again. */
void control_hang_up(struct control_client *client);

#endif
