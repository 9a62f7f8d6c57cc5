// SPDX-License-Identifier: GPL-2.0-or-later
/* The dispatcher: what it does before a command's function is called, or instead. */
#include <errno.h>

#include "cmd/cmd.h"
#include "fixture.h"
#include "lib/log.h"

struct args {
	unsigned long number;
	struct strvec words;
};

/* What the command saw when it was called. */
static struct {
	int calls, releases, argc;
	unsigned long number;
	bool has_session;
	char operand[16];
} seen;

static int act(const struct invocation *call)
{
	const struct args *args = call->args;

	seen.calls++;
	seen.argc = call->argc;
	seen.number = args->number;
	seen.has_session = call->session;
	snprintf(seen.operand, sizeof(seen.operand), "%s",
		 call->argc ? call->argv[0] : "");
	return 42;
}

static void release(void *args)
{
	seen.releases++;
	strvec_release(&((struct args *)args)->words);
}

static int refuse(void *unused, const char *text)
{
	(void)unused;
	log_error("'%s' is refused", text);
	return -EPERM;
}

static const struct option_spec options[] = {
	OPTION_NUMBER('n', "number", "N", struct args, number, 1, 9, "things",
		      "how many"),
	OPTION_LIST('w', "word", "WORD", struct args, words, "a word"),
	OPTION_CALL('r', "refuse", "WORD", struct args, words, refuse, "no word"),
	OPTION_END,
};

#define COMMAND                                                                    \
	.name = "act", .summary = "do it", .options = options, .operand = "thing", \
	.args_size = sizeof(struct args),                                          \
	.defaults = &(const struct args){ .number = 5 }, .release = release, .run = act

static const struct command one_or_two = { COMMAND, .min_operands = 1,
					   .max_operands = 2 };
static const struct command none = { COMMAND, .failure = 125 };
static const struct command with_session = { COMMAND, .flags = CMD_SESSION,
					     .failure = 125 };

/* The status of the command when it is called with the words, up to a NULL. */
#define CALL(command, ...) \
	call_words(command, (const char *[]){ "act", ##__VA_ARGS__, NULL })

static int call_words(const struct command *command, const char **words)
{
	int argc = 0;

	while (words[argc])
		argc++;
	memset(&seen, 0, sizeof(seen));
	return command_run(command, argc, (char **)words);
}

DEFINE_TEST(command_run__right_call__values_and_operands)
{
	assert_int_equal(CALL(&one_or_two, "a", "-n", "7", "-w", "x", "b"), 42);
	assert_int_equal(seen.number, 7);
	assert_int_equal(seen.argc, 2);
	assert_string_equal(seen.operand, "a");
	assert_false(seen.has_session);
	assert_int_equal(seen.releases, 1);
}

DEFINE_TEST(command_run__option_not_given__default)
{
	assert_int_equal(CALL(&one_or_two, "a"), 42);
	assert_int_equal(seen.number, 5);
}

/* Its message is the only one. */
DEFINE_TEST(command_run__function_of_an_option_fails__not_called)
{
	struct capture capture = capture_start();
	int status = CALL(&none, "-r", "x"), other = CALL(&one_or_two, "-r", "x");
	const char *said = capture_stop(&capture);

	assert_int_equal(status, 125);
	assert_int_equal(other, 1);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(seen.releases, 1);
	assert_contains(said, "'x' is refused");
	assert_null(strstr(said, "--help"));
	assert_null(strstr(said, "rapido help"));
}

DEFINE_TEST(command_run__wrong_number_of_operands__not_called)
{
	assert_int_equal(CALL(&one_or_two, "-w", "x"), 1);
	assert_int_equal(CALL(&one_or_two, "a", "b", "c"), 1);
	assert_int_equal(CALL(&none, "a"), 125);
	assert_int_equal(seen.calls, 0);
}

DEFINE_TEST(command_run__wrong_option__its_status_and_nothing_leaks)
{
	assert_int_equal(CALL(&none, "-w", "x", "-n", "10"), 125);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(seen.releases, 1);
	assert_int_equal(CALL(&none, "--no-such"), 125);
	assert_int_equal(seen.calls, 0);
}

DEFINE_TEST(command_run__help__instead_of_the_command)
{
	assert_int_equal(CALL(&one_or_two, "--help", "--no-such"), 0);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(seen.releases, 1);
}

FIXTURE_TEST(command_run__session__read_before)
{
	setenv("HOME", at(""), 1);
	setenv("RAPIDO_DIR", at(""), 1);
	assert_int_equal(CALL(&with_session), 42);
	assert_true(seen.has_session);
	setenv("RAPIDO_CONF", at("absent.conf"), 1);
	assert_int_equal(CALL(&with_session), 125);
	assert_int_equal(seen.calls, 0);
	unsetenv("RAPIDO_CONF");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
