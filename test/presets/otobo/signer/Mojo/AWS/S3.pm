# The tests' own signer under the name of OTOBO's, with the methods that OTOBO calls.
package Mojo::AWS::S3;

use strict;
use warnings;
use Mojo::URL ();
use TestSigner ();

sub new { my ( $Class, %Param ) = @_; return bless {%Param}, $Class }

sub signed_request {
    my ( $Self, %Param ) = @_;

    # OTOBO puts host and port into one field
    my $URL     = Mojo::URL->new( $Param{url}->to_string );
    my $Payload = join '', @{ $Param{payload} || [] };
    my $Path    = $URL->path->to_string;
    my %Headers = TestSigner::headers(
        method  => $Param{method},
        host    => $URL->host_port,
        path    => $Path =~ m{\A/} ? $Path : "/$Path",
        query   => $URL->query->to_hash,
        payload => $Payload,
        headers => $Param{signed_headers},
        region  => $Self->{region},
        access  => $Self->{access_key},
        secret  => $Self->{secret_key},
    );
    $URL->query( $URL->query->to_hash );
    return $Self->{transactor}->tx( $Param{method} => $URL => \%Headers => length $Payload ? $Payload : () );
}

1;
