// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As much of rtnetlink(7) as init needs: messages that change something, one at a time,
 * with the kernel's answer to each, and the list of interfaces.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "rtnl.h"

#define ANSWER_SECONDS 2
/* More than the kernel sends at once for a dump (NLMSG_GOODSIZE and the request). */
#define ANSWER_SIZE 32768
/* The most parts of an answer that are read: far more than there are interfaces. */
#define ANSWER_PARTS 1000

int rtnl_open(unsigned int groups)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK,
					     .nl_groups = groups };
	const struct timeval limit = { ANSWER_SECONDS, 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Room for @size bytes at the end, aligned, or NULL. */
static void *extend(struct rtnl_request *request, size_t size)
{
	size_t used = NLMSG_ALIGN(request->header.nlmsg_len);
	size_t room = offsetof(struct rtnl_request, body) + sizeof(request->body);

	if (request->overflow || size > room || used > room - size) {
		request->overflow = true;
		return NULL;
	}
	request->header.nlmsg_len = (uint32_t)(used + size);
	return (unsigned char *)request + used;
}

void rtnl_begin(struct rtnl_request *request, uint16_t type, uint16_t flags,
		const void *fixed, size_t size)
{
	void *place;

	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_HDRLEN;
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	place = extend(request, size);
	if (place)
		memcpy(place, fixed, size);
}

void rtnl_add(struct rtnl_request *request, uint16_t type, const void *data, size_t size)
{
	struct rtattr *attr = extend(request, RTA_LENGTH(size));

	if (!attr)
		return;
	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attr), data, size);
}

struct rtattr *rtnl_nest(struct rtnl_request *request, uint16_t type)
{
	size_t used = NLMSG_ALIGN(request->header.nlmsg_len);

	rtnl_add(request, type, NULL, 0);
	return (struct rtattr *)((unsigned char *)request + used);
}

void rtnl_nest_end(struct rtnl_request *request, struct rtattr *nest)
{
	if (!request->overflow)
		nest->rta_len = (unsigned short)((unsigned char *)request +
						 request->header.nlmsg_len -
						 (unsigned char *)nest);
}

static int send_request(int fd, struct rtnl_request *request)
{
	static uint32_t seq;

	if (request->overflow)
		return -EMSGSIZE;
	request->header.nlmsg_seq = ++seq;
	return send(fd, request, request->header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Called with each message of an answer. 0 to go on, or else the result of reading. */
typedef int (*message_fn)(const struct nlmsghdr *message, void *data);

/* 1 for the last message; else 0 or -errno. */
static int take_message(const struct nlmsghdr *message, message_fn fn, void *data)
{
	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (message->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *err = NLMSG_DATA(message);

		if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*err)))
			return -EBADMSG;
		return err->error ? err->error : 1;
	}
	return fn ? fn(message, data) : 0;
}

/* Read the answer to message @seq. 0 or -errno. */
static int read_answer(int fd, uint32_t seq, message_fn fn, void *data)
{
	static union {
		struct nlmsghdr header;
		unsigned char bytes[ANSWER_SIZE];
	} answer;

	for (int i = 0; i < ANSWER_PARTS; i++) {
		ssize_t n = recv(fd, &answer, sizeof(answer), 0);
		int left = n > 0 ? (int)n : 0;

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		/* @left gets negative if the last message is not padded */
		for (struct nlmsghdr *message = &answer.header;
		     left > 0 && NLMSG_OK(message, (unsigned int)left);
		     message = NLMSG_NEXT(message, left)) {
			int err = message->nlmsg_seq == seq
					  ? take_message(message, fn, data)
					  : 0;

			if (err)
				return err < 0 ? err : 0;
		}
	}
	return -ETIMEDOUT;
}

int rtnl_ask(int fd, struct rtnl_request *request)
{
	int err;

	request->header.nlmsg_flags |= NLM_F_ACK;
	err = send_request(fd, request);
	return err ? err : read_answer(fd, request->header.nlmsg_seq, NULL, NULL);
}

/* The arguments of rtnl_find_iface(). */
struct search {
	const struct iface_key *key;
	struct iface *iface;
};

static bool is_wanted(const struct iface_key *key, const struct iface *iface,
		      const unsigned char *mac)
{
	return (!key->index || key->index == iface->index) &&
	       (!key->name || strcmp(key->name, iface->name) == 0) &&
	       (!key->mac || (mac && memcmp(key->mac, mac, MAC_LEN) == 0));
}

/* Take the first interface that fits; the rest of the answer must be read as well. */
static int look_at_link(const struct nlmsghdr *message, void *data)
{
	const struct search *search = data;
	const struct ifinfomsg *info = NLMSG_DATA(message);
	struct iface iface = { 0 };
	const unsigned char *mac = NULL;
	int left = (int)message->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*info));

	if (search->iface->index || message->nlmsg_type != RTM_NEWLINK || left < 0)
		return 0;
	iface.index = info->ifi_index;
	iface.flags = info->ifi_flags;
	for (const struct rtattr *attr = IFLA_RTA(info); RTA_OK(attr, left);
	     attr = RTA_NEXT(attr, left)) {
		size_t size = RTA_PAYLOAD(attr);

		if (attr->rta_type == IFLA_IFNAME && size <= sizeof(iface.name))
			memcpy(iface.name, RTA_DATA(attr), size);
		else if (attr->rta_type == IFLA_ADDRESS && size == MAC_LEN)
			mac = RTA_DATA(attr);
	}
	iface.name[sizeof(iface.name) - 1] = '\0';
	if (is_wanted(search->key, &iface, mac))
		*search->iface = iface;
	return 0;
}

int rtnl_find_iface(int fd, const struct iface_key *key, struct iface *iface)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	const uint32_t brief = RTEXT_FILTER_SKIP_STATS;
	struct search search = { key, iface };
	struct rtnl_request request;
	int err;

	*iface = (struct iface){ 0 };
	rtnl_begin(&request, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
	rtnl_add(&request, IFLA_EXT_MASK, &brief, sizeof(brief));
	err = send_request(fd, &request);
	if (!err)
		err = read_answer(fd, request.header.nlmsg_seq, look_at_link, &search);
	return err ? err : iface->index != 0;
}
