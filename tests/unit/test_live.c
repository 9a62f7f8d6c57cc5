// SPDX-License-Identifier: GPL-2.0-or-later
/* The line about what takes long, on a terminal of our own. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/live.h"
#include "lib/log.h"
#include "lib/sink.h"

static int master = -1, stderr_before = -1;

static int setup(void **state)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 40 };
	struct termios modes;
	int slave;

	(void)state;
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	log_set_level(LOG_INFO);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return -1;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0 || tcgetattr(slave, &modes))
		return -1;
	cfmakeraw(&modes);
	tcsetattr(slave, TCSANOW, &modes);
	ioctl(slave, TIOCSWINSZ, &size);
	stderr_before = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	close(slave);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	live_end();
	/* a whole line, after which the cursor is at the left */
	live_output("\n", 1);
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	close(master);
	return 0;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* What the terminal has got since the last call. */
static const char *seen(void)
{
	static char text[4096];
	ssize_t n = read(master, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void wait_ms(unsigned int ms)
{
	usleep(ms * 1000 + 20000);
}

TEST(live_tick__after_a_second__shown_and_renewed)
{
	live_say("cutting %d files", 3);
	live_tick();
	assert_string_equal(seen(), "");
	wait_ms(LIVE_AFTER_MS);
	live_tick();
	assert_contains(seen(), "\rcutting 3 files ... 1.0 s\033[K");
	live_tick();
	assert_string_equal(seen(), "");
	wait_ms(LIVE_EVERY_MS);
	/* the same task goes on */
	live_say("cutting 4 files");
	live_tick();
	assert_contains(seen(), "\rcutting 4 files ... 1.");
	live_end();
	assert_string_equal(seen(), "\r\033[K");
	wait_ms(LIVE_EVERY_MS);
	live_tick();
	live_end();
	assert_string_equal(seen(), "");
}

TEST(live__message__first_erased)
{
	live_say("cutting");
	wait_ms(LIVE_AFTER_MS);
	live_tick();
	assert_contains(seen(), "cutting");
	log_info("a message");
	assert_string_equal(seen(), "\r\033[Krapido: a message\n");
}

TEST(live__output__only_between_lines)
{
	_cleanup_(sink_release) struct sink sink;

	sink_init(&sink, STDERR_FILENO);
	live_say("running");
	wait_ms(LIVE_AFTER_MS);
	sink_add(&sink, "half a", 6);
	live_tick();
	assert_string_equal(seen(), "half a");
	sink_add(&sink, " line\n", 6);
	seen();
	live_tick();
	assert_contains(seen(), "\rrunning ... ");
	sink_add(&sink, "more\n", 5);
	assert_string_equal(seen(), "\r\033[Kmore\n");
}

TEST(live_tick__text_that_is_long_or_controls__fits)
{
	live_say("%s\033[2J%s", "0123456789", "0123456789 0123456789 0123456789");
	wait_ms(LIVE_AFTER_MS);
	live_tick();
	assert_string_equal(seen(), "\r0123456789\\033[2J0123456789 0123456789 \033[K");
}

TEST(live_tick__no_room_for_a_character__left_out)
{
	live_say("0123456789 0123456789 0123456789 01234\xc3\xa4");
	wait_ms(LIVE_AFTER_MS);
	live_tick();
	assert_string_equal(seen(), "\r0123456789 0123456789 0123456789 01234\033[K");
}

TEST(live_timeout__of_a_task__short)
{
	assert_int_equal(live_timeout(-1), -1);
	assert_int_equal(live_timeout(5000), 5000);
	live_say("booting");
	assert_int_equal(live_timeout(-1), LIVE_EVERY_MS);
	assert_int_equal(live_timeout(5000), LIVE_EVERY_MS);
	assert_int_equal(live_timeout(3), 3);
}

static void assert_silent(void)
{
	live_say("booting");
	assert_int_equal(live_timeout(-1), -1);
}

TEST(live_say__nobody_wants_it__silent)
{
	int null = open("/dev/null", O_WRONLY), terminal = dup(STDERR_FILENO);

	setenv("NO_COLOR", "1", 1);
	assert_silent();
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_silent();
	setenv("TERM", "xterm", 1);
	log_set_level(LOG_ERROR);
	assert_silent();
	log_set_level(LOG_DEBUG);
	assert_silent();
	log_set_level(LOG_INFO);
	dup2(null, STDERR_FILENO);
	assert_silent();
	dup2(terminal, STDERR_FILENO);
	close(null);
	close(terminal);
}

TEST(set__a_whole_line__without_the_clock)
{
	live_set("3/60 done");
	usleep((LIVE_AFTER_MS + 50) * 1000);
	live_tick();
	assert_string_equal(seen(), "\r3/60 done\033[K");
	live_set("4/60 done");
	usleep((LIVE_EVERY_MS + 50) * 1000);
	live_tick();
	assert_string_equal(seen(), "\r4/60 done\033[K");
	live_say("cutting");
	usleep((LIVE_EVERY_MS + 50) * 1000);
	live_tick();
	assert_contains(seen(), "cutting ... ");
}

TEST(log_verdict__on_a_terminal__coloured)
{
	log_verdict(true, "passed");
	assert_string_equal(seen(), "\033[32mrapido: passed\033[0m\n");
	log_verdict(false, "status %d", 3);
	assert_string_equal(seen(), "\033[31mrapido: status 3\033[0m\n");
	setenv("NO_COLOR", "1", 1);
	log_verdict(true, "passed");
	assert_string_equal(seen(), "rapido: passed\n");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
