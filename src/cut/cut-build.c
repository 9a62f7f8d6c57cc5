// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs make in the kernel's tree and in the source trees that tests name. What it makes
 * is for kernel.c to find, and for the manifest.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/manifest.h"
#include "conf/recipe.h"
#include "cut/cut-build.h"
#include "kernel/kconfig.h"
#include "kernel/ktree.h"
#include "lib/io.h"
#include "lib/live.h"
#include "lib/lockfile.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"

/* Of the output of a make that failed. */
#define LINES_SHOWN 20
#define BYTES_SHOWN 8192
/* The first lines of .config name the architecture. */
#define CONFIG_HEAD 512

struct builder {
	const struct session *session;
	struct cut_args *args;
	char *log; /* path */
};

static unsigned int nr_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0
		       ? (unsigned int)CPU_COUNT(&set)
		       : 1;
}

/* Print the end of the output, in one write so that nothing comes in between. */
static void print_last_lines(const struct builder *b)
{
	_cleanup_close_ int fd = open(b->log, O_RDONLY | O_CLOEXEC);
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	char text[BYTES_SHOWN + 1];
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t start = end > BYTES_SHOWN ? end - BYTES_SHOWN : 0;
	ssize_t n = fd < 0 ? -1 : io_pread_full(fd, text, BYTES_SHOWN, start);

	if (n <= 0)
		return;
	text[n] = '\0';
	strvec_split(&lines, text, "\n");
	strbuf_adds(&out, "the last lines of make:\n");
	for (size_t i = lines.nr > LINES_SHOWN ? lines.nr - LINES_SHOWN : 0; i < lines.nr;
	     i++)
		strbuf_addf(&out, "  | %s\n", lines.v[i]);
	log_text(out.buf, out.len);
}

/* Two that build the same objects would spoil them. A descriptor that holds the lock, or
 * -errno after a message. */
static int lock_tree(const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 ? -errno : lockfile_lock(fd, 0);

	if (err == -EWOULDBLOCK) {
		log_info("another rapido builds in '%s': waiting", dir);
		err = lockfile_lock(fd, UINT64_MAX);
	}
	if (!err)
		return TAKE_FD(fd);
	log_error("cannot lock '%s': %s", dir, err_text(err));
	return err;
}

/* Run make with @words in @dir. The log gets what it prints. */
static int run_make(const struct builder *b, const char *dir, const struct strvec *words)
{
	_cleanup_(process_release) struct process make = PROCESS_INIT;
	_cleanup_close_ int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int out =
		open(b->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	const char *flags = getenv("MAKEFLAGS");
	int err = in < 0 || out < 0 ? -errno : 0, status;

	if (err) {
		log_error("cannot write the output of make to '%s': %s", b->log,
			  err_text(err));
		return err;
	}
	strvec_push(&make.argv, "make");
	for (size_t i = 0; i < words->nr; i++)
		strvec_push(&make.argv, words->v[i]);
	/* a make above us has not passed on its job server */
	if (flags && strstr(flags, "--jobserver"))
		strvec_push(&make.env, "MAKEFLAGS=");
	for (size_t i = 0; i < make.argv.nr; i++) {
		strbuf_addch(&line, ' ');
		strbuf_add_quoted(&line, make.argv.v[i]);
	}
	live_say("building '%s'", dir);
	log_debug("in '%s':%s", dir, line.buf);
	make.dir = dir;
	make.in = in;
	make.out = make.err = out;
	make.death_signal = SIGTERM;
	err = process_start(&make);
	if (err) {
		log_error("cannot run make: %s", err_text(err));
		return err;
	}
	while ((status = process_wait(&make, LIVE_EVERY_MS)) == -ETIMEDOUT)
		live_tick();
	live_end();
	if (!status)
		return 0;
	print_last_lines(b);
	log_error("cannot build '%s':%s failed%s; its output is in '%s'", dir, line.buf,
		  status > 128 ? ", ended by a signal" : "", b->log);
	return -EIO;
}

/* Whether @word is "@name=...", and then its value. */
static const char *value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return starts_with(word, name) && word[len] == '=' ? word + len + 1 : NULL;
}

/* The value of the variable @name, the last one as for make; or NULL. */
static const char *find_variable(const struct strvec *words, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < words->nr; i++) {
		const char *found = value_of(words->v[i], name);

		value = found ? found : value;
	}
	return value;
}

/* Where make puts the objects, if @words or the environment say so; or NULL. */
static const char *find_output(const struct strvec *words)
{
	const char *output = find_variable(words, "O");

	if (!output)
		output = find_variable(words, "KBUILD_OUTPUT");
	return output;
}

/*
 * The architecture in "# Linux/arm64 6.1.0 Kernel Configuration" of a .config. Heap, or
 * NULL. make does not look at it, and would make it a configuration of the host's.
 */
static char *config_arch(const char *config)
{
	static const char mark[] = "# Linux/";
	_cleanup_close_ int fd = open(config, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[CONFIG_HEAD + 1];
	ssize_t n = fd < 0 ? -1 : io_pread_full(fd, text, CONFIG_HEAD, 0);
	const char *found;

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	found = strstr(text, mark);
	if (!found)
		return NULL;
	found += strlen(mark);
	return xstrndup(found, strcspn(found, " \n"));
}

/*
 * An O= directory is made from the source that it was made from before. It is a mistake
 * if the user stands in another one, such as a second worktree: that would not be tried.
 */
static int check_source(const struct ktree *tree)
{
	_cleanup_(ktree_release) struct ktree here = KTREE_INIT;
	struct stat ours, theirs;

	if (ktree_find(&here, ".") || !here.srcdir || !tree->srcdir ||
	    stat(here.srcdir, &ours) < 0 || stat(tree->srcdir, &theirs) < 0 ||
	    (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino))
		return 0;
	log_error("kernel tree '%s' is made from '%s', and you are in '%s': run 'make "
		  "O=%s' here once, or change the directory",
		  tree->objdir, tree->srcdir, here.srcdir, tree->objdir);
	return -EXDEV;
}

/* The words that say how to make a kernel, without its targets. */
static void add_variables(const struct ktree *tree, const char *config,
			  const struct strvec *build_args, struct strvec *words)
{
	_cleanup_free_ char *arch = config_arch(config);
	bool is_separate = tree->srcdir && !streq(tree->srcdir, tree->objdir);

	if (is_separate && !find_output(build_args))
		strvec_pushf(words, "O=%s", tree->objdir);
	/* "x86" may stand for i386, which make knows by another name */
	if (arch && !getenv("ARCH") && !find_variable(build_args, "ARCH") &&
	    (!arch_native() || !streq(arch, arch_native()->name)))
		strvec_pushf(words, "ARCH=%s", arch);
	for (size_t i = 0; i < build_args->nr; i++)
		if (build_args->v[i][0] != '-' && strchr(build_args->v[i], '='))
			strvec_push(words, build_args->v[i]);
}

/*
 * A commit may have options that .config does not know; make would ask about them, and
 * fail as there is nobody to answer.
 */
static int configure_kernel(const struct builder *b, const char *dir,
			    const struct strvec *variables)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	for (size_t i = 0; i < variables->nr; i++)
		strvec_push(&words, variables->v[i]);
	strvec_push(&words, "olddefconfig");
	return run_make(b, dir, &words);
}

/* Modules are taken from KERNEL_INSTALL_MOD_PATH, if that is set. */
static int install_modules(const struct builder *b, const char *dir, const char *config,
			   const struct strvec *variables)
{
	const char *path = conf_get(&b->session->conf, "KERNEL_INSTALL_MOD_PATH");
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_(kconfig_release) struct kconfig kconfig = KCONFIG_INIT;
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_free_ char *absolute = path ? path_absolute(path) : NULL;

	if (!path || kconfig_read(&kconfig, config, &report) ||
	    !kconfig_get(&kconfig, "MODULES"))
		return 0;
	for (size_t i = 0; i < variables->nr; i++)
		strvec_push(&words, variables->v[i]);
	strvec_pushf(&words, "INSTALL_MOD_PATH=%s", absolute);
	strvec_push(&words, "modules_install");
	return run_make(b, dir, &words);
}

/* A line `source` of the kernel's tree, or of another one. */
static bool is_source(const struct manifest_entry *entry, bool of_kernel)
{
	return entry->op == MANIFEST_SOURCE &&
	       streq(entry->args.v[0], MANIFEST_KERNEL) == of_kernel;
}

static int build_in_kernel(const struct builder *b, const char *dir,
			   const struct manifest_entry *entry,
			   const struct strvec *variables)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	strvec_pushf(&words, "-j%u", nr_cpus());
	for (size_t i = 0; i < variables->nr; i++)
		strvec_push(&words, variables->v[i]);
	for (size_t i = 1; i < entry->args.nr; i++)
		strvec_push(&words, entry->args.v[i]);
	return run_make(b, dir, &words);
}

/*
 * Make the kernel, and then what the manifest wants of its tree: the @sources lines with
 * KERNEL_SRC, with the same variables.
 */
static int build_kernel(const struct builder *b, const struct ktree *tree,
			const struct manifest *sources)
{
	const char *text = conf_get(&b->session->conf, "BUILD_ARGS");
	const char *dir = tree->srcdir ? tree->srcdir : tree->objdir, *output;
	_cleanup_(strvec_release) struct strvec build_args = STRVEC_INIT,
						variables = STRVEC_INIT,
						words = STRVEC_INIT;
	_cleanup_free_ char *objdir = NULL, *config = NULL;
	_cleanup_close_ int lock = -1;
	int err;

	if (text && strvec_split_shell(&build_args, text)) {
		log_error("BUILD_ARGS has a quote that is not closed: %s", text);
		return -EINVAL;
	}
	output = find_output(&build_args);
	if (!output && tree->srcdir && streq(tree->srcdir, tree->objdir))
		output = getenv("KBUILD_OUTPUT");
	if (output && !*output)
		output = NULL;
	objdir = !output	    ? xstrdup(tree->objdir)
		 : output[0] == '/' ? xstrdup(output)
				    : path_join(dir, output);
	config = path_join(objdir, ".config");
	if (!io_is_file(config)) {
		log_error(
			"kernel tree '%s' cannot be built: it has no .config; run 'make "
			"defconfig' in it",
			objdir);
		return -ENOENT;
	}
	add_variables(tree, config, &build_args, &variables);
	lock = lock_tree(objdir);
	err = lock < 0 ? lock : configure_kernel(b, dir, &variables);
	if (err)
		return err;
	strvec_pushf(&words, "-j%u", nr_cpus());
	for (size_t i = 0; i < variables.nr; i++)
		strvec_push(&words, variables.v[i]);
	for (size_t i = 0; i < build_args.nr; i++)
		if (build_args.v[i][0] == '-' || !strchr(build_args.v[i], '='))
			strvec_push(&words, build_args.v[i]);
	err = run_make(b, dir, &words);
	if (!err)
		err = install_modules(b, dir, config, &variables);
	for (size_t i = 0; !err && i < sources->nr; i++)
		if (is_source(&sources->entries[i], true))
			err = build_in_kernel(b, dir, &sources->entries[i], &variables);
	if (!err && output) {
		free(b->args->objdir);
		b->args->vm.kernel = b->args->objdir = TAKE_PTR(objdir);
	}
	return err;
}

/* The tree of the kernel that kernel_find() will choose. -ENOENT if that has none. */
static int find_tree(const struct builder *b, struct ktree *tree)
{
	const char *kernel = b->args->vm.kernel;
	_cleanup_free_ char *dir = NULL;

	if (!kernel)
		kernel = conf_get(&b->session->conf, "KERNEL_SRC");
	if (!kernel || io_is_dir(kernel))
		return ktree_find(tree, kernel ? kernel : ".");
	dir = io_is_file(kernel) ? path_dirname(kernel) : NULL;
	return dir ? ktree_find(tree, dir) : -ENOENT;
}

static bool has_makefile(const char *dir)
{
	/* as make searches them */
	static const char *const names[] = { "GNUmakefile", "makefile", "Makefile" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = path_join(dir, names[i]);

		if (io_is_file(path))
			return true;
	}
	return false;
}

/*
 * Where `make install` has put what a test wants: it has no Makefile, and one of the
 * files of a `built` line.
 */
static bool is_installed(const struct manifest *manifest, const char *key,
			 const char *dir)
{
	for (size_t i = 0; i < manifest->nr; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		if (entry->op == MANIFEST_BUILT && streq(entry->args.v[0], key) &&
		    manifest_is_built(entry, dir))
			return !has_makefile(dir);
	}
	return false;
}

static int build_source(const struct builder *b, const struct manifest *manifest,
			const struct manifest_entry *entry)
{
	const char *key = entry->args.v[0], *dir = conf_get(&b->session->conf, key);
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_close_ int lock = -1;

	if (is_installed(manifest, key, dir))
		return 0;
	if (!io_is_dir(dir) || !has_makefile(dir)) {
		log_error("%s '%s' cannot be built: %s", key, dir,
			  io_is_dir(dir) ? "it has no Makefile; configure it first"
					 : "there is no such directory");
		return -ENOENT;
	}
	strvec_pushf(&words, "-j%u", nr_cpus());
	for (size_t i = 1; i < entry->args.nr; i++)
		strvec_push(&words, entry->args.v[i]);
	lock = lock_tree(dir);
	return lock < 0 ? lock : run_make(b, dir, &words);
}

/* The `source` lines of @tests. What is wrong with a test is told by its cut: false. */
static bool read_manifests(const struct builder *b, const struct strvec *tests,
			   struct manifest *manifest)
{
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;
	_cleanup_(report_release) struct report report = REPORT_INIT;

	dirs_bases(&b->session->dirs, &bases);
	for (size_t i = 0; i < tests->nr; i++) {
		_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;

		if (recipe_find(&b->session->dirs, tests->v[i], &recipe) ||
		    (!recipe.script && manifest_load(manifest, recipe.path,
						     &b->session->conf, &bases, &report)))
			return false;
	}
	return true;
}

int cut_build(const struct session *session, struct cut_args *args,
	      const struct strvec *tests)
{
	_cleanup_free_ char *image = cut_output_path(session, args);
	_cleanup_free_ char *log = xasprintf("%s.build.log", image);
	const struct builder b = { session, args, log };
	_cleanup_(ktree_release) struct ktree tree = KTREE_INIT;
	_cleanup_(manifest_release) struct manifest manifest = { 0 };
	bool any = false;
	int err = 0;

	if (!read_manifests(&b, tests, &manifest))
		return 0;
	if (cut_make_image_dir(session, image))
		return -EIO;
	if (find_tree(&b, &tree) == 0) {
		err = check_source(&tree);
		if (!err)
			err = build_kernel(&b, &tree, &manifest);
		any = true;
	}
	for (size_t i = 0; !err && i < manifest.nr; i++)
		if (is_source(&manifest.entries[i], false)) {
			err = build_source(&b, &manifest, &manifest.entries[i]);
			any = true;
		}
	if (!err && !any) {
		log_error("there is nothing to build: the kernel has no tree, and no "
			  "'source' line of a manifest names another one");
		return -ENOENT;
	}
	if (!err)
		unlink(log);
	return err;
}
