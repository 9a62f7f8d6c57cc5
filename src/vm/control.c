// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both ends of a VM's control socket. An epoll(7) descriptor stands for all of the
 * server's, so that the loops of VMs have only one to poll.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/unix-socket.h"
#include "vm/control.h"

/* How many connections are accepted in a row. Those accepted before are served before
 * they may have to make room. */
#define ACCEPT_MAX (CONTROL_CLIENTS_MAX / 2)
/* Whatever is longer is not an answer. */
#define ANSWER_MAX 65536
/* The listener's number among the clients'. */
#define LISTENER CONTROL_CLIENTS_MAX

struct connection {
	int fd;	  /* -1: free */
	int file; /* that came with the data; -1: none */
	size_t len;
	char in[CONTROL_REQUEST_MAX];
	struct strbuf out; /* while there is something in it, nothing is read */
	bool ending;	   /* nothing more is read; it is closed when out is sent */
	uint64_t heard_of; /* in this turn, the last time */
};

#define CONNECTION_INIT               \
	{                             \
		.fd = -1, .file = -1, \
	}

struct control {
	int epoll, listener;
	uint64_t turn;
	struct connection connections[CONTROL_CLIENTS_MAX];
	struct json_object *info;
	int execs[CONTROL_CLIENTS_MAX]; /* connections for control_take_exec() */
	size_t nr_execs;
	struct control_dump dumps[CONTROL_CLIENTS_MAX];
	size_t nr_dumps;
};

/* --- the server --- */

static int watch(const struct control *control, int operation, int fd, uint32_t events,
		 uint64_t number)
{
	struct epoll_event event = { .events = events, .data.u64 = number };

	return epoll_ctl(control->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

/* A listener stays readable if accept(2) fails because there are no descriptors left.
 * Therefore only a new connection wakes us (EPOLLET). */
static int listen_at(struct control *control, const char *path)
{
	int fd = unix_socket_listen(AT_FDCWD, path, SOCK_STREAM, SOMAXCONN);

	if (fd < 0)
		return fd;
	control->listener = fd;
	return watch(control, EPOLL_CTL_ADD, control->listener, EPOLLIN | EPOLLET,
		     LISTENER);
}

struct control *control_new(const struct slot *slot)
{
	const struct slot_info known = { .number = slot->number, .rapido = getpid() };
	struct control *control = xcalloc(1, sizeof(*control));
	_cleanup_free_ char *path = slot_socket_path(slot->lock.path);
	int err = 0;

	control->listener = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->connections[i] = (struct connection)CONNECTION_INIT;
	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (control->epoll < 0)
		err = -errno;
	if (!err)
		err = listen_at(control, path);
	if (!err) {
		control_describe(control, &known, &(struct control_facts){ 0 });
		return control;
	}
	log_warn("'rapido stop' cannot ask VM %u to power off: cannot create '%s': %s",
		 slot->number, path, err_text(err));
	control_free(control);
	return NULL;
}

/*
 * Forget the connection and return its descriptor, which is the caller's now. A child
 * that is being started may still have a copy of it, whose events would go on: therefore
 * it is removed from the epoll, and before it is closed.
 */
static int hand_over(const struct control *control, struct connection *connection)
{
	int fd = TAKE_FD(connection->fd);

	epoll_ctl(control->epoll, EPOLL_CTL_DEL, fd, NULL);
	if (connection->file >= 0)
		close(connection->file);
	strbuf_release(&connection->out);
	*connection = (struct connection)CONNECTION_INIT;
	return fd;
}

static void drop(const struct control *control, struct connection *connection)
{
	close(hand_over(control, connection));
}

void control_free(struct control *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->connections[i].fd >= 0)
			drop(control, &control->connections[i]);
	while (control->nr_execs)
		close(control->execs[--control->nr_execs]);
	while (control->nr_dumps) {
		const struct control_dump *dump = &control->dumps[--control->nr_dumps];

		close(dump->client);
		close(dump->file);
	}
	if (control->listener >= 0)
		close(control->listener);
	if (control->epoll >= 0)
		close(control->epoll);
	json_object_put(control->info);
	free(control);
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	if (text)
		json_object_object_add(object, key, json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *key, int64_t number)
{
	if (number)
		json_object_object_add(object, key, json_object_new_int64(number));
}

void control_describe(struct control *control, const struct slot_info *info,
		      const struct control_facts *facts)
{
	struct json_object *object;

	if (!control)
		return;
	json_object_put(control->info);
	object = control->info = json_object_new_object();
	json_object_object_add(object, "ok", json_object_new_boolean(true));
	add_number(object, "slot", info->number);
	add_number(object, "pid", info->vm);
	add_number(object, "rapido", info->rapido);
	add_text(object, "test", info->test);
	add_text(object, "kernel", info->kernel);
	add_text(object, "log", info->log);
	add_text(object, "network", facts->network);
	add_text(object, "image", facts->image);
	add_text(object, "debug", facts->debug);
	add_number(object, "started", info->started);
}

int control_fd(const struct control *control)
{
	return control ? control->epoll : -1;
}

static void add_answer(struct connection *connection, struct json_object *object)
{
	strbuf_addf(&connection->out, "%s\n",
		    json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
}

/* @error: why not, or NULL. */
static struct json_object *make_answer(const char *error)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "ok", json_object_new_boolean(!error));
	add_text(object, "error", error);
	return object;
}

static void refuse(struct connection *connection, const char *fmt, ...) _printf_(2, 3);
static void refuse(struct connection *connection, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct json_object *object;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	object = make_answer(text.buf);
	add_answer(connection, object);
	json_object_put(object);
}

static struct json_object *parse_object(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = NULL;

	if (tokener)
		object = json_tokener_parse_ex(tokener, text, (int)len);
	/* and nothing behind it */
	if (object && (json_tokener_get_error(tokener) != json_tokener_success ||
		       json_tokener_get_parse_end(tokener) != len ||
		       !json_object_is_type(object, json_type_object))) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

static void take_exec(struct control *control, struct connection *connection)
{
	if (control->nr_execs == ARRAY_SIZE(control->execs))
		refuse(connection, "too many commands at a time");
	else
		control->execs[control->nr_execs++] = hand_over(control, connection);
}

/* Whether a VM's memory can be written there. */
static bool is_writable_file(int fd)
{
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	struct stat st;

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH) &&
	       fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void take_dump(struct control *control, struct connection *connection,
		      const struct json_object *object)
{
	static const char *const formats[] = {
		[VM_DUMP_PHYSICAL] = "physical",
		[VM_DUMP_VIRTUAL] = "virtual",
		[VM_DUMP_COMPRESSED] = "kdump",
	};
	struct json_object *member;
	const char *format = NULL;

	if (json_object_object_get_ex(object, "format", &member) &&
	    json_object_is_type(member, json_type_string))
		format = json_object_get_string(member);
	if (control->nr_dumps == ARRAY_SIZE(control->dumps)) {
		refuse(connection, "too many dumps at a time");
		return;
	}
	if (!is_writable_file(connection->file)) {
		refuse(connection, "a dump requires a regular file that can be written");
		return;
	}
	for (size_t i = 0; format && i < ARRAY_SIZE(formats); i++)
		if (streq(format, formats[i])) {
			struct control_dump *dump = &control->dumps[control->nr_dumps++];

			dump->format = (enum vm_dump_format)i;
			dump->file = TAKE_FD(connection->file);
			dump->client = hand_over(control, connection);
			return;
		}
	refuse(connection, "unknown format of a dump");
}

static enum control_request take_request(struct control *control,
					 struct connection *connection,
					 const struct json_object *object)
{
	struct json_object *member, *now;
	const char *name;

	if (!json_object_object_get_ex(object, "request", &member) ||
	    !json_object_is_type(member, json_type_string)) {
		refuse(connection, "the member 'request' is missing");
		return CONTROL_NONE;
	}
	name = json_object_get_string(member);
	if (streq(name, "info")) {
		add_answer(connection, control->info);
		return CONTROL_NONE;
	}
	if (streq(name, "stop")) {
		strbuf_adds(&connection->out, "{\"ok\":true}\n");
		return json_object_object_get_ex(object, "now", &now) &&
				       json_object_get_boolean(now)
			       ? CONTROL_END
			       : CONTROL_STOP;
	}
	if (streq(name, "exec"))
		take_exec(control, connection);
	else if (streq(name, "dump"))
		take_dump(control, connection, object);
	else
		refuse(connection, "unknown request '%s'", name);
	return CONTROL_NONE;
}

/* Send what the client has not read yet. */
static void send_answers(const struct control *control, struct connection *connection)
{
	struct strbuf *out = &connection->out;
	ssize_t n;

	if (!out->len)
		return;
	n = send(connection->fd, out->buf, out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		drop(control, connection);
		return;
	}
	if (n > 0) {
		memmove(out->buf, out->buf + n, out->len - (size_t)n);
		strbuf_setlen(out, out->len - (size_t)n);
	}
}

static void receive(const struct control *control, struct connection *connection)
{
	int file;
	ssize_t n = unix_socket_recv(connection->fd, connection->in + connection->len,
				     sizeof(connection->in) - connection->len, &file);

	if (file >= 0 && connection->file >= 0)
		close(connection->file);
	if (file >= 0)
		connection->file = file;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		drop(control, connection);
	else if (n == 0)
		connection->ending = true;
	else if (n > 0)
		connection->len += (size_t)n;
}

/* Take the next line, if there is a complete one. What follows a line that makes no sense
 * is ignored. */
static bool take_line(struct control *control, struct connection *connection,
		      enum control_request *strongest)
{
	const char *end = memchr(connection->in, '\n', connection->len);
	struct json_object *object = NULL;
	size_t used = connection->len;

	if (!end && connection->len < sizeof(connection->in))
		return false;
	if (end)
		object = parse_object(connection->in, (size_t)(end - connection->in));
	if (object) {
		enum control_request request = take_request(control, connection, object);

		if (request > *strongest)
			*strongest = request;
		used = (size_t)(end + 1 - connection->in);
	} else {
		refuse(connection, end ? "a request is a JSON object in one line"
				       : "the request is too long");
		connection->ending = true;
	}
	json_object_put(object);
	if (connection->fd < 0)
		return false;
	/* it was not asked for */
	if (connection->file >= 0)
		close(TAKE_FD(connection->file));
	connection->len -= used;
	memmove(connection->in, connection->in + used, connection->len);
	return true;
}

/* Serve one client. Nothing is read from a client that does not read its answers. */
static enum control_request serve(struct control *control, size_t number)
{
	struct connection *connection = &control->connections[number];
	enum control_request strongest = CONTROL_NONE;

	connection->heard_of = control->turn;
	send_answers(control, connection);
	if (connection->fd >= 0 && !connection->out.len && !connection->ending)
		receive(control, connection);
	while (connection->fd >= 0 && !connection->out.len &&
	       take_line(control, connection, &strongest))
		send_answers(control, connection);
	if (connection->fd < 0)
		return strongest;
	if (connection->ending && !connection->out.len)
		drop(control, connection);
	else
		watch(control, EPOLL_CTL_MOD, connection->fd,
		      connection->out.len ? EPOLLOUT : EPOLLIN, number);
	return strongest;
}

static bool is_welcome(int fd)
{
	uid_t peer = unix_socket_peer(fd);

	return peer == 0 || peer == geteuid();
}

/* A free place; if there is none, the connection that was silent longest is closed. */
static size_t make_room(const struct control *control, struct connection *connections)
{
	size_t oldest = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (connections[i].fd < 0)
			return i;
		if (connections[i].heard_of < connections[oldest].heard_of)
			oldest = i;
	}
	drop(control, &connections[oldest]);
	return oldest;
}

static void accept_connections(struct control *control)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		_cleanup_close_ int fd = unix_socket_accept(control->listener);
		size_t number;

		if (fd < 0 && fd != -EINTR && fd != -ECONNABORTED)
			return;
		if (fd < 0 || !is_welcome(fd))
			continue;
		number = make_room(control, control->connections);
		if (watch(control, EPOLL_CTL_ADD, fd, EPOLLIN, number))
			continue;
		control->connections[number].heard_of = control->turn;
		control->connections[number].fd = TAKE_FD(fd);
	}
	/* there may be more: see listen_at() */
	watch(control, EPOLL_CTL_MOD, control->listener, EPOLLIN | EPOLLET, LISTENER);
}

enum control_request control_read(struct control *control)
{
	struct epoll_event events[CONTROL_CLIENTS_MAX + 1];
	enum control_request strongest = CONTROL_NONE;
	bool are_waiting = false;
	int nr;

	if (!control)
		return CONTROL_NONE;
	control->turn++;
	nr = epoll_wait(control->epoll, events, ARRAY_SIZE(events), 0);
	for (int i = 0; i < nr; i++) {
		size_t number = (size_t)events[i].data.u64;
		enum control_request request = CONTROL_NONE;

		if (number == LISTENER)
			are_waiting = true;
		else if (control->connections[number].fd >= 0)
			request = serve(control, number);
		if (request > strongest)
			strongest = request;
	}
	if (are_waiting)
		accept_connections(control);
	return strongest;
}

int control_take_exec(struct control *control)
{
	return control && control->nr_execs ? control->execs[--control->nr_execs] : -1;
}

bool control_take_dump(struct control *control, struct control_dump *dump)
{
	if (!control || !control->nr_dumps)
		return false;
	*dump = control->dumps[--control->nr_dumps];
	return true;
}

void control_answer_dump(int client, const char *error)
{
	struct json_object *object = make_answer(error);
	_cleanup_free_ char *line = xasprintf(
		"%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));

	(void)!send(client, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
	json_object_put(object);
	close(client);
}

/* --- the one who asks --- */

int control_connect(struct control_client *client, const char *dir, unsigned int number)
{
	_cleanup_free_ char *file = slot_path(dir, number);
	_cleanup_free_ char *path = slot_socket_path(file);
	_cleanup_close_ int fd = unix_socket_connect(AT_FDCWD, path);
	struct stat st;
	uid_t peer;

	if (fd < 0)
		return fd;
	/* in a directory of several users, another one may have made the socket before */
	peer = unix_socket_peer(fd);
	if (peer != 0 && (stat(file, &st) < 0 || peer != st.st_uid))
		return -EACCES;
	client->fd = TAKE_FD(fd);
	return 0;
}

int control_send(struct control_client *client, const char *request)
{
	return control_send_file(client, request, -1);
}

int control_send_file(struct control_client *client, const char *request, int file)
{
	_cleanup_free_ char *line = xasprintf("%s\n", request);
	size_t len = strlen(line);
	ssize_t n = unix_socket_send(client->fd, line, len, file);

	if (n < 0)
		return -errno;
	/* a socket has room for many requests */
	return (size_t)n == len ? 0 : -EAGAIN;
}

/* Take the first line, of @len bytes, from the buffer and parse it. */
static int parse_answer(struct control_client *client, size_t len,
			struct json_object **answer)
{
	struct json_object *object = parse_object(client->answer.buf, len), *ok, *why;
	size_t rest = client->answer.len - len - 1;

	memmove(client->answer.buf, client->answer.buf + len + 1, rest);
	strbuf_setlen(&client->answer, rest);
	if (!object || !json_object_object_get_ex(object, "ok", &ok)) {
		json_object_put(object);
		return -EPROTO;
	}
	strbuf_setlen(&client->why, 0);
	if (!json_object_get_boolean(ok)) {
		if (json_object_object_get_ex(object, "error", &why) &&
		    json_object_is_type(why, json_type_string))
			strbuf_adds(&client->why, json_object_get_string(why));
		json_object_put(object);
		return -EOPNOTSUPP;
	}
	*answer = object;
	return 1;
}

int control_answer(struct control_client *client, struct json_object **answer)
{
	struct strbuf *text = &client->answer;
	char buffer[4096];

	for (;;) {
		const char *end = memchr(text->buf, '\n', text->len);
		ssize_t n;

		if (end)
			return parse_answer(client, (size_t)(end - text->buf), answer);
		if (text->len > ANSWER_MAX)
			return -EPROTO;
		n = recv(client->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return n ? -errno : -ECONNRESET;
		strbuf_add(text, buffer, (size_t)n);
	}
}

int control_wait(struct control_client *client, uint64_t deadline,
		 struct json_object **answer)
{
	struct pollfd fd = { .fd = client->fd, .events = POLLIN };
	int err;

	while ((err = control_answer(client, answer)) == 0) {
		uint64_t now = monotonic_ms();
		uint64_t left = deadline > now ? deadline - now : 0;

		if (!left)
			return -ETIMEDOUT;
		if (poll(&fd, 1, left < INT_MAX ? (int)left : -1) < 0 && errno != EINTR)
			return -errno;
	}
	return err;
}

const char *control_why(const struct control_client *client)
{
	return client->why.buf;
}

void control_hang_up(struct control_client *client)
{
	if (client->fd >= 0)
		close(TAKE_FD(client->fd));
	strbuf_release(&client->answer);
	strbuf_release(&client->why);
}
