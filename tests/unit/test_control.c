// SPDX-License-Identifier: GPL-2.0-or-later
/* Control sockets: requests by real connections, good ones and bad ones. */
#include <poll.h>
#include <json-c/json.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fixture.h"
#include "lib/io.h"
#include "lib/unix-socket.h"
#include "vm/control.h"

/* A VM's slot with its socket, in a directory of the fixture's. */
struct served {
	const char *dir;
	struct slot slot;
	struct control *control;
};

static void start_in(struct served *served, const char *dir)
{
	served->dir = dir;
	assert_int_equal(slot_take(&served->slot, dir), 0);
	served->control = control_new(&served->slot);
}

static struct served start(void)
{
	struct served served;

	start_in(&served, at("pids"));
	assert_non_null(served.control);
	return served;
}

static void end(struct served *served)
{
	control_free(served->control);
	slot_release(&served->slot);
}

static bool is_readable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

/* All that the loop of a VM would do now. It has nothing more to do then. */
static enum control_request work(const struct served *served)
{
	enum control_request strongest = CONTROL_NONE;

	for (int i = 0; is_readable(control_fd(served->control)); i++) {
		enum control_request request = control_read(served->control);

		assert_true(i < 1000);
		if (request > strongest)
			strongest = request;
	}
	return strongest;
}

static struct control_client connect_to(const struct served *served)
{
	struct control_client client = CONTROL_CLIENT_INIT;

	assert_int_equal(control_connect(&client, served->dir, served->slot.number), 0);
	return client;
}

static void send_raw(const struct control_client *client, const void *data, size_t size)
{
	assert_int_equal(send(client->fd, data, size, MSG_NOSIGNAL), size);
}

/* What comes until nothing more does, and whether that is the end. */
static bool read_raw(const struct control_client *client, struct strbuf *text)
{
	char buffer[4096];
	ssize_t n;

	strbuf_setlen(text, 0);
	while ((n = recv(client->fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		strbuf_add(text, buffer, (size_t)n);
	return n == 0 || errno != EAGAIN;
}

/* The request by a connection of its own: what came of it, and the answer as text. */
static enum control_request ask(const struct served *served, const char *request,
				struct strbuf *text)
{
	struct control_client client = connect_to(served);
	enum control_request result;

	assert_int_equal(control_send(&client, request), 0);
	result = work(served);
	read_raw(&client, text);
	control_hang_up(&client);
	return result;
}

FIXTURE_TEST(control_new__slot__socket_of_mode_0600_beside_its_file)
{
	struct served served = start();
	struct stat st;

	assert_int_equal(lstat(at("pids/rapido_vm1.sock"), &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	end(&served);
	assert_int_equal(access(at("pids/rapido_vm1.sock"), F_OK), -1);
}

static void leave_stale_socket(void)
{
	struct served served = start();

	/* as if rapido was killed: it is the slot that removes the socket */
	control_free(served.control);
	close(served.slot.lock.fd);
	free(served.slot.lock.path);
	assert_int_equal(access(at("pids/rapido_vm1.sock"), F_OK), 0);
}

FIXTURE_TEST(control_new__socket_of_a_killed_rapido__replaced)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served;

	leave_stale_socket();
	served = start();
	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	end(&served);
}

FIXTURE_TEST(slot_tidy__socket_of_a_killed_rapido__removed)
{
	leave_stale_socket();
	slot_tidy(at("pids"), 1);
	assert_int_equal(access(at("pids/rapido_vm1.sock"), F_OK), -1);
}

FIXTURE_TEST(slot_tidy__vm_runs__socket_stays)
{
	struct served served = start();

	slot_tidy(at("pids"), 1);
	assert_int_equal(access(at("pids/rapido_vm1.sock"), F_OK), 0);
	end(&served);
}

/* As if a cleaner of /tmp had removed the first one's file. */
FIXTURE_TEST(slot_release__another_has_the_number_now__its_files_stay)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served first = start(), second;

	assert_int_equal(unlink(at("pids/rapido_vm1.pid")), 0);
	second = start();
	assert_int_equal(second.slot.number, 1);
	end(&first);
	assert_int_equal(access(at("pids/rapido_vm1.pid"), F_OK), 0);
	assert_int_equal(ask(&second, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	end(&second);
	assert_int_equal(access(at("pids/rapido_vm1.pid"), F_OK), -1);
	assert_int_equal(access(at("pids/rapido_vm1.sock"), F_OK), -1);
}

FIXTURE_TEST(control_new__file_in_its_place__warning_and_the_file_stays)
{
	struct capture capture;
	struct served served;
	const char *messages;

	put_file("pids/rapido_vm1.sock", "somebody's");
	capture = capture_start();
	start_in(&served, at("pids"));
	messages = capture_stop(&capture);
	assert_null(served.control);
	assert_contains(messages, "rapido stop");
	assert_contains(messages, "rapido_vm1.sock");
	end(&served);
	assert_int_equal(access(at("pids/rapido_vm1.sock"), F_OK), 0);
}

FIXTURE_TEST(control__none__harmless)
{
	const struct slot_info info = { .number = 1 };

	control_describe(NULL, &info, &(struct control_facts){ .network = "lan" });
	assert_int_equal(control_fd(NULL), -1);
	assert_int_equal(control_read(NULL), CONTROL_NONE);
	control_free(NULL);
}

/* Longer than sun_path, and as a relative path. */
FIXTURE_TEST(control_new__long_path__served_by_it)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *dir = NULL;
	struct served served;

	dir = xasprintf("%s/%0200d", at(""), 7);
	start_in(&served, dir);
	assert_non_null(served.control);
	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	end(&served);
	assert_int_equal(chdir(at("")), 0);
	start_in(&served, "here");
	assert_non_null(served.control);
	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	end(&served);
}

FIXTURE_TEST(control_read__stop__both_kinds_accepted)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served = start();

	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	assert_string_equal(text.buf, "{\"ok\":true}\n");
	assert_int_equal(ask(&served, "{\"request\":\"stop\",\"now\":false}", &text),
			 CONTROL_STOP);
	assert_int_equal(ask(&served, "{\"request\":\"stop\",\"now\":true}", &text),
			 CONTROL_END);
	assert_string_equal(text.buf, "{\"ok\":true}\n");
	end(&served);
}

FIXTURE_TEST(control_read__two_vms__each_its_own)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served first = start(), second = start();
	struct control_client client = connect_to(&second);

	assert_int_equal(control_send(&client, "{\"request\":\"stop\"}"), 0);
	assert_int_equal(work(&first), CONTROL_NONE);
	assert_int_equal(work(&second), CONTROL_STOP);
	control_hang_up(&client);
	end(&first);
	end(&second);
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, key, &member))
		return NULL;
	return json_object_get_string(member);
}

FIXTURE_TEST(control_read__info__what_is_known)
{
	const struct slot_info info = { .number = 1,
					.vm = 42,
					.rapido = 43,
					.test = (char *)"a \"test\"",
					.log = (char *)"/tmp/x.log",
					.started = 1234567 };
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct json_object *answer = NULL;

	assert_int_equal(control_send(&client, "{\"request\":\"info\"}"), 0);
	assert_int_equal(control_answer(&client, &answer), 0);
	assert_int_equal(work(&served), CONTROL_NONE);
	assert_int_equal(control_answer(&client, &answer), 1);
	assert_string_equal(text_of(answer, "slot"), "1");
	assert_int_equal(atoi(text_of(answer, "rapido")), getpid());
	assert_null(text_of(answer, "pid"));
	json_object_put(answer);

	control_describe(served.control, &info,
			 &(struct control_facts){ "lan", "/boot/vmlinuz", "socket" });
	assert_int_equal(control_send(&client, "{\"request\":\"info\"}"), 0);
	work(&served);
	assert_int_equal(control_answer(&client, &answer), 1);
	assert_string_equal(text_of(answer, "pid"), "42");
	assert_string_equal(text_of(answer, "rapido"), "43");
	assert_string_equal(text_of(answer, "test"), "a \"test\"");
	assert_string_equal(text_of(answer, "log"), "/tmp/x.log");
	assert_string_equal(text_of(answer, "network"), "lan");
	assert_string_equal(text_of(answer, "image"), "/boot/vmlinuz");
	assert_string_equal(text_of(answer, "debug"), "socket");
	assert_string_equal(text_of(answer, "started"), "1234567");
	assert_null(text_of(answer, "kernel"));
	json_object_put(answer);
	control_hang_up(&client);
	end(&served);
}

FIXTURE_TEST(control_read__unknown_request__refused_and_the_connection_stays)
{
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct json_object *answer = NULL;

	assert_int_equal(control_send(&client, "{\"request\":\"dance\",\"argv\":[]}"), 0);
	assert_int_equal(control_send(&client, "{}"), 0);
	assert_int_equal(control_send(&client, "{\"request\":[\"stop\"]}"), 0);
	assert_int_equal(control_send(&client, "{\"request\":\"stop\",\"more\":1}"), 0);
	assert_int_equal(work(&served), CONTROL_STOP);
	for (int i = 0; i < 3; i++)
		assert_int_equal(control_answer(&client, &answer), -EOPNOTSUPP);
	assert_int_equal(control_answer(&client, &answer), 1);
	json_object_put(answer);
	assert_int_equal(control_answer(&client, &answer), 0);
	control_hang_up(&client);
	end(&served);
}

#define DUMP "{\"request\":\"dump\",\"format\":\"kdump\"}"

FIXTURE_TEST(control_take_dump__request_with_a_file__answered_when_done)
{
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct control_dump dump;
	struct json_object *answer = NULL;
	struct stat st;
	_cleanup_close_ int file = open(put_file("core", ""), O_WRONLY | O_CLOEXEC);

	assert_false(control_take_dump(served.control, &dump));
	assert_int_equal(control_send_file(&client, DUMP, file), 0);
	assert_int_equal(work(&served), CONTROL_NONE);
	assert_true(control_take_dump(served.control, &dump));
	assert_int_equal(dump.format, VM_DUMP_COMPRESSED);
	assert_int_not_equal(dump.file, file);
	assert_int_equal(write(dump.file, "memory", 6), 6);
	close(dump.file);
	assert_int_equal(stat(at("core"), &st), 0);
	assert_int_equal(st.st_size, 6);
	assert_false(control_take_dump(served.control, &dump));
	assert_int_equal(control_answer(&client, &answer), 0);
	control_answer_dump(dump.client, NULL);
	assert_int_equal(control_answer(&client, &answer), 1);
	json_object_put(answer);
	assert_int_equal(control_answer(&client, &answer), -ECONNRESET);
	control_hang_up(&client);
	end(&served);
}

FIXTURE_TEST(control_wait__no_answer_or_one_or_none_ever__what_became_of_it)
{
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct json_object *answer = NULL;

	assert_int_equal(control_send(&client, "{\"request\":\"info\"}"), 0);
	assert_int_equal(control_wait(&client, monotonic_ms() + 20, &answer), -ETIMEDOUT);
	assert_null(answer);
	work(&served);
	assert_int_equal(control_wait(&client, UINT64_MAX, &answer), 1);
	assert_string_equal(text_of(answer, "slot"), "1");
	json_object_put(answer);
	end(&served);
	assert_int_equal(control_wait(&client, UINT64_MAX, &answer), -ECONNRESET);
	control_hang_up(&client);
}

FIXTURE_TEST(control_take_dump__not_such_a_file__refused)
{
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct control_dump dump;
	struct json_object *answer = NULL;
	const int files[] = { -1, open(put_file("core", ""), O_RDONLY | O_CLOEXEC),
			      open(at("core"), O_PATH | O_CLOEXEC),
			      open("/dev/null", O_RDWR | O_CLOEXEC), client.fd };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_int_equal(control_send_file(&client, DUMP, files[i]), 0);
		assert_int_equal(work(&served), CONTROL_NONE);
		assert_false(control_take_dump(served.control, &dump));
		assert_int_equal(control_answer(&client, &answer), -EOPNOTSUPP);
		assert_non_null(strstr(control_why(&client), "regular file"));
	}
	for (size_t i = 1; i < 4; i++)
		close(files[i]);
	control_hang_up(&client);
	end(&served);
}

FIXTURE_TEST(control_take_dump__unknown_format_or_never_taken__nothing_is_left_open)
{
	struct served served = start();
	struct control_client client = connect_to(&served), other = connect_to(&served);
	struct json_object *answer = NULL;
	_cleanup_close_ int file = open(put_file("core", ""), O_WRONLY | O_CLOEXEC);

	assert_int_equal(control_send_file(&client,
					   "{\"request\":\"dump\",\"format\":\"?\"}",
					   file),
			 0);
	/* a descriptor that nobody has asked for */
	assert_int_equal(control_send_file(&client, "{\"request\":\"info\"}", file), 0);
	assert_int_equal(control_send_file(&other, DUMP, file), 0);
	assert_int_equal(work(&served), CONTROL_NONE);
	assert_int_equal(control_answer(&client, &answer), -EOPNOTSUPP);
	assert_non_null(strstr(control_why(&client), "format"));
	end(&served);
	assert_int_equal(control_answer(&other, &answer), -ECONNRESET);
	control_hang_up(&client);
	control_hang_up(&other);
}

FIXTURE_TEST(control_take_exec__request_for_a_command__connection_handed_over)
{
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct json_object *answer = NULL;
	int fd;

	assert_int_equal(control_take_exec(served.control), -1);
	assert_int_equal(control_send(&client, "{\"request\":\"exec\"}"), 0);
	assert_int_equal(work(&served), CONTROL_NONE);
	fd = control_take_exec(served.control);
	assert_true(fd >= 0);
	assert_int_equal(control_take_exec(served.control), -1);
	/* the answer is whoever's has it now */
	assert_int_equal(control_answer(&client, &answer), 0);
	assert_int_equal(send(fd, "{\"ok\":false,\"error\":\"no\"}\n", 26, 0), 26);
	assert_int_equal(control_answer(&client, &answer), -EOPNOTSUPP);
	assert_string_equal(control_why(&client), "no");
	/* and the server reads it no more */
	send_raw(&client, "{\"request\":\"stop\"}\n", 19);
	assert_int_equal(work(&served), CONTROL_NONE);
	close(fd);
	control_hang_up(&client);
	end(&served);
}

FIXTURE_TEST(control_free__connection_not_taken__closed)
{
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct json_object *answer = NULL;

	assert_int_equal(control_send(&client, "{\"request\":\"exec\"}"), 0);
	work(&served);
	end(&served);
	assert_int_equal(control_answer(&client, &answer), -ECONNRESET);
	control_hang_up(&client);
}

FIXTURE_TEST(control_read__byte_by_byte__one_request)
{
	static const char request[] = "{\"request\":\"stop\"}\r\n";
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served = start();
	struct control_client client = connect_to(&served);
	unsigned int stops = 0;

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		send_raw(&client, request + i, 1);
		stops += work(&served) == CONTROL_STOP;
	}
	assert_int_equal(stops, 1);
	read_raw(&client, &text);
	assert_string_equal(text.buf, "{\"ok\":true}\n");
	control_hang_up(&client);
	end(&served);
}

/* What was sent before the end is a request, half a line is none. */
FIXTURE_TEST(control_read__sent_and_closed__obeyed)
{
	struct served served = start();
	struct control_client client = connect_to(&served);

	assert_int_equal(control_send(&client, "{\"request\":\"stop\"}"), 0);
	control_hang_up(&client);
	assert_int_equal(work(&served), CONTROL_STOP);
	client = connect_to(&served);
	send_raw(&client, "{\"request\":\"stop\"}", 18);
	control_hang_up(&client);
	assert_int_equal(work(&served), CONTROL_NONE);
	end(&served);
}

FIXTURE_TEST(control_read__garbage__error_and_end)
{
	static const char *const garbage[] = {
		"",	 "GET / HTTP/1.1",
		"[1]",	 "\"stop\"",
		"null",	 "{\"request\":",
		"{} {}", "{\"request\":\"stop\"}x",
		"\377x", "17",
		"stop",	 "{\"request\" \"stop\"}",
	};
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served = start();

	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		struct control_client client = connect_to(&served);

		assert_int_equal(control_send(&client, garbage[i]), 0);
		/* is not looked at any more */
		assert_int_equal(control_send(&client, "{\"request\":\"stop\"}"), 0);
		assert_int_equal(work(&served), CONTROL_NONE);
		assert_true(read_raw(&client, &text));
		assert_contains(text.buf, "\"ok\":false");
		assert_contains(text.buf, "JSON object");
		control_hang_up(&client);
	}
	end(&served);
}

FIXTURE_TEST(control_read__nul_bytes_and_deep_nesting__error_and_end)
{
	static const char with_nul[] = "{\"request\":\"stop\"}\0\n";
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT, deep = STRBUF_INIT;
	struct served served = start();
	struct control_client client = connect_to(&served);

	send_raw(&client, with_nul, sizeof(with_nul) - 1);
	assert_int_equal(work(&served), CONTROL_NONE);
	assert_true(read_raw(&client, &text));
	assert_contains(text.buf, "\"ok\":false");
	control_hang_up(&client);
	strbuf_adds(&deep, "{\"request\":");
	for (int i = 0; i < 4000; i++)
		strbuf_addch(&deep, '[');
	assert_int_equal(ask(&served, deep.buf, &text), CONTROL_NONE);
	assert_contains(text.buf, "\"ok\":false");
	end(&served);
}

FIXTURE_TEST(control_read__line_as_long_as_allowed__obeyed)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	struct served served = start();

	strbuf_adds(&line, "{\"request\":\"stop\",\"x\":\"");
	while (line.len < CONTROL_REQUEST_MAX - 3)
		strbuf_addch(&line, 'x');
	strbuf_adds(&line, "\"}");
	assert_int_equal(ask(&served, line.buf, &text), CONTROL_STOP);
	strbuf_setlen(&line, line.len - 2);
	strbuf_adds(&line, "x\"}");
	assert_int_equal(ask(&served, line.buf, &text), CONTROL_NONE);
	assert_contains(text.buf, "too long");
	end(&served);
}

FIXTURE_TEST(control_read__huge_line__error_and_end)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served = start();
	struct control_client client = connect_to(&served);
	char block[4096];
	ssize_t n = 0;

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 10000 && n >= 0; i++) {
		n = send(client.fd, block, sizeof(block), MSG_NOSIGNAL);
		assert_int_equal(control_read(served.control), CONTROL_NONE);
	}
	assert_true(n < 0 && errno != EAGAIN);
	assert_true(read_raw(&client, &text));
	assert_contains(text.buf, "too long");
	control_hang_up(&client);
	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	end(&served);
}

/* It asks and asks and reads nothing: in the end it cannot even ask any more, and others
 * are served. Then it reads, and gets an answer to each. */
FIXTURE_TEST(control_read__answers_not_read__others_are_served)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served = start();
	struct control_client client = connect_to(&served);
	struct json_object *answer;
	int asked = 0, answered = 0;

	while (asked < 1000000 && !control_send(&client, "{\"request\":\"info\"}")) {
		asked++;
		control_read(served.control);
	}
	assert_true(asked > 100 && asked < 1000000);
	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	assert_string_equal(text.buf, "{\"ok\":true}\n");
	while (control_answer(&client, &answer) == 1) {
		json_object_put(answer);
		answered++;
		work(&served);
	}
	/* the last may have been sent in part */
	assert_true(answered >= asked);
	control_hang_up(&client);
	work(&served);
	end(&served);
}

/* Many requests in one piece, more than the server's buffer holds, and the end at once.
 * The answers are more than the socket holds. */
FIXTURE_TEST(control_read__many_requests_in_one_piece__each_is_answered)
{
	static const char request[] = "{\"request\":\"info\"}\n";
	_cleanup_(strbuf_release) struct strbuf requests = STRBUF_INIT,
						text = STRBUF_INIT;
	_cleanup_free_ char *log = xasprintf("/%03000d", 7);
	const struct slot_info info = { .number = 1, .log = log };
	struct served served = start();
	struct control_client client = connect_to(&served);
	int answered = 0;
	bool ended = false;

	control_describe(served.control, &info,
			 &(struct control_facts){ .network = "lan" });
	for (int i = 0; i < 400; i++)
		strbuf_adds(&requests, request);
	assert_true(requests.len > CONTROL_REQUEST_MAX);
	send_raw(&client, requests.buf, requests.len);
	assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
	for (int i = 0; i < 10000 && !ended; i++) {
		work(&served);
		ended = read_raw(&client, &text);
		for (size_t at_byte = 0; at_byte < text.len; at_byte++)
			answered += text.buf[at_byte] == '\n';
	}
	assert_true(ended);
	assert_int_equal(answered, 400);
	control_hang_up(&client);
	end(&served);
}

FIXTURE_TEST(control_read__hundred_connections__the_next_is_served)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct served served = start();
	struct control_client clients[100];

	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		clients[i] = connect_to(&served);
		if (i % 2)
			send_raw(&clients[i], "{", 1);
	}
	assert_int_equal(ask(&served, "{\"request\":\"stop\"}", &text), CONTROL_STOP);
	assert_string_equal(text.buf, "{\"ok\":true}\n");
	/* the oldest have made room */
	assert_true(read_raw(&clients[0], &text));
	assert_false(read_raw(&clients[ARRAY_SIZE(clients) - 1], &text));
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		control_hang_up(&clients[i]);
	assert_int_equal(work(&served), CONTROL_NONE);
	end(&served);
}

/* Nothing can be accepted, and yet the loop has nothing to do, see work(). */
FIXTURE_TEST(control_read__no_descriptor_left__waits_for_the_next)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct control_client client;
	struct served served;
	struct rlimit limit, low;

	if (getenv("RAPIDO_VALGRIND")) {
		print_message("valgrind accepts, and closes what is too much\n");
		skip();
	}
	served = start();
	client = connect_to(&served);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 0;
	assert_int_equal(control_send(&client, "{\"request\":\"stop\"}"), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	control_read(served.control);
	control_read(served.control);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_false(is_readable(control_fd(served.control)));
	assert_int_equal(ask(&served, "{\"request\":\"info\"}", &text), CONTROL_STOP);
	assert_contains(text.buf, "\"ok\":true");
	control_hang_up(&client);
	end(&served);
}

/* A request with descriptors, as later ones may have: they are closed. */
FIXTURE_TEST(control_read__descriptors_handed_over__not_kept)
{
	char control_data[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { (char *)"{\"request\":\"info\"}\n", 19 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control_data,
				  .msg_controllen = sizeof(control_data) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	struct served served = start();
	struct control_client client = connect_to(&served);
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &ends[1], sizeof(int));
	assert_int_equal(sendmsg(client.fd, &message, 0), 19);
	close(ends[1]);
	work(&served);
	/* nobody has the other end any more */
	assert_true(is_readable(ends[0]));
	assert_int_equal(read(ends[0], control_data, 1), 0);
	close(ends[0]);
	control_hang_up(&client);
	end(&served);
}

static int expect_eacces(void)
{
	struct control_client client = CONTROL_CLIENT_INIT;

	return control_connect(&client, at("pids"), 1) == -EACCES ? 0 : 1;
}

static int ask_to_stop(void)
{
	struct control_client client = CONTROL_CLIENT_INIT;

	if (control_connect(&client, at("pids"), 1))
		return 1;
	return control_send(&client, "{\"request\":\"stop\"}") ? 2 : 0;
}

FIXTURE_TEST(control__another_user__refused_even_if_the_mode_lets_him_in)
{
	struct served served;

	if (geteuid() != 0) {
		print_message("only root can become another user\n");
		skip();
	}
	served = start();
	assert_int_equal(fixture_run_as_user(expect_eacces), 0);
	assert_int_equal(work(&served), CONTROL_NONE);
	chmod(at("pids/rapido_vm1.sock"), 0666);
	assert_int_equal(fixture_run_as_user(ask_to_stop), 0);
	assert_int_equal(work(&served), CONTROL_NONE);
	end(&served);
}

FIXTURE_TEST(control_connect__socket_of_somebody_else__refused)
{
	struct control_client client = CONTROL_CLIENT_INIT;
	int listener;

	if (geteuid() != 0) {
		print_message("only root can become another user\n");
		skip();
	}
	put_dir("pids");
	put_file("pids/rapido_vm1.pid", "");
	chmod(at("pids"), 01777);
	chmod(fixture_dir, 0755);
	assert_int_equal(seteuid(65534), 0);
	listener =
		unix_socket_listen(AT_FDCWD, at("pids/rapido_vm1.sock"), SOCK_STREAM, 1);
	assert_int_equal(seteuid(0), 0);
	assert_true(listener >= 0);
	assert_int_equal(control_connect(&client, at("pids"), 1), -EACCES);
	assert_int_equal(client.fd, -1);
	close(listener);
}

FIXTURE_TEST(control_connect__nobody_there__says_so)
{
	struct control_client client = CONTROL_CLIENT_INIT;

	assert_int_equal(control_connect(&client, at("nowhere"), 1), -ENOENT);
	assert_int_equal(control_connect(&client, put_dir("pids"), 1), -ENOENT);
	leave_stale_socket();
	assert_int_equal(control_connect(&client, at("pids"), 1), -ECONNREFUSED);
	put_file("pids/rapido_vm2.sock", "");
	assert_int_equal(control_connect(&client, at("pids"), 2), -ECONNREFUSED);
	assert_int_equal(client.fd, -1);
	control_hang_up(&client);
}

/* A client that is connected to the test. */
static struct control_client client_of(int *ours)
{
	struct control_client client = CONTROL_CLIENT_INIT;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	client.fd = ends[0];
	*ours = ends[1];
	return client;
}

static int answer_to(const char *text, size_t len)
{
	struct json_object *answer = NULL;
	struct control_client client;
	int ours, result;

	client = client_of(&ours);
	assert_int_equal(io_write_all(ours, text, len), 0);
	close(ours);
	result = control_answer(&client, &answer);
	json_object_put(answer);
	control_hang_up(&client);
	return result;
}

FIXTURE_TEST(control_answer__bad_server__error)
{
	static char huge[100000];

	memset(huge, 'x', sizeof(huge));
	assert_int_equal(answer_to("{\"ok\":true}\n", 12), 1);
	assert_int_equal(answer_to("{\"ok\":false}\n", 13), -EOPNOTSUPP);
	assert_int_equal(answer_to("{\"ok\":true}", 11), -ECONNRESET);
	assert_int_equal(answer_to("", 0), -ECONNRESET);
	assert_int_equal(answer_to("\n", 1), -EPROTO);
	assert_int_equal(answer_to("{}\n", 3), -EPROTO);
	assert_int_equal(answer_to("what?\n", 6), -EPROTO);
	assert_int_equal(answer_to(huge, sizeof(huge)), -EPROTO);
}

FIXTURE_TEST(control_answer__in_pieces_and_two_at_once__each_once)
{
	struct json_object *answer = NULL;
	struct control_client client;
	int ours;

	client = client_of(&ours);
	assert_int_equal(control_answer(&client, &answer), 0);
	assert_int_equal(io_write_all(ours, "{\"ok\":tr", 8), 0);
	assert_int_equal(control_answer(&client, &answer), 0);
	assert_int_equal(io_write_all(ours, "ue}\n{\"ok\":false}\n{", 18), 0);
	assert_int_equal(control_answer(&client, &answer), 1);
	json_object_put(answer);
	assert_int_equal(control_answer(&client, &answer), -EOPNOTSUPP);
	assert_int_equal(control_answer(&client, &answer), 0);
	close(ours);
	assert_int_equal(control_answer(&client, &answer), -ECONNRESET);
	control_hang_up(&client);
	control_hang_up(&client);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
