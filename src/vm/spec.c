// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's command line and the memory of a VM, which every back end gives it. */
#include <ctype.h>

#include "vm/spec.h"

#define MIB (1ULL << 20)
/* For the kernel and the first processes, beside the image. */
#define KERNEL_RESERVE (192 * MIB)

uint64_t spec_memory_for(uint64_t memory, uint64_t image_size,
			 const struct image_space *space, unsigned int page_size)
{
	uint64_t pages = page_size == 65536   ? space->bytes_64k
			 : page_size == 16384 ? space->bytes_16k
					      : space->bytes_4k;
	uint64_t inodes = space->names * page_size;
	/*
	 * The archive, and the tmpfs that it is unpacked to: its files may fill half of
	 * the memory, and it has one inode for two pages (shmem_default_max_blocks() and
	 * shmem_default_max_inodes() in mm/shmem.c).
	 */
	uint64_t need =
		image_size + 2 * (pages > inodes ? pages : inodes) + KERNEL_RESERVE;

	/* KASAN takes an eighth of all memory; without it, page structs take less */
	need += need / 7;

	if (need < memory)
		need = memory;
	return (need + MIB - 1) / MIB * MIB;
}

/* As one word without quotes: "%20" for a blank. */
static void add_escaped(const char *text, struct strbuf *line)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (isalnum(*p) || strchr("/._-+=,@~", *p))
			strbuf_addch(line, (char)*p);
		else
			strbuf_addf(line, "%%%02x", *p);
}

/* See take_share() in src/guest/host-dirs.c. */
static void add_share(const struct vm_share *share, struct strbuf *line)
{
	strbuf_addf(line, " rapido.share=%s:", share->type);
	add_escaped(share->tag, line);
	strbuf_addf(line, ":%s:", share->writable ? "rw" : "ro");
	add_escaped(share->path, line);
}

void spec_kernel_params(const struct vm_spec *spec, struct strbuf *line)
{
	strbuf_addf(line, "rdinit=/rdinit console=%s rapido.vm_num=%u",
		    spec->words.console, spec->slot);
	/* "rapido" in hexadecimal, then the number: stable, and different for each VM */
	strbuf_addf(line, " systemd.machine_id=72617069646f%020x", spec->slot);
	if (spec->rows && spec->cols)
		strbuf_addf(line, " rapido.stty=%u,%u", spec->rows, spec->cols);
	if (spec->hostname)
		strbuf_addf(line, " rapido.hostname=%s", spec->hostname);
	if (spec->nr_nics)
		strbuf_adds(line, " net.ifnames=0");
	for (size_t i = 0; i < spec->nr_nics; i++)
		strbuf_addf(line, " rapido.mac.%s=%s", spec->nics[i].device,
			    spec->nics[i].mac);
	if (spec->term)
		strbuf_addf(line, " TERM=%s", spec->term);
	if (spec->unattended)
		strbuf_adds(line, " rapido.unattended=1 panic=-1");
	/* klog.h recognises the kernel's lines on the console by their time stamps */
	if (spec->run)
		strbuf_adds(line, " rapido.run=1 printk.time=1");
	/* if /rdinit cannot be run, the kernel tries others, and last /bin/sh, which
	   would wait for a user; with this it panics instead */
	if (spec->run)
		strbuf_adds(line, " init=/rdinit");
	/* the debugger has the addresses of the kernel's file */
	if (spec->debug)
		strbuf_adds(line, " nokaslr");
	if (spec->merge)
		strbuf_adds(line, " rapido.merge=1");
	if (spec->stay)
		strbuf_adds(line, " rapido.stay=1");
	if (spec->channel >= 0)
		strbuf_addf(line, " rapido.channel=%s", spec->words.channel);
	if (spec->channel >= 0 && spec->quiet)
		strbuf_adds(line, " rapido.quiet=1");
	if (spec->channel >= 0 && spec->port < 0)
		strbuf_adds(line, " rapido.alone=1");
	for (size_t i = 0; i < spec->nr_shares; i++)
		add_share(&spec->shares[i], line);
	if (spec->user)
		strbuf_addf(line, " rapido.user=%s", spec->user);
	if (spec->home) {
		strbuf_adds(line, " rapido.home=");
		add_escaped(spec->home, line);
	}
	if (spec->words.params)
		strbuf_addf(line, " %s", spec->words.params);
	if (spec->image_append)
		strbuf_addf(line, " %s", spec->image_append);
	if (spec->append)
		strbuf_addf(line, " %s", spec->append);
	if (spec->kernel_params)
		strbuf_addf(line, " %s", spec->kernel_params);
	if (spec->asked_params)
		strbuf_addf(line, " %s", spec->asked_params);
}
