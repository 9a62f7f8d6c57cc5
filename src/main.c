// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the process fit to run a command, and sees that the command's output arrived. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/path.h"

/* If results are lost, because of a full disk or a closed pipe, this is not a success. */
static int check_stdout(int status)
{
	int err = out_flush();

	if (!err)
		return status;
	log_error("cannot write to standard output: %s", err_text(err));
	return status ? status : 1;
}

/* Undo what we may have inherited and cannot work with. */
static void sane_process(void)
{
	int fd;

	/* a file that we open must not become 0, 1 or 2 */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 3)
		close(fd);
	/* if it is ignored, no child can be waited for */
	signal(SIGCHLD, SIG_DFL);
	/* exceeding the file size limit should be a write error with a message */
	signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char **argv)
{
	const char *name = argc ? path_basename(argv[0]) : "rapido";

	sane_process();
	if (streq(name, "rapido-cut")) {
		log_set_name("rapido-cut");
		return check_stdout(command_run(&cmd_rapido_cut, argc, argv));
	}
	return check_stdout(command_run_named(argc, argv));
}
