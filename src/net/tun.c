// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TAP devices: the ioctls of /dev/net/tun, and what anybody may know of a device.
 * Bridges, addresses and marks are unknown here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"
#include "net/tun.h"

#define TUN_NODE "/dev/net/tun"

const char *tun_advice(int err)
{
	switch (err < 0 ? -err : err) {
	case ENOENT:
		return "load the module 'tun': modprobe tun";
	case ENODEV:
	case ENXIO:
		return "load the module 'tun': modprobe tun, or build the kernel with CONFIG_TUN";
	case EPERM:
	case EACCES:
		return "permission denied: usually everybody may open it (mode 0666)";
	default:
		return err_text(err);
	}
}

static void set_name(struct ifreq *ifr, const char *name)
{
	/* the caller has checked the length */
	strncpy(ifr->ifr_name, name, sizeof(ifr->ifr_name) - 1);
}

/*
 * For ioctls about devices, which everybody may use, and which see the devices of the
 * socket's network namespace; /sys shows those of the namespace that it was mounted in. A
 * kernel without IPv4 has these ioctls on all other sockets.
 */
static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

bool tun_is_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	_cleanup_close_ int fd = open_socket();

	set_name(&ifr, name);
	return fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &ifr) == 0 && (ifr.ifr_flags & IFF_UP);
}

int tun_is_tap(const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq ifr = { .ifr_data = (char *)&info };
	_cleanup_close_ int fd = -1;

	if (!net_name_is_valid(name))
		return -ENODEV;
	fd = open_socket();
	if (fd < 0)
		return fd;
	set_name(&ifr, name);
	if (ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	return strncmp(info.driver, "tun", sizeof(info.driver)) == 0 &&
	       strncmp(info.bus_info, "tap", sizeof(info.bus_info)) == 0;
}

/* TUNSETIFF of @name with @flags; a descriptor or -errno. */
static int open_device(const char *name, unsigned int flags)
{
	_cleanup_close_ int fd = open(TUN_NODE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct ifreq ifr = { .ifr_flags = 0 };

	if (fd < 0)
		return -errno;
	set_name(&ifr, name);
	/* the field is a signed short, the flags are unsigned */
	ifr.ifr_flags = (short)flags;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* Attach to an existing device. If it vanishes before TUNSETIFF, root creates another one
 * by that; it is not persistent, and goes with the descriptor. */
static int attach(const char *name, unsigned int flags)
{
	_cleanup_close_ int fd = -1;
	struct ifreq ifr = { .ifr_flags = 0 };
	int is_tap = tun_is_tap(name);

	if (is_tap < 0)
		return is_tap;
	if (!is_tap)
		return -EINVAL;
	fd = open_device(name, flags);
	if (fd < 0)
		return fd;
	if (ioctl(fd, TUNGETIFF, &ifr) < 0)
		return -errno;
	if (!(ifr.ifr_flags & IFF_PERSIST))
		return -ENODEV;
	return TAKE_FD(fd);
}

/* IFF_VNET_HDR if the kernel has it: it then does checksums and segments for the VM. */
static unsigned int vnet_hdr(void)
{
	_cleanup_close_ int fd = open(TUN_NODE, O_RDWR | O_CLOEXEC);
	unsigned int features = 0;

	if (fd < 0 || ioctl(fd, TUNGETFEATURES, &features) < 0)
		return 0;
	return features & IFF_VNET_HDR;
}

/* Whether the driver can be opened: 0, or -errno after a message. */
static int check_driver(void)
{
	_cleanup_close_ int fd = open(TUN_NODE, O_RDWR | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	if (err)
		log_error("cannot open '%s': %s", TUN_NODE, tun_advice(err));
	return err;
}

int tun_attach(const char *name, bool offload)
{
	int fd = check_driver();

	if (fd)
		return fd;
	fd = attach(name, IFF_TAP | IFF_NO_PI | (offload ? vnet_hdr() : 0));
	/* what the last VM had asked for stays: frames longer than the MTU, and
	   checksums that are left to do, which nobody would learn of without a header */
	if (fd >= 0 && !offload)
		ioctl(fd, TUNSETOFFLOAD, 0UL);
	switch (fd) {
	case -EBUSY:
		log_error("the TAP device '%s' is in use by another VM", name);
		break;
	case -EPERM:
		log_error("the TAP device '%s' belongs to another user: 'rapido net' "
			  "shows whose it is, and 'sudo rapido setup-network --force "
			  "-o USER' changes that",
			  name);
		break;
	case -ENODEV:
		log_error("there is no TAP device '%s': run 'sudo rapido setup-network'",
			  name);
		break;
	case -EINVAL:
		log_error("'%s' is not a TAP device that a VM can use", name);
		break;
	default:
		if (fd < 0)
			log_error("cannot use the TAP device '%s': %s", name,
				  err_text(fd));
	}
	return fd;
}

int tun_make(const char *name, uid_t owner)
{
	_cleanup_close_ int fd = -1;

	if (!net_name_is_valid(name))
		return -EINVAL;
	fd = open_device(name, IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
	if (fd < 0)
		return fd == -EBUSY ? -EEXIST : fd;
	if (ioctl(fd, TUNSETOWNER, (unsigned long)owner) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int tun_keep(int fd)
{
	return ioctl(fd, TUNSETPERSIST, 1UL) < 0 ? -errno : 0;
}

int tun_set_owner(const char *name, uid_t owner)
{
	_cleanup_close_ int fd = attach(name, IFF_TAP | IFF_NO_PI);

	if (fd < 0)
		return fd;
	return ioctl(fd, TUNSETOWNER, (unsigned long)owner) < 0 ? -errno : 0;
}

int tun_remove(const char *name)
{
	_cleanup_close_ int fd = attach(name, IFF_TAP | IFF_NO_PI);

	/* a device that is not persistent goes with the descriptor */
	if (fd < 0)
		return fd;
	return ioctl(fd, TUNSETPERSIST, 0UL) < 0 ? -errno : 0;
}
