// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the command, runs it, and makes sure that what it printed has arrived. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/path.h"

const struct command *const commands[] = {
	&cmd_boot,   &cmd_check,
	&cmd_config, &cmd_cut,
	&cmd_help,   &cmd_list,
	&cmd_log,    &cmd_ls,
	&cmd_net,    &cmd_ps,
	&cmd_run,    &cmd_setup_network,
	&cmd_stop,   &cmd_teardown_network,
	&cmd_why,    NULL,
};

const struct command *command_find(const char *name)
{
	if (streq(name, "vm"))
		return &cmd_boot;
	for (size_t i = 0; commands[i]; i++)
		if (streq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* A full disk or a closed pipe makes results incomplete: then this is no success. */
static int check_stdout(int status)
{
	int err = out_flush();

	if (!err)
		return status;
	log_error("cannot write to standard output: %s", err_text(err));
	return status ? status : 1;
}

/* What we may have inherited and cannot work with, or would end us without a word. */
static void sane_process(void)
{
	int fd;

	/* a file that we open must not become 0, 1 or 2 */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 3)
		close(fd);
	/* where it is ignored nothing can be waited for */
	signal(SIGCHLD, SIG_DFL);
	/* a limit of the size of files is an error of the write, with a message */
	signal(SIGXFSZ, SIG_IGN);
}

static int run_named(int argc, char **argv)
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
	if (argc < 2)
		return cmd_help.run(1, argv);
	if (streq(argv[1], "--version")) {
		printf("rapido %s\n", RAPIDO_VERSION);
		return 0;
	}
	if (streq(argv[1], "--help") || streq(argv[1], "-h"))
		return cmd_help.run(1, argv);
	command = command_find(argv[1]);
	if (command) {
		/* what getopt_long(3) begins its messages with */
		_cleanup_free_ char *program = xasprintf("rapido %s", command->name);

		argv[1] = program;
		return command->run(argc - 1, argv + 1);
	}
	log_error("'%s' is not a rapido command", argv[1]);
	cmd_help.run(0, NULL);
	return 1;
}

int main(int argc, char **argv)
{
	const char *name = argc ? path_basename(argv[0]) : "rapido";

	sane_process();
	if (streq(name, "rapido-cut")) {
		log_set_name("rapido-cut");
		return check_stdout(cmd_rapido_cut.run(argc, argv));
	}
	return check_stdout(run_named(argc, argv));
}
