// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of shell scripts. */
#include "cut/shellwords.h"
#include "fixture.h"

/*
 * The commands of @text: "name", "name*" if it is certain that it runs, "name&" if
 * another program runs it, "name()" if it is a function.
 */
static char *commands(const char *text)
{
	_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;
	struct strbuf found = STRBUF_INIT;

	shellwords_scan(&words, text);
	for (size_t i = 0; i < words.nr; i++)
		strbuf_addf(&found, "%s%s%s%s%s", i ? " " : "", words.v[i].name,
			    words.v[i].external ? "&" : "", words.v[i].certain ? "*" : "",
			    shellwords_is_function(&words, &words.v[i]) ? "()" : "");
	return strbuf_detach(&found);
}

struct sample {
	const char *text, *commands;
};

static void check(const struct sample *samples, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		_cleanup_free_ char *found = commands(samples[i].text);

		if (!streq(found, samples[i].commands))
			fail_msg("in '%s': '%s', not '%s'", samples[i].text, found,
				 samples[i].commands);
	}
}

DEFINE_TEST(shellwords__after_operators__found)
{
	static const struct sample samples[] = {
		{ "ls", "ls*" },
		{ "  ls -l x;cat y\ndf&du|wc|&tr a b", "ls* cat* df* du* wc* tr*" },
		{ "a && b || c; d", "a b c d*" },
		{ "a | b && c", "a b c" },
		{ "( a; b ); { c; d; }; e", "a b c d e*" },
		{ "! a; b; time c; time -p d", "a b* c* d*" },
		{ "a \\\n b; w\\\nc", "a* wc*" },
		{ "", "" },
		{ ";;&|)(", "" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__compound_commands__found_and_not_certain)
{
	static const struct sample samples[] = {
		{ "if a; then b; elif c; then d; else e; fi; f", "a b c d e f*" },
		{ "while a; do b; done < x; until c; do d; done; e", "a b c d e*" },
		{ "for a in b c; do d $a; done | e", "d e*" },
		{ "for a\ndo b; done; select c in d; do e; done", "b e" },
		{ "for ((i = 0; i < $(a); i++)); do b; done", "a b" },
		{ "case a in b) c ;; (d|e) f & ;; g*) h;;& *) i; esac; j", "c f h i j*" },
		{ "case $(a) in\n# b\nb)\n;;\nesac\nc", "a c*" },
		{ "x=$(case a in b) c;; esac); d", "c d*" },
		{ "[[ -f a && b =~ ^(c|d)$ || $(e) < f ]] && g; h", "e g h*" },
		{ "((a = b * (c + 1))) || d; ((e); f)", "d e f" },
		{ "coproc a; b", "a b*" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__no_commands__left_out)
{
	static const struct sample samples[] = {
		{ "a ls cat # df; du", "a*" },
		{ "# ls\n\t#cat\na#b;c", "a#b* c*" },
		{ "echo 'a; b' \"c; d\" e\\;f; g", "g*" },
		{ "a=1 b=\"c d\" e+=2 f[1]=3; g=(h i $(j)); k=l m", "j m*" },
		{ "cd /; echo; test x; [ -f y ]; [[ z ]]; true; .  a; : b", "" },
		{ "$a b; \"$c\" d; ${e} f; a$(b) c; ~/d; ./e; f/g; h*; {i,j}", "b" },
		{ "a > ls < cat >> df 2> du &> wc >& tr 3<> x <<< y", "a*" },
		{ "> a b; 2>&1 c; {fd}>d e; $f>g h", "b* c* e*" },
		{ "shift -- a; 'a b'; ''; \"\"", "" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__quoted_names__found_without_quotes)
{
	static const struct sample samples[] = {
		{ "'ls'; \"cat\"; \\df; d'u'; $'wc'", "ls* cat* df* du* wc*" },
		{ "'if' a; 'time' b", "if* time* b&" },
		{ "/usr/bin/ls; '/a b/c'; /d/", "/usr/bin/ls*" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__expansions__what_they_run)
{
	static const struct sample samples[] = {
		{ "echo $(a $(b) | c) `d \\`e\\``", "b a c e d" },
		{ "echo \"$(a \"$(b \"c\")\") `d`\" '$(e)'", "b a d" },
		{ "echo ${x:-$(a)} ${y#'}'} \"${z:-it's `b`}\" $((1 + $(c)))", "a b c" },
		{ "echo $((a); b) $(((1) + 2)) $[3]", "a b" },
		{ "a <(b) >(c) < <(d) > >(e)", "b c d e a*" },
		{ "echo \\$(a", "a" },
		{ "echo \"\\$(a)\" \"\\\\$(b)\"", "b" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__here_documents__text_is_no_script)
{
	static const struct sample samples[] = {
		{ "a << E\nls\n$(b) `c`\n\\$(d)\nE\ne", "a* b c e*" },
		{ "a <<'E' | f\nls $(b)\nE\ne", "a* f* e*" },
		{ "a <<-\\E <<\"F F\"\nls\n\tE\ncat\nF F\ne", "a* e*" },
		{ "x=$(a << E\nls\nE\n); b", "a b*" },
		{ "a << E\nls", "a*" },
		{ "a <<< ls; b", "a* b*" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__functions__are_no_programs)
{
	static const struct sample samples[] = {
		{ "ls() { cat; }; ls; df", "cat ls*() df*" },
		{ "function ls { cat; }; function df () (du); ls; df",
		  "cat du ls*() df*()" },
		{ "ls; ls() { :; }", "ls*()" },
		{ "ls ( )\n{\n\tcommand ls \"$@\"\n}", "ls&" },
		{ "alias ll='ls -l'; ll", "ls ll*()" },
		{ "f() { :; }; env f; timeout 1 f", "env* f& timeout*" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__programs_that_run_others__both)
{
	static const struct sample samples[] = {
		{ "env; env A=1 -u B -i ls; env -- cat", "env* ls& cat&" },
		{ "timeout -k 5 --signal=9 10 ls -l", "timeout* ls&" },
		{ "timeout \"$t\" ls; nice -n 5 cat; nice -n5 df",
		  "timeout* ls& nice* cat& df&" },
		{ "xargs -0 -n 1 -P2 --max-args 3 rm -f", "xargs* rm&" },
		{ "nohup setsid -w stdbuf -oL tail x", "nohup* setsid& stdbuf& tail&" },
		{ "strace -f -o /x -e trace=open ls", "strace* ls&" },
		{ "timeout 5 true; time -p true; \\time -f %e false",
		  "timeout* true& time* false&" },
		{ "find . -name a -exec ls {} \\; -o -execdir df + -print",
		  "find* ls& df&" },
		{ "find . -exec sh -c 'wc \"$1\"; tr' _ {} \\;", "find* sh& wc tr" },
		{ "ip netns exec x ping y; ip link; ip -n a netns exec", "ip* ping&" },
		{ "bash -ec 'ls | cat'; sh x; su -c df", "bash* ls cat sh* su* df" },
		{ "watch -n 1 'ls | cat'; watch -d df -h", "watch* ls cat df" },
		{ "exec ls; command cat; builtin echo", "ls& cat&" },
		{ "eval 'ls; cat'; trap 'df; du' EXIT", "ls cat df du" },
		{ "timeout; xargs; env $a b; find -exec", "timeout* xargs* env* find*" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__text_does_not_tell_what_is_there__not_certain)
{
	static const struct sample samples[] = {
		{ "a; . /x; b", "a* b" },    { "a; eval x; b", "a* x b" },
		{ "PATH=/x:$PATH; a", "a" }, { "export PATH=/x; a", "a" },
		{ "PATH=/x a", "a" },	     { "[ -e /x ] || exit 0; a", "a" },
		{ "exec 3>&1; a", "a*" },    { "exec a; b", "a& b" },
	};

	check(samples, ARRAY_SIZE(samples));
}

DEFINE_TEST(shellwords__names_the_script_asks_for_or_makes__handled)
{
	_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };

	shellwords_scan(&words, "command -v a; type b; hash c; which d; x > /bin/e; "
				"ln -s y /usr/bin/f; g");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strmap_get(&words.handled, names[i]))
			fail_msg("'%s' is not", names[i]);
	assert_null(strmap_get(&words.handled, "g"));
}

DEFINE_TEST(shellwords_scan__several_scripts__as_one_shell)
{
	_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;

	shellwords_scan(&words, "f() { :; }; a && b; exit");
	shellwords_scan(&words, "f; a; . x");
	shellwords_scan(&words, "c");
	assert_int_equal(words.nr, 4);
	assert_string_equal(words.v[0].name, "a");
	/* an exit is that of its script: whoever runs the next one knows */
	assert_true(words.v[0].certain);
	assert_false(words.v[1].certain);
	assert_true(shellwords_is_function(&words, &words.v[2]));
	assert_false(words.v[3].certain);
}

/* One more level is not found, and much more does no harm. */
DEFINE_TEST(shellwords_scan__deep__ends)
{
	static const char *const opens[] = {
		"$(",	 "( ",		"`",  "${x:-", "\"$(", "$((", "case a in b) ",
		"eval ", "find -exec ", "<(", "$($((", "env ", "x=("
	};

	for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
		_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
		_cleanup_free_ char *found = NULL;

		for (size_t j = 0; j < 20000; j++)
			strbuf_adds(&text, opens[i]);
		strbuf_adds(&text, "ls");
		found = commands(text.buf);
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
