// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rapido complete: what may stand where the cursor is, for the completion of shells. What
 * there is to complete comes from the tables of the commands, so that the scripts in
 * docs/ need not know any of it.
 *
 * Its operands are the words after "rapido" up to the cursor, of which the last may be
 * empty or unfinished, with the quotes of the shell. It prints a line for each candidate:
 * the word, a tab, and what it is. It does not leave out those that do not begin like the
 * last word: the shell knows its quotes. A line ":files", ":dirs", ":users" or
 * ":programs" stands for names that the shell knows.
 */
#include <sys/utsname.h>

#include "cmd/cmd.h"
#include "conf/recipe.h"
#include "kernel/kernel.h"
#include "lib/out.h"
#include "vm/slot.h"

static void offer(const char *word, const char *what)
{
	/* such a name cannot be told apart from two */
	if (!strpbrk(word, "\t\n"))
		out_print("%s\t%s\n", word, what);
}

static bool is_path(const char *word)
{
	return strchr(word, '/') || *word == '.' || *word == '~';
}

static void offer_tests(const char *word)
{
	_cleanup_(dirs_release) struct dirs dirs = { 0 };
	struct recipe *recipes;
	size_t nr;

	if (is_path(word)) {
		out_print(":files\n");
		return;
	}
	if (dirs_init(&dirs))
		return;
	recipe_list(&dirs, &recipes, &nr);
	for (size_t i = 0; i < nr; i++) {
		offer(recipes[i].name, "test");
		recipe_release(&recipes[i]);
	}
	free(recipes);
}

static void offer_kernels(const char *word)
{
	_cleanup_(dirs_release) struct dirs dirs = { 0 };
	_cleanup_(strvec_release) struct strvec releases = STRVEC_INIT;
	struct utsname host;
	struct kernel_places places;

	out_print(":files\n");
	if (is_path(word) || dirs_init(&dirs))
		return;
	places = kernel_host_places(dirs.cache, &host);
	kernel_list_releases(&places, &releases);
	for (size_t i = 0; i < releases.nr; i++)
		offer(releases.v[i], "kernel");
}

static void offer_slots(const char *word)
{
	_cleanup_(session_release) struct session session = { 0 };
	struct slot_info *vms = NULL;
	size_t nr = 0;

	(void)word;
	if (session_init(&session))
		return;
	slot_list(conf_get(&session.conf, "QEMU_PID_DIR"), &vms, &nr);
	for (size_t i = 0; i < nr; i++) {
		_cleanup_free_ char *number = xasprintf("%u", vms[i].number);

		offer(number, vms[i].test ? vms[i].test : "VM");
	}
	slot_list_free(vms, nr);
}

static void offer_commands(const char *word)
{
	size_t nr;
	const struct command *const *commands = command_list(&nr);

	(void)word;
	for (size_t i = 0; i < nr; i++)
		if (!(commands[i]->flags & CMD_HIDDEN))
			offer(commands[i]->name, commands[i]->summary);
}

static void offer_files(const char *word)
{
	(void)word;
	out_print(":files\n");
}

static void offer_dirs(const char *word)
{
	(void)word;
	out_print(":dirs\n");
}

static void offer_users(const char *word)
{
	(void)word;
	out_print(":users\n");
}

static void offer_programs(const char *word)
{
	(void)word;
	out_print(":programs\n");
}

/* By the names that arguments and operands have in the help. */
static void offer_kind(const char *kind, size_t len, const char *word)
{
	static const struct {
		const char *kind;
		void (*offer)(const char *word);
	} kinds[] = {
		{ "COMMAND", offer_commands }, { "DIR", offer_dirs },
		{ "FILE", offer_files },       { "IMAGE", offer_files },
		{ "KERNEL", offer_kernels },   { "PATH", offer_files },
		{ "PROGRAM", offer_programs }, { "SLOT", offer_slots },
		{ "TEST", offer_tests },       { "USER", offer_users },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i].kind) == len && memcmp(kinds[i].kind, kind, len) == 0)
			kinds[i].offer(word);
}

/* @prefix: what the argument is behind in the same word, or "". */
static void offer_argument(const struct option_spec *option, const char *prefix,
			   const char *word)
{
	const char *choice = option->choices;

	while (choice && *choice) {
		size_t len = strcspn(choice, "|");
		_cleanup_free_ char *text = xasprintf("%s%.*s", prefix, (int)len, choice);

		/* the option alone stands for that */
		if (!option->bare || strlen(option->bare) != len ||
		    memcmp(choice, option->bare, len) != 0)
			offer(text, "");
		choice += len + (choice[len] == '|');
	}
	/* FILE[:PATH] begins like FILE */
	if (!choice && option->arg)
		offer_kind(option->arg, strspn(option->arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
			   word);
}

static void offer_option(const struct option_spec *option, bool letters)
{
	if (option->name) {
		bool choice = option->kind == OPTION_KIND_CHOICE;
		_cleanup_free_ char *name = xasprintf("--%s", option->name);
		_cleanup_free_ char *prefix = xasprintf("%s=", name);

		offer(choice && !option->bare ? prefix : name, option->help);
		if (option->bare)
			offer_argument(option, prefix, "");
	}
	if (option->letter && letters) {
		const char letter[] = { '-', option->letter, '\0' };

		offer(letter, option->help);
	}
}

#define NR_TABLES (CMD_SHARED_MAX + 2)

/* All options of @command, in tables of which some may be NULL. */
static void get_tables(const struct command *command,
		       const struct option_spec *tables[NR_TABLES])
{
	tables[0] = command->options;
	for (size_t i = 0; i < CMD_SHARED_MAX; i++)
		tables[1 + i] = command->shared[i].specs;
	tables[NR_TABLES - 1] = common_options;
}

static void offer_options(const struct command *command, const char *word)
{
	const struct option_spec *tables[NR_TABLES];

	get_tables(command, tables);
	for (size_t i = 0; i < NR_TABLES; i++)
		for (const struct option_spec *o = tables[i]; o && o->kind; o++)
			offer_option(o, !word[1]);
}

static const struct option_spec *find_option(const struct command *command,
					     const char *name, size_t len, char letter)
{
	const struct option_spec *tables[NR_TABLES];

	get_tables(command, tables);
	for (size_t i = 0; i < NR_TABLES; i++)
		for (const struct option_spec *o = tables[i]; o && o->kind; o++)
			if (letter ? o->letter == letter
				   : o->name && strlen(o->name) == len &&
					     memcmp(o->name, name, len) == 0)
				return o;
	return NULL;
}

/* The option of @word whose argument must be the next word, or NULL. */
static const struct option_spec *awaits_argument(const struct command *command,
						 const char *word)
{
	const struct option_spec *option = NULL;

	if (word[1] == '-')
		option = strchr(word, '=')
				 ? NULL
				 : find_option(command, word + 2, strlen(word + 2), 0);
	else
		for (const char *p = word + 1; *p && !(option && option->arg); p++) {
			option = find_option(command, NULL, 0, *p);
			/* the rest of the word is the argument */
			if (option && option->arg && p[1])
				return NULL;
		}
	return option && option->arg && !option->bare ? option : NULL;
}

/* The operand number @index of "PATH [TEST]" or "SLOT...|all". */
static void offer_operand(const char *operands, size_t index, const char *word)
{
	_cleanup_(strvec_release) struct strvec tokens = STRVEC_INIT;
	const char *token;
	size_t nr = 0;

	if (operands && starts_with(operands, "[OPTION]..."))
		operands += strlen("[OPTION]...");
	strvec_split(&tokens, operands ? operands : "", " ");
	while (nr < tokens.nr && !strstr(tokens.v[nr], "--"))
		nr++;
	if (!nr || (index >= nr && !strstr(tokens.v[nr - 1], "...")))
		return;
	token = tokens.v[index < nr ? index : nr - 1];
	while (token += strspn(token, "[]|."), *token) {
		size_t len = strcspn(token, "[]|.");
		_cleanup_free_ char *name = xstrndup(token, len);

		/* "all" stands for itself */
		if (*name >= 'a' && *name <= 'z')
			offer(name, "");
		else
			offer_kind(token, len, word);
		token += len;
	}
}

static void complete_for(const struct command *command, char **words, size_t nr)
{
	const struct option_spec *awaited = NULL;
	const char *word = words[nr - 1], *equals;
	size_t operands = 0;

	for (size_t i = 0; i + 1 < nr; i++) {
		if (streq(words[i], "--") && !awaited) {
			/* the command line of a program */
			if (i + 2 == nr && (command->flags & CMD_REST))
				out_print(":programs\n");
			out_print(":files\n");
			return;
		}
		if (awaited)
			awaited = NULL;
		else if (words[i][0] == '-' && words[i][1])
			awaited = awaits_argument(command, words[i]);
		else
			operands++;
	}
	equals = strchr(word, '=');
	if (awaited) {
		offer_argument(awaited, "", word);
	} else if (starts_with(word, "--") && equals) {
		const struct option_spec *option =
			find_option(command, word + 2, (size_t)(equals - word) - 2, 0);
		_cleanup_free_ char *prefix = xstrndup(word, (size_t)(equals - word) + 1);

		if (option)
			offer_argument(option, prefix, equals + 1);
	} else if (word[0] == '-') {
		offer_options(command, word);
	} else {
		offer_operand(command->operands, operands, word);
	}
}

static int complete(const struct invocation *call)
{
	size_t nr = (size_t)call->argc;
	char **words = call->argv;
	const struct command *command;

	while (nr > 1 && words[0][0] == '-') {
		words++;
		nr--;
	}
	if (!nr)
		return 0;
	if (nr == 1 && words[0][0] == '-') {
		for (const struct option_spec *o = common_options; o->kind; o++)
			offer_option(o, true);
		offer("--version", "print rapido's version");
		return 0;
	}
	if (nr == 1) {
		offer_commands("");
		return 0;
	}
	command = command_find(words[0]);
	if (command)
		complete_for(command, words + 1, nr - 1);
	return 0;
}

const struct command cmd_complete = {
	.name = "complete",
	.summary = "list what may stand in a command line, for the completion of shells",
	.operands = "-- WORD...",
	.operand = "word",
	.max_operands = CMD_OPERANDS_MAX,
	.flags = CMD_HIDDEN,
	.run = complete,
};
