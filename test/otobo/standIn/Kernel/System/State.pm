# A stand-in for the database, the cache and package repositories: one JSON file that all pods share.
package Kernel::System::State;

use strict;
use warnings;
use Fcntl qw(:flock);
use JSON::PP ();

# reads, changes by a function, writes: under a lock, as a transaction would
sub with {
    my ( $Class, $Work ) = @_;
    open my $Lock, '>>', "$ENV{STANDIN_STATE}.lock" or die "no state: $!\n";
    flock $Lock, LOCK_EX or die "no lock: $!\n";
    open my $In, '<', $ENV{STANDIN_STATE} or die "no state: $!\n";
    my $State = JSON::PP->new->utf8->decode( do { local $/; <$In> } );
    close $In;
    my @Result = $Work->($State);
    my $New = "$ENV{STANDIN_STATE}.$$";
    open my $Out, '>', $New or die "no state: $!\n";
    print {$Out} JSON::PP->new->utf8->canonical->pretty->encode($State);
    close $Out;
    rename $New, $ENV{STANDIN_STATE} or die "no state: $!\n";
    return wantarray ? @Result : $Result[0];
}

# what a query needs: the server up, and the right password
sub refusal {
    my ( $State, $Password ) = @_;
    return "Can't connect to MySQL server (111)" if !$State->{up};
    return "Access denied for user 'otobo' (using password: YES)" if $Password ne $State->{password};
    return;
}

1;
