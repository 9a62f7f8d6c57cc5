// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido help: the list of commands, or the help of one. */
#include "cmd/cmd.h"
#include "lib/log.h"

static void print_commands(FILE *out)
{
	fprintf(out,
		"Usage: rapido COMMAND [OPTION]... [ARGUMENT]...\n\n"
		"Boot a kernel in a throwaway VM made of what is on this host.\n\nCommands:\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-16s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\n'rapido help COMMAND' says more of each, 'man rapido' most.\n"
		     "Try 'rapido cut simple-example'.\n");
}

/* With argc 0, as main.c calls it after an unknown command, it goes to standard error. */
static int run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_commands(argc ? stdout : stderr);
		return 0;
	}
	command = command_find(argv[1]);
	if (streq(argv[1], "--help") || streq(argv[1], "-h"))
		command = &cmd_help;
	if (!command) {
		log_error("'%s' is not a rapido command", argv[1]);
		print_commands(stderr);
		return 1;
	}
	cmd_print_help(command);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.summary = "print how rapido or one of its commands is used",
	.usage = "help [COMMAND]",
	.run = run,
};
