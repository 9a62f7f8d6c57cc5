// SPDX-License-Identifier: GPL-2.0-or-later
/* What all commands share: common options and help texts. */
#include "cmd/cmd.h"
#include "conf/net-kind.h"
#include "lib/log.h"
#include "vm/slot.h"

void cmd_print_help(const struct command *command)
{
	printf("Usage: rapido %s\n\n%s\n", command->usage, command->summary);
	if (command->options)
		printf("\n%s", command->options);
	printf("\nCommon options:\n"
	       "  -q, --quiet    errors only\n"
	       "  -v, --verbose  say how things were decided\n"
	       "  -h, --help     print this help\n");
}

int cmd_common_option(const struct command *command, int option)
{
	switch (option) {
	case 'h':
		cmd_print_help(command);
		return 0;
	case 'q':
		log_set_level(LOG_ERROR);
		return -1;
	case 'v':
		log_set_level(LOG_DEBUG);
		return -1;
	default:
		fprintf(stderr, "Try 'rapido help %s'.\n", command->name);
		return 1;
	}
}

int cmd_usage_error(const struct command *command, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	log_error("%s; try 'rapido help %s'", text.buf, command->name);
	return 1;
}

unsigned int cmd_parse_slot(const struct command *command, const char *text)
{
	unsigned long number;

	if (parse_uint(text, 1, VM_NUMBER_MAX, &number) == 0)
		return (unsigned int)number;
	cmd_usage_error(command, "'%s' is not the number of a VM, 1 to %d", text,
			VM_NUMBER_MAX);
	return 0;
}

bool cmd_check_network(const struct command *command, const char *text)
{
	enum net_kind kind;

	if (net_kind_parse(text, &kind) == 0)
		return true;
	cmd_usage_error(command, "--network is " NET_KIND_LIST ", or none, not '%s'",
			text);
	return false;
}
