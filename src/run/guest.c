// SPDX-License-Identifier: GPL-2.0-or-later
/* The conversation with the guest of a run: what is read, written, and when it ends.
 * What the frames mean is in guest-frames.c; logs are guest-logs.c's. */
#include <errno.h>
#include <unistd.h>

#include "guest-parts.h"

#define STDIN_CHUNK 16384
#define PATIENCE_MS 5000

uint64_t guest_ms(const struct guest *guest)
{
	return monotonic_ms() - guest->start_ms;
}

void guest_init(struct guest *guest, const struct guest_options *options,
		struct run_record *record, int slow, int fast)
{
	*guest = (struct guest){
		.options = options,
		.record = record,
		.said = STRBUF_INIT,
		.console = STRBUF_INIT,
		.line = STRBUF_INIT,
		.stdin_ended = options->in < 0,
	};
	downlink_init(&guest->link, slow, fast);
	klog_init(&guest->klog, guest_kernel_line, guest_line_settled, guest);
	sink_init(&guest->out, options->out);
	sink_init(&guest->err, options->err);
	guest_open_logs(guest);
	results_init(&record->results, options->dir->fd, rundir_reserved);
	guest->start_ms = monotonic_ms();
}

void guest_release(struct guest *guest)
{
	/* as long as the directory is open */
	results_finish(&guest->record->results);
	downlink_release(&guest->link);
	klog_release(&guest->klog);
	ktap_release(&guest->ktap);
	sink_release(&guest->out);
	sink_release(&guest->err);
	guest_close_logs(guest);
	strbuf_release(&guest->said);
	strbuf_release(&guest->console);
	strbuf_release(&guest->line);
}

bool guest_listens(const struct guest *guest)
{
	return !guest->record->damage && !sink_is_full(&guest->out) &&
	       !sink_is_full(&guest->err);
}

bool guest_read(struct guest *guest)
{
	struct wire_frame frame;
	int more;

	if (!downlink_read(&guest->link))
		return false;
	guest->heard_ms = guest_ms(guest);
	while (!guest->record->damage && (more = downlink_next(&guest->link, &frame))) {
		if (more == -ECONNRESET)
			guest->record->started_again = true;
		if (more < 0)
			guest_damaged(guest, more == -ECONNRESET
						     ? "it began again"
						     : "what it sent is torn");
		else
			guest_take_frame(guest, &frame);
	}
	return true;
}

bool guest_wants_stdin(const struct guest *guest)
{
	return guest->record->hello && !guest->record->has_end && !guest->stdin_ended &&
	       guest->stdin_room && !guest->asked;
}

void guest_read_stdin(struct guest *guest)
{
	char buffer[STDIN_CHUNK];
	size_t room =
		guest->stdin_room < sizeof(buffer) ? guest->stdin_room : sizeof(buffer);
	ssize_t n = read(guest->options->in, buffer, room);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		downlink_send(&guest->link, WIRE_STDIN, buffer, (size_t)n);
		guest->stdin_room -= (uint32_t)n;
		return;
	}
	downlink_send(&guest->link, WIRE_STDIN_END, NULL, 0);
	guest->stdin_ended = true;
}

bool guest_stop(struct guest *guest)
{
	const struct run_record *record = guest->record;

	if (!record->hello || record->has_end || record->damage ||
	    record->faults.panicked || downlink_has_ended(&guest->link))
		return false;
	if (!guest->asked)
		downlink_send(&guest->link, WIRE_STOP, NULL, 0);
	guest->asked = true;
	return true;
}

static void ask_for_patience(struct guest *guest)
{
	uint64_t now = guest_ms(guest);

	if (guest_listens(guest) || now - guest->patience_ms < PATIENCE_MS)
		return;
	downlink_send(&guest->link, WIRE_PATIENCE, NULL, 0);
	guest->patience_ms = now;
}

void guest_write(struct guest *guest)
{
	ask_for_patience(guest);
	downlink_write(&guest->link);
	sink_write(&guest->out);
	sink_write(&guest->err);
}

void guest_finish(struct guest *guest)
{
	struct run_record *record = guest->record;

	klog_console_end(&guest->klog);
	ktap_finish(&guest->ktap, &guest->klog, &record->ktap);
	tap_finish(&record->ktap);
	faults_finish(&record->faults);
	record_finish(record);
	record->kernel_lines_lost = guest->klog.lost;
	taint_judge(&record->taint, &record->faults, record->kernel_lines_lost);
	record->last_words = guest_last_words(guest);
	/* of a VM that did not end that matters, too */
	if (!record->has_end || record->stop == RUN_NO_END) {
		free(record->kernel_said);
		record->kernel_said = guest_kernel_said(guest);
	}
	guest_close_logs(guest);
}
