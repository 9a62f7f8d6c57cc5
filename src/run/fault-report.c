// SPDX-License-Identifier: GPL-2.0-or-later
/* One report of the kernel, put together line by line; and whose lines they are. */
#include "fault-report.h"

/* arch/arm */
#define CUT_HERE_ARM "8<--- cut here ---"

void fault_report_release(struct fault_report *report)
{
	strbuf_release(&report->text);
	free(report->title_text);
	free(report->opening);
	free(report->sentence);
}

bool fault_report_is_cut(const char *text)
{
	return starts_with(text, FAULT_CUT_HERE) || starts_with(text, CUT_HERE_ARM);
}

bool fault_report_follows_cut(const struct fault_title *title)
{
	return title->flags & (TITLE_SENTENCE | TITLE_TRAP | TITLE_DIE | TITLE_CUT);
}

bool fault_report_expects_end(const struct fault_report *report)
{
	return !report->ended && (report->cut || report->trapped || report->dies ||
				  report->died || report->title->flags & TITLE_RULED);
}

bool fault_report_is_over(const struct fault_report *report, uint64_t now_ms)
{
	return (report->title && now_ms - report->last_ms >= FAULT_QUIET_MS) ||
	       now_ms - report->begun_ms >= FAULT_REPORT_MS;
}

bool fault_report_same_caller(const struct fault_report *report,
			      const struct klog_line *line)
{
	return !line->caller || !*report->caller || streq(report->caller, line->caller);
}

bool fault_report_goes_on(const struct fault_report *report,
			  const struct fault_title *title)
{
	if (report->ended)
		return false;
	if (!report->title)
		return fault_report_follows_cut(title);
	if (title->flags & TITLE_DIE)
		return report->dies && !report->died;
	if (title->flags & TITLE_TRAP)
		return !report->trapped &&
		       (report->cut || (report->title->flags & TITLE_SENTENCE));
	return false;
}

void fault_report_add_title(struct fault_report *report, const struct fault_title *title,
			    const struct klog_line *line)
{
	if (!report->title) {
		report->title = title;
		report->title_text = xstrdup(line->text);
		report->usec = line->usec;
		report->lines = 0;
	}
	if (title->flags & TITLE_TRAP)
		report->trapped = true;
	if (title->flags & TITLE_DIE)
		report->died = true;
	if (title->flags & (TITLE_DIES | TITLE_SENTENCE))
		report->dies = true;
	if ((title->flags & TITLE_TRAP) && !(title->flags & TITLE_DIES))
		report->dies = false;
	fault_heads_add(&report->heads, line);
}

void fault_format_line(struct strbuf *out, const struct klog_line *line)
{
	if (line->usec)
		strbuf_addf(out, "[%5llu.%06llu] ",
			    (unsigned long long)line->usec / 1000000,
			    (unsigned long long)line->usec % 1000000);
	strbuf_adds(out, line->text);
	strbuf_addch(out, '\n');
}

void fault_report_add_text(struct fault_report *report, const struct klog_line *line,
			   uint64_t now_ms)
{
	static const char left_out[] = "[... the rest is left out ...]\n";

	report->last_ms = now_ms;
	report->lines++;
	if (report->full)
		return;
	if (report->text.len + strlen(line->text) + sizeof(left_out) + 32 >
	    FAULT_TEXT_MAX) {
		report->full = true;
		strbuf_adds(&report->text, left_out);
		return;
	}
	fault_format_line(&report->text, line);
}

void fault_report_add_sentence(struct fault_report *report)
{
	static const struct fault_title warning = { "warning", "", NULL, TITLE_TRAP };

	report->title = &warning;
	report->title_text =
		report->sentence ? TAKE_PTR(report->sentence) : TAKE_PTR(report->opening);
}

bool fault_ends_panic(const char *text)
{
	return starts_with(text, "---[ end Kernel panic") ||
	       starts_with(text, "Rebooting in ");
}

uint64_t fault_line_hash(const struct klog_line *line)
{
	return klog_line_hash(line->usec, line->text, strlen(line->text));
}

void fault_heads_add(struct fault_heads *heads, const struct klog_line *line)
{
	bool known = line->origin == KLOG_KERNEL;

	if (heads->nr < FAULT_HEADS_MAX) {
		heads->line[heads->nr] = fault_line_hash(line);
		heads->known[heads->nr] = known;
	}
	heads->nr++;
	heads->certain |= known;
}

bool fault_heads_settle(struct fault_heads *heads, uint64_t hash, bool kernel, bool *lost)
{
	size_t nr = heads->nr < FAULT_HEADS_MAX ? heads->nr : FAULT_HEADS_MAX, i = 0;

	*lost = false;
	while (i < nr && (heads->line[i] != hash || heads->known[i]))
		i++;
	if (i == nr)
		return false;
	if (kernel) {
		heads->known[i] = heads->certain = true;
	} else if (heads->nr <= FAULT_HEADS_MAX) {
		heads->nr--;
		heads->line[i] = heads->line[heads->nr];
		heads->known[i] = heads->known[heads->nr];
		*lost = !heads->nr;
	}
	return true;
}

bool fault_heads_revoke(struct fault_heads *heads, bool *allowed, uint64_t hash)
{
	if (!*allowed || heads->allowed != hash)
		return false;
	*allowed = false;
	heads->allowed = 0;
	return true;
}
