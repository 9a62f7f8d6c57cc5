// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's reports, put together from lines of its log. */
#include <glob.h>

#include "run/faults.h"
#include "fixture.h"

static struct faults faults;
static uint64_t now_ms, usec;

static int setup(void **state)
{
	(void)state;
	faults_init(&faults);
	now_ms = 1000;
	usec = 1000000;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	faults_release(&faults);
	return 0;
}

/* Of a line that begins with "[T12] " or "[C0] ": the blank after it. */
static char *caller_end(char *line)
{
	char *end = line[0] == '[' && (line[1] == 'T' || line[1] == 'C')
			    ? strstr(line, "] ")
			    : NULL;

	return end && strspn(line + 2, "0123456789") == (size_t)(end - line - 2) ? end + 1
										 : NULL;
}

static void feed_line(char *text)
{
	struct klog_line line = { .usec = usec++, .text = text };
	char *end = caller_end(text);

	if (end) {
		end[-1] = '\0';
		line.caller = text + 1;
		line.text = end + 1;
	}
	faults_line(&faults, &line, now_ms, 3);
}

/* Lines of the kernel, a microsecond apart; @case_index of them is 3. */
static void feed(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		_cleanup_free_ char *line = xstrndup(text, len);

		feed_line(line);
		text += len + (text[len] == '\n');
	}
}

static void allow(const char *regex)
{
	_cleanup_free_ char *why = NULL;

	assert_int_equal(faults_allow(&faults, regex, &why), 0);
	assert_null(why);
}

/* What was found, "kind: title" for each, in parentheses if it is allowed. */
#define assert_faults(...) \
	check_faults((const char *const[]){ __VA_ARGS__, NULL }, __FILE__, __LINE__)

static void check_faults(const char *const *expected, const char *file, int line)
{
	size_t nr = 0, counted = 0;

	faults_finish(&faults);
	for (; expected[nr]; nr++) {
		const struct fault *fault = &faults.list[nr];
		_cleanup_free_ char *got = NULL;

		counted += expected[nr][0] != '(';
		if (nr >= faults.nr)
			continue;
		got = xasprintf("%s%s: %s%s", fault->allowed ? "(" : "", fault->kind,
				fault->title, fault->allowed ? ")" : "");
		if (streq(got, expected[nr]))
			continue;
		print_error("fault %zu is '%s', not '%s'\n", nr, got, expected[nr]);
		_fail(file, line);
	}
	if (nr == faults.nr && counted == faults.counted &&
	    nr - counted == faults.allowed)
		return;
	print_error("there are %zu faults, %zu of them count, %zu are allowed\n",
		    faults.nr, faults.counted, faults.allowed);
	_fail(file, line);
}

#define CUT   "------------[ cut here ]------------\n"
#define END   "---[ end trace 0000000000000000 ]---\n"
#define RULED "==================================================================\n"
#define TRACE                                                                \
	"CPU: 0 PID: 77 Comm: insmod Tainted: G           OE      6.1.0\n"   \
	"Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16\n" \
	"Call Trace:\n"                                                      \
	" <TASK>\n"                                                          \
	" dump_stack_lvl+0x34/0x48\n"                                        \
	" foo_init+0x8/0x1000 [foo]\n"                                       \
	" do_one_initcall+0x44/0x200\n"                                      \
	" </TASK>\n"
#define REGISTERS                               \
	"RIP: 0010:foo_init+0x8/0x1000 [foo]\n" \
	"Code: Unable to access opcode bytes\n" \
	"RSP: 0018:ffffc90000a1bd98 EFLAGS: 00010246\n"

#define WARN_LINE "WARNING: CPU: 0 PID: 77 at fs/foo/foo.c:12 foo_init+0x8/0x1000 [foo]"
#define WARN_AFTER     \
	WARN_LINE "\n" \
		  "Modules linked in: foo(OE+)\n" TRACE "irq event stamp: 0\n" END

#define NULL_LINE "BUG: kernel NULL pointer dereference, address: 0000000000000008"
#define OOPS_BODY                                      \
	"#PF: supervisor read access in kernel mode\n" \
	"#PF: error_code(0x0000) - not-present page\n" \
	"PGD 0 P4D 0 \n"                               \
	"Oops: 0000 [#1] PREEMPT SMP PTI\n" TRACE      \
	"CR2: 0000000000000008\n" END REGISTERS

#define PANIC(why)                              \
	"Kernel panic - not syncing: " why "\n" \
	"Kernel Offset: disabled\n"             \
	"---[ end Kernel panic - not syncing: " why " ]---\n"

DEFINE_TEST(faults__one_report__one_fault)
{
	static const struct {
		const char *text, *fault;
	} reports[] = {
		{ "sysrq: Trigger a crash\n" PANIC("sysrq triggered crash"),
		  "panic: Kernel panic - not syncing: sysrq triggered crash" },
		{ NULL_LINE "\n" OOPS_BODY, "oops: " NULL_LINE },
		{ "general protection fault, maybe for address 0x1: 0000 [#1] SMP\n" TRACE
			  END REGISTERS "note: insmod[77] exited with irqs disabled\n",
		  "oops: general protection fault, maybe for address 0x1: 0000 [#1] SMP" },
		{ CUT "kernel BUG at fs/foo/foo.c:13!\n"
		      "invalid opcode: 0000 [#1] PREEMPT SMP PTI\n" TRACE END REGISTERS,
		  "bug: kernel BUG at fs/foo/foo.c:13!" },
		{ "traps: PANIC: double fault, error_code: 0x0\n"
		  "double fault: 0000 [#1] PREEMPT SMP\n" TRACE END,
		  "oops: traps: PANIC: double fault, error_code: 0x0" },
		{ "BUG: TASK stack guard page was hit at 0 (stack is 0..1)\n"
		  "stack guard page: 0000 [#1] PREEMPT SMP\n" TRACE END,
		  "stack-overflow: BUG: TASK stack guard page was hit at 0 (stack is 0..1)" },
		{ CUT WARN_AFTER, "warning: " WARN_LINE },
		{ CUT "foo: the state is strange\nreally\n" WARN_AFTER,
		  "warning: " WARN_LINE },
		{ CUT "refcount_t: underflow; use-after-free.\n" WARN_AFTER,
		  "refcount: refcount_t: underflow; use-after-free." },
		{ CUT "list_del corruption, 0->next is NULL\n" WARN_AFTER,
		  "list-corruption: list_del corruption, 0->next is NULL" },
		{ "list_del corruption, 0->next is NULL\n" CUT
		  "kernel BUG at lib/list_debug.c:50!\n"
		  "invalid opcode: 0000 [#1] SMP\n" TRACE END REGISTERS,
		  "list-corruption: list_del corruption, 0->next is NULL" },
		{ "usercopy: Kernel memory overwrite attempt detected to vmalloc (offset 0, size 8)!\n" CUT
		  "kernel BUG at mm/usercopy.c:101!\n"
		  "invalid opcode: 0000 [#1] SMP\n" TRACE END REGISTERS,
		  "usercopy: usercopy: Kernel memory overwrite attempt detected to vmalloc (offset 0, size 8)!" },
		{ CUT
		  "ODEBUG: free active (active state 0) object type: timer_list hint: foo\n" WARN_AFTER,
		  "debugobjects: ODEBUG: free active (active state 0) object type: timer_list hint: foo" },
		{ CUT "DEBUG_LOCKS_WARN_ON(depth <= 0)\n" WARN_AFTER,
		  "lockdep: DEBUG_LOCKS_WARN_ON(depth <= 0)" },
		{ CUT "a sentence\nwhose WARNING line got lost\n" TRACE END,
		  "warning: a sentence" },
		{ RULED "BUG: KASAN: slab-out-of-bounds in foo_init+0x8/0x1000 [foo]\n"
			"Read of size 1 at addr ffff888003a4b0c0 by task insmod/77\n"
			"\n" TRACE "\nAllocated by task 77:\n" RULED
			"Disabling lock debugging due to kernel taint\n",
		  "kasan: BUG: KASAN: slab-out-of-bounds in foo_init+0x8/0x1000 [foo]" },
		{ RULED
		  "BUG: KCSAN: data-race in foo / bar\n\n"
		  "write to 0xffffffffa0000000 of 8 bytes by task 1 on cpu 0:\n" RULED,
		  "kcsan: BUG: KCSAN: data-race in foo / bar" },
		{ RULED "BUG: KFENCE: use-after-free read in foo+0x10/0x20\n\n" RULED,
		  "kfence: BUG: KFENCE: use-after-free read in foo+0x10/0x20" },
		{ RULED "BUG: KMSAN: uninit-value in foo+0x10/0x20\n\n" RULED,
		  "kmsan: BUG: KMSAN: uninit-value in foo+0x10/0x20" },
		{ RULED
		  "UBSAN: shift-out-of-bounds in fs/foo/foo.c:12:5\n"
		  "shift exponent 64 is too large for 32-bit type 'int'\n" TRACE RULED,
		  "ubsan: UBSAN: shift-out-of-bounds in fs/foo/foo.c:12:5" },
		{ CUT "UBSAN: shift-out-of-bounds in fs/foo/foo.c:12:5\n"
		      "shift exponent 64 is too large for 32-bit type 'int'\n" TRACE END,
		  "ubsan: UBSAN: shift-out-of-bounds in fs/foo/foo.c:12:5" },
		{ "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n",
		  "kmemleak: kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)" },
		{ "\n" RULED "WARNING: possible circular locking dependency detected\n"
		  "6.1.0 #1 Not tainted\n"
		  "------------------------------------------------------\n"
		  "bash/77 is trying to acquire lock:\n"
		  " *** DEADLOCK ***\n" TRACE,
		  "lockdep: WARNING: possible circular locking dependency detected" },
		{ "INFO: trying to register non-static key.\n"
		  "The code is fine but needs lockdep annotation, or maybe\n"
		  "turning off the locking correctness validator.\n" TRACE,
		  "lockdep: INFO: trying to register non-static key." },
		{ "INFO: task xfs_io:88 blocked for more than 10 seconds.\n"
		  "      Not tainted 6.1.0 #1\n"
		  "\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\n" TRACE
		  "\nShowing all locks held in the system:\n" RULED "\n"
		  "INFO: lockdep is turned off.\n",
		  "hung-task: INFO: task xfs_io:88 blocked for more than 10 seconds." },
		{ "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:77]\n" REGISTERS
			  TRACE PANIC("softlockup: hung tasks"),
		  "soft-lockup: watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:77]" },
		{ "rcu: INFO: rcu_preempt self-detected stall on CPU\n"
		  "rcu: \t0-....: (20999 ticks this GP) idle=1234/1/0x4000000000000000\n"
		  "rcu: rcu_preempt kthread starved for 2000 jiffies!\n" TRACE,
		  "rcu-stall: rcu: INFO: rcu_preempt self-detected stall on CPU" },
		{ RULED "BUG kmalloc-64 (Not tainted): Right Redzone overwritten\n"
			"-----------------------------------------------------------\n\n"
			"FIX kmalloc-64: Restoring Right Redzone 0x1-0x2=0xcc\n",
		  "slab: BUG kmalloc-64 (Not tainted): Right Redzone overwritten" },
		{ "BUG: scheduling while atomic: bash/77/0x00000002\n" TRACE,
		  "atomic-sleep: BUG: scheduling while atomic: bash/77/0x00000002" },
		/* arm64, arm, riscv, s390, powerpc, mips */
		{ "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008\n"
		  "Mem abort info:\n  ESR = 0x0000000096000004\n"
		  "KASAN: null-ptr-deref in range [0x8-0xf]\n"
		  "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP\n" TRACE
		  "Code: bad PC value\n" END PANIC("Oops: Fatal exception"),
		  "oops: Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008" },
		{ "Insufficient stack space to handle exception!\nESR: 0x1 -- DABT\n" TRACE
			  PANIC("kernel stack overflow"),
		  "stack-overflow: Insufficient stack space to handle exception!" },
		{ "8<--- cut here ---\n"
		  "Unable to handle kernel paging request at virtual address deadbeef when read\n"
		  "[deadbeef] *pgd=00000000\n"
		  "Internal error: Oops: 5 [#1] PREEMPT SMP ARM\n" TRACE END,
		  "oops: Unable to handle kernel paging request at virtual address deadbeef when read" },
		{ CUT "kernel BUG at fs/foo/foo.c:13!\nKernel BUG [#1]\n" TRACE END PANIC(
			  "Fatal exception in interrupt"),
		  "bug: kernel BUG at fs/foo/foo.c:13!" },
		{ "Unable to handle kernel pointer dereference in virtual kernel address space\n"
		  "Failing address: 0000000000000000 TEID: 0000000000000483\n"
		  "Oops: 0004 ilc:2 [#1] SMP \n" TRACE
		  "Last Breaking-Event-Address:\n" END,
		  "oops: Unable to handle kernel pointer dereference in virtual kernel address space" },
		{ CUT
		  "kernel BUG at fs/foo/foo.c:13!\n"
		  "Oops: Exception in kernel mode, sig: 5 [#1]\n"
		  "LE PAGE_SIZE=64K MMU=Radix SMP NR_CPUS=2048 NUMA pSeries\n" TRACE END,
		  "bug: kernel BUG at fs/foo/foo.c:13!" },
		{ "CPU 0 Unable to handle kernel paging request at virtual address 00000000, epc == 1\n"
		  "Oops[#1]:\n" TRACE END,
		  "oops: CPU 0 Unable to handle kernel paging request at virtual address 00000000, epc == 1" },
		{ CUT WARN_LINE "\n" TRACE PANIC("kernel: panic_on_warn set ..."),
		  "warning: " WARN_LINE },
		{ RULED "BUG: KASAN: invalid-access\n" RULED PANIC(
			  "KASAN: panic_on_warn set ..."),
		  "kasan: BUG: KASAN: invalid-access" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
		setup(state);
		feed("an ordinary line\n");
		assert_null(faults_first(&faults));
		feed(reports[i].text);
		assert_faults(reports[i].fault);
		assert_int_equal(faults.panicked,
				 !!strstr(reports[i].text, "Kernel panic"));
		teardown(state);
	}
}

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

TEST(faults__two_reports__two_faults)
{
	feed(CUT WARN_AFTER CUT WARN_AFTER);
	feed("INFO: task a:1 blocked for more than 10 seconds.\n" TRACE
	     "INFO: task b:2 blocked for more than 10 seconds.\n" TRACE);
	feed(RULED "BUG: KASAN: user-memory-access in foo+0x1/0x2\n" TRACE RULED);
	feed(NULL_LINE
	     "\n" OOPS_BODY
	     "BUG: sleeping function called from invalid context at a.h:1\n" TRACE);
	feed("Oops: 0000 [#2] SMP\n" TRACE END);
	feed(PANIC("sysrq triggered crash"));
	assert_faults(
		"warning: " WARN_LINE, "warning: " WARN_LINE,
		"hung-task: INFO: task a:1 blocked for more than 10 seconds.",
		"hung-task: INFO: task b:2 blocked for more than 10 seconds.",
		"kasan: BUG: KASAN: user-memory-access in foo+0x1/0x2",
		"oops: " NULL_LINE,
		"atomic-sleep: BUG: sleeping function called from invalid context at a.h:1",
		"oops: Oops: 0000 [#2] SMP",
		"panic: Kernel panic - not syncing: sysrq triggered crash");
}

/* An allowed report must not swallow another that its own end never came before. */
TEST(faults__title_in_unfinished_report__another_fault)
{
	allow("foo_init");
	feed(CUT WARN_LINE "\nModules linked in:\n");
	feed("BUG: KASAN: invalid-access in bar\n");
	feed(PANIC("sysrq triggered crash"));
	assert_faults("(warning: " WARN_LINE ")",
		      "kasan: BUG: KASAN: invalid-access in bar",
		      "panic: Kernel panic - not syncing: sysrq triggered crash");
}

TEST(faults__trap_or_oops_once_more__another_fault)
{
	feed(CUT WARN_LINE "\nModules linked in:\n" WARN_LINE "\n" END);
	feed(CUT "kernel BUG at a.c:1!\nOops: 0000 [#1] SMP\n" END);
	feed("Oops: 0000 [#2] SMP\n" END);
	feed("Oops: 0000 [#3] SMP\nOops: 0000 [#4] SMP\n");
	assert_faults("warning: " WARN_LINE, "warning: " WARN_LINE,
		      "bug: kernel BUG at a.c:1!", "oops: Oops: 0000 [#2] SMP",
		      "oops: Oops: 0000 [#3] SMP", "oops: Oops: 0000 [#4] SMP");
}

TEST(faults__rule_in_a_report_from_cut_here__text_of_it)
{
	feed(CUT "UBSAN: invalid-load in a.c:1:2\n" RULED "more\n" END);
	assert_faults("ubsan: UBSAN: invalid-load in a.c:1:2");
	assert_contains(faults.list[0].text, "more");
}

TEST(faults__cut_here_within_a_report__another_fault)
{
	feed(CUT WARN_LINE "\nModules linked in:\n" CUT WARN_AFTER);
	assert_faults("warning: " WARN_LINE, "warning: " WARN_LINE);
}

TEST(faults__ordinary_lines__none)
{
	feed("Linux version 6.1\n" RULED "just a rule\n" CUT
	     "and nothing more\n" END RULED);
	/* there was an end mark: a report whose title got lost */
	assert_faults("warning: and nothing more");
	teardown(state);
	setup(state);
	feed(CUT "\nand nothing more\nat all\n" RULED "just a rule\n" END);
	assert_faults("warning: and nothing more");
	teardown(state);
	setup(state);
	feed("Linux version 6.1\n" RULED "just a rule\n");
	assert_false(faults_pending(&faults, now_ms));
	faults_finish(&faults);
	assert_int_equal(faults.counted + faults.allowed + faults.nr, 0);
}

/* Whatever follows "cut here" is a report: what is not known has a title of its own. */
TEST(faults__cut_here__a_report_whatever_follows)
{
	feed(CUT "no end\nmore\n");
	assert_true(faults_pending(&faults, now_ms + FAULT_REPORT_MS - 1));
	assert_false(faults_pending(&faults, now_ms + FAULT_REPORT_MS));
	now_ms += FAULT_REPORT_MS;
	feed(CUT);
	assert_faults("warning: no end", "warning: ------------[ cut here ]------------");
	teardown(state);
	setup(state);
	/* slowly */
	feed(CUT);
	now_ms += FAULT_REPORT_MS - 1;
	feed("WARNING: [n < 0] a/b.c:3 at f+0x1/0x2, CPU#0: x/1\n");
	now_ms += 2000;
	assert_false(faults_pending(&faults, now_ms));
	feed(END);
	assert_faults("warning: WARNING: [n < 0] a/b.c:3 at f+0x1/0x2, CPU#0: x/1");
	teardown(state);
	setup(state);
	/* what is said much later is not about it */
	feed(CUT);
	usec += 20000;
	feed("reboot: Power down\n");
	assert_faults("warning: ------------[ cut here ]------------");
	teardown(state);
	setup(state);
	/* only its end was not lost */
	feed("an ordinary line\n" END "another\n" END);
	assert_faults("warning: ---[ end trace 0000000000000000 ]---",
		      "warning: ---[ end trace 0000000000000000 ]---");
	teardown(state);
	setup(state);
	/* and an old report that had none, which is allowed, does not take it */
	allow("a/b");
	feed(CUT "WARNING: [n < 0] a/b.c:3 at f+0x1/0x2, CPU#0: x/1\n");
	now_ms += 60000;
	usec += 60000000;
	feed(END);
	assert_int_equal(faults.allowed, 1);
	assert_int_equal(faults.counted, 1);
}

#define WARN_OTHER "WARNING: CPU: 1 PID: 78 at fs/bar/bar.c:12 bar+0x8/0x10 [bar]"

DEFINE_TEST(faults__interleaved__each_is_one)
{
	static const char *const mixed[] = {
		CUT CUT WARN_LINE "\n" WARN_OTHER "\ntext\n" END "text\n" END,
		CUT WARN_LINE "\n" CUT "text\n" WARN_OTHER "\n" END "text\n" END,
		CUT "a sentence\n" CUT WARN_LINE "\n" END WARN_OTHER "\n" END,
		"[T77] " CUT "[C1] " CUT "[T77] " WARN_LINE "\n[C1] " WARN_OTHER
		"\n[C1] " END "[T77] text\n[T77] " END,
	};

	for (size_t i = 0; i < ARRAY_SIZE(mixed); i++) {
		setup(state);
		feed(mixed[i]);
		assert_false(faults_pending(&faults, now_ms));
		assert_faults("warning: " WARN_LINE, "warning: " WARN_OTHER);
		teardown(state);
	}
	setup(state);
	/* the trap is of the report that has none, the other's oops of the other */
	feed(CUT NULL_LINE "\n" WARN_LINE "\nOops: 0000 [#1] SMP\n" END END);
	assert_faults("warning: " WARN_LINE, "oops: " NULL_LINE);
	teardown(state);
	setup(state);
	/* with callers, reports without an end mark as well */
	feed("[T7] BUG: scheduling while atomic: a\n[C1] WARNING: suspicious RCU usage\n"
	     "[T7] of the first\n[C1] of the second\n[C0] of neither\n");
	assert_faults("atomic-sleep: BUG: scheduling while atomic: a",
		      "lockdep: WARNING: suspicious RCU usage");
	assert_contains(faults.list[0].text, "of the first");
	assert_lacks(faults.list[0].text, "of the second");
	assert_contains(faults.list[1].text, "of the second");
	assert_lacks(faults.list[1].text, "of the first");
	assert_contains(faults.list[0].text, "of neither");
	teardown(state);
}

/* A line that may be either's says nothing of the one that is not allowed. */
TEST(faults__interleaved__allowed_by_own_lines_only)
{
	allow("foo_init");
	feed(CUT CUT WARN_LINE "\n" WARN_OTHER "\n" TRACE END END);
	assert_faults("(warning: " WARN_LINE ")", "warning: " WARN_OTHER);
	teardown(state);
	setup(state);
	allow("own_function");
	feed("[C0] " CUT "[C1] " CUT "[C0] " WARN_LINE "\n[C1] " WARN_OTHER
	     "\n[C1] RIP: own_function+0x1\n[C0] " END "[C1] " END);
	assert_faults("warning: " WARN_LINE, "(warning: " WARN_OTHER ")");
}

TEST(faults__more_at_once_than_are_followed__all_count)
{
	for (int i = 0; i < 20; i++)
		feed(CUT);
	for (int i = 0; i < 20; i++)
		feed(END);
	faults_finish(&faults);
	assert_int_equal(faults.counted, 20);
}

/* Quiet consoles have but the alarming lines, and /dev/kmsg brings the rest much later.
 */
DEFINE_TEST(faults_line__rest_comes_late__the_same_fault)
{
	static const struct {
		const char *first, *late, *fault;
	} cases[] = {
		{ "kernel BUG at a.c:1!\n", CUT "invalid opcode: 0000 [#1] SMP\n" END,
		  "bug: kernel BUG at a.c:1!" },
		{ NULL_LINE "\n", "Oops: 0000 [#1] SMP\n" END, "oops: " NULL_LINE },
		{ CUT "refcount_t: underflow\n", WARN_LINE "\n" END,
		  "refcount: refcount_t: underflow" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		feed(cases[i].first);
		now_ms += FAULT_QUIET_MS;
		assert_false(faults_pending(&faults, now_ms));
		usec = 1000000 - (starts_with(cases[i].late, CUT) ? 1 : -2);
		feed(cases[i].late);
		assert_faults(cases[i].fault);
		teardown(state);
	}
	setup(state);
	/* but not if the first one was allowed */
	allow("NULL pointer");
	feed(NULL_LINE "\n");
	now_ms += FAULT_QUIET_MS;
	feed("Oops: 0000 [#1] SMP\n" END);
	assert_faults("(oops: " NULL_LINE ")", "oops: Oops: 0000 [#1] SMP");
	teardown(state);
}

/* The files below tests/unit/reports, see the README there. */
struct sample {
	char *what; /* file and case */
	struct strvec expected, lines;
};

static void check_sample(struct sample *sample)
{
	size_t nr = 0;

	if (!sample->what)
		return;
	setup(NULL);
	for (size_t i = 0; i < sample->lines.nr; i++) {
		_cleanup_free_ char *line = xstrdup(sample->lines.v[i]);

		feed_line(line);
	}
	faults_finish(&faults);
	for (; nr < faults.nr && nr < sample->expected.nr; nr++) {
		_cleanup_free_ char *got =
			xasprintf("%s: %s", faults.list[nr].kind, faults.list[nr].title);

		if (!streq(got, sample->expected.v[nr]))
			fail_msg("%s: found '%s', not '%s'", sample->what, got,
				 sample->expected.v[nr]);
	}
	if (faults.counted != sample->expected.nr)
		fail_msg("%s: found %zu faults, not %zu: %s", sample->what,
			 faults.counted, sample->expected.nr,
			 nr < faults.nr		    ? faults.list[nr].title
			 : nr < sample->expected.nr ? sample->expected.v[nr]
						    : "");
	teardown(NULL);
	free(TAKE_PTR(sample->what));
	strvec_release(&sample->expected);
	strvec_release(&sample->lines);
}

static size_t check_file(const char *path)
{
	struct sample sample = { NULL, STRVEC_INIT, STRVEC_INIT };
	FILE *file = fopen(path, "re");
	size_t alloc = 0, nr = 0;
	char *line = NULL;
	ssize_t len;

	assert_non_null(file);
	while ((len = getline(&line, &alloc, file)) > 0) {
		line[len - (line[len - 1] == '\n')] = '\0';
		if (starts_with(line, "@ ")) {
			check_sample(&sample);
			sample.what = xasprintf("%s: %s", path, line + 2);
			nr++;
		} else if (starts_with(line, "> ")) {
			strvec_push(&sample.expected, line + 2);
		} else {
			strvec_push(&sample.lines, line);
		}
	}
	check_sample(&sample);
	free(line);
	fclose(file);
	return nr;
}

DEFINE_TEST(faults__samples__found_or_not_as_they_say)
{
	size_t nr = 0;
	glob_t files;

	assert_int_equal(glob(SOURCE_DIR "/tests/unit/reports/*.txt", 0, NULL, &files),
			 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		nr += check_file(files.gl_pathv[i]);
	globfree(&files);
	assert_true(nr > 100);
}

TEST(faults_line__text_of_the_report__stamps_and_all_lines)
{
	usec = 12345677;
	feed(RULED "before\n" RULED "BUG: KASAN: invalid-access\n\nlast\n" RULED
		   "after\n");
	assert_faults("kasan: BUG: KASAN: invalid-access");
	assert_string_equal(faults.list[0].text,
			    "[   12.345679] " RULED
			    "[   12.345680] BUG: KASAN: invalid-access\n"
			    "[   12.345681] \n"
			    "[   12.345682] last\n"
			    "[   12.345683] " RULED);
	assert_int_equal(faults.list[0].case_index, 3);
}

TEST(faults_line__oops__registers_and_panic_in_its_text)
{
	feed(NULL_LINE "\n" OOPS_BODY PANIC("Fatal exception"));
	assert_false(faults_pending(&faults, now_ms));
	assert_faults("oops: " NULL_LINE);
	assert_contains(faults.list[0].text, "RSP: 0018");
	assert_contains(faults.list[0].text, "---[ end Kernel panic");
}

TEST(faults_line__panic_of_a_complete_report__in_its_text)
{
	feed(RULED "BUG: KASAN: invalid-access\n" RULED);
	assert_false(faults_pending(&faults, now_ms));
	assert_false(faults.panicked);
	feed(PANIC("KASAN: panic_on_warn set ..."));
	assert_true(faults.panicked);
	feed("later\n");
	assert_faults("kasan: BUG: KASAN: invalid-access");
	assert_contains(faults.list[0].text, "---[ end Kernel panic");
	assert_lacks(faults.list[0].text, "later");
}

TEST(faults_line__consequence_long_after__another_fault)
{
	feed(RULED "BUG: KASAN: invalid-access\n" RULED);
	now_ms += FAULT_QUIET_MS;
	feed(PANIC("Fatal exception"));
	assert_faults("kasan: BUG: KASAN: invalid-access",
		      "panic: Kernel panic - not syncing: Fatal exception");
}

TEST(faults_line__after_a_panic__no_more_faults)
{
	feed("Kernel panic - not syncing: a\n");
	assert_true(faults.panicked);
	feed(CUT WARN_AFTER "Rebooting in 1 seconds..\n");
	assert_false(faults_pending(&faults, now_ms));
	feed(CUT WARN_AFTER NULL_LINE "\n");
	assert_faults("panic: Kernel panic - not syncing: a");
	assert_contains(faults.list[0].text, "Rebooting in");
}

TEST(faults_line__taken_or_not__said)
{
	struct klog_line line = { .usec = 1, .text = "nothing" };
	struct klog_line title = { .usec = 2, .text = "BUG: KASAN: x" };

	assert_false(faults_line(&faults, &line, 0, 0));
	assert_true(faults_line(&faults, &title, 0, 0));
	assert_true(faults_line(&faults, &line, 0, 0));
	assert_false(faults_line(&faults, &line, FAULT_QUIET_MS, 0));
}

/* The console has left "cut here" out for its level; /dev/kmsg brings it later. */
TEST(faults_line__cut_here_comes_late__the_same_fault)
{
	struct klog_line late = { .usec = 999000,
				  .text = "------------[ cut here ]------------" };

	feed("kernel BUG at fs/foo/foo.c:13!\n");
	faults_line(&faults, &late, now_ms, 0);
	feed("invalid opcode: 0000 [#1] PREEMPT SMP PTI\n" TRACE END);
	assert_faults("bug: kernel BUG at fs/foo/foo.c:13!");
}

/* The line @text of user space, which the kernel's log has had at @at. */
static void disown(uint64_t at, const char *text)
{
	faults_disown(&faults, &(struct klog_line){ .usec = at, .text = text });
}

TEST(faults_disown__a_programs_title__no_fault)
{
	feed("BUG: sleeping function called from invalid context at a.h:1\n" TRACE);
	disown(1000000, "BUG: sleeping function called from invalid context at a.h:1");
	assert_false(faults_pending(&faults, now_ms));
	assert_faults(NULL);
	teardown(state);
	setup(state);
	feed(CUT WARN_AFTER CUT WARN_AFTER);
	assert_int_equal(faults.counted, 2);
	disown(1000000, "------------[ cut here ]------------");
	assert_int_equal(faults.counted, 2);
	disown(1000001, WARN_LINE);
	assert_int_equal(faults.counted, 2);
	disown(1000012, "---[ end trace 0000000000000000 ]---");
	assert_faults("warning: " WARN_LINE);
	assert_contains(faults.list[0].text, "1.000013");
}

/* The kernel's own lines of the report are enough of one. */
TEST(faults_disown__one_of_several_heads__still_a_fault)
{
	feed("refcount_t: underflow; use-after-free.\n" CUT WARN_AFTER);
	disown(1000000, "refcount_t: underflow; use-after-free.");
	assert_int_equal(faults.counted, 1);
	disown(1000001, "another line");
	disown(1000002, "------------[ cut here ]------------");
	assert_int_equal(faults.counted, 1);
}

/* A program's words do not swallow what the kernel says soon after. */
DEFINE_TEST(faults_disown__kernels_part_came_late__still_a_fault)
{
	static const struct {
		const char *program, *kernel;
	} cases[] = {
		{ NULL_LINE, "general protection fault: 0000 [#1] SMP\n" },
		{ NULL_LINE, "Oops: 0000 [#1] SMP\n" },
		{ "refcount_t: no", WARN_LINE "\n" },
		{ "------------[ cut here ]------------", WARN_LINE "\n" },
		{ "------------[ cut here ]------------", END },
	};

	for (int late = 0; late < 2; late++) {
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			setup(state);
			feed(cases[i].program);
			if (late)
				now_ms += FAULT_REPORT_MS;
			feed(cases[i].kernel);
			disown(1000000, cases[i].program);
			faults_finish(&faults);
			if (faults.counted != 1)
				fail_msg("'%s' hides behind '%s'", cases[i].kernel,
					 cases[i].program);
			teardown(state);
		}
	}
}

TEST(faults_disown__line_that_allowed__no_longer_allowed)
{
	allow("expected");
	feed(CUT "this is expected\n" WARN_AFTER);
	assert_int_equal(faults.allowed, 1);
	disown(1000001, "this is expected");
	assert_faults("warning: " WARN_LINE);
	feed(CUT "this is expected\n" WARN_LINE "\n");
	disown(usec - 2, "this is expected");
	assert_faults("warning: " WARN_LINE, "warning: " WARN_LINE);
}

TEST(faults_disown__panic__what_came_since_counts)
{
	feed("Kernel panic - not syncing: says a program\n" CUT WARN_AFTER);
	assert_true(faults.panicked);
	disown(1000000, "Kernel panic - not syncing: says a program");
	assert_false(faults.panicked);
	assert_faults("warning: " WARN_LINE);
	feed(PANIC("Fatal exception"));
	assert_true(faults.panicked);
	disown(usec - 3, "Kernel panic - not syncing: Fatal exception");
	assert_false(faults.panicked);
	feed("BUG: kernel NULL pointer dereference, address: 0\n");
	assert_faults("warning: " WARN_LINE,
		      "oops: BUG: kernel NULL pointer dereference, address: 0");
}

TEST(faults_disown__panic_long_ago__what_came_since_counts)
{
	uint64_t first = usec, last;

	for (int i = 0; i < 5000; i++)
		feed(i % 7 ? "a line\n" : "Kernel panic - not syncing: x\n");
	last = usec;
	feed("BUG: sleeping function called from invalid context at a.h:1\n");
	for (uint64_t at = first; at < last; at += 7)
		disown(at, "Kernel panic - not syncing: x");
	assert_false(faults.panicked);
	assert_faults("atomic-sleep: BUG: sleeping function called from invalid context "
		      "at a.h:1");
}

TEST(faults_disown__more_than_are_kept__all_taken_back)
{
	uint64_t first = usec;

	for (int i = 0; i < 2 * FAULTS_MAX; i++)
		feed("BUG: it says\n");
	faults_finish(&faults);
	assert_int_equal(faults.counted, 2 * FAULTS_MAX);
	for (uint64_t at = first; at < usec; at++)
		disown(at, "BUG: it says");
	assert_faults(NULL);
}

DEFINE_TEST(faults_pending__end_mark__complete_at_once)
{
	static const char *const complete[] = {
		CUT WARN_AFTER,
		RULED "BUG: KASAN: invalid-access\n" RULED,
		"kmemleak: 1 new suspected memory leaks (see x)\n",
		PANIC("a"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(complete); i++) {
		setup(state);
		feed(complete[i]);
		assert_false(faults_pending(&faults, now_ms));
		assert_int_equal(faults.counted, 1);
		teardown(state);
	}
}

TEST(faults_pending__no_end_mark__until_it_is_quiet)
{
	assert_false(faults_pending(&faults, now_ms));
	feed("WARNING: suspicious RCU usage\n");
	now_ms += FAULT_QUIET_MS - 1;
	assert_true(faults_pending(&faults, now_ms));
	feed("other info that might help us debug this:\n");
	now_ms += FAULT_QUIET_MS - 1;
	assert_true(faults_pending(&faults, now_ms));
	assert_int_equal(faults.counted, 0);
	assert_false(faults_pending(&faults, now_ms + 1));
	assert_int_equal(faults.counted, 1);
}

TEST(faults_pending__lines_without_end__not_for_ever)
{
	uint64_t end = now_ms + FAULT_REPORT_MS;

	feed("WARNING: suspicious RCU usage\n");
	for (; now_ms < end; now_ms += 100) {
		assert_true(faults_pending(&faults, now_ms));
		feed("line\n");
	}
	assert_false(faults_pending(&faults, now_ms));
	assert_int_equal(faults.counted, 1);
}

TEST(faults_allow__line_up_to_20_after_the_title__allowed)
{
	allow("^RIP: 0010:foo_[a-z]+\\+");
	allow("^line 19$");
	allow("strange");
	feed(CUT "foo: strange\n" WARN_AFTER);
	feed("Oops: 0000 [#1] SMP\nRIP: 0010:foo_init+0x8\n" END);
	for (int over = 0; over < 2; over++) {
		feed("BUG: scheduling while atomic: a\n");
		for (int i = over ? -1 : 0; i < 30; i++) {
			_cleanup_free_ char *line = xasprintf("line %d\n", i);

			feed(line);
		}
	}
	assert_faults("(warning: " WARN_LINE ")", "(oops: Oops: 0000 [#1] SMP)",
		      "(atomic-sleep: BUG: scheduling while atomic: a)",
		      "atomic-sleep: BUG: scheduling while atomic: a");
	assert_ptr_equal(faults_first(&faults), &faults.list[3]);
}

TEST(faults_allow__malformed__said)
{
	_cleanup_free_ char *why = NULL, *empty = NULL;

	assert_int_equal(faults_allow(&faults, "foo(", &why), -EINVAL);
	assert_non_null(why);
	assert_int_equal(faults_allow(&faults, "", &empty), -EINVAL);
	assert_string_equal(empty, "it is empty");
	feed(CUT WARN_AFTER);
	assert_faults("warning: " WARN_LINE);
}

TEST(faults__more_than_are_kept__counted)
{
	allow("allowed");
	for (int i = 0; i < 2 * FAULTS_MAX; i++)
		feed(CUT "allowed\n" WARN_AFTER);
	assert_int_equal(faults.nr, FAULTS_MAX);
	assert_null(faults_first(&faults));
	for (int i = 0; i < 7; i++)
		feed(CUT WARN_AFTER);
	assert_int_equal(faults.nr, FAULTS_MAX);
	assert_int_equal(faults.allowed, 2 * FAULTS_MAX);
	assert_int_equal(faults.counted, 7);
	assert_string_equal(faults_first(&faults)->title, WARN_LINE);
	feed(PANIC("Fatal exception"));
	assert_int_equal(faults.counted, 7);
}

TEST(faults__endless_report__text_is_bounded)
{
	_cleanup_free_ char *line = xcalloc(1, 1002);

	memset(line, 'x', 1000);
	line[1000] = '\n';
	feed("BUG: scheduling while atomic: a\n");
	for (int i = 0; i < 100; i++)
		feed(line);
	assert_faults("atomic-sleep: BUG: scheduling while atomic: a");
	assert_true(strlen(faults.list[0].text) < FAULT_TEXT_MAX);
	assert_true(ends_with(faults.list[0].text, "[... the rest is left out ...]\n"));
}

/* The lines of docs/rapido-run.1 that name kinds, with blanks for newlines. */
static char *read_manual(void)
{
	FILE *file = fopen(SOURCE_DIR "/docs/rapido-run.1", "re");
	struct strbuf text = STRBUF_INIT;
	size_t alloc = 0;
	char *line = NULL;

	assert_non_null(file);
	while (getline(&line, &alloc, file) > 0)
		if (starts_with(line, ".It Cm ")) {
			strbuf_adds(&text, line);
			text.buf[text.len - 1] = ' ';
		}
	free(line);
	fclose(file);
	return strbuf_detach(&text);
}

TEST(faults_kind__all__each_once_and_in_the_manual)
{
	_cleanup_(strvec_release) struct strvec kinds = STRVEC_INIT;
	_cleanup_free_ char *manual = NULL;

	manual = read_manual();
	for (size_t i = 0; faults_kind(i); i++) {
		assert_false(strvec_has(&kinds, faults_kind(i)));
		strvec_push(&kinds, faults_kind(i));
	}
	for (size_t i = 0; i < kinds.nr; i++) {
		_cleanup_free_ char *word = xasprintf(" %s ", kinds.v[i]);

		if (!strstr(manual, word))
			fail_msg("'%s' is not in the manual", kinds.v[i]);
	}
	assert_true(strvec_has(&kinds, "panic"));
	assert_true(strvec_has(&kinds, "warning"));
	assert_true(kinds.nr > 20);
	assert_null(faults_kind(1000));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
