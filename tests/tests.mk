# SPDX-License-Identifier: GPL-2.0-or-later
# What `make check` and its parts do; included by the Makefile.

TOTALS := build/totals
STAGES := build/stages
RUN := tests/run --totals $(TOTALS) --times build/times
# Those that take longest, for the first run; build/times knows more after that.
LONGEST := $(addprefix %/test_,boot cpio_read hostile ksolve modules network_lan network_lan_ends \
	network_networkd network_passt network_systemd network_tap network_tap_errors reports run_end \
	run_qemu run_results run_with slot terminal)
longest_first = $(filter $(LONGEST),$1) $(filter-out $(LONGEST),$1)
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS := $(UNIT_SOURCES:tests/unit/%.c=$(B)/unit/%)
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS := $(FUZZ_SOURCES:tests/fuzz/%.c=build/fuzz/%)
FUNCTIONAL_TESTS := $(sort $(wildcard tests/functional/test_*))
# These are about times, signals, terminals and bytes that are the same each time, all of
# which a sanitizer changes: `make check` runs them with the program as users have it, and
# the others with sanitizers.
RELEASE_TESTS := $(addprefix tests/functional/test_, atomic determinism inherited \
	run_end run_kills run_signals slots terminal terminal_bytes)
SANITIZED_TESTS := $(filter-out $(RELEASE_TESTS),$(FUNCTIONAL_TESTS))
KERNEL_TESTS := $(sort $(wildcard tests/kernel/test_*))
# those that boot nothing, and so are quick
KERNEL_NO_VM := tests/kernel/test_config tests/kernel/test_messages
KERNEL_TOTALS := build/totals-kernel
KERNEL_STAGES := build/stages-kernel
FUZZ_SECONDS ?= 300
CHECK_FUZZ_SECONDS ?= 4
VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --child-silent-after-fork=yes \
	--suppressions=tests/setup/valgrind.supp

# what a test script needs to know of this build
TEST_ENV = RAPIDO_UNDER_TEST=$(call quote,$(CURDIR)/$(RAPIDO)) \
	RAPIDO_SOURCE=$(call quote,$(CURDIR)) RAPIDO_SANITIZED=$(SANITIZE)

$(B)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -Isrc -Itests/unit -DSOURCE_DIR=$(call quote,"$(CURDIR)") \
		$$($(PKG_CONFIG) --cflags cmocka) $(LINK_HARDENING) -o $@ $< \
		$(filter %.o,$^) $(ARCHIVE) $(LIB_LIBS) $$($(PKG_CONFIG) --libs cmocka)

# what a test calls of the guest's init, which is not in the archive
$(B)/unit/test_guest_network: $(addprefix $(B)/guest/,files.o network.o rtnl.o)

# libFuzzer wants every object built for it: one archive, which all fuzzers link
FUZZ_SANITIZE := fuzzer-no-link,address,undefined
FUZZ_ARCHIVE := build/clang-$(subst $(comma),-,$(FUZZ_SANITIZE))/librapido.a
ifneq ($(FUZZ_ARCHIVE),$(ARCHIVE))
$(FUZZ_ARCHIVE): FORCE
	$(Q)$(MAKE) CC=clang SANITIZE=$(FUZZ_SANITIZE) CFLAGS='-g -O1' DEVELOPER=1 $@
endif

build/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(FUZZ_ARCHIVE)
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang -std=gnu11 -D_GNU_SOURCE $(VISIBILITY) -Iinclude -Isrc -Itests/fuzz -g -O1 \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(LIB_CFLAGS) \
		-o $@ $< $(FUZZ_ARCHIVE) $(LIB_LIBS)

.PHONY: check check-all check-deps check-unit check-functional check-fuzz check-valgrind \
	check-kernel check-kernel-deps check-kernel-tests check-uml-deps check-kvm \
	check-fresh check-ci fuzz lint bench

# one stage after the other: each uses all processors itself; the functional tests boot the
# kernel that is built beside the first
SANITIZERS := address,undefined
STAGE := TOTALS=$(TOTALS) STAGES=$(STAGES) tests/setup/stage
check: check-deps
	@mkdir -p build
	@rm -f $(TOTALS) $(STAGES)
	-$(Q)$(STAGE) 'unit tests, and a kernel' $(MAKE) $(PARALLEL) check-unit check-uml-deps
	-$(Q)$(STAGE) 'unit tests with sanitizers' $(MAKE) $(PARALLEL) check-unit \
		SANITIZE=$(SANITIZERS) DEVELOPER=1
	-$(Q)$(STAGE) 'lint' $(MAKE) $(PARALLEL) lint
	-$(Q)$(STAGE) 'fuzzers' $(MAKE) $(PARALLEL) check-fuzz
	-$(Q)$(STAGE) 'functional tests with sanitizers' $(MAKE) $(PARALLEL) check-functional \
		SANITIZE=$(SANITIZERS) DEVELOPER=1 FUNCTIONAL_TESTS='$(SANITIZED_TESTS)'
	-$(Q)$(STAGE) 'functional tests of times and bytes' $(MAKE) $(PARALLEL) check-functional \
		FUNCTIONAL_TESTS='$(RELEASE_TESTS)' FUNCTIONAL_JOBS="$$(nproc)"
	@tests/setup/totals $(STAGES) $(TOTALS)

# everything, each test with and without sanitizers, and the unit tests in valgrind; what boots
# User Mode Linux in the first boots QEMU in the second
MORE_TOTALS := build/totals-more
MORE_STAGES := build/stages-more
MORE_STAGE := TOTALS=$(MORE_TOTALS) STAGES=$(MORE_STAGES) tests/setup/stage
check-all:
	@mkdir -p build
	@rm -f $(MORE_TOTALS) $(MORE_STAGES) $(TOTALS) $(STAGES) $(KERNEL_TOTALS) $(KERNEL_STAGES)
	-$(Q)$(MAKE) $(PARALLEL) check
	-$(Q)$(MAKE) $(PARALLEL) check-kernel
	-$(Q)$(MORE_STAGE) 'unit tests in valgrind' $(MAKE) $(PARALLEL) check-valgrind \
		TOTALS=$(MORE_TOTALS)
	-$(Q)$(MORE_STAGE) 'other functional tests without sanitizers' $(MAKE) $(PARALLEL) \
		check-functional FUNCTIONAL_TESTS='$(SANITIZED_TESTS)' TOTALS=$(MORE_TOTALS) \
		RAPIDO_TEST_KERNEL=cloud
	-$(Q)$(MORE_STAGE) 'functional tests of times and bytes with sanitizers' \
		$(MAKE) $(PARALLEL) check-functional SANITIZE=$(SANITIZERS) \
		FUNCTIONAL_TESTS='$(RELEASE_TESTS)' TOTALS=$(MORE_TOTALS)
	-$(Q)$(MORE_STAGE) 'tests with a kernel tree and with sanitizers' \
		$(MAKE) $(PARALLEL) check-kernel-tests SANITIZE=$(SANITIZERS) \
		KERNEL_TESTS='$(filter-out $(KERNEL_NO_VM),$(KERNEL_TESTS))' \
		KERNEL_TOTALS=$(MORE_TOTALS)
	-$(Q)$(MORE_STAGE) 'boots with KVM' $(MAKE) $(PARALLEL) check-kvm TOTALS=$(MORE_TOTALS)
	@cat $(STAGES) $(KERNEL_STAGES) >> $(MORE_STAGES) || true
	@tests/setup/totals $(MORE_STAGES) $(MORE_TOTALS) $(TOTALS) $(KERNEL_TOTALS)

check-deps:
	$(Q)tests/setup/deps test
	$(Q)tests/setup/kernel --quiet cloud
	$(Q)tests/setup/kernel --quiet generic
	$(Q)tests/setup/module --quiet cloud || echo 'tests that need it are skipped'

# a kernel that is a program, built from source: once
check-uml-deps:
	$(Q)nice tests/setup/module --quiet uml || [ $$? = 77 ]

check-unit: $(UNIT_TESTS)
	$(Q)$(TEST_ENV) $(RUN) --label '$(or $(SANITIZE),unit)' $(call longest_first,$(UNIT_TESTS))

check-valgrind: $(UNIT_TESTS)
	$(Q)$(TEST_ENV) RAPIDO_VALGRIND=1 $(RUN) --label valgrind --under '$(VALGRIND)' \
		$(call longest_first,$(UNIT_TESTS))

# VMs wait now and then: one test more than there are processors keeps these busy
FUNCTIONAL_JOBS ?= $$(($$(nproc) + 1))
check-functional: all
	-$(Q)$(MAKE) check-uml-deps
	$(Q)$(TEST_ENV) $(RUN) -j $(FUNCTIONAL_JOBS) --label '$(or $(SANITIZE),functional)' \
		$(call longest_first,$(FUNCTIONAL_TESTS))

KERNEL_STAGE := TOTALS=$(KERNEL_TOTALS) STAGES=$(KERNEL_STAGES) tests/setup/stage
# with a kernel that is built from source: apart from `make check`, for that takes long
check-kernel: check-kernel-deps
	@rm -f $(KERNEL_TOTALS) $(KERNEL_STAGES)
	-$(Q)$(KERNEL_STAGE) 'tests with a kernel tree' $(MAKE) $(PARALLEL) check-kernel-tests
	-$(Q)$(KERNEL_STAGE) 'the same with sanitizers' $(MAKE) $(PARALLEL) check-kernel-tests \
		SANITIZE=$(SANITIZERS) DEVELOPER=1 KERNEL_TESTS='$(KERNEL_NO_VM)'
	@tests/setup/totals $(KERNEL_STAGES) $(KERNEL_TOTALS)

check-kernel-deps:
	$(Q)tests/setup/deps kernel-tree
	$(Q)$(MAKE) $(PARALLEL) all
	$(Q)$(TEST_ENV) tests/setup/kernel-tree --quiet host
	$(Q)mkdir -p build

check-kernel-tests: all
	$(Q)$(TEST_ENV) tests/run --totals $(KERNEL_TOTALS) --times build/times -t 900 \
		--label '$(or $(SANITIZE),kernel)' $(KERNEL_TESTS)

check-kvm: all
	$(Q)tests/setup/deps test
	$(Q)tests/setup/kernel --quiet cloud
	$(Q)$(TEST_ENV) $(RUN) -t 2400 --label kvm tests/kvm/test_kvm

check-fuzz: $(FUZZERS)
	$(Q)tests/setup/fuzz $(CHECK_FUZZ_SECONDS) $(TOTALS) $(FUZZERS)

fuzz: $(FUZZERS)
	$(Q)tests/setup/fuzz $(FUZZ_SECONDS) '' $(FUZZERS)

lint:
	$(Q)$(RUN) -t 600 tests/setup/lint

bench:
	$(Q)tests/setup/deps test
	$(Q)tests/setup/kernel --quiet --if-needed cloud
	$(Q)$(MAKE) $(PARALLEL) all
	$(Q)$(TEST_ENV) tests/bench/bench

# a new machine: see tests/setup/fresh
check-fresh:
	$(Q)tests/setup/fresh

# the steps of docs/ci: LINUX is the clean source of a kernel, XFSTESTS a repository
check-ci:
	$(Q)tests/setup/ci github '$(LINUX)' '$(XFSTESTS)'
	$(Q)tests/setup/ci gitlab '$(LINUX)' '$(XFSTESTS)'
