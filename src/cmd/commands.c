// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of the commands, the dispatcher, and the help. */
#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/out.h"

/* Sorted by name. */
static const struct command *const commands[] = {
	&cmd_boot, &cmd_check,	       &cmd_complete, &cmd_config, &cmd_cp,
	&cmd_cut,  &cmd_dump,	       &cmd_exec,     &cmd_gdb,	   &cmd_help,
	&cmd_list, &cmd_log,	       &cmd_ls,	      &cmd_net,	   &cmd_ps,
	&cmd_run,  &cmd_setup_network, &cmd_shell,    &cmd_stop,   &cmd_teardown_network,
	&cmd_why,  &cmd_worker,
};

/* The options that every command has. */
struct common_args {
	bool help;
};

static int take_help(void *help, const char *text)
{
	(void)text;
	*(bool *)help = true;
	/* ignore whatever follows */
	return 1;
}

static int take_quiet(void *unused, const char *text)
{
	(void)unused;
	(void)text;
	log_set_level(LOG_ERROR);
	return 0;
}

static int take_verbose(void *unused, const char *text)
{
	(void)unused;
	(void)text;
	log_set_level(LOG_DEBUG);
	return 0;
}

const struct option_spec common_options[] = {
	OPTION_CALL('q', "quiet", NULL, struct common_args, help, take_quiet,
		    "print errors only"),
	OPTION_CALL('v', "verbose", NULL, struct common_args, help, take_verbose,
		    "explain decisions, such as which kernel was chosen"),
	OPTION_CALL('h', "help", NULL, struct common_args, help, take_help,
		    "print this help"),
	OPTION_END,
};

const struct command *const *command_list(size_t *nr)
{
	*nr = ARRAY_SIZE(commands);
	return commands;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (streq(commands[i]->name, name) ||
		    (commands[i]->alias && streq(commands[i]->alias, name)))
			return commands[i];
	return NULL;
}

/* The command's own options, then those that it shares, then everybody's. */
#define NR_GROUPS (1 + CMD_SHARED_MAX + 1)
static void make_groups(struct option_group groups[NR_GROUPS],
			const struct command *command, void *args,
			struct common_args *common)
{
	groups[0] = (struct option_group){ command->options, args };
	for (size_t i = 0; i < CMD_SHARED_MAX; i++)
		groups[1 + i] = (struct option_group){
			command->shared[i].specs,
			args ? (char *)args + command->shared[i].offset : NULL,
		};
	groups[NR_GROUPS - 1] = (struct option_group){ common_options, common };
}

/* The page of the manual. */
static char *page_of(const struct command *command)
{
	if (command->flags & CMD_PROGRAM)
		return xstrdup(command->name);
	if (command->flags & CMD_HIDDEN || command == &cmd_help)
		return xstrdup("rapido");
	return xasprintf("rapido-%s", command->name);
}

static void print_help(const struct command *command, void *args)
{
	struct option_group groups[NR_GROUPS];
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *program = xasprintf(
		"%s%s", command->flags & CMD_PROGRAM ? "" : "rapido ", command->name);
	_cleanup_free_ char *page = page_of(command);

	make_groups(groups, command, args, NULL);
	strbuf_adds(&text, "Usage: ");
	options_add_synopsis(&text, program, command->options, command->operands);
	strbuf_addf(&text, "\n%s\n", command->summary);
	if (command->options) {
		strbuf_addch(&text, '\n');
		options_add_help(&text, groups, 0);
	}
	for (size_t i = 0; i < CMD_SHARED_MAX && command->shared[i].specs; i++) {
		strbuf_addf(&text, "\n%s\n", command->shared[i].title);
		options_add_help(&text, groups, 1 + i);
	}
	if (command->notes)
		strbuf_addf(&text, "\n%s", command->notes);
	strbuf_adds(&text, "\nCommon options:\n");
	options_add_help(&text, groups, NR_GROUPS - 1);
	strbuf_addf(&text, "\nSee %s(1).\n", page);
	out_print("%s", text.buf);
}

/* 0, or the status to exit with after a complaint. */
static int count_operands(const struct command *command, int nr)
{
	if (nr >= command->min_operands && nr <= command->max_operands)
		return 0;
	if (!command->max_operands)
		return cmd_usage_error(command, "'%s' takes no arguments", command->name);
	if (nr < command->min_operands)
		return cmd_usage_error(command, "no %s is given", command->operand);
	if (command->max_operands == 1)
		return cmd_usage_error(command, "more than one %s is given",
				       command->operand);
	return cmd_usage_error(command, "too many arguments");
}

/* If not, options behind the name of a program were not meant for us. */
static bool has_dashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--"))
			return true;
	return false;
}

static int run_with(const struct command *command, int argc, char **argv, void *args)
{
	_cleanup_(session_release) struct session session = { 0 };
	struct common_args common = { 0 };
	struct option_group groups[NR_GROUPS];
	struct invocation call = {
		.command = command,
		.args = args,
		.nr_words = argc,
		.words = argv,
	};
	_cleanup_free_ char *why = NULL, *advice = NULL;
	int operands, rest, err, status;

	make_groups(groups, command, args, &common);
	if (command->flags & CMD_REST && !has_dashes(argc, argv)) {
		/* a program may come after the number of a VM */
		bool is_number = argc > 2 && !argv[1][strspn(argv[1], "0123456789")];
		_cleanup_free_ char *name =
			xasprintf("%s%s%s", command->name, is_number ? " " : "",
				  is_number ? argv[1] : "");

		advice = cmd_how_to_run(name, argc - 1 - is_number, argv + 1 + is_number);
	}
	err = options_parse_rest(groups, NR_GROUPS, argc, argv, &operands, &rest, &why);
	if (common.help) {
		print_help(command, args);
		return 0;
	}
	if (err && why)
		return cmd_usage_error(command, "%s%s%s", why, advice ? "; " : "",
				       advice ? advice : "");
	/* the function of an option has complained */
	if (err)
		return command->failure ? command->failure : 1;
	call.argc = argc - operands;
	call.argv = argv + operands;
	if (command->flags & CMD_REST && rest >= 0) {
		call.argc = rest - operands;
		call.rest = argv + rest;
	}
	if (call.rest && !call.rest[0])
		return cmd_usage_error(command, "there is no command behind '--'");
	if (advice && call.argc > command->max_operands)
		return cmd_usage_error(command, "too many arguments; %s", advice);
	status = count_operands(command, call.argc);
	if (status)
		return status;
	if (command->flags & CMD_SESSION) {
		if (session_init(&session))
			return command->failure ? command->failure : 1;
		call.session = &session;
	}
	return command->run(&call);
}

int command_run(const struct command *command, int argc, char **argv)
{
	_cleanup_free_ void *args =
		command->defaults ? xmemdup(command->defaults, command->args_size)
				  : xcalloc(1, command->args_size + 1);
	int status = run_with(command, argc, argv, args);

	if (command->release)
		command->release(args);
	return status;
}

static void add_commands(struct strbuf *out)
{
	strbuf_adds(out,
		    "Usage: rapido COMMAND [OPTION]... [ARGUMENT]...\n\n"
		    "Boot a kernel in a throwaway VM made of what is on this host.\n\n"
		    "Commands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!(commands[i]->flags & CMD_HIDDEN))
			strbuf_addf(out, "  %-16s %s\n", commands[i]->name,
				    commands[i]->summary);
	strbuf_adds(
		out,
		"\nSee 'rapido help COMMAND' for a command, and 'man rapido' for the manual.\n"
		"Try 'rapido shell', or 'rapido run -- uname -a'.\n");
}

static int print_commands(void)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	add_commands(&text);
	out_print("%s", text.buf);
	return 0;
}

static int complain_of_unknown(int nr, char **words)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *advice = cmd_how_to_run("run", nr, words);
	const char *name = words[0];
	struct nearest nearest = NEAREST_INIT(name);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		nearest_try(&nearest, commands[i]->name);
	if (nearest.found)
		log_error("'%s' is not a rapido command; did you mean '%s'?", name,
			  nearest.found);
	else
		log_error("'%s' is not a rapido command", name);
	if (advice)
		log_error("%s", advice);
	add_commands(&text);
	fputs(text.buf, stderr);
	return 1;
}

static int help(const struct invocation *call)
{
	const struct command *command;

	if (!call->argc)
		return print_commands();
	command = command_find(call->argv[0]);
	if (!command)
		return complain_of_unknown(1, call->argv);
	print_help(command, NULL);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.summary = "print how to use rapido or one of its commands",
	.operands = "[COMMAND]",
	.operand = "command",
	.max_operands = 1,
	.run = help,
};

int command_run_named(int argc, char **argv)
{
	const struct command *command;

	/* these may stand before the command too */
	for (; argc > 1; argc--, argv++) {
		if (streq(argv[1], "-q") || streq(argv[1], "--quiet"))
			log_set_level(LOG_ERROR);
		else if (streq(argv[1], "-v") || streq(argv[1], "--verbose"))
			log_set_level(LOG_DEBUG);
		else
			break;
	}
	if (argc < 2 || streq(argv[1], "--help") || streq(argv[1], "-h"))
		return print_commands();
	if (streq(argv[1], "--version")) {
		out_print("rapido %s\n", RAPIDO_VERSION);
		return 0;
	}
	command = command_find(argv[1]);
	return command ? command_run(command, argc - 1, argv + 1)
		       : complain_of_unknown(argc - 1, argv + 1);
}
