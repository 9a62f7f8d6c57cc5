# SPDX-License-Identifier: GPL-2.0-or-later
# `make help` lists the targets. Objects go below build/, the programs stand here.

VERSION = 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
# make's own default for CC is not what anybody asked for
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
INSTALL ?= install

# SANITIZE=address,undefined and COMPILER-specific builds do not share objects.
SANITIZE ?=
comma := ,
VARIANT := $(notdir $(CC))$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
B := build/$(VARIANT)

# $(call quote,TEXT): one word for the shell, whatever is in it
quote = '$(subst ','\'',$(1))'
# for makes that are called one after the other
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
MAKEFLAGS += --no-print-directory
endif

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wwrite-strings -Wvla -Wpointer-arith -Wundef
ifeq ($(DEVELOPER),1)
WARNINGS += -Werror
endif

PACKAGES := libkmod libarchive libconfig libelf json-c libnl-3.0 libnl-route-3.0
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
LIB_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
# libkmod has weak dependencies since version 33
LIB_CFLAGS += $(shell $(PKG_CONFIG) --atleast-version=33 libkmod 2>/dev/null && \
	echo -DHAVE_KMOD_WEAKDEPS)

# tests with sanitizers are built more often than they compute for long
CFLAGS ?= $(if $(SANITIZE),-O1,-O2) -g
ifeq ($(SANITIZE),)
HARDENING := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE
LINK_HARDENING := -pie -Wl,-z,relro,-z,now
else
HARDENING := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all -fPIE
LINK_HARDENING := -fsanitize=$(SANITIZE) -pie
endif
# libraries have functions of the same names as some of ours (libconfig's strbuf_release):
# what is not exported does not get into their way
VISIBILITY := -fvisibility=hidden
# the paths of the builder do not get into the program
REPRODUCIBLE := $(call quote,-ffile-prefix-map=$(CURDIR)=.)
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude \
	-DRAPIDO_VERSION='"$(VERSION)"' $(WARNINGS) $(HARDENING) $(VISIBILITY) $(REPRODUCIBLE) \
	$(LIB_CFLAGS) $(CFLAGS)

# Everything but main.c is in an archive that the tests link as well.
SOURCES := $(filter-out src/guest/%,$(wildcard src/*/*.c src/*/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(B)/%.o) $(B)/cut/assets.o $(B)/cmd/gdb-script.o
ARCHIVE := $(B)/librapido.a
HEADERS := $(wildcard include/*/*.h include/*/*/*.h src/*/*.h src/*/*/*.h)
# The program finds cut/ and autorun/ beside it; other variants are told with RAPIDO_DIR.
RAPIDO := $(if $(SANITIZE),$(B)/rapido,rapido)

.PHONY: all
all: $(RAPIDO) $(dir $(RAPIDO))rapido-cut

$(B)/%.o: src/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The guest's init is static: it needs nothing of the host it was built on.
GUEST_SOURCES := $(sort $(wildcard src/guest/*.c)) src/lib/wire.c
build/guest/init: $(GUEST_SOURCES) $(wildcard src/guest/*.h) include/lib/wire.h Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 $(WARNINGS) $(REPRODUCIBLE) -Iinclude \
		-static \
		-Wl,--build-id=none -Wl,--gc-sections -s -o $@ $(GUEST_SOURCES)

$(B)/cut/assets.o: src/cut/assets.S build/guest/init src/guest/rapido.rc \
		src/guest/rapido.service $(B)/.flags
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) -DINIT_PATH=build/guest/init -c -o $@ $<

$(B)/cmd/gdb-script.o: src/cmd/gdb-script.S src/cmd/gdb.py $(B)/.flags
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) -c -o $@ $<

$(ARCHIVE): $(OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(RAPIDO): $(B)/main.o $(ARCHIVE)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LIB_LIBS)

$(dir $(RAPIDO))rapido-cut: $(RAPIDO)
	$(Q)ln -sf rapido $@

# Objects are made again when the compiler's arguments change.
FLAGS_TEXT := $(CC) $(ALL_CFLAGS) $(LINK_HARDENING)
$(B)/.flags: FORCE
	@mkdir -p $(B)
	@if ! $(PKG_CONFIG) --exists $(PACKAGES) 2>/dev/null; then \
		echo "libraries are missing ($(PACKAGES)): run 'make deps'" >&2; exit 1; fi
	@printf '%s\n' $(call quote,$(FLAGS_TEXT)) | cmp -s - $@ || \
		printf '%s\n' $(call quote,$(FLAGS_TEXT)) > $@
.PHONY: FORCE
FORCE:

-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/*/*.d)

.PHONY: deps kernel quickstart
deps:
	$(Q)tests/setup/deps build
kernel:
	$(Q)tests/setup/kernel --quiet cloud
quickstart:
	$(Q)tests/setup/quickstart

include tests/tests.mk

# What matches and is rapido's: in a checkout, users have tests of their own beside it.
# (git refuses root the checkout of somebody else, unless it is told.)
ours = $(or $(shell git -c safe.directory=$(call quote,$(CURDIR)) ls-files -- $(1) 2>/dev/null), \
	$(wildcard $(1)))

.PHONY: install
install: all
	$(INSTALL) -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/rapido/cut/lib" \
		"$(DESTDIR)$(PREFIX)/share/rapido/autorun/lib" \
		"$(DESTDIR)$(PREFIX)/share/man/man1" "$(DESTDIR)$(PREFIX)/share/man/man5" \
		"$(DESTDIR)$(PREFIX)/share/man/man7" \
		"$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
		"$(DESTDIR)$(PREFIX)/share/zsh/site-functions" \
		"$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d" \
		"$(DESTDIR)$(PREFIX)/share/doc/rapido/ci"
	$(INSTALL) -m 755 $(RAPIDO) "$(DESTDIR)$(PREFIX)/bin/rapido"
	ln -sf rapido "$(DESTDIR)$(PREFIX)/bin/rapido-cut"
	$(INSTALL) -m 644 $(call ours,cut/*.fest) "$(DESTDIR)$(PREFIX)/share/rapido/cut"
	$(INSTALL) -m 644 $(call ours,cut/lib/*.fest) "$(DESTDIR)$(PREFIX)/share/rapido/cut/lib"
	$(INSTALL) -m 644 $(call ours,autorun/*.sh) "$(DESTDIR)$(PREFIX)/share/rapido/autorun"
	$(INSTALL) -m 644 $(call ours,autorun/lib/*.sh) \
		"$(DESTDIR)$(PREFIX)/share/rapido/autorun/lib"
	$(INSTALL) -m 644 rapido.conf.example "$(DESTDIR)$(PREFIX)/share/rapido"
	for vm in net-conf.example/vm*; do \
		$(INSTALL) -d "$(DESTDIR)$(PREFIX)/share/rapido/$$vm" && \
		$(INSTALL) -m 644 $$vm/* "$(DESTDIR)$(PREFIX)/share/rapido/$$vm" || exit 1; \
	done
	$(INSTALL) -m 644 docs/*.1 "$(DESTDIR)$(PREFIX)/share/man/man1"
	$(INSTALL) -m 644 docs/*.5 "$(DESTDIR)$(PREFIX)/share/man/man5"
	$(INSTALL) -m 644 docs/*.7 "$(DESTDIR)$(PREFIX)/share/man/man7"
	$(INSTALL) -m 644 docs/ci/* "$(DESTDIR)$(PREFIX)/share/doc/rapido/ci"
	$(INSTALL) -m 644 docs/rapido.bash \
		"$(DESTDIR)$(PREFIX)/share/bash-completion/completions/rapido"
	$(INSTALL) -m 644 docs/rapido.zsh "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_rapido"
	$(INSTALL) -m 644 docs/rapido.fish \
		"$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/rapido.fish"

.PHONY: format hdr-check clean help
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# Each header is complete in itself.
hdr-check:
	$(Q)printf '%s\n' $(HEADERS) | xargs -n 1 -P "$$(nproc)" $(CC) $(ALL_CFLAGS) \
		-Wno-unused-function -fsyntax-only -x c

clean:
	rm -rf build rapido rapido-cut

help:
	@echo 'make                build ./rapido'
	@echo 'make quickstart     install what is missing, build, boot a VM'
	@echo 'make deps           install the packages that are needed to build and run'
	@echo 'make kernel         unpack the distribution kernel below ~/.cache/rapido'
	@echo 'make check          what to run before a push; installs what it needs'
	@echo 'make check-all      that, check-kernel and check-kvm, with and without sanitizers'
	@echo 'make check-unit     unit tests only'
	@echo 'make check-functional  tests that cut and boot'
	@echo 'make check-kernel   tests with a kernel tree, which is built (once, some minutes)'
	@echo 'make check-kvm      boots with KVM, in an emulated VM if the host has none'
	@echo 'make check-fresh    quickstart and check in a new minimal Debian (as root)'
	@echo 'make check-ci       the steps of docs/ci in a new minimal Debian, see tests/setup/ci'
	@echo 'make fuzz           fuzz the parsers, FUZZ_SECONDS each (default 300)'
	@echo 'make bench          time cuts and boots against their floors'
	@echo 'make lint           formatting, shellcheck, man pages, headers'
	@echo 'make format         format the C sources'
	@echo 'make hdr-check      each header compiles by itself'
	@echo 'make install        to $$(DESTDIR)$$(PREFIX), default /usr/local'
	@echo 'make clean'
	@echo
	@echo 'V=1 shows commands, DEVELOPER=1 makes warnings errors,'
	@echo 'SANITIZE=address,undefined builds and tests with sanitizers.'
