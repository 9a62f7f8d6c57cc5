// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds what a program needs to run: the interpreter of a script, the libraries of an ELF
 * file, and the same for each program that is added by that.
 */
#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "closure-load.h"
#include "lib/io.h"
#include "ldcache.h"
#include "lib/log.h"
#include "lib/path.h"
#include "closure/shebang.h"
#include "closure/tree.h"

/* An interpreter may be a script itself: the kernel allows four more (bprm_execve). */
#define SCRIPT_DEPTH_MAX 5

static const char *const program_dirs[] = {
	"/usr/bin", "/usr/sbin", "/usr/lib/systemd", "/bin", "/sbin",
};

static void follow(struct closure *c, struct object *object,
		   const struct context *context);

struct closure *closure_new(struct sysroot *root, struct plan *plan,
			    struct report *report)
{
	struct closure *c = xcalloc(1, sizeof(*c));

	c->root = root;
	c->plan = plan;
	c->report = report;
	libsearch_init(&c->libraries, root);
	return c;
}

static void free_object(void *value)
{
	struct object *object = value;

	elf_file_release(&object->elf);
	free(object->path);
	free(object);
}

void closure_free(struct closure *c)
{
	if (!c)
		return;
	libsearch_release(&c->libraries);
	strmap_release(&c->objects, free_object);
	free(c->interpreters);
	free(c);
}

/* Adds a program that the manifest does not name, and what it needs. */
static void follow_interpreter(struct closure *c, const struct object *object,
			       const char *path, const char *why,
			       const struct context *context)
{
	const struct plan_reason reason = { object->entry, plan_intern(c->plan, why) };
	_cleanup_free_ char *canonical = NULL;
	struct object *interpreter;
	struct stat st;
	int entry = tree_add_path(c->plan, c->root, path, reason, &canonical, &st);

	if (entry == PLAN_FILTERED)
		return;
	if (entry < 0 || S_ISDIR(st.st_mode)) {
		closure_complain(c, context, "cannot find '%s', the interpreter of '%s'",
				 path, object->path);
		return;
	}
	if (closure_examine(c, c->root, canonical, entry, &interpreter))
		closure_complain(c, context,
				 "cannot read '%s': it is not a valid ELF file", path);
	else
		follow(c, interpreter, context);
}

/*
 * Finds @name in one of the @search directories (may be NULL), and then sets *searched,
 * or in one of the usual directories of programs. Heap, or NULL.
 */
static char *find_program(struct closure *c, const char *name,
			  const struct strvec *search, bool *searched)
{
	*searched = true;
	for (size_t i = 0; search && i < search->nr; i++) {
		char *path = path_join(search->v[i], name);

		if (sysroot_is_file(c->root, path))
			return path;
		free(path);
	}
	*searched = false;
	for (size_t i = 0; i < ARRAY_SIZE(program_dirs); i++) {
		char *path = path_join(program_dirs[i], name);

		if (sysroot_is_file(c->root, path))
			return path;
		free(path);
	}
	return NULL;
}

/* Adds the program that "#!/usr/bin/env PROGRAM" runs. */
static void follow_env(struct closure *c, const struct object *object,
		       const struct shebang *shebang, const struct context *context)
{
	const char *name = shebang->program;
	_cleanup_free_ char *path = NULL;
	bool searched;

	if (shebang->unknown) {
		const struct context unsure = { .request = context->request };

		closure_complain(
			c, &unsure,
			"the interpreter of '%s' depends on variables in its #! line",
			object->path);
	}
	if (!name)
		return;
	path = name[0] == '/'
		       ? xstrdup(name)
		       : find_program(c, name, context->request->search, &searched);
	if (path)
		follow_interpreter(c, object, path, "named after #!/usr/bin/env",
				   context);
	else
		closure_complain(c, context, "cannot find '%s', the interpreter of '%s'",
				 name, object->path);
}

static void follow_script(struct closure *c, struct object *object,
			  const struct context *context)
{
	_cleanup_(shebang_release) struct shebang shebang = { 0 };
	struct context deeper = *context;
	char line[SHEBANG_MAX + 1];
	int fd = sysroot_open(object->root, object->path);
	ssize_t len = fd < 0 ? -1 : io_pread_full(fd, line, SHEBANG_MAX, 0);

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return;
	line[len] = '\0';
	if (++deeper.script_depth > SCRIPT_DEPTH_MAX || !shebang_parse(&shebang, line))
		return;
	follow_interpreter(c, object, shebang.interpreter, "its #! line", &deeper);
	follow_env(c, object, &shebang, &deeper);
}

static void note_interpreter(struct closure *c, const struct object *object,
			     const struct context *context)
{
	const struct runtime *runtime = runtime_of(object->path);
	const char *where = context->request->where;

	for (size_t i = 0; i < c->nr_interpreters; i++)
		if (c->interpreters[i].object == object)
			return;
	if (!runtime)
		return;
	ALLOC_GROW(c->interpreters, c->nr_interpreters, c->alloc_interpreters);
	c->interpreters[c->nr_interpreters++] =
		(struct interpreter){ object, runtime,
				      where ? plan_intern(c->plan, where) : NULL };
}

static void follow(struct closure *c, struct object *object,
		   const struct context *context)
{
	int level = context->strict ? FOLLOWED_WITH_ERRORS : FOLLOWED_WITH_WARNINGS;

	if ((int)object->followed >= level)
		return;
	object->followed = level;
	if (!object->is_elf) {
		follow_script(c, object, context);
		return;
	}
	if (object->elf.interp) {
		follow_interpreter(c, object, object->elf.interp,
				   "its program interpreter", context);
		note_interpreter(c, object, context);
	}
	if (object->elf.dynamic)
		closure_load_libraries(c, object, context);
}

/* "libx.so", "libx.so.1.2" */
static bool is_library_name(const char *name)
{
	const char *so = strstr(name, ".so");

	return so && (so[3] == '\0' || (so[3] == '.' && isdigit((unsigned char)so[4])));
}

/* The arguments of on_file(), for files below a directory. */
struct below_dir {
	struct closure *c;
	struct sysroot *root;
	const struct context *context;
};

static void on_file(void *ctx, int index, const char *source, const struct stat *st)
{
	const struct below_dir *below = ctx;
	struct object *object;
	int err;

	if (!(st->st_mode & 0111) && !is_library_name(path_basename(source)))
		return;
	err = closure_examine(below->c, below->root, source, index, &object);
	if (err == -EBADMSG)
		closure_complain(below->c, below->context, "'%s' is not a valid ELF file",
				 source);
	else if (!err)
		follow(below->c, object, below->context);
}

/* The root that the requested file is below. */
static struct sysroot *root_of(const struct closure *c,
			       const struct closure_request *request)
{
	return request->root ? request->root : c->root;
}

/* Adds @path, which exists, and everything it needs. */
static int add_and_follow(struct closure *c, const char *path, bool library,
			  const struct closure_request *request)
{
	const struct context strict = { .request = request, .strict = !request->wish };
	const struct context loose = { .request = request };
	_cleanup_free_ char *canonical = NULL;
	struct sysroot *root = root_of(c, request);
	struct below_dir below = { .c = c, .root = root, .context = &loose };
	struct object *object;
	struct stat st;
	int entry, err;

	entry = tree_add_path(c->plan, root, path, request->reason, &canonical, &st);
	if (entry == PLAN_FILTERED)
		return entry;
	if (entry < 0) {
		closure_complain(c, &strict, "cannot add '%s': %s", path,
				 entry == -EINVAL ? "it is neither a file nor a directory"
						  : err_text(entry));
		return entry;
	}
	if (S_ISDIR(st.st_mode)) {
		const struct plan_reason inside = { entry,
						    plan_intern(c->plan, "is in it") };

		tree_add(c->plan, canonical, root, canonical, inside, on_file, &below,
			 c->report);
		return entry;
	}
	if (request->execute)
		plan_make_executable(c->plan, entry);
	else if (!library && !(st.st_mode & 0111) && !is_library_name(canonical))
		return entry;
	if (st.st_size == 0)
		closure_complain(c, &strict, "'%s' is empty", path);
	err = closure_examine(c, root, canonical, entry, &object);
	if (err) {
		closure_complain(c, &strict, "cannot read '%s': %s", path,
				 err == -EBADMSG ? "it is a damaged or truncated ELF file"
						 : err_text(err));
		return entry;
	}
	if (library && !object->is_elf)
		closure_complain(c, &strict, "'%s' is not a shared library", path);
	follow(c, object, &strict);
	return entry;
}

static int not_there(struct closure *c, const struct closure_request *request,
		     const char *kind, const char *where)
{
	const struct context strict = { .request = request, .strict = true };

	if (!request->try)
		closure_complain(c, &strict, "cannot find %s '%s'%s%s", kind,
				 request->name, *where ? " in " : "", where);
	return request->try ? -ENOENT : -EINVAL;
}

static int program_not_there(struct closure *c, const struct closure_request *request)
{
	_cleanup_(strbuf_release) struct strbuf dirs = STRBUF_INIT;

	for (size_t i = 0; request->search && i < request->search->nr; i++)
		strbuf_addf(&dirs, "%s:", request->search->v[i]);
	for (size_t i = 0; i < ARRAY_SIZE(program_dirs); i++)
		strbuf_addf(&dirs, "%s%s", i ? ":" : "", program_dirs[i]);
	return not_there(c, request, "binary", dirs.buf);
}

int closure_add_program(struct closure *c, const struct closure_request *request)
{
	const char *name = request->name;
	_cleanup_free_ char *path = NULL;
	bool searched;
	int entry;

	if (name[0] == '/')
		return sysroot_exists(root_of(c, request), name)
			       ? add_and_follow(c, name, false, request)
			       : not_there(c, request, "binary", "");
	if (strchr(name, '/')) {
		const struct context strict = { .request = request, .strict = true };

		closure_complain(c, &strict,
				 "'%s' is neither a plain name nor an absolute path",
				 name);
		return -EINVAL;
	}
	path = find_program(c, name, request->search, &searched);
	if (!path)
		return program_not_there(c, request);
	entry = add_and_follow(c, path, false, request);
	if (entry >= 0 && searched) {
		const struct plan_reason reason = {
			.by = entry,
			.why = plan_intern(c->plan, "to be found on the PATH"),
		};
		_cleanup_free_ char *link = path_join("/usr/local/bin", name);

		plan_add_link(c->plan, link, path, reason);
	}
	return entry;
}

/*
 * Finds the class, machine and linker of usual programs, with which a single library is
 * searched.
 */
static bool native_elf(struct closure *c, struct elf_file *elf)
{
	static const char *const samples[] = { "/bin/bash", "/bin/sh", "/usr/bin/env" };

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		_cleanup_free_ char *canonical = NULL;
		_cleanup_close_ int fd = -1;

		if (sysroot_resolve(c->root, samples[i], &canonical, NULL, NULL, NULL))
			continue;
		fd = sysroot_open(c->root, canonical);
		if (fd < 0 || elf_file_read(elf, fd))
			continue;
		/* the directories of that program's own libraries do not count */
		free(TAKE_PTR(elf->rpath));
		free(TAKE_PTR(elf->runpath));
		return true;
	}
	return false;
}

int closure_add_library(struct closure *c, const struct closure_request *request)
{
	_cleanup_(elf_file_release) struct elf_file native = { 0 };
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	char opened[] = "/";
	const struct lib_object program = { .elf = &native, .opened = opened };
	int first = 0;

	if (request->name[0] == '/')
		return sysroot_exists(c->root, request->name)
			       ? add_and_follow(c, request->name, true, request)
			       : not_there(c, request, "library", "");
	if (!native_elf(c, &native) ||
	    !libsearch_find(&c->libraries, &program, request->name, request->search,
			    &found))
		return not_there(c, request, "library", "");
	for (size_t i = 0; i < found.nr; i++) {
		int entry = add_and_follow(c, found.v[i], true, request);

		if (entry >= 0)
			closure_link_from_system_dir(c, found.v[i], request->search,
						     &program, entry);
		first = i ? first : entry;
	}
	return first;
}

/* The arguments of the functions that walk a library. */
struct library_walk {
	struct below_dir below;
	const struct runtime *runtime;
};

static bool skip_in_library(void *ctx, const char *name)
{
	const struct library_walk *walk = ctx;

	return runtime_skips(walk->runtime, name);
}

/* Its binary modules need libraries; its scripts are not run by their #! line. */
static void on_library_file(void *ctx, int index, const char *source,
			    const struct stat *st)
{
	struct library_walk *walk = ctx;

	if (is_library_name(path_basename(source)))
		on_file(&walk->below, index, source, st);
}

/*
 * Adds the standard library of an interpreter, after everything that the manifest has of
 * it, which has priority; if the manifest has the whole library, nothing is added to it.
 */
static void add_own_library(struct closure *c, const struct interpreter *interpreter)
{
	const struct closure_request request = { .where = interpreter->where };
	const struct context loose = { .request = &request };
	const struct object *object = interpreter->object;
	const struct plan_reason reason = { object->entry,
					    plan_intern(c->plan, "its own library") };
	struct library_walk walk = { { c, c->root, &loose }, interpreter->runtime };
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	runtime_dirs(interpreter->runtime, c->root, object->path, &dirs);
	if (!dirs.nr)
		closure_complain(
			c, &loose,
			"cannot find the standard library of '%s': if it needs one, add "
			"it to the manifest",
			object->path);
	for (size_t i = 0; i < dirs.nr; i++) {
		_cleanup_free_ char *canonical = NULL;
		_cleanup_free_ char *landmark =
			path_join(dirs.v[i], runtime_landmark(interpreter->runtime));
		struct plan_reason inside = { .why = plan_intern(c->plan, "is in it") };
		struct stat st;

		if (plan_find(c->plan, landmark) >= 0)
			continue;
		inside.by = tree_add_path(c->plan, c->root, dirs.v[i], reason, &canonical,
					  &st);
		if (inside.by >= 0)
			tree_add_some(c->plan, canonical, c->root, canonical, inside,
				      skip_in_library, on_library_file, &walk, c->report);
	}
}

void closure_finish(struct closure *c, struct plan_reason reason)
{
	_cleanup_(strbuf_release) struct strbuf cache = STRBUF_INIT;
	struct stat st;

	for (size_t i = 0; i < c->nr_interpreters; i++)
		add_own_library(c, &c->interpreters[i]);
	if (!ldcache_make(c->plan, c->root, &c->libraries.conf_dirs, &cache))
		return;
	plan_add_data(c->plan, "/etc/ld.so.cache", 0644, cache.buf, cache.len, reason);
	tree_add_path(c->plan, c->root, "/etc/ld.so.conf", reason, NULL, &st);
}
