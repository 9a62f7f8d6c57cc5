/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a VM: rapido_vmN.sock beside the file of its slot (slot.h). The
 * rapido that supervises the VM listens on it; rapido processes of the same user and of
 * root may connect.
 *
 * A request is a line of at most CONTROL_REQUEST_MAX bytes with a JSON object, whose
 * member "request" is its name. Each request gets an answer, in order, which is a line as
 * well: {"ok": true, ...} or {"ok": false, "error": "..."}. A line that is too long, or
 * not a JSON object, is answered with an error, and the connection is closed. Unknown
 * members are ignored, in requests and in answers.
 *
 *	stop	Power the VM off in good order; with "now": true, end it at once. The
 *		answer only says that the request has arrived. To see the VM's end,
 *		watch the slot.
 *	info	The answer has what is known about the VM: "slot", "pid" (the VM's),
 *		"rapido" (its pid), "test", "kernel", "log", "network", "image" (strings,
 *		the last is the path of the kernel's file), "started" (seconds since the
 *		epoch), and "debug": how a debugger reaches the kernel, "socket" (see
 *		slot_debug_path()) or "process"; without this member it does not.
 *
 *	exec	Run a command in the VM. If the answer is good, the connection carries
 *		frames from then on (wire.h), about one command, whose number is 0. The
 *		client sends WIRE_EXEC, the words, and room for the output, and waits for
 *		WIRE_EXEC_END or WIRE_EXEC_REFUSED. If it hangs up before, the command is
 *		ended. It sends nothing else before it has the answer.
 *
 *	dump	Write the VM's memory to a file: a regular one that is open for writing,
 *		and whose descriptor comes with the request (SCM_RIGHTS in unix(7)).
 *		"format" is "physical", "virtual" or "kdump", see enum vm_dump_format.
 *		The answer comes when all is written; until then the VM stands still. The
 *		connection is closed after it.
 *
 * An unknown request is answered with an error and the connection stays open, so that a
 * client can try a request of a later version.
 */
#ifndef RAPIDO_CONTROL_H
#define RAPIDO_CONTROL_H

#include "lib/str.h"
#include "vm/backend.h"
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
 * Create the socket of @slot, mode 0600. slot_release() removes it; call control_free()
 * before. NULL after a warning if it cannot be created, as on file systems without
 * sockets: the VM can run without it. All functions below accept NULL.
 */
struct control *control_new(const struct slot *slot);
void control_free(struct control *control);

/* What `info` says beside the facts of a slot_info; NULL: not known, or none. */
struct control_facts {
	const char *network, *image, *debug;
};

/* From now on, answer `info` with these. The arguments are copied. */
void control_describe(struct control *control, const struct slot_info *info,
		      const struct control_facts *facts);

/* The descriptor to poll for POLLIN, or -1. */
int control_fd(const struct control *control);

/*
 * Accept connections, read requests and send answers. Does not wait, and does a bounded
 * amount of work: the descriptor stays readable if there is more. Returns the strongest
 * request that was read.
 */
enum control_request control_read(struct control *control);

/*
 * A connection with a request for a command that control_read() has read, for
 * exec_relay_add(); it is the caller's. -1 if there is none, or no more.
 */
int control_take_exec(struct control *control);

/* A request for a dump. Both descriptors are its holder's. */
struct control_dump {
	int client; /* for control_answer_dump() */
	int file;
	enum vm_dump_format format;
};

/* The next one that control_read() has read; false if there is none, or no more. */
bool control_take_dump(struct control *control, struct control_dump *dump);

/* Answer it, and close the connection. @error: why there is no dump, or NULL. */
void control_answer_dump(int client, const char *error);

/* --- the one who asks --- */

struct control_client {
	int fd; /* non-blocking; -1: not connected */
	struct strbuf answer;
	struct strbuf why;
};

#define CONTROL_CLIENT_INIT                                          \
	{                                                            \
		.fd = -1, .answer = STRBUF_INIT, .why = STRBUF_INIT, \
	}

/*
 * Connect to the rapido of VM @number in @dir, without waiting. 0; -ENOENT or
 * -ECONNREFUSED if there is none; -EACCES if the VM is another user's, or the socket
 * belongs neither to the user who runs it nor to root; -EAGAIN if too many others are
 * connecting; or another -errno.
 */
int control_connect(struct control_client *client, const char *dir, unsigned int number);

/* Send @request, a JSON object without a newline. 0 or -errno. */
int control_send(struct control_client *client, const char *request);
/* The same with a descriptor, which stays the caller's. */
int control_send_file(struct control_client *client, const char *request, int file);

struct json_object;

/*
 * Read the answer to the oldest request without one. 1: the request was accepted, and
 * *@answer is the answer; release it with json_object_put(). 0: there is none yet; poll
 * client->fd for POLLIN. -EOPNOTSUPP: the request was refused. -EPROTO: what arrived is
 * not an answer. -ECONNRESET or another -errno: none will arrive.
 */
int control_answer(struct control_client *client, struct json_object **answer);

/* The same, waiting for the answer until the time @deadline of monotonic_ms(), or for
 * ever: UINT64_MAX. -ETIMEDOUT instead of 0. */
int control_wait(struct control_client *client, uint64_t deadline,
		 struct json_object **answer);

/* Why the last request was refused, or "". The client's until the next answer. */
const char *control_why(const struct control_client *client);

/* Close the connection if there is one; the client can connect again. */
void control_hang_up(struct control_client *client);

#endif
