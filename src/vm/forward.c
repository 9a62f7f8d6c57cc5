// SPDX-License-Identifier: GPL-2.0-or-later
/* Ports of the host that lead to a VM. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/forward.h"
#include "lib/log.h"

#define FORM "[tcp:|udp:][HOSTADDRESS:]HOSTPORT:GUESTPORT"

static int wrong_form(const char *word, struct report *report)
{
	return report_error(report, "FORWARD: '%s' is not of the form " FORM, word);
}

/* Normalise: the same address becomes the same text. 0 or -EINVAL. */
static int parse_address(struct forward *forward, const char *text)
{
	struct in_addr bytes;

	if (inet_pton(AF_INET, text, &bytes) != 1)
		return -EINVAL;
	inet_ntop(AF_INET, &bytes, forward->address, sizeof(forward->address));
	return 0;
}

static int parse_ports(struct forward *forward, const char *host, const char *guest,
		       const char *word, struct report *report)
{
	unsigned long host_port, guest_port;

	if (parse_uint(host, 1, UINT16_MAX, &host_port) ||
	    parse_uint(guest, 1, UINT16_MAX, &guest_port))
		return report_error(
			report, "FORWARD: '%s': a port is a number from 1 to %d; " FORM,
			word, UINT16_MAX);
	forward->host_port = (uint16_t)host_port;
	forward->guest_port = (uint16_t)guest_port;
	return 0;
}

/*
 * Split @text at its last @separator: returns the part before it and sets @rest to the
 * part after it. If there is no @separator, returns NULL and sets @rest to @text.
 */
static char *cut_last(char *text, char separator, char **rest)
{
	char *at = strrchr(text, separator);

	*rest = at ? at + 1 : text;
	if (!at)
		return NULL;
	*at = '\0';
	return text;
}

static int parse_word(const char *word, struct forward *forward, struct report *report)
{
	bool has_protocol = starts_with(word, "tcp:") || starts_with(word, "udp:");
	_cleanup_free_ char *copy = xstrdup(has_protocol ? word + 4 : word);
	char *guest, *host, *address, *left = cut_last(copy, ':', &guest);

	*forward = (struct forward){ .udp = starts_with(word, "udp:") };
	if (!left)
		return wrong_form(word, report);
	address = cut_last(left, ':', &host);
	if (address && !*address)
		return wrong_form(word, report);
	if (parse_address(forward, address ? address : "127.0.0.1"))
		return report_error(report,
				    "FORWARD: '%s': '%s' is no IPv4 address; " FORM, word,
				    address);
	return parse_ports(forward, host, guest, word, report);
}

static bool is_any(const struct forward *forward)
{
	return streq(forward->address, "0.0.0.0");
}

/* Whether the two cannot be listened at together. */
static bool collide(const struct forward *a, const struct forward *b)
{
	return a->udp == b->udp && a->host_port == b->host_port &&
	       (streq(a->address, b->address) || is_any(a) || is_any(b));
}

int forward_parse(const char *text, struct forward **list, size_t *nr,
		  struct report *report)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	int err = 0;

	strvec_split(&words, text, " \t\r\n");
	*nr = 0;
	*list = xcalloc(words.nr + 1, sizeof(**list));
	for (size_t i = 0; i < words.nr; i++) {
		struct forward *forward = &(*list)[*nr];

		if (parse_word(words.v[i], forward, report)) {
			err = -EINVAL;
			continue;
		}
		for (size_t k = 0; k < *nr; k++)
			if (collide(&(*list)[k], forward))
				err = report_error(
					report, "FORWARD: '%s': port %u is taken before",
					words.v[i], forward->host_port);
		(*nr)++;
	}
	return err;
}

/* Bind a socket as the user-mode networks do; 0 or -errno. */
static int try_port(const struct forward *forward)
{
	_cleanup_close_ int fd = socket(
		AF_INET, (forward->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(forward->host_port) };
	int one = 1;

	if (fd < 0)
		return -errno;
	inet_pton(AF_INET, forward->address, &address.sin_addr);
	/* old connections of a VM that has ended do not matter; for UDP this would share
	   the port */
	if (!forward->udp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int forward_check_free(const struct forward *list, size_t nr, struct report *report)
{
	int result = 0;

	for (size_t i = 0; i < nr; i++) {
		unsigned int port = list[i].host_port;
		int err = try_port(&list[i]);

		if (err == -EADDRINUSE)
			result = report_error(
				report,
				"port %u of FORWARD is in use; is another VM running?",
				port);
		else if (err == -EACCES)
			result = report_error(
				report,
				"port %u of FORWARD is for root only; use one above 1023",
				port);
		else if (err == -EADDRNOTAVAIL)
			result = report_error(
				report, "this host has no address %s, as FORWARD wants",
				list[i].address);
		else if (err)
			result = report_error(report,
					      "cannot use port %u of FORWARD at %s: %s",
					      port, list[i].address, err_text(err));
	}
	return result;
}
