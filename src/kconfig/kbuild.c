// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Searches the kernel's Makefiles, without running them, for the options that build
 * modules.
 */
#include "lib/io.h"
#include "kconfig/kbuild.h"
#include "lib/path.h"

/* The depth of nested ifdefs. */
#define IFS_MAX 32

/* A way by which make enters a directory. */
struct edge {
	struct edge *next;
	struct kbuild_dir *from; /* NULL: the top */
	const struct kexpr *condition;
};

struct kbuild_dir {
	const char *path;
	struct edge *edges;
	const struct kexpr *reached; /* NULL: not computed yet */
	unsigned int depth;
};

/* One file being read. */
struct parser {
	struct kbuild *kbuild;
	struct kbuild_dir *dir; /* NULL: the top */
	/*
	 * The top Makefile or arch/ARCH/Makefile: it has core-y and others besides obj-y,
	 * its names are relative to the top, and its ifs test how make was called.
	 */
	bool top;
	struct {
		const struct kexpr *now; /* NULL: true */
		const struct kexpr
			*before; /* of the branches above; NULL: there are none */
	} ifs[IFS_MAX];
	size_t nr_ifs; /* may be larger than the array */
	/* "NAME-" of each $(NAME-y) in the lists, and the option of the list */
	struct strvec names, symbols;
	const struct kexpr *outer; /* the condition of such a list */
};

static void visit(struct kbuild *kbuild, struct kbuild_dir *dir);

void kbuild_release(struct kbuild *kbuild)
{
	strmap_release(&kbuild->dirs, NULL);
	strmap_release(&kbuild->objects, NULL);
	pool_release(&kbuild->pool);
	free(kbuild->srcdir);
	*kbuild = (struct kbuild)KBUILD_INIT;
}

/* The conjunction of the ifs around this line. */
static const struct kexpr *condition(const struct parser *p)
{
	const struct kexpr *all = p->outer;

	for (size_t i = 0; i < p->nr_ifs && i < IFS_MAX; i++)
		if (p->ifs[i].now)
			all = kexpr_and(&p->kbuild->pool, all, p->ifs[i].now);
	return all;
}

/*
 * Take "$(CONFIG_X)" or "${CONFIG_X}" at *@s: returns the symbol and moves *@s behind it.
 * NULL for anything else.
 */
static const char *take_config(struct pool *pool, const char **s)
{
	static const char prefix[] = "CONFIG_";
	const char *name = *s + 2;
	size_t len;

	if (**s != '$' || ((*s)[1] != '(' && (*s)[1] != '{') ||
	    !starts_with(name, prefix))
		return NULL;
	name += strlen(prefix);
	len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
			   "0123456789");
	if (!len || name[len] != ((*s)[1] == '(' ? ')' : '}'))
		return NULL;
	*s = name + len + 1;
	return pool_strndup(pool, name, len);
}

/*
 * Take "$(subst m,y,$(CONFIG_X))", by which built-in code can depend on a module, or
 * "$(subst y,$(CONFIG_Y),$(CONFIG_X))", which is a module also if only Y is: both require
 * X.
 */
static const char *take_subst(struct pool *pool, const char **s)
{
	static const char *const starts[] = { "$(subst m,y,", "$(subst y," };
	const char *symbol, *p;

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (!starts_with(*s, starts[i]))
			continue;
		p = *s + strlen(starts[i]);
		if (i && (!take_config(pool, &p) || *p++ != ','))
			return NULL;
		symbol = take_config(pool, &p);
		if (!symbol || *p != ')')
			return NULL;
		*s = p + 1;
		return symbol;
	}
	return NULL;
}

static const char *take_symbol(struct pool *pool, const char **s)
{
	const char *symbol = take_config(pool, s);

	return symbol ? symbol : take_subst(pool, s);
}

static void add_object(struct parser *p, const char *name, size_t len, const char *symbol)
{
	_cleanup_free_ char *key = xstrndup(name, len);
	struct kbuild_object *object;
	size_t nr = 0;
	void **slot;

	for (char *c = key; *c; c++)
		if (*c == '-')
			*c = '_';
	slot = strmap_put(&p->kbuild->objects, path_basename(key));
	for (object = *slot; object && nr < KBUILD_OBJECTS_MAX; object = object->next)
		nr++;
	if (nr == KBUILD_OBJECTS_MAX)
		return;
	object = pool_alloc(&p->kbuild->pool, sizeof(*object));
	*object = (struct kbuild_object){ *slot, symbol, condition(p), p->dir };
	*slot = object;
}

/* The directory "dir/" of a line, below this one. */
static void add_dir(struct parser *p, const char *name, size_t len, const char *symbol)
{
	struct kbuild *kbuild = p->kbuild;
	_cleanup_free_ char *path =
		xasprintf("%s/%.*s", p->dir ? p->dir->path : "", (int)len, name);
	_cleanup_free_ char *clean = path_clean(path);
	unsigned int depth = p->dir ? p->dir->depth + 1 : 0;
	const struct kexpr *all = condition(p);
	struct kbuild_dir *dir;
	struct edge *edge;
	bool seen;
	void **slot;

	if (depth >= KBUILD_DEPTH_MAX || kbuild->dirs.nr >= KBUILD_DIRS_MAX)
		return;
	slot = strmap_put(&kbuild->dirs, clean);
	seen = *slot;
	dir = seen ? *slot : pool_alloc(&kbuild->pool, sizeof(*dir));
	if (!seen)
		*dir = (struct kbuild_dir){
			.path = pool_strndup(&kbuild->pool, clean, strlen(clean)),
			.depth = depth,
		};
	*slot = dir;
	if (symbol)
		all = kexpr_and(&kbuild->pool, kexpr_symbol(&kbuild->pool, symbol), all);
	edge = pool_alloc(&kbuild->pool, sizeof(*edge));
	*edge = (struct edge){ dir->edges, p->dir, all };
	dir->edges = edge;
	if (!seen)
		visit(kbuild, dir);
}

/* @symbol: that of obj-$(CONFIG_SYMBOL), or NULL for obj-y and obj-m. */
static void add_word(struct parser *p, const char *word, size_t len, const char *symbol)
{
	static const char srcarch[] = "arch/$(SRCARCH)/";
	_cleanup_free_ char *arch = NULL;

	if (len >= strlen(srcarch) && strncmp(word, srcarch, strlen(srcarch)) == 0) {
		arch = xasprintf("arch/%s/%.*s", p->kbuild->arch,
				 (int)(len - strlen(srcarch)), word + strlen(srcarch));
		word = arch;
		len = strlen(arch);
	}
	if (memchr(word, '$', len))
		return;
	if (len > 1 && word[len - 1] == '/')
		add_dir(p, word, len, symbol);
	else if (len > 2 && word[len - 2] == '.' && word[len - 1] == 'o' && symbol)
		add_object(p, word, len - 2, symbol);
}

/*
 * The length of the list's name before "-y" or "-$(CONFIG_X)", if it is a list to build.
 */
static size_t list_prefix(struct parser *p, const char *line)
{
	static const char *const lists[] = { "obj-",  "core-", "drivers-",
					     "libs-", "net-",  "virt-" };
	size_t nr = p->top ? ARRAY_SIZE(lists) : 1;

	for (size_t i = 0; i < nr; i++)
		if (starts_with(line, lists[i]))
			return strlen(lists[i]);
	for (size_t i = 0; i < p->names.nr; i++) {
		if (!starts_with(line, p->names.v[i]))
			continue;
		if (*p->symbols.v[i])
			p->outer = kexpr_symbol(&p->kbuild->pool,
						pool_strndup(&p->kbuild->pool,
							     p->symbols.v[i],
							     strlen(p->symbols.v[i])));
		return strlen(p->names.v[i]);
	}
	return 0;
}

/* Remember "$(NAME-y)", a word in the list of @symbol. */
static void add_name(struct parser *p, const char *word, size_t len, const char *symbol)
{
	if (len < 6 || !starts_with(word, "$(") || strncmp(word + len - 3, "-y)", 3) != 0)
		return;
	strvec_pushf(&p->names, "%.*s", (int)(len - 4), word + 2);
	strvec_push(&p->symbols, symbol ? symbol : "");
}

/* Call @fn for each word of a list, with the option of the list, or NULL for obj-y. */
static void parse_list(struct parser *p, const char *s,
		       void (*fn)(struct parser *p, const char *word, size_t len,
				  const char *symbol))
{
	const char *symbol = NULL;

	if (*s == 'y' || *s == 'm')
		s++;
	else if (!(symbol = take_symbol(&p->kbuild->pool, &s)))
		return;
	s += strspn(s, " \t");
	if (*s && strchr("+:?", *s))
		s++;
	if (*s++ != '=')
		return;
	for (;;) {
		size_t len;

		s += strspn(s, " \t\r");
		len = strcspn(s, " \t\r");
		if (!len)
			return;
		fn(p, s, len, symbol);
		s += len;
	}
}

static void parse_assignment(struct parser *p, const char *line)
{
	size_t prefix;

	p->outer = NULL;
	prefix = list_prefix(p, line);
	if (prefix)
		parse_list(p, line + prefix, add_word);
	p->outer = NULL;
}

static const struct kexpr *unknown(struct parser *p, const char *text)
{
	/* it tests how make was called, not the configuration */
	if (p->top)
		return NULL;
	return kexpr_unknown(&p->kbuild->pool,
			     pool_strndup(&p->kbuild->pool, text, strlen(text)));
}

static const struct kexpr *parse_ifdef(struct parser *p, const char *text)
{
	static const char prefix[] = "CONFIG_";
	struct pool *pool = &p->kbuild->pool;
	const char *name = text + strspn(text, " \t");
	size_t len = strcspn(name, " \t\r");

	if (!starts_with(name, prefix) || len == strlen(prefix))
		return unknown(p, text);
	name += strlen(prefix);
	return kexpr_symbol(pool, pool_strndup(pool, name, len - strlen(prefix)));
}

/* "(A,B)": "($(CONFIG_X),y)" means X=y, "($(CONFIG_X)$(CONFIG_Y),)" that both are off. */
static const struct kexpr *parse_ifeq(struct parser *p, const char *text)
{
	struct pool *pool = &p->kbuild->pool;
	const struct kexpr *any = NULL;
	const char *s = text + strspn(text, " \t"), *symbol, *last = NULL;
	_cleanup_free_ char *equation = NULL;
	size_t nr = 0, len;

	if (*s++ != '(')
		return unknown(p, text);
	for (; (symbol = take_config(pool, &s)); nr++) {
		const struct kexpr *one = kexpr_symbol(pool, symbol);

		any = any ? kexpr_or(pool, any, one) : one;
		last = symbol;
	}
	s += strspn(s, " \t");
	if (!nr || *s++ != ',')
		return unknown(p, text);
	s += strspn(s, " \t");
	len = strcspn(s, " \t)");
	if (s[len + strspn(s + len, " \t")] != ')')
		return unknown(p, text);
	if (!len)
		return kexpr_not(pool, any);
	if (nr > 1 || len > 1 || (*s != 'y' && *s != 'm' && *s != 'n'))
		return unknown(p, text);
	equation = xasprintf("%s=%c", last, *s);
	return kexpr_parse(pool, equation, p->kbuild->arch);
}

static const struct kexpr *parse_test(struct parser *p, const char *word, size_t len,
				      const char *rest)
{
	const bool negated = strncmp(word, "ifn", 3) == 0;
	const struct kexpr *e = len > 2 && word[len - 1] == 'f' ? parse_ifdef(p, rest)
								: parse_ifeq(p, rest);

	return e && negated ? kexpr_not(&p->kbuild->pool, e) : e;
}

static void begin_if(struct parser *p, const struct kexpr *test)
{
	if (p->nr_ifs < IFS_MAX) {
		p->ifs[p->nr_ifs].now = test;
		p->ifs[p->nr_ifs].before = test;
	}
	p->nr_ifs++;
}

/*
 * @test: that of "else ifeq", or NULL if there is none or it does not test the
 * configuration.
 */
static void begin_else(struct parser *p, const struct kexpr *test)
{
	struct pool *pool = &p->kbuild->pool;
	const struct kexpr *others;

	if (!p->nr_ifs || p->nr_ifs > IFS_MAX || !p->ifs[p->nr_ifs - 1].before)
		return;
	others = kexpr_not(pool, p->ifs[p->nr_ifs - 1].before);
	p->ifs[p->nr_ifs - 1].now = test ? kexpr_and(pool, others, test) : others;
	if (test)
		p->ifs[p->nr_ifs - 1].before =
			kexpr_or(pool, p->ifs[p->nr_ifs - 1].before, test);
}

/* The length of the ifdef, ifndef, ifeq or ifneq at @s, or 0. */
static size_t test_word(const char *s)
{
	static const char *const words[] = { "ifdef", "ifndef", "ifeq", "ifneq" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i]);

		if (starts_with(s, words[i]) && strchr(" \t(", s[len]) && s[len])
			return len;
	}
	return 0;
}

static bool is_word(const char *s, const char *word)
{
	return starts_with(s, word) && strchr(" \t\r", s[strlen(word)]);
}

static void parse_line(struct parser *p, char *line)
{
	const char *s;
	size_t len;

	line[strcspn(line, "#")] = '\0';
	s = line + strspn(line, " \t");
	len = test_word(s);
	if (len) {
		begin_if(p, parse_test(p, s, len, s + len));
	} else if (is_word(s, "endif")) {
		if (p->nr_ifs)
			p->nr_ifs--;
	} else if (is_word(s, "else")) {
		s += strlen("else");
		s += strspn(s, " \t");
		len = test_word(s);
		begin_else(p, len ? parse_test(p, s, len, s + len) : NULL);
	} else {
		parse_assignment(p, s);
	}
}

/* Join lines that end in a backslash with the next line, in place. */
static void join_lines(char *text)
{
	for (char *end = text; (end = strchr(end, '\n')); end++)
		if (end > text && end[-1] == '\\')
			end[-1] = end[0] = ' ';
}

/* Call @fn for each line of @text, which is restored unless @fn changes it. */
static void for_each_line(struct parser *p, char *text,
			  void (*fn)(struct parser *p, char *line))
{
	for (char *end; text; text = end) {
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		fn(p, text);
		if (end)
			*end++ = '\n';
	}
}

static void find_names(struct parser *p, char *line)
{
	if (starts_with(line, "obj-") && strstr(line, "-y)"))
		parse_list(p, line + strlen("obj-"), add_name);
}

static void parse_text(struct parser *p, char *text)
{
	join_lines(text);
	for_each_line(p, text, find_names);
	for_each_line(p, text, parse_line);
	strvec_release(&p->names);
	strvec_release(&p->symbols);
}

static int parse_file(struct parser *p, const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s%s/%s", p->kbuild->srcdir, dir, name);
	_cleanup_free_ char *text = NULL;
	int err = io_read_regular(path, KBUILD_FILE_MAX, &text, NULL);

	if (!err)
		parse_text(p, text);
	return err;
}

/*
 * Read a directory's Kbuild or else Makefile. The Makefile of arch/ARCH is part of the
 * top's.
 */
static void visit(struct kbuild *kbuild, struct kbuild_dir *dir)
{
	_cleanup_free_ char *arch = xasprintf("/arch/%s", kbuild->arch);
	struct parser p = { .kbuild = kbuild, .dir = dir };

	if (parse_file(&p, dir->path, "Kbuild") && !streq(dir->path, arch))
		parse_file(&p, dir->path, "Makefile");
}

int kbuild_read(struct kbuild *kbuild, const char *srcdir, const char *arch)
{
	_cleanup_free_ char *arch_dir = xasprintf("/arch/%s", arch);
	struct parser makefile = { .top = true }, kbuild_file = { .top = true };
	struct parser of_arch = { .top = true };
	int err;

	*kbuild = (struct kbuild){ .srcdir = xstrdup(srcdir), .arch = arch };
	makefile.kbuild = kbuild_file.kbuild = of_arch.kbuild = kbuild;
	err = parse_file(&makefile, "", "Makefile");
	if (!parse_file(&kbuild_file, "", "Kbuild"))
		err = 0;
	parse_file(&of_arch, arch_dir, "Makefile");
	return err;
}

void kbuild_parse(struct kbuild *kbuild, const char *text, const char *srcdir,
		  const char *arch)
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct parser p = { .kbuild = kbuild };

	*kbuild = (struct kbuild){ .srcdir = xstrdup(srcdir), .arch = arch };
	parse_text(&p, copy);
}

const struct kbuild_object *kbuild_objects(const struct kbuild *kbuild, const char *name)
{
	_cleanup_free_ char *key = xstrdup(name);
	void **slot;

	for (char *c = key; *c; c++)
		if (*c == '-')
			*c = '_';
	slot = strmap_get(&kbuild->objects, key);
	return slot ? *slot : NULL;
}

static const struct kexpr *dir_reached(struct kbuild *kbuild, struct kbuild_dir *dir,
				       unsigned int depth)
{
	struct pool *pool = &kbuild->pool;
	const struct kexpr *any = kexpr_const(pool, KVALUE_N);

	if (dir->reached || depth > KBUILD_DEPTH_MAX)
		return dir->reached ? dir->reached : any;
	/* in case a directory is below itself */
	dir->reached = any;
	for (const struct edge *edge = dir->edges; edge; edge = edge->next) {
		const struct kexpr *above =
			edge->from ? dir_reached(kbuild, edge->from, depth + 1) : NULL;

		any = kexpr_or(pool, any, kexpr_and(pool, above, edge->condition));
	}
	return dir->reached = any;
}

const struct kexpr *kbuild_reached(struct kbuild *kbuild,
				   const struct kbuild_object *object)
{
	const struct kexpr *above =
		object->dir ? dir_reached(kbuild, object->dir, 0) : NULL;

	return kexpr_and(&kbuild->pool, above, object->condition);
}
