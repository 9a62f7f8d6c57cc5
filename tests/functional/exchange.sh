#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two of these send each other a file of $bytes bytes at the same time:
#
#	exchange.sh answer FILE			by standard input and output
#	exchange.sh ask FILE HOST PORT		returns 0 if both have got what the other sent
bytes=3000000

# with the sums of what has come, and of what it has sent
answer()
{
	local got

	cat "$1" &
	got=$(head -c $bytes | sha256sum)
	wait
	echo "$got $(sha256sum < "$1")"
}

ask()
{
	local got sums sender

	exec 9<> "/dev/tcp/$2/$3" || return
	cat "$1" >&9 &
	sender=$!
	got=$(timeout 20 head -c $bytes <&9 | sha256sum)
	read -r -t 20 sums <&9
	kill $sender 2> /dev/null
	echo "they: $sums; we: $got"
	[[ $sums == "$(sha256sum < "$1") $got" ]]
}

case $1 in
answer | ask) "$@" ;;
esac
