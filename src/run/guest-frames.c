// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest's agent tells, a frame at a time: checked, and put into the record. */
#include "guest-parts.h"

/* Linux has none above it (MAX_ERRNO). */
#define ERRNO_MAX 4095

void guest_damaged(struct guest *guest, const char *what)
{
	if (!guest->record->damage)
		guest->record->damage = xstrdup(what);
}

static void take_hello(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (record->hello || frame->size < 4) {
		guest_damaged(guest, "a message came out of order");
		return;
	}
	if (wire_get32(frame->payload) != WIRE_VERSION) {
		record->other_version = true;
		guest_damaged(guest, "the image was cut by another version of rapido");
		return;
	}
	record->hello = true;
	record->boot_ms = guest_ms(guest);
	record->kernel_version =
		xstrndup((const char *)frame->payload + 4, frame->size - 4);
	record->kernel_version[strcspn(record->kernel_version, "\n")] = '\0';
	if (guest->stdin_ended)
		downlink_send(&guest->link, WIRE_STDIN_END, NULL, 0);
}

/* It comes once and before any script, and the image knows better. */
static void take_plan(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;
	uint32_t planned = frame->size == 4 ? wire_get32(frame->payload) : 0;
	_cleanup_free_ char *what = NULL;

	if (record->has_plan || record->nr_cases)
		what = xstrdup("it planned its scripts a second time");
	else if (planned > WIRE_CASES_MAX)
		what = xasprintf("it has more scripts than %d", WIRE_CASES_MAX);
	else if (record->scripts >= 0 && record->scripts != planned)
		what = xasprintf("it planned %u scripts, and the image has %lld", planned,
				 (long long)record->scripts);
	if (what) {
		guest_damaged(guest, what);
		return;
	}
	record->planned = planned;
	record->has_plan = true;
}

/* Cases come one after the other, and each begins before it ends. */
static void take_case_begin(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (frame->size < 4 || wire_get32(frame->payload) != record->nr_cases ||
	    record_running(record) ||
	    !record_add_case(record, (const char *)frame->payload + 4, frame->size - 4,
			     guest_ms(guest)))
		guest_damaged(guest, "it began a script out of order");
	/* the log may have no word of it, see printk.devkmsg=off */
	if (guest->announced < record->nr_cases)
		strbuf_setlen(&guest->said, 0);
}

static void take_case_end(struct guest *guest, const struct wire_frame *frame)
{
	if (!record_running(guest->record) || frame->size != 8 ||
	    wire_get32(frame->payload) != guest->record->nr_cases - 1) {
		guest_damaged(guest, "it ended a script that was not running");
		return;
	}
	record_end_case(guest->record, wire_get32(frame->payload + 4), guest_ms(guest),
			guest->record->helper && guest->asked);
}

static void take_missing(struct guest *guest, const struct wire_frame *frame)
{
	_cleanup_free_ char *name = xstrndup((const char *)frame->payload, frame->size);

	if (*name && strlen(name) == frame->size)
		record_missing(guest->record, name);
	else
		guest_damaged(guest, "a command without a name was not found");
}

static void take_ready(struct guest *guest, const struct wire_frame *frame)
{
	(void)frame;
	if (guest->record->helper)
		guest->record->ready = true;
	else
		guest_damaged(guest, "it is ready, and nobody has asked");
}

static void take_output(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;
	bool out = frame->type == WIRE_STDOUT;

	*(out ? &record->out_bytes : &record->err_bytes) += frame->size;
	guest_log_write(guest, &guest->output_log, frame->payload, frame->size);
	record_output(record, (const char *)frame->payload, frame->size, out);
	guest_show(guest, out ? &guest->out : &guest->err, (const char *)frame->payload,
		   frame->size);
}

static void take_end(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (frame->size != 24 || wire_get32(frame->payload) > WIRE_END_INCOMPLETE) {
		guest_damaged(guest, "its last message makes no sense");
		return;
	}
	record->end = wire_get32(frame->payload);
	record->end_status = wire_get32(frame->payload + 4);
	record->out_sent = wire_get64(frame->payload + 8);
	record->err_sent = wire_get64(frame->payload + 16);
	record->has_end = true;
	/* what comes now is about the end of the VM */
	record->kernel_said = guest_kernel_said(guest);
	downlink_send(&guest->link, WIRE_BYE, NULL, 0);
}

static void take_stdin_room(struct guest *guest, const struct wire_frame *frame)
{
	uint64_t room = guest->stdin_room;

	room += frame->size == 4 ? wire_get32(frame->payload) : WIRE_STDIN_WINDOW + 1;
	if (room > WIRE_STDIN_WINDOW)
		guest_damaged(guest, "it wants more input than it has room for");
	else
		guest->stdin_room = (uint32_t)room;
}

static void take_kmsg(struct guest *guest, const struct wire_frame *frame)
{
	klog_kmsg(&guest->klog, (const char *)frame->payload, frame->size);
}

static void take_kernel(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;
	uint32_t flags = frame->size == 16 ? wire_get32(frame->payload) : UINT32_MAX;
	uint32_t err = frame->size == 16 ? wire_get32(frame->payload + 4) : 0;

	if (flags & ~(WIRE_KERNEL_TAINT | WIRE_KERNEL_MORE) || err > ERRNO_MAX) {
		guest_damaged(guest, "what it says of the kernel makes no sense");
		return;
	}
	record->kmsg_error = (int)err;
	record->kmsg_more = flags & WIRE_KERNEL_MORE;
	if (flags & WIRE_KERNEL_TAINT)
		taint_note(&record->taint, wire_get64(frame->payload + 8),
			   record_running(record) ? record->nr_cases - 1 : SIZE_MAX);
}

static void take_results(struct guest *guest, const struct wire_frame *frame)
{
	if (results_frame(&guest->record->results, frame))
		guest_damaged(guest, "its results make no sense");
}

/* That it came is all there is to it. */
static void take_alive(struct guest *guest, const struct wire_frame *frame)
{
	(void)guest;
	(void)frame;
}

void guest_take_frame(struct guest *guest, const struct wire_frame *frame)
{
	static void (*const takers[])(struct guest *, const struct wire_frame *) = {
		[WIRE_HELLO] = take_hello,
		[WIRE_PLAN] = take_plan,
		[WIRE_CASE_BEGIN] = take_case_begin,
		[WIRE_CASE_END] = take_case_end,
		[WIRE_STDOUT] = take_output,
		[WIRE_STDERR] = take_output,
		[WIRE_KMSG] = take_kmsg,
		[WIRE_STDIN_ROOM] = take_stdin_room,
		[WIRE_ALIVE] = take_alive,
		[WIRE_RESULTS] = take_results,
		[WIRE_FILE] = take_results,
		[WIRE_FILE_DATA] = take_results,
		[WIRE_FILE_END] = take_results,
		[WIRE_RESULTS_END] = take_results,
		[WIRE_READY] = take_ready,
		[WIRE_KERNEL] = take_kernel,
		[WIRE_MISSING] = take_missing,
		[WIRE_END] = take_end,
	};
	const struct run_record *record = guest->record;

	if (record->has_end || (!record->hello && frame->type != WIRE_HELLO))
		guest_damaged(guest, "a message came out of order");
	else if (frame->type >= ARRAY_SIZE(takers) || !takers[frame->type])
		guest_damaged(guest, "a message is of no known kind");
	else
		takers[frame->type](guest, frame);
}
