// SPDX-License-Identifier: GPL-2.0-or-later
/* The common part of the commands that change the network. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "net-command.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/trust.h"
#include "net/host/dhcp.h"
#include "net/host/net-apply.h"
#include "net/host/privilege.h"

#define LOCK_PATH     "/run/rapido-network.lock"
#define LOCK_LIMIT_MS 30000
/* After this time of waiting, say why. */
#define PATIENCE_MS 1000

int session_init_privileged(struct session *session, const struct caller *caller)
{
	int err = privilege_assume(caller), resumed;

	*session = (struct session){ 0 };
	if (err)
		return err;
	err = session_init_trusted(session, caller);
	resumed = privilege_resume();
	return err ? err : resumed;
}

static int load_taps(const char *dir, const struct caller *caller, struct net_taps *taps)
{
	struct report report = REPORT_INIT;
	/* a dry run of another user than root changes nothing */
	int err = getuid() == 0 ? trust_check_tree(caller, dir) : 0;

	if (err)
		return err;
	err = net_taps_load(taps, dir, &report);
	report_flush(&report);
	return err;
}

int session_load_taps(const struct session *session, const struct caller *caller,
		      struct net_taps *taps)
{
	int err = privilege_assume(caller), resumed;

	*taps = (struct net_taps)NET_TAPS_INIT;
	if (err)
		return err;
	err = load_taps(conf_get(&session->conf, "VM_NET_CONF"), caller, taps);
	resumed = privilege_resume();
	return err ? err : resumed;
}

int net_command_init(struct net_command *net, const struct invocation *call,
		     const struct net_command_args *args)
{
	int err;

	net->force = args->force;
	net->dry_run = args->dry_run;
	if (net->dry_run && geteuid() != 0) {
		/* any user may do a dry run, with the user's own rights */
		net->caller.uid = getuid();
		err = session_init(&net->session);
	} else {
		err = privilege_init(&net->caller, call->command->name, call->nr_words,
				     call->words);
		if (!err)
			err = session_init_privileged(&net->session, &net->caller);
	}
	if (err)
		return err;
	net->bridge =
		args->bridge ? args->bridge : conf_get(&net->session.conf, "BR_DEV");
	if (net_name_is_valid(net->bridge))
		return 0;
	log_error("'%s' cannot be the name of a bridge", net->bridge);
	return -EINVAL;
}

void net_command_release(struct net_command *net)
{
	net_plan_release(&net->plan);
	net_state_release(&net->state);
	free(net->range_now);
	if (net->lock.fd >= 0) {
		/* a pending signal will end us below */
		fflush(stdout);
		lockfile_release(&net->lock);
		sigprocmask(SIG_SETMASK, &net->signals, NULL);
	}
	session_release(&net->session);
	caller_release(&net->caller);
}

void net_addresses_release(struct net_addresses *addresses)
{
	free(addresses->v);
	*addresses = (struct net_addresses){ 0 };
}

static int add_address(struct net_addresses *addresses, const char *text)
{
	struct net_prefix address;

	if (streq(text, "none"))
		return 0;
	/* nobody wants a network that holds only this address */
	if (!strchr(text, '/') || net_prefix_parse(text, &address)) {
		log_error("'%s' is not an address for a bridge: expected one such as "
			  "192.168.155.1/24 or fd00::1/64, or 'none'",
			  text);
		return -EINVAL;
	}
	ALLOC_GROW(addresses->v, addresses->nr, addresses->alloc);
	addresses->v[addresses->nr++] = address;
	return 0;
}

int net_want_addresses(struct net_addresses *addresses, const char *text)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	int err = 0;

	strvec_split(&words, text, " \t\n,");
	if (!words.nr)
		return add_address(addresses, text);
	for (size_t i = 0; i < words.nr && !err; i++)
		err = add_address(addresses, words.v[i]);
	return err;
}

int net_want_owner(const char *name, uid_t *uid)
{
	const struct passwd *user = getpwnam(name);
	unsigned long number;

	if (user) {
		*uid = user->pw_uid;
		return 0;
	}
	/* the largest number means "nobody" to the kernel */
	if (parse_uint(name, 0, UINT_MAX - 1, &number))
		return -ENOENT;
	*uid = (uid_t)number;
	return 0;
}

int net_command_rights(const struct net_command *net, const char *owner,
		       struct net_rights *rights)
{
	const char *name = owner ? owner : conf_get(&net->session.conf, "TAP_USER");

	*rights = (struct net_rights){
		.uid = net->caller.uid,
		.owner = net->caller.uid,
		.force = net->force,
	};
	if (!name || net_want_owner(name, &rights->owner) == 0)
		return 0;
	log_error("unknown user '%s' (from %s)", name, owner ? "-o" : "TAP_USER");
	return -ENOENT;
}

int net_command_lock(struct lockfile *lock, const char *path, unsigned int limit_ms)
{
	uint64_t start = monotonic_ms();
	bool patient = limit_ms > PATIENCE_MS;
	int err = lockfile_take(lock, path, 0600,
				start + (patient ? PATIENCE_MS : limit_ms));

	if (err == -EWOULDBLOCK && patient) {
		log_info("another rapido is changing the network: waiting for it");
		err = lockfile_take(lock, path, 0600, start + limit_ms);
	}
	if (err == -EWOULDBLOCK)
		log_error("another rapido is changing the network: '%s' has been locked "
			  "for %u seconds",
			  path, limit_ms / 1000);
	else if (err)
		log_error("cannot lock '%s': %s", path, err_text(err));
	return err;
}

/* No signal but SIGKILL ends us between two steps. */
static void block_signals(sigset_t *before)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGPIPE);
	sigaddset(&ends, SIGQUIT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, before);
}

int net_command_begin(struct net_command *net)
{
	int err;

	if (!net->dry_run) {
		err = net_command_lock(&net->lock, LOCK_PATH, LOCK_LIMIT_MS);
		if (err)
			return err;
		block_signals(&net->signals);
	}
	err = net_state_read(&net->state);
	if (err) {
		log_error("cannot read the network devices: %s", err_text(err));
		return err;
	}
	if (!dhcp_runs(net->bridge, &net->range_now)) {
		free(net->range_now);
		net->range_now = NULL;
	}
	return 0;
}

static void add_dhcp_command(const struct net_op *op, struct strbuf *out)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	dhcp_argv(op->device, op->range, &argv);
	for (size_t i = 0; i < argv.nr; i++) {
		strbuf_adds(out, i ? " " : "");
		strbuf_add_quoted(out, argv.v[i]);
	}
	strbuf_addch(out, '\n');
}

static int print_commands(const struct net_plan *plan)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < plan->nr; i++) {
		net_op_add_commands(&plan->ops[i], &text);
		if (plan->ops[i].kind == NET_START_DHCP)
			add_dhcp_command(&plan->ops[i], &text);
	}
	out_print("%s", text.buf);
	return 0;
}

static void print_results(const struct net_plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++) {
		_cleanup_free_ char *line = net_op_line(plan, &plan->ops[i]);

		if (line)
			out_print("%s\n", line);
	}
}

int net_command_finish(struct net_command *net, const char *nothing)
{
	struct net_kernel kernel;
	int err;

	for (size_t i = 0; i < net->plan.notes.nr; i++)
		log_info("%s", net->plan.notes.v[i]);
	if (!net->plan.nr) {
		out_print("nothing to do: %s\n", nothing);
		return 0;
	}
	if (net->dry_run)
		return print_commands(&net->plan);
	err = net_kernel_open(&kernel);
	if (err) {
		log_error("cannot ask the kernel for network devices: %s%s",
			  err_text(err),
			  err == -EMFILE ? "; allow more with 'ulimit -n 64'" : "");
		return 1;
	}
	err = net_apply(&net->plan, &kernel.executor);
	net_kernel_close(&kernel);
	if (!err)
		print_results(&net->plan);
	return err ? 1 : 0;
}
