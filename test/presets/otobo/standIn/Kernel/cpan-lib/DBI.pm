# A stand-in for the database driver.
package DBI;

use strict;
use warnings;
use Kernel::System::State;

our $errstr;
my $SQLSTATE = '';

sub connect {
    my ( $Class, $DSN, $User, $Password ) = @_;
    my ($Driver) = $DSN =~ m{\ADBI:(\w+):};
    my $Why = eval {
        Kernel::System::State->with(
            sub {
                my ($State) = @_;
                my $Only = $State->{driver} // $Driver;
                return "Can't locate DBD/$Driver.pm in \@INC" if $Driver ne $Only;
                return Kernel::System::State::refusal( $State, $Password );
            }
        );
    } // $@ || undef;
    $errstr = $Why;
    return if defined $Why;
    return bless {}, $Class;
}

# the rows of the packages; a row that replaces another has another id
sub selectall_arrayref {
    my ( $Self, $SQL ) = @_;
    die "the stand-in knows no $SQL\n" if $SQL !~ m{FROM package_repository ORDER BY id LIMIT \d+\z};
    return Kernel::System::State->with(
        sub {
            my ($State) = @_;
            return [ map { [ @{$_}{qw(id name version status changed)} ] } Kernel::System::State::packages($State) ];
        }
    );
}

sub disconnect { return 1 }
sub state      { return $SQLSTATE }

sub selectrow_arrayref {
    my ( $Self, $SQL ) = @_;
    return Kernel::System::State->with(
        sub {
            my ($State) = @_;
            $SQLSTATE = '';
            if ( $SQL =~ m{rollcall_install} ) {
                return [ $State->{marker} ] if defined $State->{marker} && $State->{marker} =~ m{\A\d+\z};
                $errstr   = $State->{marker} // "Table 'otobo.rollcall_install' doesn't exist";
                $SQLSTATE = defined $State->{marker} ? 'HY000' : '42S02';
                return;
            }
            return [ $State->{finished} ] if $SQL =~ m{sysconfig_modified};
            return $State->{valid} ? [ $State->{valid} ] : undef;
        }
    );
}

1;
