// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations on network devices as text: commands, results, attempts. */
#include <pwd.h>
#include <unistd.h>

#include "net/host/net-plan.h"

char *net_owner_name(uid_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
		return xstrdup(found->pw_name);
	return xasprintf("%lu", (unsigned long)uid);
}

/* Append a line of words, the last of which is NULL, quoted for a shell: names of devices
 * can contain almost any character. */
static void add_command(struct strbuf *out, ...) __attribute__((sentinel));

static void add_command(struct strbuf *out, ...)
{
	const char *word, *space = "";
	va_list words;

	va_start(words, out);
	for (; (word = va_arg(words, const char *)); space = " ") {
		strbuf_adds(out, space);
		strbuf_add_quoted(out, word);
	}
	va_end(words);
	strbuf_addch(out, '\n');
}

static void add_link_command(struct strbuf *out, const char *device, const char *what,
			     const char *value)
{
	add_command(out, "ip", "link", "set", "dev", device, what, value, NULL);
}

static void add_tap_commands(const struct net_op *op, struct strbuf *out)
{
	_cleanup_free_ char *owner = xasprintf("%lu", (unsigned long)op->owner);

	add_command(out, "ip", "tuntap", "add", "dev", op->device, "mode", "tap", "user",
		    owner, NULL);
	add_link_command(out, op->device, "alias", op->alias);
}

static void add_tap_removal(const struct net_op *op, struct strbuf *out)
{
	add_command(out, "ip", "tuntap", "del", "dev", op->device, "mode", "tap", NULL);
}

void net_op_add_commands(const struct net_op *op, struct strbuf *out)
{
	bool nodad = op->kind == NET_ADD_ADDRESS && op->address.ip.family == AF_INET6;
	char address[NET_PREFIX_TEXT];

	switch (op->kind) {
	case NET_ADD_BRIDGE:
		add_command(out, "ip", "link", "add", "name", op->device, "type",
			    "bridge", NULL);
		add_link_command(out, op->device, "alias", op->alias);
		break;
	case NET_DEL_BRIDGE:
		add_command(out, "ip", "link", "delete", "dev", op->device, NULL);
		break;
	case NET_ADD_TAP:
		add_tap_commands(op, out);
		break;
	case NET_DEL_TAP:
		add_tap_removal(op, out);
		break;
	case NET_SET_OWNER:
		/* ip(8) cannot change the owner, but it can make the device again */
		add_tap_removal(op, out);
		add_tap_commands(op, out);
		add_link_command(out, op->device, "master", op->bridge);
		add_link_command(out, op->device, "up", NULL);
		break;
	case NET_SET_ALIAS:
		add_link_command(out, op->device, "alias", op->alias);
		break;
	case NET_ADD_ADDRESS:
	case NET_DEL_ADDRESS:
		add_command(out, "ip", "address",
			    op->kind == NET_ADD_ADDRESS ? "add" : "delete",
			    net_prefix_text(&op->address, address), "dev", op->device,
			    nodad ? "nodad" : NULL, NULL);
		break;
	case NET_SET_MASTER:
		add_link_command(out, op->device, op->bridge ? "master" : "nomaster",
				 op->bridge);
		break;
	case NET_UP:
	case NET_DOWN:
		add_link_command(out, op->device, op->kind == NET_UP ? "up" : "down",
				 NULL);
		break;
	case NET_START_DHCP:
		strbuf_addf(out, "# start dnsmasq on %s\n", op->device);
		break;
	case NET_STOP_DHCP:
		strbuf_addf(out, "# end the dnsmasq of %s\n", op->device);
		break;
	}
}

/* Whether @plan makes or removes the device: other operations on it are a part of that.
 */
static bool is_part(const struct net_plan *plan, const char *device)
{
	for (size_t i = 0; i < plan->nr; i++)
		if (plan->ops[i].kind <= NET_DEL_TAP &&
		    streq(plan->ops[i].device, device))
			return true;
	return false;
}

char *net_op_line(const struct net_plan *plan, const struct net_op *op)
{
	_cleanup_free_ char *owner = net_owner_name(op->owner);
	struct strbuf line = STRBUF_INIT;
	char address[NET_PREFIX_TEXT];

	switch (op->kind) {
	case NET_ADD_BRIDGE:
		strbuf_addf(&line, "bridge %s", op->device);
		for (size_t i = 0; i < plan->nr_addresses; i++)
			strbuf_addf(&line, " %s",
				    net_prefix_text(&plan->addresses[i], address));
		return strbuf_detach(&line);
	case NET_DEL_BRIDGE:
		return xasprintf("removed bridge %s", op->device);
	case NET_ADD_TAP:
	case NET_SET_OWNER:
		return xasprintf("tap %s owner %s", op->device, owner);
	case NET_DEL_TAP:
		return xasprintf("removed tap %s", op->device);
	case NET_START_DHCP:
		return xasprintf("dhcp %s on %s", op->range, op->device);
	case NET_STOP_DHCP:
		return xasprintf("removed dhcp from %s", op->device);
	default:
		if (is_part(plan, op->device))
			return NULL;
	}
	/* a change to a device that exists before and after it */
	net_prefix_text(&op->address, address);
	switch (op->kind) {
	case NET_ADD_ADDRESS:
		return xasprintf("address %s on %s", address, op->device);
	case NET_DEL_ADDRESS:
		return xasprintf("removed address %s from %s", address, op->device);
	case NET_SET_MASTER:
		return op->bridge ? xasprintf("%s in %s", op->device, op->bridge)
				  : xasprintf("removed %s from %s", op->device,
					      op->bridge_was);
	case NET_UP:
		return xasprintf("%s up", op->device);
	case NET_DOWN:
		return xasprintf("%s down", op->device);
	default:
		return NULL;
	}
}

char *net_op_attempt(const struct net_op *op)
{
	static const char *const words[][2] = {
		[NET_ADD_BRIDGE] = { "make the bridge", "" },
		[NET_DEL_BRIDGE] = { "remove the bridge", "" },
		[NET_ADD_TAP] = { "make the TAP device", "" },
		[NET_DEL_TAP] = { "remove the TAP device", "" },
		[NET_SET_ALIAS] = { "mark", "" },
		[NET_UP] = { "set", " up" },
		[NET_DOWN] = { "set", " down" },
		[NET_START_DHCP] = { "start a DHCP server on", "" },
		[NET_STOP_DHCP] = { "end the DHCP server of", "" },
	};
	_cleanup_free_ char *owner = net_owner_name(op->owner);
	char address[NET_PREFIX_TEXT];

	net_prefix_text(&op->address, address);
	switch (op->kind) {
	case NET_SET_OWNER:
		return xasprintf("give '%s' to '%s'", op->device, owner);
	case NET_ADD_ADDRESS:
		return xasprintf("give '%s' the address '%s'", op->device, address);
	case NET_DEL_ADDRESS:
		return xasprintf("take the address '%s' from '%s'", address, op->device);
	case NET_SET_MASTER:
		if (op->bridge)
			return xasprintf("put '%s' into '%s'", op->device, op->bridge);
		return xasprintf("take '%s' out of '%s'", op->device, op->bridge_was);
	default:
		return xasprintf("%s '%s'%s", words[op->kind][0], op->device,
				 words[op->kind][1]);
	}
}
