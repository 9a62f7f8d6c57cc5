// SPDX-License-Identifier: GPL-2.0-or-later
/* Which programs a simple command runs: its own, and those that this one runs. */
#include <limits.h>

#include "lib/path.h"
#include "shellwrap.h"

/*
 * Programs that run the command that follows their options and operands. Letters and
 * words (between spaces) are the options that take an argument.
 */
struct wrapper {
	const char *name;
	const char *letters;
	const char *words;
	size_t operands;
};

static const struct wrapper wrappers[] = {
	{ "cgexec", "g", "", 0 },
	{ "chrt", "DPT", " --sched-runtime --sched-period --sched-deadline ", 1 },
	{ "doas", "Cu", "", 0 },
	/* and assignments, which are no options */
	{ "env", "CSu", " --chdir --split-string --unset ", 0 },
	{ "flock", "Ew", " --conflict-exit-code --timeout --wait ", 1 },
	{ "ionice", "cnPpu", " --class --classdata --pid --pgid --uid ", 0 },
	{ "ltrace", "aAeFlnopsuwx", "", 0 },
	{ "nice", "n", " --adjustment ", 0 },
	{ "nohup", "", "", 0 },
	{ "nsenter", "GSt", " --setgid --setuid --target ", 0 },
	{ "numactl", "CimNpP", "", 0 },
	{ "prlimit", "op", " --output --pid ", 0 },
	{ "setpriv", "", " --groups --regid --reuid ", 0 },
	{ "setsid", "", "", 0 },
	{ "stdbuf", "eio", " --error --input --output ", 0 },
	{ "strace", "aAbeEIoOpPsSuUX", "", 0 },
	{ "sudo", "CDghpRrTtuU", "", 0 },
	{ "taskset", "", "", 1 },
	{ "time", "fo", " --format --output ", 0 },
	{ "timeout", "ks", " --kill-after --signal ", 1 },
	{ "unshare", "GRSw", " --root --setgid --setuid --wd ", 0 },
	{ "valgrind", "", "", 0 },
	{ "xargs", "adEILnPs",
	  " --arg-file --delimiter --max-args --max-chars --max-procs ", 0 },
};

static const char *const builtins[] = {
	".",	     ":",	 "[",	    "alias",   "bg",	  "bind",     "break",
	"builtin",   "caller",	 "cd",	    "command", "compgen", "complete", "compopt",
	"continue",  "declare",	 "dirs",    "disown",  "echo",	  "enable",   "eval",
	"exec",	     "exit",	 "export",  "false",   "fc",	  "fg",	      "getopts",
	"hash",	     "help",	 "history", "jobs",    "kill",	  "let",      "local",
	"logout",    "mapfile",	 "popd",    "printf",  "pushd",	  "pwd",      "read",
	"readarray", "readonly", "return",  "set",     "shift",	  "shopt",    "source",
	"suspend",   "test",	 "times",   "trap",    "true",	  "type",     "typeset",
	"ulimit",    "umask",	 "unalias", "unset",   "wait",
};

void shell_arg_release(struct shell_arg *arg)
{
	strbuf_release(&arg->text);
}

static bool is_builtin(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (streq(builtins[i], name))
			return true;
	return false;
}

static const struct wrapper *find_wrapper(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		if (streq(wrappers[i].name, name))
			return &wrappers[i];
	return NULL;
}

/* Whether @name can be found on the PATH, or is an absolute path. */
static bool is_usable(const char *name)
{
	size_t len = strlen(name);
	bool path = name[0] == '/';

	for (const char *p = name; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return path ? len < PATH_MAX && name[len - 1] != '/'
		    : len && len <= NAME_MAX && !strchr(name, '/');
}

static void add(struct shellwords *words, const char *name, bool external, bool certain)
{
	struct shellword *word;
	void **number;

	if (!is_usable(name) || (!external && is_builtin(name)))
		return;
	number = strmap_put(&words->index, name);
	if (!*number) {
		ALLOC_GROW(words->v, words->nr, words->alloc);
		words->v[words->nr++] = (struct shellword){ .name = strmap_key(number) };
		*number = (void *)words->nr;
	}
	word = &words->v[(size_t)*number - 1];
	word->external |= external;
	if (certain && !words->unsure && !words->ended && !word->certain) {
		word->certain = true;
		word->list = words->nr_lists;
	}
}

void shellwords_note_path(struct shellwords *words, const struct shell_arg *arg)
{
	const char *slash = strrchr(arg->text.buf, '/');

	if (slash && slash[1])
		strmap_put(&words->handled, slash + 1);
}

/* The script asks whether there are such commands. */
static void note_names(struct shellwords *words, const struct shell_arg *args, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		strmap_put(&words->handled, args[i].text.buf);
}

/* The arguments as one text of the shell. */
static void scan_joined(struct shellwords *words, const struct shell_arg *args, size_t nr,
			unsigned int depth)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < nr; i++)
		strbuf_addf(&text, "%s ", args[i].literal ? args[i].text.buf : "\"$x\"");
	shellwords_scan_text(words, text.buf, depth + 1);
}

/* "name=commands" */
static void take_aliases(struct shellwords *words, const struct shell_arg *args,
			 size_t nr, unsigned int depth)
{
	for (size_t i = 0; i < nr; i++) {
		const char *equals = strchr(args[i].text.buf, '=');
		_cleanup_free_ char *name =
			equals ? xstrndup(args[i].text.buf,
					  (size_t)(equals - args[i].text.buf))
			       : NULL;

		if (!equals)
			continue;
		strmap_put(&words->functions, name);
		shellwords_scan_text(words, equals + 1, depth + 1);
	}
}

/* "-c TEXT" of a shell */
static void take_text(struct shellwords *words, const struct shell_arg *args, size_t nr,
		      unsigned int depth)
{
	for (size_t i = 0; i + 1 < nr; i++) {
		const char *text = args[i].text.buf;

		if (text[0] == '-' && text[1] != '-' && strchr(text, 'c')) {
			scan_joined(words, args + i + 1, 1, depth);
			return;
		}
	}
}

/* The number of arguments up to the command that @wrapper runs; @nr: there is none. */
static size_t skip_options(const struct wrapper *wrapper, const struct shell_arg *args,
			   size_t nr)
{
	size_t operands = wrapper->operands, i = 0;

	for (; i < nr; i++) {
		const char *text = args[i].text.buf;
		_cleanup_free_ char *word = NULL;

		if (streq(text, "--")) {
			i++;
			break;
		}
		/* "env NAME=VALUE", "sudo NAME=VALUE" */
		if (args[i].assignment || (text[0] != '-' && strchr(text, '=')))
			continue;
		if (text[0] != '-')
			break;
		word = xasprintf(" %s ", text);
		if (text[1] == '-') {
			i += strstr(wrapper->words, word) != NULL;
			continue;
		}
		text += 1 + strcspn(text + 1, wrapper->letters);
		i += text[0] && !text[1];
	}
	return i < nr && nr - i > operands ? i + operands : nr;
}

/* "find -exec COMMAND ;". The index after each is for the next. */
static void take_find(struct shellwords *words, const struct shell_arg *args, size_t nr,
		      unsigned int depth)
{
	for (size_t i = 0; i < nr; i++) {
		static const char *const actions[] = { "-exec", "-execdir", "-ok",
						       "-okdir" };
		size_t end = i + 1;
		bool is_action = false;

		for (size_t j = 0; j < ARRAY_SIZE(actions); j++)
			is_action |= streq(args[i].text.buf, actions[j]);
		if (!is_action)
			continue;
		while (end < nr && !streq(args[end].text.buf, ";") &&
		       !streq(args[end].text.buf, "+"))
			end++;
		if (end > i + 1 && args[i + 1].literal && depth < SHELLWORDS_DEPTH_MAX) {
			add(words, args[i + 1].text.buf, true, false);
			shellwords_take(words, args + i + 1, end - i - 1, false,
					depth + 1);
		}
		i = end;
	}
}

/* "ip netns exec NAME COMMAND": the index of the command, or @nr. */
static size_t skip_netns(const struct shell_arg *args, size_t nr)
{
	for (size_t i = 0; i + 3 < nr; i++)
		if (streq(args[i].text.buf, "netns") &&
		    streq(args[i + 1].text.buf, "exec"))
			return i + 3;
	return nr;
}

/*
 * What the builtin @name means for the commands after it. The index of the command that
 * it runs, with its arguments from @args on, or @nr.
 */
static size_t take_builtin(struct shellwords *words, const char *name,
			   const struct shell_arg *args, size_t nr, unsigned int depth)
{
	static const struct wrapper command = { "command", "", "", 0 };
	static const struct wrapper exec = { "exec", "a", "", 0 };
	static const char *const unsure[] = { ".", "enable", "eval", "source" };
	static const char *const ends[] = { "exit", "logout", "return" };

	for (size_t i = 0; i < ARRAY_SIZE(unsure); i++)
		words->unsure |= streq(name, unsure[i]);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		words->ended |= streq(name, ends[i]);
	if (streq(name, "eval")) {
		scan_joined(words, args, nr, depth);
	} else if (streq(name, "trap") && nr) {
		scan_joined(words, args, 1, depth);
	} else if (streq(name, "alias")) {
		take_aliases(words, args, nr, depth);
	} else if (streq(name, "type") || streq(name, "hash")) {
		note_names(words, args, nr);
	} else if (streq(name, "command") && nr && args[0].text.buf[0] == '-' &&
		   strcspn(args[0].text.buf, "vV") < args[0].text.len) {
		note_names(words, args + 1, nr - 1);
	} else if (streq(name, "command") || streq(name, "builtin")) {
		return skip_options(&command, args, nr);
	} else if (streq(name, "exec")) {
		/* else it only changes descriptors */
		words->ended |= nr > 0;
		return skip_options(&exec, args, nr);
	}
	return nr;
}

/* The same of a program. */
static size_t take_program(struct shellwords *words, const char *name,
			   const struct shell_arg *args, size_t nr, unsigned int depth)
{
	static const char *const shells[] = { "ash", "bash",   "dash", "runuser",
					      "sh",  "script", "su" };
	const struct wrapper *wrapper = find_wrapper(name);

	if (wrapper)
		return skip_options(wrapper, args, nr);
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (streq(name, shells[i]))
			take_text(words, args, nr, depth);
	if (streq(name, "watch")) {
		static const struct wrapper watch = { "watch", "nq",
						      " --equexit --interval ", 0 };
		size_t begin = skip_options(&watch, args, nr);

		scan_joined(words, args + begin, nr - begin, depth);
	} else if (streq(name, "find")) {
		take_find(words, args, nr, depth);
	} else if (streq(name, "which")) {
		note_names(words, args, nr);
	} else if (streq(name, "ip")) {
		return skip_netns(args, nr);
	}
	return nr;
}

void shellwords_take(struct shellwords *words, const struct shell_arg *args, size_t nr,
		     bool certain, unsigned int depth)
{
	bool external = false;
	size_t i = 0;

	for (size_t j = 0; j < nr; j++) {
		shellwords_note_path(words, &args[j]);
		/* as a command of its own, or as that of "export" */
		if (args[j].assignment && (starts_with(args[j].text.buf, "PATH=") ||
					   starts_with(args[j].text.buf, "PATH+=")))
			words->unsure = true;
	}
	while (i < nr && args[i].assignment)
		i++;
	while (i < nr && args[i].literal) {
		const char *name = args[i++].text.buf;
		bool builtin = !external && is_builtin(name);
		size_t rest = nr - i;

		add(words, name, external, certain);
		if (builtin) {
			i += take_builtin(words, name, args + i, rest, depth);
			/* "command true" is the builtin, "exec true" is not */
			external = streq(name, "exec") ||
				   (i < nr && !is_builtin(args[i].text.buf));
		} else {
			i += take_program(words, path_basename(name), args + i, rest,
					  depth);
			external = true;
			certain = false;
		}
	}
}
