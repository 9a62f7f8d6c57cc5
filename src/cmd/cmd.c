// SPDX-License-Identifier: GPL-2.0-or-later
/* What commands share in complaining of how they were called. */
#include <stdarg.h>

#include "cmd/cmd.h"
#include "conf/recipe.h"
#include "conf/vm-number.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/str.h"
#include "vm/slot.h"

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

char *cmd_how_to_run(const char *command, int nr, char *const *words)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	_cleanup_free_ char *program =
		nr > 0 && words[0][0] != '-' ? process_find(words[0]) : NULL;

	for (int i = 0; i < nr && program; i++) {
		strbuf_addch(&line, ' ');
		strbuf_add_quoted(&line, words[i]);
	}
	return program ? xasprintf("to run the program '%s' in a VM: rapido %s --%s",
				   words[0], command, line.buf)
		       : NULL;
}

void cmd_advise_program(const struct session *session, const char *name)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_free_ char *advice = NULL;

	if (recipe_find(&session->dirs, name, &recipe) == 0)
		return;
	advice = cmd_how_to_run("run", 1, (char *const[]){ (char *)name });
	if (advice)
		log_error("%s", advice);
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

unsigned int cmd_only_vm(const char *dir)
{
	_cleanup_(strbuf_release) struct strbuf numbers = STRBUF_INIT;
	struct slot_info *vms;
	unsigned int number = 0;
	size_t nr;
	int err = slot_list(dir, &vms, &nr);

	for (size_t i = 0; i < nr; i++)
		strbuf_addf(&numbers, "%s%u", i ? ", " : "", vms[i].number);
	if (nr == 1)
		number = vms[0].number;
	else if (nr)
		log_error("more than one VM is running, say which: %s", numbers.buf);
	else if (!err)
		log_error("no VM is running");
	slot_list_free(vms, nr);
	return number;
}
