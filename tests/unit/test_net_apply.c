// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans carried out with real devices, and with a failure at each step: nothing may be
 * left of it then.
 */
#include "net/host/net-apply.h"
#include "netns_fixture.h"

/* Does what the kernel's does, but the operation @fail_at (from 1) fails. */
struct faulty {
	struct net_executor executor;
	struct net_kernel kernel;
	size_t nr, fail_at;
	char dhcp[64]; /* the range that a server would run for */
};

static int run_faulty(struct net_executor *executor, const struct net_op *op, char **why)
{
	struct faulty *faulty = (struct faulty *)executor;

	if (++faulty->nr == faulty->fail_at) {
		*why = xstrdup("the test wants it so");
		return -EIO;
	}
	if (op->kind == NET_START_DHCP)
		snprintf(faulty->dhcp, sizeof(faulty->dhcp), "%s", op->range);
	else if (op->kind == NET_STOP_DHCP)
		faulty->dhcp[0] = '\0';
	else
		return faulty->kernel.executor.run(&faulty->kernel.executor, op, why);
	return 0;
}

static void add_link_text(const struct net_state *now, const struct net_link *link,
			  struct strbuf *text)
{
	const char *master = net_state_master(now, link);

	strbuf_addf(text, "%s %s '%s' in %s %s %ld group %lu\n", link->name, link->kind,
		    link->alias ? link->alias : "", master ? master : "none",
		    link->up ? "up" : "down", link->has_owner ? (long)link->owner : -1,
		    (unsigned long)link->group);
	for (size_t i = 0; i < now->nr_addresses; i++) {
		char address[NET_PREFIX_TEXT];

		if (now->addresses[i].index == link->index &&
		    !now->addresses[i].is_link_local)
			strbuf_addf(text, "  %s\n",
				    net_prefix_text(&now->addresses[i].prefix, address));
	}
}

/* All of the namespace that is not the kernel's choice, by name. Heap. */
static char *picture(const struct faulty *faulty)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;
	struct net_state now;

	assert_int_equal(net_state_read(&now), 0);
	for (size_t i = 0; i < now.nr_links; i++)
		strvec_push(&names, now.links[i].name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.nr; i++)
		add_link_text(&now, net_state_find(&now, names.v[i]), &text);
	strbuf_addf(&text, "dhcp %s\n", faulty->dhcp);
	net_state_release(&now);
	return strbuf_detach(&text);
}

/* What a set-up is given; NULL: the network is to be removed. */
struct aim {
	const char *addresses, *taps, *uplink, *range;
	uid_t owner;
};

static void make_plan(struct net_plan *plan, const struct aim *aim, const char *range_now)
{
	_cleanup_(strvec_release) struct strvec taps = STRVEC_INIT, texts = STRVEC_INIT;
	struct report report = REPORT_INIT;
	struct net_prefix addresses[4];
	struct net_state now;
	struct net_want want = { .bridge = "br7", .addresses = addresses, .taps = &taps };

	range_now = *range_now ? range_now : NULL;
	*plan = (struct net_plan)NET_PLAN_INIT;
	assert_int_equal(net_state_read(&now), 0);
	if (!aim) {
		assert_int_equal(net_plan_teardown(plan, "br7", &want.rights, &now,
						   range_now, &report),
				 0);
	} else {
		strvec_split(&taps, aim->taps, " ");
		strvec_split(&texts, aim->addresses, " ");
		for (size_t i = 0; i < texts.nr; i++)
			addresses[want.nr_addresses++] = netns_prefix(texts.v[i]);
		want.uplink = aim->uplink;
		want.range = aim->range;
		want.rights.owner = aim->owner;
		assert_int_equal(net_plan_setup(plan, &want, &now, range_now, &report),
				 0);
	}
	net_state_release(&now);
	report_release(&report);
}

static int apply(struct faulty *faulty, const struct aim *aim, size_t fail_at)
{
	struct net_plan plan;
	int err;

	make_plan(&plan, aim, faulty->dhcp);
	faulty->nr = 0;
	faulty->fail_at = fail_at;
	err = net_apply(&plan, &faulty->executor);
	net_plan_release(&plan);
	return err;
}

/* The number of operations from here to @aim. */
static size_t steps(const struct faulty *faulty, const struct aim *aim)
{
	struct net_plan plan;
	size_t nr;

	make_plan(&plan, aim, faulty->dhcp);
	nr = plan.nr;
	net_plan_release(&plan);
	return nr;
}

/* Each step on the way to @aim fails once: all is as before. Then none does: another
 * look finds nothing to do. */
static void fail_each_step(struct faulty *faulty, const struct aim *aim, size_t at_least)
{
	_cleanup_free_ char *before = picture(faulty);
	size_t nr = steps(faulty, aim);

	assert_true(nr >= at_least);
	for (size_t i = 1; i <= nr; i++) {
		struct capture c = capture_start();
		int err = apply(faulty, aim, i);
		const char *said = capture_stop(&c);
		_cleanup_free_ char *after = picture(faulty);

		assert_int_equal(err, -EIO);
		/* and no more: undoing was no failure */
		assert_string_equal(said, "rapido: the test wants it so\n");
		assert_string_equal(after, before);
	}
	assert_int_equal(apply(faulty, aim, 0), 0);
	assert_int_equal(steps(faulty, aim), 0);
}

static const struct aim plain = {
	.addresses = "10.7.0.1/24 10.7.0.2/24 fd07::1/64",
	.taps = "tap1 tap2",
	.owner = 65534,
};

/* Other addresses, owner, devices, and a DHCP server. */
static const struct aim other = {
	.addresses = "10.7.0.2/24 10.8.0.1/16 fd08::1/64",
	.taps = "tap2 tap3",
	.range = "10.7.0.50,10.7.0.90",
	.owner = 65533,
};

static void begin(struct faulty *faulty)
{
	netns_needed_with_tun();
	*faulty = (struct faulty){ .executor.run = run_faulty };
	assert_int_equal(net_kernel_open(&faulty->kernel), 0);
}

NETNS_TEST(net_apply__new_network__fails_at_each_step__nothing_is_left)
{
	struct faulty faulty;

	begin(&faulty);
	fail_each_step(&faulty, &plain, 11);
	net_kernel_close(&faulty.kernel);
}

NETNS_TEST(net_apply__changed_network__fails_at_each_step__is_as_before)
{
	struct faulty faulty;

	begin(&faulty);
	assert_int_equal(apply(&faulty, &plain, 0), 0);
	fail_each_step(&faulty, &other, 12);
	fail_each_step(&faulty, &plain, 12);
	net_kernel_close(&faulty.kernel);
}

NETNS_TEST(net_apply__teardown__fails_at_each_step__is_as_before)
{
	struct faulty faulty;
	char *before, *after;

	begin(&faulty);
	before = picture(&faulty);
	assert_int_equal(apply(&faulty, &other, 0), 0);
	fail_each_step(&faulty, NULL, 12);
	after = picture(&faulty);
	assert_string_equal(after, before);
	free(before);
	free(after);
	net_kernel_close(&faulty.kernel);
}

NETNS_TEST(net_apply__uplink__fails_at_each_step__is_as_before)
{
	const struct aim with_uplink = {
		.addresses = "10.7.0.1/24",
		.taps = "tap1",
		.uplink = "uplink0",
	};
	struct faulty faulty;
	char *before, *after;

	begin(&faulty);
	/* a device that is not rapido's */
	assert_int_equal(put_tap("uplink0", 0), 0);
	before = picture(&faulty);
	fail_each_step(&faulty, &with_uplink, 8);
	fail_each_step(&faulty, NULL, 8);
	after = picture(&faulty);
	assert_string_equal(after, before);
	free(before);
	free(after);
	net_kernel_close(&faulty.kernel);
}

NETNS_TEST(net_apply__unfinished_bridge__fails_at_each_step__is_as_before)
{
	struct faulty faulty;

	begin(&faulty);
	assert_int_equal(netlink_add_bridge(&faulty.kernel.nl, "br7", NULL), 0);
	fail_each_step(&faulty, &plain, 11);
	assert_int_equal(apply(&faulty, NULL, 0), 0);
	assert_int_equal(netlink_add_bridge(&faulty.kernel.nl, "br7", NULL), 0);
	fail_each_step(&faulty, NULL, 1);
	net_kernel_close(&faulty.kernel);
}

NETNS_TEST(net_apply__tap_is_taken_meanwhile__says_so_and_undoes)
{
	struct capture c;
	struct faulty faulty;
	char *before, *after;
	const char *said;
	struct net_plan plan;

	begin(&faulty);
	make_plan(&plan, &plain, "");
	assert_int_equal(put_tap("tap2", 0), 0);
	before = picture(&faulty);
	c = capture_start();
	assert_int_equal(net_apply(&plan, &faulty.kernel.executor), -EEXIST);
	said = capture_stop(&c);
	after = picture(&faulty);
	assert_contains(said, "rapido: cannot make the TAP device 'tap2': ");
	assert_string_equal(after, before);
	free(before);
	free(after);
	net_plan_release(&plan);
	net_kernel_close(&faulty.kernel);
}

NETNS_TEST(net_apply__vm_takes_the_tap_meanwhile__it_is_not_removed)
{
	struct capture c;
	struct faulty faulty;
	char *before, *after;
	const char *said;
	struct net_plan plan;
	int vm;

	begin(&faulty);
	assert_int_equal(apply(&faulty, &plain, 0), 0);
	before = picture(&faulty);
	make_plan(&plan, NULL, "");
	vm = tun_attach("tap2", true);
	assert_true(vm >= 0);
	c = capture_start();
	assert_int_equal(net_apply(&plan, &faulty.kernel.executor), -EBUSY);
	said = capture_stop(&c);
	after = picture(&faulty);
	assert_contains(said, "cannot remove the TAP device 'tap2': a VM uses it");
	assert_string_equal(after, before);
	free(before);
	free(after);
	close(vm);
	net_plan_release(&plan);
	net_kernel_close(&faulty.kernel);
}

/* An executor that can do nothing, for one reason. */
struct hopeless {
	struct net_executor executor;
	int err;
};

static int run_hopeless(struct net_executor *executor, const struct net_op *op,
			char **why)
{
	(void)op;
	(void)why;
	return ((struct hopeless *)executor)->err;
}

DEFINE_TEST(net_apply__errors_that_we_know__say_what_to_do)
{
	static const struct {
		struct net_op op;
		int err;
		const char *said;
	} cases[] = {
		{ { .kind = NET_ADD_BRIDGE, .device = "br7" },
		  -EOPNOTSUPP,
		  "cannot make the bridge 'br7': this kernel has no bridges: load the "
		  "module 'bridge' (modprobe bridge), or build it with CONFIG_BRIDGE\n" },
		{ { .kind = NET_ADD_BRIDGE, .device = "br7" },
		  -EPERM,
		  "permission denied: root has no CAP_NET_ADMIN" },
		{ { .kind = NET_DEL_BRIDGE, .device = "br7" },
		  -ETIMEDOUT,
		  "cannot remove the bridge 'br7': the kernel does not answer\n" },
		{ { .kind = NET_ADD_TAP, .device = "tap1" },
		  -ENOENT,
		  "cannot make the TAP device 'tap1': cannot open '/dev/net/tun': load "
		  "the module 'tun': modprobe tun\n" },
		{ { .kind = NET_ADD_BRIDGE, .device = "br7" },
		  -EEXIST,
		  "cannot make the bridge 'br7': a device has this name, perhaps" },
		{ { .kind = NET_ADD_TAP, .device = "tap1" }, -ENXIO, "CONFIG_TUN\n" },
		{ { .kind = NET_SET_OWNER, .device = "tap1" },
		  -EBUSY,
		  "cannot give 'tap1' to 'root': a VM uses it: end the VM first\n" },
		{ { .kind = NET_SET_MASTER, .device = "wlan0", .bridge = "br7" },
		  -EOPNOTSUPP,
		  "cannot put 'wlan0' into 'br7': a device of this kind cannot be" },
		{ { .kind = NET_DOWN, .device = "tap1" },
		  -ENODEV,
		  "cannot set 'tap1' down: no such device\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hopeless hopeless = { { run_hopeless }, cases[i].err };
		struct net_op op = cases[i].op;
		const struct net_plan plan = { .ops = &op, .nr = 1 };
		struct capture c = capture_start();
		int err = net_apply(&plan, &hopeless.executor);
		const char *said = capture_stop(&c);

		assert_int_equal(err, cases[i].err);
		assert_contains(said, cases[i].said);
	}
}

int main(void)
{
	return run_defined_tests(netns_enter, NULL);
}
