#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# serve.pl [udp] PORT COMMAND...: for each connection, of IPv4 or IPv6, or for each datagram,
# run the command with it as standard input and what it prints as the answer. Goes to the
# background once it listens, and prints its process id. `serve.pl files` prints what of perl a manifest has to have.
use strict;
use warnings;
use Socket qw(:DEFAULT IN6ADDR_ANY IPPROTO_IPV6 IPV6_V6ONLY);

if ($ARGV[0] eq 'files') {
	print "file $_ $_\n" for values %INC, @DynaLoader::dl_shared_objects;
	exit;
}
my $udp = $ARGV[0] eq 'udp' && shift;
my $port = shift;

socket(my $listener, AF_INET6, $udp ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!\n";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
setsockopt($listener, IPPROTO_IPV6, IPV6_V6ONLY, 0);
bind($listener, pack_sockaddr_in6($port, IN6ADDR_ANY)) or die "bind: $!\n";
$udp or listen($listener, 16) or die "listen: $!\n";
if (my $pid = fork // die "fork: $!\n") {
	print "$pid\n";
	exit;
}
open(STDOUT, '>', '/dev/null');

sub answer_datagram
{
	my $peer = recv($listener, my $data, 65536, 0) // return;

	pipe(my $in, my $out);
	print $out $data;
	close($out);
	my $pid = open(my $answer, '-|') // return;
	if (!$pid) {
		open(STDIN, '<&', $in);
		exec(@ARGV);
	}
	my $text = join('', <$answer>);
	send($listener, $text, 0, $peer);
}

while ($udp) {
	answer_datagram();
}
$SIG{CHLD} = 'IGNORE';
while (accept(my $connection, $listener)) {
	next if fork;
	$SIG{CHLD} = 'DEFAULT';
	open(STDIN, '<&', $connection);
	open(STDOUT, '>&', $connection);
	close($listener);
	close($connection);
	exec(@ARGV);
}
