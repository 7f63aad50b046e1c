# A stand-in for the database driver.
package DBI;

use strict;
use warnings;
use Kernel::System::State;

our $errstr;

sub connect {
    my ( $Class, $DSN, $User, $Password ) = @_;
    my $Why = eval {
        Kernel::System::State->with( sub { Kernel::System::State::refusal( $_[0], $Password ) } );
    } // $@ || undef;
    $errstr = $Why;
    return if defined $Why;
    return bless {}, $Class;
}

sub selectrow_arrayref {
    my ( $Self, $SQL ) = @_;
    return Kernel::System::State->with(
        sub {
            my ($State) = @_;
            return [ $State->{finished} ] if $SQL =~ m{sysconfig_modified};
            return $State->{valid} ? [ $State->{valid} ] : undef;
        }
    );
}

1;
