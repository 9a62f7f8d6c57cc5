// SPDX-License-Identifier: GPL-2.0-or-later
/* Interpreters and their libraries. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"
#include "closure/runtime.h"

/* An interpreter starts in milliseconds; under valgrind, in seconds. */
#define ANSWER_TIMEOUT_MS 30000
#define ANSWER_MAX	  65536

struct runtime {
	const char *name; /* of the program, without its version */
	const char *options[4];
	const char *script;	 /* prints the directories, one a line */
	const char *usual[6];	 /* "%p": the prefix, "%v": the version in its name */
	const char *skipped[16]; /* patterns of names */
	const char *environment[4];
	const char *landmark;
};

static const struct runtime runtimes[] = {
	{
		.name = "python",
		.options = { "-I", "-S", "-" },
		.script = "import sysconfig\n"
			  "for key in 'stdlib', 'platstdlib':\n"
			  "    print(sysconfig.get_path(key))\n",
		.usual = { "%p/lib/python%v", "%p/lib64/python%v" },
		.skipped = { "test", "tests", "idle_test", "idlelib", "turtledemo",
			     "tkinter", "ensurepip", "config-*", "site-packages",
			     "dist-packages", "*.opt-[12].pyc", "_tkinter.*", "*.a" },
		.landmark = "os.py",
	},
	{
		.name = "perl",
		.script = "use Config;\n"
			  "print \"$_\\n\" for grep({ m{/perl-base$} } @INC),\n"
			  "        @Config{qw(archlibexp privlibexp)};\n",
		.usual = { "%p/lib64/perl5", "%p/lib/perl5", "%p/share/perl5" },
		.skipped = { "CORE", "pod", "*.pod", "*.h", "*.a", "vendor_perl",
			     "site_perl" },
		.environment = { "PERL5LIB=", "PERL5OPT=", "PERLLIB=" },
		.landmark = "strict.pm",
	},
	{
		.name = "ruby",
		.options = { "--disable=gems", "-" },
		.script = "require 'rbconfig'\n"
			  "puts RbConfig::CONFIG['rubylibdir']\n"
			  "puts RbConfig::CONFIG['rubyarchdir']\n",
		.skipped = { "*.a", "*.h" },
		.environment = { "RUBYLIB=", "RUBYOPT=" },
		.landmark = "set.rb",
	},
	{
		.name = "tclsh",
		.script = "puts $tcl_library\n",
		.usual = { "%p/lib/tcl%v", "%p/share/tcltk/tcl%v", "%p/share/tcl%v" },
		.landmark = "init.tcl",
	},
};

/*
 * The version in the name of the program at @path, "3.11"; NULL if it is another program.
 */
static const char *version_of(const struct runtime *runtime, const char *path)
{
	const char *name = path_basename(path), *version, *end;

	if (!starts_with(name, runtime->name))
		return NULL;
	version = name + strlen(runtime->name);
	end = version + strspn(version, "0123456789.");
	/*
	 * "perl5.36-x86_64-linux-gnu" is perl, but "python-argcomplete" is another
	 * program
	 */
	return !*end || (*end == '-' && end > version) ? version : NULL;
}

const struct runtime *runtime_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++)
		if (version_of(&runtimes[i], path))
			return &runtimes[i];
	return NULL;
}

/* Whether the program may be run just because somebody packs it. */
static bool may_be_run(const struct sysroot *root, const char *path)
{
	struct stat host, ours, st;

	return stat("/", &host) == 0 && fstat(root->fd, &ours) == 0 &&
	       host.st_dev == ours.st_dev && host.st_ino == ours.st_ino &&
	       stat(path, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 022) &&
	       (st.st_uid == 0 || st.st_uid == geteuid());
}

/*
 * Makes a file in memory for the answer that cannot grow beyond ANSWER_MAX bytes. -1 on
 * failure.
 */
static int make_answer(void)
{
	int fd = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 &&
	    (ftruncate(fd, ANSWER_MAX) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) < 0))
		close(TAKE_FD(fd));
	return fd;
}

/*
 * Runs the interpreter with its script on standard input. Returns what it prints, or
 * NULL.
 */
static char *ask_interpreter(const struct runtime *runtime, const char *path)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;
	_cleanup_close_ int in = memfd_create("script", MFD_CLOEXEC);
	_cleanup_close_ int out = make_answer();
	_cleanup_close_ int err = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char *text = NULL;
	int status;

	if (in < 0 || out < 0 || err < 0 ||
	    io_write_all(in, runtime->script, strlen(runtime->script)) ||
	    lseek(in, 0, SEEK_SET) < 0)
		return NULL;
	strvec_push(&process.argv, path);
	for (size_t i = 0; runtime->options[i]; i++)
		strvec_push(&process.argv, runtime->options[i]);
	for (size_t i = 0; runtime->environment[i]; i++)
		strvec_push(&process.env, runtime->environment[i]);
	process.dir = "/";
	process.in = in;
	process.out = out;
	process.err = err;
	process.death_signal = SIGKILL;
	status = process_start(&process);
	if (!status)
		status = process_wait(&process, ANSWER_TIMEOUT_MS);
	if (status)
		log_debug("'%s' does not say where its library is: %s", path,
			  status < 0 ? err_text(status) : "it failed");
	else if (lseek(out, 0, SEEK_SET) == 0)
		io_read_fd(out, ANSWER_MAX, &text, NULL); /* up to the first NUL */
	return text;
}

/* Makes a usual directory of the interpreter @path out of its pattern. Heap. */
static char *expand(const struct runtime *runtime, const char *usual, const char *path)
{
	_cleanup_free_ char *bin = path_dirname(path), *prefix = path_dirname(bin);
	struct strbuf text = STRBUF_INIT;

	for (; *usual; usual++) {
		if (starts_with(usual, "%p") || starts_with(usual, "%v"))
			strbuf_adds(&text, *++usual == 'v' ? version_of(runtime, path)
					   : streq(prefix, "/") ? ""
								: prefix);
		else
			strbuf_addch(&text, *usual);
	}
	return strbuf_detach(&text);
}

/*
 * Appends @dir if it exists, but only once, whatever links lead to it. A directory that
 * contains whole file systems, such as the root or what is in it, is not a valid answer.
 */
static void add_dir(struct sysroot *root, const char *dir, struct strvec *seen,
		    struct strvec *dirs)
{
	_cleanup_free_ char *canonical = NULL;
	struct stat st;

	if (dir[0] != '/' || sysroot_resolve(root, dir, &canonical, &st, NULL, NULL) ||
	    !S_ISDIR(st.st_mode) || !strchr(canonical + 1, '/') ||
	    strvec_has(seen, canonical))
		return;
	strvec_push(seen, canonical);
	strvec_push(dirs, dir);
}

void runtime_dirs(const struct runtime *runtime, struct sysroot *root, const char *path,
		  struct strvec *dirs)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT, seen = STRVEC_INIT;
	_cleanup_free_ char *answer =
		may_be_run(root, path) ? ask_interpreter(runtime, path) : NULL;

	if (answer)
		strvec_split(&lines, answer, "\n");
	for (size_t i = 0; i < lines.nr; i++)
		add_dir(root, lines.v[i], &seen, dirs);
	if (seen.nr)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(runtime->usual) && runtime->usual[i]; i++) {
		_cleanup_free_ char *dir = expand(runtime, runtime->usual[i], path);

		add_dir(root, dir, &seen, dirs);
	}
}

bool runtime_skips(const struct runtime *runtime, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtime->skipped) && runtime->skipped[i]; i++)
		if (fnmatch(runtime->skipped[i], name, 0) == 0)
			return true;
	return false;
}

const char *runtime_landmark(const struct runtime *runtime)
{
	return runtime->landmark;
}
