// SPDX-License-Identifier: GPL-2.0-or-later
/* What commands share in complaining of how they were called. */
#include <stdarg.h>

#include "cmd/cmd.h"
#include "conf/vm-number.h"
#include "lib/log.h"
#include "lib/str.h"

int cmd_usage_error(const struct command *command, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (command->flags & CMD_PROGRAM)
		log_error("%s; try '%s --help'", text.buf, command->name);
	else
		log_error("%s; try 'rapido help %s'", text.buf, command->name);
	return command->failure ? command->failure : 1;
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
