// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns the lines of a manifest into entries. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/ere.h"
#include "lib/io.h"
#include "lib/log.h"
#include "conf/manifest.h"
#include "conf/net-kind.h"
#include "lib/path.h"

/* The characters that separate words. */
#define BLANKS " \t\r\v\f"
#define BOM    "\xef\xbb\xbf"
/* How many characters of an invalid expression a message shows. */
#define SHOWN_MAX 40

/* A file that is being read. */
struct parser {
	struct manifest *manifest;
	const struct conf *conf;
	const struct strvec *bases;
	struct report *report;
	const char *file; /* manifest->files' */
	unsigned int line;
	unsigned int depth;
	/* apply until an empty line; each file begins without them */
	const char *package;
	struct strvec search;
	struct strvec *needed; /* the settings that `need` has missed, or NULL */
};

/* The first word of a line, and the arguments that must follow it. */
struct directive {
	const char *name;
	enum manifest_op op;
	bool try;
	/* max 0: no limit; both 0: no arguments */
	unsigned int min_args, max_args;
	const char *usage;
	/*
	 * NULL: the line becomes an entry as it is. Else the function checks the
	 * arguments or does all the work, and returns whether the line becomes an entry.
	 */
	bool (*check)(struct parser *p, struct strvec *args);
};

static void parse_text(struct parser *outer, const char *path, const char *text);

static void error_at(const struct parser *p, const char *fmt, ...) _printf_(2, 3);
static void error_at(const struct parser *p, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (p->line)
		report_error(p->report, "%s:%u: %s", manifest_label(p->file, p->bases),
			     p->line, text.buf);
	else
		report_error(p->report, "%s: %s", p->file, text.buf);
}

static bool is_image_path(struct parser *p, const char *path)
{
	_cleanup_free_ char *clean = path_clean(path);

	if (!streq(clean, "/"))
		return true;
	error_at(p, "'%s' is the image's root, which always exists", path);
	return false;
}

/* The first argument must be a path in the image. */
static bool check_image_path(struct parser *p, struct strvec *args)
{
	return is_image_path(p, args->v[0]);
}

/* All arguments must be paths in the image. */
static bool check_image_paths(struct parser *p, struct strvec *args)
{
	bool fine = true;

	for (size_t i = 0; i < args->nr; i++)
		fine &= is_image_path(p, args->v[i]);
	return fine;
}

static bool check_package(struct parser *p, struct strvec *args)
{
	p->package = strvec_push(&p->manifest->packages, args->v[0]);
	return false;
}

static bool check_search(struct parser *p, struct strvec *args)
{
	for (size_t i = 0; i < args->nr; i++) {
		if (args->v[i][0] == '/')
			strvec_push(&p->search, args->v[i]);
		else
			error_at(p, "'%s' is not an absolute path", args->v[i]);
	}
	return false;
}

/* The words from number @first on, joined by blanks. Heap. */
static char *join_words(const struct strvec *words, size_t first)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = first; i < words->nr; i++)
		strbuf_addf(&text, "%s%s", i > first ? " " : "", words->v[i]);
	return strbuf_detach(&text);
}

static bool check_summary(struct parser *p, struct strvec *args)
{
	if (p->depth == 0 && !p->manifest->summary)
		p->manifest->summary = join_words(args, 0);
	return false;
}

static bool check_need(struct parser *p, struct strvec *args)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (conf_get(p->conf, args->v[0]))
		return false;
	for (size_t i = 1; i < args->nr; i++)
		strbuf_addf(&text, "%s%s", i > 1 ? " " : ": ", args->v[i]);
	error_at(p, "'%s' must be set in rapido.conf%s", args->v[0], text.buf);
	if (p->needed)
		strvec_push(p->needed, args->v[0]);
	return false;
}

static bool check_cpus(struct parser *p, struct strvec *args)
{
	unsigned long n;

	if (!parse_uint(args->v[0], 1, 4096, &n))
		return true;
	error_at(p, "'%s' is not a number of CPUs from 1 to 4096", args->v[0]);
	return false;
}

static bool check_size(struct parser *p, const char *text)
{
	uint64_t size;

	if (!parse_size(text, 1 << 20, &size))
		return true;
	error_at(p, "'%s' is not a size such as 512M or 2G", text);
	return false;
}

static bool check_memory(struct parser *p, struct strvec *args)
{
	return check_size(p, args->v[0]);
}

static bool check_disk(struct parser *p, struct strvec *args)
{
	const char *name = args->v[0];

	if (!is_plain_name(name, strlen(name), MANIFEST_DISK_NAME_MAX)) {
		error_at(p, "'%s' cannot be a disk's name: 1 to %d of a-z A-Z 0-9 _ . -",
			 name, MANIFEST_DISK_NAME_MAX);
		return false;
	}
	return check_size(p, args->v[1]);
}

static bool check_kconfig(struct parser *p, struct strvec *args)
{
	const char *arg = args->v[0];
	size_t len = strcspn(arg, "=");

	if (is_kconfig_symbol(arg, len) && (!arg[len] || arg[len + 1]))
		return true;
	error_at(p, "'%s' is not an option such as XFS_FS or XFS_FS=m", arg);
	return false;
}

/* The expression consists of all words of the line, joined by blanks. */
static bool check_allow_fault(struct parser *p, struct strvec *args)
{
	_cleanup_free_ char *why = NULL;
	char *text = join_words(args, 0);

	strvec_release(args);
	strvec_take(args, text);
	/* the image stores it as a line */
	if (strchr(text, '\n')) {
		error_at(p, "'%s' contains a newline", text);
		return false;
	}
	if (!ere_check(text, &why))
		return true;
	error_at(p, "'%.*s%s' is not a regular expression: %s", SHOWN_MAX, text,
		 strlen(text) > SHOWN_MAX ? "..." : "", why);
	return false;
}

/* Quote a value with a blank, which only a setting can have: name="a b". Heap. */
static char *quote_parameter(const char *word)
{
	size_t name = strcspn(word, "=");

	if (!strchr(word, ' ') || !word[name] || strchr(word, '"'))
		return xstrdup(word);
	return xasprintf("%.*s=\"%s\"", (int)name, word, word + name + 1);
}

/* Why the kernel would not read @word as a part of one parameter; NULL if it would. */
static const char *spoils_parameter(const char *word, bool *quoted)
{
	if (!*quoted && streq(word, "--"))
		return "it ends the kernel's parameters";
	for (; *word; word++) {
		*quoted ^= *word == '"';
		if ((unsigned char)*word < ' ' || *word == 0x7f)
			return "it contains a control character";
		if (*word == ' ' && !*quoted)
			return "it contains a blank and no '=' before that, or a '\"'";
	}
	return NULL;
}

/* next_arg() in the kernel's lib/cmdline.c knows only '"', which no value can contain. */
static bool check_append(struct parser *p, struct strvec *args)
{
	_cleanup_(strvec_release) struct strvec given = *args;
	bool quoted = false;

	*args = (struct strvec)STRVEC_INIT;
	for (size_t i = 0; i < given.nr; i++) {
		const char *word = strvec_take(
			args, quoted ? xstrdup(given.v[i]) : quote_parameter(given.v[i]));
		const char *why = spoils_parameter(word, &quoted);

		if (!why)
			continue;
		error_at(p, "'%s' cannot be a kernel parameter: %s", word, why);
		return false;
	}
	if (quoted)
		error_at(p, "the '\"' of a kernel parameter is not closed on its line");
	return !quoted;
}

/* A VM has one list of cases. */
static bool check_suite(struct parser *p, struct strvec *args)
{
	for (size_t i = 0; i < p->manifest->nr; i++) {
		const struct manifest_entry *entry = &p->manifest->entries[i];
		_cleanup_free_ char *where = NULL;

		if (entry->op != MANIFEST_SUITE)
			continue;
		where = manifest_where(entry, p->bases);
		error_at(
			p,
			"'%s' cannot be a suite's script: the test has '%s' already (%s)",
			args->v[0], entry->args.v[0], where);
		return false;
	}
	return true;
}

static bool check_case_timeout(struct parser *p, struct strvec *args)
{
	unsigned long seconds;

	if (!parse_uint(args->v[0], 1, MANIFEST_SECONDS_MAX, &seconds))
		return true;
	error_at(p, "'%s' is not a number of seconds from 1 to %d", args->v[0],
		 MANIFEST_SECONDS_MAX);
	return false;
}

/* Names of settings consist of these. */
#define KEY_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/*
 * Which setting it is, not its value. If it is not set, there is nothing to build, but
 * for a kernel's tree, which can be found in other ways.
 */
static bool check_source(struct parser *p, struct strvec *args)
{
	const char *key = args->v[0];

	if (!key[strspn(key, KEY_CHARACTERS)])
		return streq(key, MANIFEST_KERNEL) || conf_get(p->conf, key);
	error_at(p, "'%s' is not the name of a setting such as XFSPROGS_SRC", key);
	return false;
}

/* Of a setting that is not set nothing can be built. */
static bool check_built(struct parser *p, struct strvec *args)
{
	return check_source(p, args) && conf_get(p->conf, args->v[0]);
}

static bool check_network(struct parser *p, struct strvec *args)
{
	enum net_kind kind = NET_TAP;

	if (!args->nr || (!net_kind_parse(args->v[0], &kind) && kind != NET_NONE))
		return true;
	error_at(p, "'%s' is not a kind of network: " NET_KIND_LIST, args->v[0]);
	return false;
}

/* Whether @path can be read as a manifest, and is not a directory of that name. */
static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/*
 * The directory in which names of the manifest @file are searched first. NULL for a
 * here-document, which is read as /dev/stdin: device files beside it are not meant. Heap.
 */
static char *own_dir(const char *file)
{
	return path_below(file, "/dev") || path_below(file, "/proc") ? NULL
								     : path_dirname(file);
}

static char *find_include(const struct parser *p, const char *name)
{
	static const char *const dirs[] = { "manifest", "cut" };
	static const char *const suffixes[] = { "", ".fest" };
	_cleanup_free_ char *own = own_dir(p->file);
	char *path;

	for (size_t s = 0; s < ARRAY_SIZE(suffixes) && (own || name[0] == '/'); s++) {
		path = xasprintf("%s%s%s%s", name[0] == '/' ? "" : own,
				 name[0] == '/' ? "" : "/", name, suffixes[s]);
		if (is_file(path))
			return path;
		free(path);
	}
	if (name[0] == '/')
		return NULL;
	for (size_t i = 0; i < p->bases->nr * ARRAY_SIZE(dirs); i++) {
		for (size_t s = 0; s < ARRAY_SIZE(suffixes); s++) {
			path = xasprintf("%s/%s/%s%s", p->bases->v[i / ARRAY_SIZE(dirs)],
					 dirs[i % ARRAY_SIZE(dirs)], name, suffixes[s]);
			if (is_file(path))
				return path;
			free(path);
		}
	}
	return manifest_locate(p->file, name, p->bases);
}

static const char *skip_byte_order_mark(const char *text)
{
	return starts_with(text, BOM) ? text + strlen(BOM) : text;
}

static bool check_include(struct parser *p, struct strvec *args)
{
	_cleanup_free_ char *path = find_include(p, args->v[0]), *text = NULL;
	const char *why;

	if (!path) {
		error_at(p, "cannot find '%s' to include", args->v[0]);
		return false;
	}
	if (p->depth >= MANIFEST_DEPTH_MAX) {
		error_at(p, "'%s' is included too deeply: does it include itself?", path);
		return false;
	}
	if (p->manifest->files.nr >= MANIFEST_FILES_MAX) {
		error_at(p, "cannot include '%s': more than %d manifests are included",
			 path, MANIFEST_FILES_MAX);
		return false;
	}
	if (io_read_text(path, MANIFEST_SIZE_MAX, &text, &why))
		error_at(p, "cannot read '%s': %s", path, why);
	else
		parse_text(p, path, text);
	return false;
}

static const struct directive directives[] = {
	{ "allow-fault", MANIFEST_ALLOW_FAULT, false, 1, 0, "allow-fault REGEX",
	  check_allow_fault },
	{ "append", MANIFEST_APPEND, false, 1, 0, "append WORD...", check_append },
	{ "autorun", MANIFEST_AUTORUN, false, 1, 0, "autorun LOCATION...", NULL },
	{ "bin", MANIFEST_BIN, false, 1, 0, "bin NAME...", NULL },
	{ "built", MANIFEST_BUILT, false, 2, 0, "built KEY FILE...", check_built },
	{ "case-timeout", MANIFEST_CASE_TIMEOUT, false, 1, 1, "case-timeout SECONDS",
	  check_case_timeout },
	{ "cpus", MANIFEST_CPUS, false, 1, 1, "cpus N", check_cpus },
	{ "dir", MANIFEST_DIR, false, 1, 0, "dir PATH...", check_image_paths },
	{ "disk", MANIFEST_DISK, false, 2, 2, "disk NAME SIZE", check_disk },
	{ "file", MANIFEST_FILE, false, 1, 2, "file PATH [LOCATION]", check_image_path },
	{ "filter", MANIFEST_FILTER, false, 1, 0, "filter PATH...", check_image_paths },
	{ "include", MANIFEST_NONE, false, 1, 1, "include MANIFEST", check_include },
	{ "kconfig", MANIFEST_KCONFIG, false, 1, 1, "kconfig SYMBOL[=VALUE]",
	  check_kconfig },
	{ "kernel-config", MANIFEST_BOOT_CONFIG, false, 0, 1, "kernel-config [PATH]",
	  check_image_paths },
	{ "kmod", MANIFEST_KMOD, false, 1, 0, "kmod NAME...", NULL },
	{ "kunit", MANIFEST_KUNIT, false, 0, UINT_MAX, "kunit [PATTERN...]", NULL },
	{ "lib", MANIFEST_LIB, false, 1, 0, "lib SONAME...", NULL },
	{ "memory", MANIFEST_MEMORY, false, 1, 1, "memory SIZE", check_memory },
	{ "need", MANIFEST_NONE, false, 1, 0, "need KEY [TEXT]", check_need },
	{ "network", MANIFEST_NETWORK, false, 0, 1, "network [KIND]", check_network },
	{ "package", MANIFEST_NONE, false, 1, 1, "package NAME", check_package },
	{ "search", MANIFEST_NONE, false, 1, 0, "search DIR...", check_search },
	{ "slink", MANIFEST_SLINK, false, 2, 2, "slink PATH TARGET", check_image_path },
	{ "source", MANIFEST_SOURCE, false, 1, 0, "source KEY [ARG...]", check_source },
	{ "suite", MANIFEST_SUITE, false, 1, 1, "suite LOCATION", check_suite },
	{ "summary", MANIFEST_NONE, false, 1, 0, "summary TEXT", check_summary },
	{ "tree", MANIFEST_TREE, false, 2, 2, "tree PATH LOCATION", NULL },
	{ "try-bin", MANIFEST_BIN, true, 1, 0, "try-bin NAME...", NULL },
	{ "try-kconfig", MANIFEST_KCONFIG, true, 1, 1, "try-kconfig SYMBOL[=VALUE]",
	  check_kconfig },
	{ "try-kmod", MANIFEST_KMOD, true, 1, 0, "try-kmod NAME...", NULL },
	{ "try-lib", MANIFEST_LIB, true, 1, 0, "try-lib SONAME...", NULL },
};

static const struct directive *find_directive(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (streq(directives[i].name, name))
			return &directives[i];
	return NULL;
}

static const char *nearest_directive(const char *name)
{
	struct nearest nearest = NEAREST_INIT(name);

	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		nearest_try(&nearest, directives[i].name);
	return nearest.found;
}

static void append_entry(struct parser *p, const struct directive *directive,
			 struct strvec *args)
{
	struct manifest *m = p->manifest;
	struct manifest_entry *entry;

	ALLOC_GROW(m->entries, m->nr, m->alloc);
	entry = &m->entries[m->nr++];
	*entry = (struct manifest_entry){
		.op = directive->op,
		.try = directive->try,
		.args = *args,
		.package = p->package,
		.file = p->file,
		.line = p->line,
	};
	*args = (struct strvec)STRVEC_INIT;
	for (size_t i = 0; i < p->search.nr; i++)
		strvec_push(&entry->search, p->search.v[i]);
}

/*
 * Replaces the settings in @word. A word that becomes empty is dropped. A setting with
 * spaces in it stays one word, so that it can be a path.
 */
static bool expand_word(struct parser *p, const char *word, struct strvec *args)
{
	_cleanup_(strbuf_release) struct strbuf value = STRBUF_INIT;
	_cleanup_free_ char *missing = NULL;
	int err = conf_expand(p->conf, word, &value, &missing);

	if (err == -ENOENT) {
		if (!p->needed || !strvec_has(p->needed, missing))
			error_at(p, "'%s' is not set in rapido.conf", missing);
	} else if (err) {
		error_at(p, "'%s' has a '${' that is not ${KEY} or ${KEY:-default}",
			 word);
	} else if (value.len) {
		strvec_take(args, strbuf_detach(&value));
	}
	return !err;
}

static void parse_words(struct parser *p, const struct strvec *words)
{
	const struct directive *directive = find_directive(words->v[0]);
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
	bool fine = true;

	if (!directive) {
		const char *nearest = nearest_directive(words->v[0]);

		error_at(p, "unknown directive '%s'%s%s%s", words->v[0],
			 nearest ? "; did you mean '" : "", nearest ? nearest : "",
			 nearest ? "'?" : "");
		return;
	}
	/* summaries and comments on settings are prose */
	for (size_t i = 1; i < words->nr; i++) {
		if (directive->check == check_summary ||
		    (directive->check == check_need && i > 1))
			strvec_push(&args, words->v[i]);
		else
			fine &= expand_word(p, words->v[i], &args);
	}
	if (!fine)
		return;
	if (args.nr < directive->min_args ||
	    (args.nr > directive->max_args &&
	     (directive->max_args || !directive->min_args))) {
		error_at(p, "'%s' has %s arguments: %s", directive->name,
			 args.nr < directive->min_args ? "too few" : "too many",
			 directive->usage);
		return;
	}
	if (!directive->check || directive->check(p, &args))
		append_entry(p, directive, &args);
}

static void parse_text(struct parser *outer, const char *path, const char *text)
{
	struct parser p = *outer;

	p.file = strvec_push(&p.manifest->files, path);
	p.line = 0;
	p.package = NULL;
	p.search = (struct strvec)STRVEC_INIT;
	/* the outermost file is at depth 0 */
	p.depth = outer->file ? outer->depth + 1 : 0;
	text = skip_byte_order_mark(text);
	while (*text) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		size_t len = strcspn(text, "\n");
		_cleanup_free_ char *line = xstrndup(text, len);

		p.line++;
		strvec_split(&words, line, BLANKS);
		if (!words.nr)
			p.package = NULL;
		if (words.nr && words.v[0][0] != '#')
			parse_words(&p, &words);
		text += len + (text[len] == '\n');
	}
	strvec_release(&p.search);
}

int manifest_parse(struct manifest *manifest, const char *path, const char *text,
		   const struct conf *conf, const struct strvec *bases,
		   struct report *report)
{
	_cleanup_(strvec_release) struct strvec needed = STRVEC_INIT;
	struct parser outermost = {
		.manifest = manifest,
		.conf = conf,
		.bases = bases,
		.report = report,
		.needed = &needed,
	};
	size_t errors = report->errors.nr;

	parse_text(&outermost, path, text);
	return report->errors.nr > errors ? -EINVAL : 0;
}

int manifest_load(struct manifest *manifest, const char *path, const struct conf *conf,
		  const struct strvec *bases, struct report *report)
{
	_cleanup_free_ char *text = NULL;
	const char *why;

	if (io_read_text(path, MANIFEST_SIZE_MAX, &text, &why))
		return report_error(report, "cannot read manifest '%s': %s", path, why);
	return manifest_parse(manifest, path, text, conf, bases, report);
}

bool manifest_is_suite(const char *path, const struct conf *conf,
		       const struct strvec *bases)
{
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
	_cleanup_(report_release) struct report report = REPORT_INIT;

	manifest_load(&manifest, path, conf, bases, &report);
	for (size_t i = 0; i < manifest.nr; i++)
		if (manifest.entries[i].op == MANIFEST_SUITE)
			return true;
	return false;
}

bool manifest_add_option(struct manifest *manifest, const char *option,
			 const char *directive, const struct strvec *args,
			 const struct conf *conf, struct report *report)
{
	static const struct strvec nowhere = STRVEC_INIT;
	struct parser p = {
		.manifest = manifest,
		.conf = conf,
		.bases = &nowhere,
		.report = report,
		.file = strvec_push(&manifest->files, option),
	};
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	const struct directive *d = find_directive(directive);

	for (size_t i = 0; i < args->nr; i++)
		strvec_push(&words, args->v[i]);
	if (d->check && !d->check(&p, &words))
		return false;
	append_entry(&p, d, &words);
	return true;
}

void manifest_release(struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->nr; i++) {
		strvec_release(&manifest->entries[i].args);
		strvec_release(&manifest->entries[i].search);
	}
	free(manifest->entries);
	free(manifest->summary);
	strvec_release(&manifest->files);
	strvec_release(&manifest->packages);
	*manifest = (struct manifest)MANIFEST_INIT;
}

char *manifest_read_summary(const char *path)
{
	_cleanup_free_ char *text = NULL;
	const char *why;

	if (io_read_text(path, MANIFEST_SIZE_MAX, &text, &why))
		return NULL;
	for (const char *line = skip_byte_order_mark(text); *line;) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		size_t len = strcspn(line, "\n");

		if (starts_with(line + strspn(line, BLANKS), "summary")) {
			_cleanup_free_ char *copy = xstrndup(line, len);

			strvec_split(&words, copy, BLANKS);
			if (words.nr > 1 && streq(words.v[0], "summary"))
				return join_words(&words, 1);
		}
		line += len + (line[len] == '\n');
	}
	return NULL;
}

/*
 * Keeps a path that cannot be examined in @hidden, in case nothing is found: whoever
 * opens it will report why that fails.
 */
static bool take_location(char *path, char **found, char **hidden)
{
	if (access(path, F_OK) == 0)
		*found = path;
	else if (errno == EACCES && !*hidden)
		*hidden = path;
	else
		free(path);
	return *found != NULL;
}

char *manifest_locate(const char *file, const char *location, const struct strvec *bases)
{
	static const char *const own_places[] = { "", "../" };
	_cleanup_free_ char *dir = own_dir(file), *hidden = NULL;
	char *found = NULL;

	if (location[0] == '/')
		return take_location(xstrdup(location), &found, &hidden)
			       ? found
			       : TAKE_PTR(hidden);
	for (size_t i = 0; i < ARRAY_SIZE(own_places) && dir; i++)
		if (take_location(xasprintf("%s/%s%s", dir, own_places[i], location),
				  &found, &hidden))
			return found;
	for (size_t i = 0; i < bases->nr; i++)
		if (take_location(path_join(bases->v[i], location), &found, &hidden))
			return found;
	return TAKE_PTR(hidden);
}

const char *manifest_label(const char *file, const struct strvec *bases)
{
	for (size_t i = 0; i < bases->nr && file[0] == '/'; i++) {
		size_t len = streq(bases->v[i], "/") ? 0 : strlen(bases->v[i]);

		if (path_below(file, bases->v[i]) && strlen(file) > len + 1)
			return file + len + 1;
	}
	return file;
}

char *manifest_where(const struct manifest_entry *entry, const struct strvec *bases)
{
	return entry->line ? xasprintf("%s:%u", manifest_label(entry->file, bases),
				       entry->line)
			   : xstrdup(entry->file);
}

bool manifest_is_built(const struct manifest_entry *entry, const char *dir)
{
	for (size_t i = 1; i < entry->args.nr; i++) {
		_cleanup_free_ char *path = path_join(dir, entry->args.v[i]);

		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

const char *manifest_directive(const struct manifest_entry *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (directives[i].op == entry->op && directives[i].try == entry->try)
			return directives[i].name;
	return "";
}
