// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory that a host has left, by files as Linux has them. */
#include "fixture.h"
#include "vm/host-memory.h"

#define MIB (1ULL << 20)

static uint64_t available(void)
{
	return host_memory_available(fixture_dir);
}

static void put_meminfo(void)
{
	put_file("proc/meminfo",
		 "MemTotal:       16384000 kB\nMemFree:          100000 kB\n"
		 "MemAvailable:    8388608 kB\n");
}

FIXTURE_TEST(memory__no_limits__what_the_kernel_calls_available)
{
	put_meminfo();
	put_file("proc/self/cgroup", "0::/\n");
	assert_true(available() == 8192 * MIB);
}

FIXTURE_TEST(memory__nothing_is_known__no_limit)
{
	assert_true(available() == UINT64_MAX);
	put_file("proc/meminfo", "MemTotal: 16384000 kB\n");
	put_file("proc/self/cgroup", "\nno colon\n0:\n:::\n0::relative\n");
	assert_true(available() == UINT64_MAX);
}

FIXTURE_TEST(memory__version_2__the_least_of_all_groups_above)
{
	put_meminfo();
	put_file("proc/self/cgroup", "0::/job/step\n");
	put_file("sys/fs/cgroup/job/memory.max", "1073741824\n");
	put_file("sys/fs/cgroup/job/memory.current", "268435456\n");
	put_file("sys/fs/cgroup/job/step/memory.max", "max\n");
	put_file("sys/fs/cgroup/job/step/memory.current", "268435456\n");
	assert_true(available() == 768 * MIB);
	put_file("sys/fs/cgroup/job/step/memory.max", "314572800\n");
	assert_true(available() == 44 * MIB);
}

FIXTURE_TEST(memory__cached_files__count_as_free)
{
	put_meminfo();
	put_file("proc/self/cgroup", "0::/job\n");
	put_file("sys/fs/cgroup/job/memory.max", "1073741824\n");
	put_file("sys/fs/cgroup/job/memory.current", "1073741824\n");
	put_file("sys/fs/cgroup/job/memory.stat",
		 "anon 1\nfile 2\ninactive_anon 3\ninactive_file 104857600\n");
	assert_true(available() == 100 * MIB);
}

FIXTURE_TEST(memory__more_used_than_allowed__none_left)
{
	put_meminfo();
	put_file("proc/self/cgroup", "0::/job\n");
	put_file("sys/fs/cgroup/job/memory.max", "1073741824\n");
	put_file("sys/fs/cgroup/job/memory.current", "1073741999\n");
	assert_true(available() == 0);
}

FIXTURE_TEST(memory__version_1__its_own_files)
{
	put_meminfo();
	put_file("proc/self/cgroup", "5:cpu:/other\n4:hugetlb,memory:/job/step\n0::/\n");
	put_file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put_file("sys/fs/cgroup/memory/memory.usage_in_bytes", "9999999999\n");
	put_file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "2147483648\n");
	put_file("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1073741824\n");
	put_file("sys/fs/cgroup/memory/job/memory.stat",
		 "inactive_file 5\ntotal_inactive_file 536870912\n");
	assert_true(available() == 1536 * MIB);
}

FIXTURE_TEST(memory__version_2_beside_version_1__where_it_is_mounted)
{
	put_meminfo();
	put_file("proc/self/cgroup", "0::/job\n");
	put_file("sys/fs/cgroup/unified/job/memory.max", "1073741824\n");
	put_file("sys/fs/cgroup/unified/job/memory.current", "0\n");
	assert_true(available() == 1024 * MIB);
}

/* A container sees its group as the root, or does not see it. */
FIXTURE_TEST(memory__container__the_groups_that_are_there)
{
	put_meminfo();
	put_file("proc/self/cgroup", "0::/docker/0123\n");
	put_file("sys/fs/cgroup/memory.max", "1073741824\n");
	put_file("sys/fs/cgroup/memory.current", "0\n");
	assert_true(available() == 1024 * MIB);
	put_file("proc/self/cgroup", "0::/../../x\n");
	assert_true(available() == 8192 * MIB);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
