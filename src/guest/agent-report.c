// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rapido.rc writes a line for each script that begins or ends; they become frames here,
 * which wait for the output that was written before. Each line begins with a newline and
 * the token; anything else in the fifo is somebody's stray bytes and is passed over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"

#define REPORT_COMPLAINTS 5
/* Scripts; the host judges whether there are too many. */
#define NUMBER_MAX 100000

/* What is answered is numbered from 1, up to this: the beginning and the end of each
 * script, and a suite's cases. */
#define SERIAL_MAX 1000000000

/* How often the shell is woken anyway; the loop comes round no more often. */
#define WAKE_MS 900

static void complain(struct agent *a, const char *line)
{
	if (a->report.complaints++ < REPORT_COMPLAINTS)
		say("ignoring a report that makes no sense: '%.100s'", line);
}

static bool take_plan(struct agent *a, const char *number)
{
	uint32_t planned;

	if (a->report.planned || !take_number(&number, NUMBER_MAX, &planned) || *number)
		return false;
	a->report.planned = true;
	uplink_send32(&a->uplink, WIRE_PLAN, planned);
	return true;
}

/* A command that bash did not find. The host is told once, even of one in a loop. */
static bool take_missing(struct agent *a, const char *name)
{
	struct agent_report *report = &a->report;
	size_t len = strlen(name);
	uint64_t sum = wire_checksum(0, name, len);

	for (size_t i = 0; i < report->nr_missing; i++)
		if (report->missing[i] == sum)
			return true;
	if (len && report->nr_missing < REPORT_MISSING_MAX) {
		report->missing[report->nr_missing++] = sum;
		uplink_send(&a->uplink, WIRE_MISSING, name, len);
	}
	return len;
}

/* A script may report it; rapido.rc does so after the last one. */
static bool take_ready(struct agent *a)
{
	if (a->stay && !a->ready)
		uplink_send(&a->uplink, WIRE_READY, NULL, 0);
	a->ready = true;
	return a->stay;
}

void wake_shell(struct agent *a)
{
	int waiting = 0;

	if (now_ms() < a->report.wake_ms)
		return;
	/* another process may have read the newline that was meant for it */
	if (ioctl(a->shell.answer, FIONREAD, &waiting) == 0 && !waiting)
		(void)!write(a->shell.answer, "\n", 1);
	a->report.wake_ms = now_ms() + WAKE_MS;
}

/*
 * Write the answer to the file and wake the shell. A full fifo means that it is awake.
 * The number in the file never falls, or a process that waits for a higher one would wait
 * for ever.
 */
static void answer(struct agent *a, const char *word)
{
	struct agent_report *report = &a->report;
	char line[SHELL_HEARD] = "";

	report->answered = true;
	if (report->serial >= report->highest) {
		report->highest = report->serial;
		snprintf(line, sizeof(line), "%u %s\n", report->serial, word);
		(void)!pwrite(a->shell.heard, line, sizeof(line), 0);
	}
	(void)!write(a->shell.answer, "\n", 1);
}

/* "begin I NAME" or "end I STATUS". */
static bool take_case(struct agent *a, const char *line)
{
	struct agent_report *report = &a->report;
	uint32_t number;

	report->of_suite = false;
	report->begins = strncmp(line, "begin ", 6) == 0;
	if (!report->begins && strncmp(line, "end ", 4) != 0)
		return false;
	line += report->begins ? 6 : 4;
	if (!take_number(&line, NUMBER_MAX, &number) || number != report->next_case ||
	    report->in_case == report->begins || *line++ != ' ' || !*line)
		return false;
	if (!report->begins && (!take_number(&line, 255, &report->status) || *line))
		return false;
	if (report->begins)
		strcpy(report->name, line);
	report->waiting = true;
	mark_streams(a);
	return true;
}

/* A line that suite_take() knows; but cases come after the scripts. */
static bool take_suite(struct agent *a, const char *line)
{
	struct agent_report *report = &a->report;

	if (!report->planned || report->in_case || !suite_take(a, line))
		return false;
	report->of_suite = report->waiting = true;
	mark_streams(a);
	return true;
}

/* Whether a line of several processes that report at the same time was taken before. */
static bool is_recent(const struct agent_report *report, uint32_t serial, uint64_t sum)
{
	for (size_t i = 0; i < report->nr_recent && i < REPORT_RECENT; i++)
		if (report->recent[i] == (sum ^ serial))
			return true;
	return false;
}

/* "plan N", "missing NAME", "ready", "fatal TEXT", or "SERIAL " and a line for
 * take_case() or take_suite(). */
static bool take_report(struct agent *a, const char *line)
{
	struct agent_report *report = &a->report;
	uint32_t serial;
	uint64_t sum;

	if (strncmp(line, "plan ", 5) == 0)
		return take_plan(a, line + 5);
	if (strncmp(line, "missing ", 8) == 0)
		return take_missing(a, line + 8);
	if (strcmp(line, "ready") == 0)
		return take_ready(a);
	if (strncmp(line, "fatal ", 6) == 0)
		return suite_take_fatal(a, line + 6);
	if (!take_number(&line, SERIAL_MAX, &serial) || *line++ != ' ')
		return false;
	sum = wire_checksum(0, line, strlen(line));
	/* the shell has repeated it */
	if (serial == report->serial && sum == report->sum) {
		if (report->answered)
			answer(a, report->refused ? "no" : "yes");
		return true;
	}
	/* a process has, and others have reported since then, which it will see */
	if (is_recent(report, serial, sum))
		return true;
	/* the shell waits for an order, and a process that it has left behind reports a
	   case: there is no one to answer */
	if (report->ordering)
		return false;
	report->serial = serial;
	report->sum = sum;
	report->recent[report->nr_recent++ % REPORT_RECENT] = sum ^ serial;
	report->answered = false;
	report->refused = !take_case(a, line) && !take_suite(a, line);
	if (report->refused)
		answer(a, "no");
	return !report->refused;
}

/* The streams have been read up to a line about a suite. False: there is no room yet. */
static bool send_of_suite(struct agent *a)
{
	struct agent_report *report = &a->report;

	if (!report->sent)
		report->sent = suite_send(a);
	/* what the next case does to the kernel must not be this one's */
	uplink_flush(&a->uplink);
	if (!report->sent || !uplink_is_empty(&a->uplink)) {
		/* else the port, or the move to a faster one, wakes us */
		a->again = uplink_has_room(&a->uplink, true);
		return false;
	}
	report->waiting = report->sent = false;
	/* the order is the answer */
	report->ordering = a->suite.ready || a->suite.fatal;
	if (!report->ordering)
		answer(a, "yes");
	return true;
}

/* The same where a script began or ended. */
static void send_case(struct agent *a)
{
	struct agent_report *report = &a->report;
	size_t len = report->begins ? strlen(report->name) : 4;
	unsigned char *at;

	send_taint(a);
	at = uplink_place(&a->uplink);
	wire_put32(at, report->next_case);
	if (report->begins)
		memcpy(at + 4, report->name, len);
	else
		wire_put32(at + 4, report->status);
	uplink_commit(&a->uplink, report->begins ? WIRE_CASE_BEGIN : WIRE_CASE_END,
		      4 + len);
	report->in_case = report->begins;
	report->waiting = false;
	/* the shell is waiting for this */
	answer(a, "yes");
	if (!report->begins) {
		report->next_case++;
		outbox_want(&a->outbox, OUTBOX_CHANGED);
	}
}

/* rapido.rc's words in a line of @len bytes, NUL-terminated; NULL if it has none. */
static const char *own_words(const struct agent *a, const char *line, size_t len)
{
	const char *at, *words = NULL;

	for (at = line;
	     (at = memmem(at, len - (size_t)(at - line), a->shell.token, SHELL_TOKEN));
	     at++)
		words = at + SHELL_TOKEN;
	return words && *words == ' ' ? words + 1 : NULL;
}

static void take_line(struct agent *a, const char *line, size_t len)
{
	const char *words = own_words(a, line, len);

	if (!len)
		return;
	if (!words)
		complain(a, line);
	else if (!take_report(a, words))
		complain(a, words);
}

void work_on_report(struct agent *a)
{
	struct agent_report *report = &a->report;
	char *newline;

	while (uplink_has_room(&a->uplink, false)) {
		if (report->waiting && streams_due(a))
			return;
		if (report->waiting && report->of_suite) {
			if (!send_of_suite(a))
				return;
			continue;
		}
		if (report->waiting) {
			send_case(a);
			continue;
		}
		if (report->ordering && a->suite.has_order) {
			report->ordering = false;
			answer(a, a->suite.failed ? "no" : "yes");
		}
		newline = memchr(report->text, '\n', report->len);
		if (!newline)
			return;
		*newline = '\0';
		if (!report->too_long)
			take_line(a, report->text, (size_t)(newline - report->text));
		report->too_long = false;
		newline++;
		report->len -= (size_t)(newline - report->text);
		memmove(report->text, newline, report->len);
	}
}

bool read_report(struct agent *a)
{
	struct agent_report *report = &a->report;
	ssize_t n;

	if (a->shell.report < 0)
		return false;
	if (report->len == sizeof(report->text)) {
		if (memchr(report->text, '\n', report->len))
			return false;
		report->too_long = true;
		report->len = 0;
	}
	n = read(a->shell.report, report->text + report->len,
		 sizeof(report->text) - report->len);
	if (n > 0)
		report->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&a->shell.report);
	return n > 0;
}
