# A stand-in: how settings are loaded, in OTOBO's order (facts/otobo.md 1.6).
package Kernel::Config::Defaults;

use strict;
use warnings;

sub new {
    my ( $Type, %Param ) = @_;
    my $Self = bless {}, $Type;
    if ( ( $Param{Level} // '' ) eq 'Clear' ) { $Self->Load(); return $Self }
    $Self->{NodeID}     = 1;
    $Self->{SecureMode} = 0;
    $Self->Load();
    for my $File ( glob "$Self->{Home}/Kernel/Config/Files/*.pm" ) {
        my ($Name) = $File =~ m{([^/]+)\.pm\z};
        eval { require $File; "Kernel::Config::Files::$Name"->Load($Self); 1 } or print STDERR $@;
    }
    if ( open my $Release, '<', "$Self->{Home}/RELEASE" ) {
        while (<$Release>) { $Self->{Version} = $1 if m{\AVERSION = (.*)} }
    }
    $Self->Load();
    return $Self;
}

sub Get { return $_[0]->{ $_[1] } }

1;
