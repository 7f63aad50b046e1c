# A stand-in for the database, the cache and package repositories: one JSON text that all pods share, in a file, or at a
# server that gives it to one client at a time and stores the client's answer (test/e2e/suites/otobo).
package Kernel::System::State;

use strict;
use warnings;
use Fcntl qw(:flock);
use IO::Socket::INET ();
use JSON::PP ();

# reads, changes by a function, writes: one at a time, like a transaction
sub with {
    my ( $Class, $Work ) = @_;
    my ( $Text, $Keep ) = defined $ENV{STANDIN_STATE} ? in_file( $ENV{STANDIN_STATE} ) : at_server();
    my $JSON   = JSON::PP->new->utf8->canonical;
    my $State  = $JSON->decode($Text);
    my $Before = $JSON->encode($State);
    my @Result = $Work->($State);
    my $After  = $JSON->encode($State);

    # what only reads must not write, because a test that changes the state takes no lock
    $Keep->( $After eq $Before ? $Text : $After );
    return wantarray ? @Result : $Result[0];
}

sub in_file {
    my ($File) = @_;
    open my $Lock, '>>', "$File.lock" or die "no state: $!\n";
    flock $Lock, LOCK_EX or die "no lock: $!\n";
    open my $In, '<', $File or die "no state: $!\n";
    my $Text = do { local $/; <$In> };
    close $In;
    return $Text, sub {
        return close $Lock if $_[0] eq $Text;
        my $New = "$File.$$";
        open my $Out, '>', $New or die "no state: $!\n";
        print {$Out} $_[0];
        close $Out;
        rename $New, $File or die "no state: $!\n";
        close $Lock;
    };
}

sub at_server {
    my ( $Host, $Port ) = @ENV{qw(OTOBO_DB_HOST OTOBO_DB_PORT)};
    my $Server = IO::Socket::INET->new( PeerAddr => $Host, PeerPort => $Port, Timeout => 10 )
        or die "Can't connect to MySQL server on '$Host:$Port' ($!)\n";
    my $Text = <$Server> // die "Lost connection to MySQL server on '$Host:$Port'\n";
    return $Text, sub {
        print {$Server} "$_[0]\n";

        # the server closes the connection after it has stored the state
        defined <$Server> or die "Lost connection to MySQL server on '$Host:$Port'\n";
    };
}

# packages with the columns that tests leave out
sub packages {
    my ($State) = @_;
    my $Count = 0;
    return map { $Count++; { id => $Count, changed => '2024-03-01 10:00:00', %{$_} } } @{ $State->{packages} };
}

# the conditions of a query: a running server and the right password
sub refusal {
    my ( $State, $Password ) = @_;
    return "Can't connect to MySQL server (111)" if !$State->{up};
    return "Access denied for user 'otobo' (using password: YES)" if $Password ne $State->{password};
    return;
}

1;
