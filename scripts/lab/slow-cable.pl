# A cable that loses and delays what it carries, for kernels without netem: carries frames between two interfaces of this
# network namespace. Arguments: interface, interface, delay in ms, loss in percent. Runs until it is killed.
use strict;
use warnings;
use Time::HiRes qw(time);

# linux/if_packet.h
use constant { PF_PACKET => 17, SOCK_RAW => 3, SOL_PACKET => 263, ETH_P_ALL => 3, MSG_DONTWAIT => 0x40 };
use constant { PACKET_ADD_MEMBERSHIP => 1, PACKET_VNET_HDR => 15, PACKET_MR_PROMISC => 1, PACKET_OUTGOING => 4 };

my ($one, $other, $delay, $loss) = @ARGV;

sub open_on {
	my ($name) = @_;
	open my $file, '<', "/sys/class/net/$name/ifindex" or die "$name: $!\n";
	chomp(my $index = <$file>);
	socket(my $socket, PF_PACKET, SOCK_RAW, unpack('S', pack('n', ETH_P_ALL))) or die "socket: $!\n";
	# Frames come with a header that says what of their checksums, and of their cutting into packets, is still to be done.
	setsockopt($socket, SOL_PACKET, PACKET_VNET_HDR, pack('i', 1)) or die "vnet header: $!\n";
	bind($socket, pack('S n i S C C a8', PF_PACKET, ETH_P_ALL, $index, 0, 0, 0, '')) or die "bind: $!\n";
	setsockopt($socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, pack('i S S a8', $index, PACKET_MR_PROMISC, 0, ''))
		or die "promiscuous: $!\n";
	return $socket;
}

my @ends = (open_on($one), open_on($other));
my @way;    # [when, to, frame], in the order in which they came
$| = 1;
print "carries\n";
for (;;) {
	my ($bits, $wait) = ('', @way ? $way[0][0] - time : undef);
	vec($bits, fileno $_, 1) = 1 for @ends;
	if (!defined $wait || $wait > 0) { select($bits, undef, undef, $wait); }
	for my $end (0, 1) {
		while (defined(my $from = recv($ends[$end], my $frame, 70_000, MSG_DONTWAIT))) {
			next if unpack('x10 C', $from) == PACKET_OUTGOING;
			push @way, [time + $delay / 1000, 1 - $end, $frame] if rand(100) >= $loss;
		}
	}
	while (@way && $way[0][0] <= time) {
		my (undef, $to, $frame) = @{ shift @way };
		send($ends[$to], $frame, 0);
	}
}
