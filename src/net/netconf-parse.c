// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a .network file line by line: its sections and keys, the device that it is about,
 * and whatever only shows when all of it has been read.
 */
#include <errno.h>

#include "net/ini.h"
#include "netconf-keys.h"
#include "netconf-parse.h"

/* How much of a value messages show. */
#define SHOWN_MAX 60

int netconf_bad_value(struct netconf_parser *p, const char *what)
{
	p->bad = true;
	return report_error(p->report, "%s:%u: '%.*s' is %s", p->file->path, p->line,
			    SHOWN_MAX, p->value, what);
}

void netconf_goes_beyond(struct netconf_parser *p)
{
	p->beyond = true;
	if (p->file->beyond)
		return;
	p->file->beyond = xasprintf("%s=%.*s", p->key, SHOWN_MAX, p->value);
	p->file->beyond_line = p->line;
}

int netconf_choose(struct netconf_parser *p, enum netconf_choice *choice)
{
	int yes = parse_bool(p->value);

	*choice = NETCONF_DEFAULT;
	if (!*p->value)
		return 0;
	if (yes < 0)
		return netconf_bad_value(p, "neither yes nor no");
	*choice = yes ? NETCONF_YES : NETCONF_NO;
	return 0;
}

int netconf_mtu(struct netconf_parser *p, uint32_t *mtu)
{
	uint64_t bytes = 0;

	*mtu = 0;
	if (*p->value && (parse_size(p->value, 1, &bytes) || bytes < NETCONF_MTU_MIN ||
			  bytes > NETCONF_MTU_MAX))
		return netconf_bad_value(p, "not an MTU: 68 to 65536 bytes");
	*mtu = (uint32_t)bytes;
	return 0;
}

bool netconf_call(const struct netconf_setter *setters, struct netconf_parser *p)
{
	for (; setters->key; setters++) {
		if (!streq(setters->key, p->key))
			continue;
		setters->set(p);
		return true;
	}
	return false;
}

static void unknown_section(struct netconf_parser *p)
{
	const char *nearest = netconf_section_nearest(p->section);

	if (nearest)
		report_warn(p->report, "%s:%u: unknown section [%s]; did you mean [%s]?",
			    p->file->path, p->line, p->section, nearest);
	else
		report_warn(p->report, "%s:%u: unknown section [%s]", p->file->path,
			    p->line, p->section);
}

static void unknown_key(struct netconf_parser *p)
{
	const char *home = netconf_key_home(p->key);
	_cleanup_free_ char *nearest = netconf_key_nearest(p->section, p->key);
	_cleanup_free_ char *text = xasprintf("%s:%u: unknown key '%s' in [%s]",
					      p->file->path, p->line, p->key, p->section);

	if (home)
		report_warn(p->report, "%s; it is one of [%s]", text, home);
	else if (nearest)
		report_warn(p->report, "%s; did you mean '%s'?", text, nearest);
	else
		report_warn(p->report, "%s", text);
}

/* Whether it stands for several devices: "tap*", or "!tap1". */
static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?[") || name[0] == '!';
}

static int check_name(struct netconf_parser *p, const char *name)
{
	if (strchr("#;", name[0]))
		return report_error(p->report,
				    "%s:%u: a comment requires a line of its own",
				    p->file->path, p->line);
	if (!is_pattern(name) && !net_name_is_valid(name))
		return netconf_bad_value(p, "not a name that a device can have");
	return 0;
}

static void set_name(struct netconf_parser *p)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	if (!*p->value)
		strvec_release(&p->names);
	strvec_split(&names, p->value, " \t");
	for (size_t i = 0; i < names.nr; i++) {
		if (check_name(p, names.v[i])) {
			/* there is a name, even if it is wrong */
			p->matches++;
			return;
		}
		if (!strvec_has(&p->names, names.v[i]))
			strvec_push(&p->names, names.v[i]);
	}
	if (p->names.nr > 1 || (p->names.nr && is_pattern(p->names.v[0])))
		netconf_goes_beyond(p);
}

static void set_match(struct netconf_parser *p)
{
	if (streq(p->key, "Name")) {
		set_name(p);
	} else if (*p->value) {
		p->matches++;
		netconf_goes_beyond(p);
	}
}

static void assignment(struct netconf_parser *p)
{
	/* keys for other programs begin with "X-", as their sections do */
	if (!netconf_section_is_known(p->section) || starts_with(p->key, "X-"))
		return;
	if (!netconf_key_is_known(p->section, p->key))
		unknown_key(p);
	else if (streq(p->section, "Match"))
		set_match(p);
	else
		netconf_set(p);
}

static void end_section(struct netconf_parser *p)
{
	if (streq(p->section, "Address"))
		netconf_address_end(p);
	else if (streq(p->section, "Route"))
		netconf_route_end(p);
}

static void wrong_line(struct netconf_parser *p, const struct ini *ini)
{
	static const char *const what[] = {
		[INI_NO_SECTION] = "the name of a section does not end in ']'",
		[INI_NO_ASSIGNMENT] = "neither a [Section] nor KEY=VALUE",
		[INI_OUTSIDE] = "an assignment before the first [Section]",
	};

	report_error(p->report, "%s:%u: %s", p->file->path, ini->line, what[ini->kind]);
}

static void read_items(struct netconf_parser *p)
{
	_cleanup_free_ char *section = xstrdup("");
	struct ini ini;

	ini_init(&ini, p->file->text);
	p->section = section;
	while (ini_next(&ini)) {
		p->line = ini.line;
		p->key = ini.key;
		p->value = ini.value;
		if (ini.kind == INI_ASSIGNMENT) {
			assignment(p);
		} else if (ini.kind == INI_SECTION) {
			end_section(p);
			free(section);
			p->section = section = xstrdup(ini.section);
			if (!netconf_section_is_known(section))
				unknown_section(p);
			netconf_object_begin(p);
		} else {
			wrong_line(p, &ini);
		}
	}
	end_section(p);
	p->section = "";
	ini_release(&ini);
}

/* Find the device that the file is about, if it is given by name. */
static void settle_match(struct netconf_parser *p)
{
	struct netconf_file *file = p->file;

	if (!p->names.nr && !p->matches)
		report_error(p->report,
			     "%s: it does not say which device it is for: begin it with "
			     "[Match] and Name=tap1",
			     file->path);
	else if (p->names.nr == 1 && !p->matches && !is_pattern(p->names.v[0]))
		file->device = xstrdup(p->names.v[0]);
}

static bool has_ipv6(const struct netconf_file *file)
{
	for (size_t i = 0; i < file->nr_addresses; i++)
		if (file->addresses[i].prefix.ip.family == AF_INET6)
			return true;
	return file->ipv6_ll != NETCONF_NO;
}

/* Check and set whatever depends on more than one key. */
static void settle(struct netconf_parser *p)
{
	struct netconf_file *file = p->file;

	settle_match(p);
	if (p->ll_mode == NETCONF_NO)
		file->ipv6_ll = NETCONF_NO;
	/* as systemd-networkd does; the kernel would disable IPv6 on the device */
	if (file->mtu && file->mtu < NETCONF_MTU_MIN6 && has_ipv6(file)) {
		report_warn(p->report,
			    "%s: the MTU of %u bytes is raised to 1280: a smaller one "
			    "requires a device without IPv6 (LinkLocalAddressing=no)",
			    file->path, file->mtu);
		file->mtu = NETCONF_MTU_MIN6;
	}
}

int netconf_parse(struct netconf_file *file, const char *name, const char *path,
		  const char *text, struct report *report)
{
	struct netconf_parser p = { .file = file, .report = report, .section = "" };
	size_t errors = report->errors.nr;

	*file = (struct netconf_file){
		.name = xstrdup(name),
		.path = xstrdup(path),
		.text = xstrdup(text),
	};
	read_items(&p);
	settle(&p);
	strvec_release(&p.names);
	return report->errors.nr > errors ? -EINVAL : 0;
}

void netconf_file_release(struct netconf_file *file)
{
	free(file->name);
	free(file->path);
	free(file->text);
	free(file->device);
	free(file->addresses);
	free(file->routes);
	strvec_release(&file->dns);
	strvec_release(&file->domains);
	free(file->beyond);
	*file = (struct netconf_file){ 0 };
}
