#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print what `ip` says of this network namespace, without what the kernel chooses by itself:
numbers, MAC addresses, counters, link-local addresses."""
import json
import subprocess


def ip(*args):
    out = subprocess.run(["ip", "-j", *args], check=True, capture_output=True).stdout
    return json.loads(out or b"[]")


LINK_KEYS = ("ifname", "master", "mtu", "ifalias", "promiscuity")
BRIDGE_KEYS = ("stp_state", "forward_delay", "vlan_filtering", "mcast_snooping")
TUN_KEYS = ("type", "pi", "vnet_hdr", "multi_queue", "persist", "user", "group")
ADDRESS_KEYS = ("family", "local", "prefixlen", "broadcast", "scope", "label", "nodad")

for link in sorted(ip("-d", "link"), key=lambda link: link["ifname"]):
    info = link.get("linkinfo", {})
    data = info.get("info_data", {})
    kind = info.get("info_kind")
    keys = BRIDGE_KEYS if kind == "bridge" else TUN_KEYS if kind == "tun" else ()
    print({key: link.get(key) for key in LINK_KEYS}, kind, "UP" in link["flags"],
          {key: data.get(key) for key in keys})
    for address in ip("address", "show", "dev", link["ifname"])[0]["addr_info"]:
        if not address["local"].startswith("fe80"):
            print("   ", {key: address.get(key) for key in ADDRESS_KEYS},
                  "dynamic" in address)
for family in "-4", "-6":
    for route in ip(family, "route", "show", "table", "all"):
        if not route["dst"].startswith(("fe80", "ff00")):
            print("route", route["dst"], route.get("dev"), route.get("table"))
