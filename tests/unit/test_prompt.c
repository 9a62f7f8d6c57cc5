// SPDX-License-Identifier: GPL-2.0-or-later
/* The programs of a prompt. They are this host's. */
#include "fixture.h"
#include "newc.h"

#include "conf/conf.h"
#include "cut/prompt.h"

/* Its path. Heap. */
static char *write_file(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", fixture_dir, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* An image with these files. */
static int image_of(const char *const *files)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	for (; *files; files++)
		newc_put_file(&bytes, *files, "of the image");
	newc_put_trailer(&bytes);
	return memory_file(bytes.buf, bytes.len);
}

static const struct plan_entry *find(const struct prompt *prompt, const char *path)
{
	int index = plan_find(&prompt->plan, path);

	return index < 0 ? NULL : &prompt->plan.entries[index];
}

static bool adds(const struct prompt *prompt, const char *path)
{
	int index = plan_find(&prompt->plan, path);

	return index >= 0 && (size_t)index >= prompt->plan.known;
}

/* For the programs that are to be found in it. */
static void find_for(struct prompt *prompt, const char *const *files, const char *tools)
{
	const struct dirs dirs = { fixture_dir, fixture_dir, fixture_dir,
				   fixture_dir, fixture_dir, fixture_dir };
	struct conf conf;
	_cleanup_close_ int image = image_of(files);

	conf_init(&conf, &dirs);
	if (tools) {
		struct report report = REPORT_INIT;
		_cleanup_free_ char *text = xasprintf("SHELL_TOOLS=\"%s\"\n", tools);
		_cleanup_free_ char *path = write_file("rapido.conf", text);

		assert_int_equal(conf_read(&conf, path, &report), 0);
		report_release(&report);
	}
	assert_int_equal(prompt_find(prompt, image, &conf), 0);
	conf_release(&conf);
}

FIXTURE_TEST(prompt_find__empty_image__usual_programs_and_their_libraries)
{
	static const char *const names[] = {
		"ls", "cat", "grep", "sed", "sleep", "uname"
	};
	static const char *const none[] = { NULL };
	_cleanup_(prompt_release) struct prompt prompt = PROMPT_INIT;
	struct image_space space = { 0 };
	bool libc = false;

	find_for(&prompt, none, NULL);
	assert_int_equal(prompt.plan.known, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *usr = xasprintf("/usr/bin/%s", names[i]);
		_cleanup_free_ char *bin = xasprintf("/bin/%s", names[i]);

		if (!adds(&prompt, usr) && !adds(&prompt, bin))
			fail_msg("there is no %s", names[i]);
	}
	for (size_t i = 0; i < prompt.plan.nr; i++)
		libc |= strstr(prompt.plan.entries[i].path, "/libc.so") ||
			strstr(prompt.plan.entries[i].path, "/ld-");
	assert_true(libc);
	prompt_add_space(&prompt, &space);
	assert_int_equal(space.names, prompt.plan.nr);
	assert_true(space.bytes_4k >= 1000000 && space.bytes_4k % 4096 == 0);
	assert_true(space.bytes_64k > space.bytes_16k &&
		    space.bytes_16k > space.bytes_4k);
}

FIXTURE_TEST(prompt_find__image_has_a_program__that_one_stays)
{
	/* it is before or behind the host's on the PATH */
	static const char *const files[] = { "usr/local/sbin/ls", "bin/cat", NULL };
	_cleanup_(prompt_release) struct prompt prompt = PROMPT_INIT;

	find_for(&prompt, files, NULL);
	assert_int_equal(prompt.plan.known,
			 (size_t)(plan_find(&prompt.plan, "/bin/cat") + 1));
	assert_false(adds(&prompt, "/usr/bin/ls"));
	assert_false(adds(&prompt, "/usr/bin/cat"));
	assert_false(adds(&prompt, "/bin/cat"));
	assert_non_null(find(&prompt, "/bin/cat"));
}

FIXTURE_TEST(prompt_find__setting__those_programs_too)
{
	static const char *const none[] = { NULL };
	_cleanup_(prompt_release) struct prompt prompt = PROMPT_INIT;
	_cleanup_free_ char *own = write_file("own-tool", "#!/bin/sh\n");
	_cleanup_free_ char *tools = xasprintf("ptx %s no-such-tool", own);

	assert_int_equal(chmod(own, 0755), 0);
	find_for(&prompt, none, tools);
	assert_true(adds(&prompt, own));
	assert_true(adds(&prompt, "/usr/bin/ptx"));
	assert_int_equal(prompt.report.warnings.nr, 1);
	assert_contains(prompt.report.warnings.v[0],
			"SHELL_TOOLS: cannot find 'no-such-tool'");
}

FIXTURE_TEST(prompt_find__damaged_image__error)
{
	_cleanup_(prompt_release) struct prompt prompt = PROMPT_INIT;
	_cleanup_close_ int image = memory_file("0707", 4);
	const struct dirs dirs = { fixture_dir, fixture_dir, fixture_dir,
				   fixture_dir, fixture_dir, fixture_dir };
	struct conf conf;

	conf_init(&conf, &dirs);
	assert_true(prompt_find(&prompt, image, &conf) < 0);
	conf_release(&conf);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
