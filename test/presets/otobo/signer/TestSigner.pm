# Signs requests to S3 (AWS Signature Version 4) with Perl's core modules only: OTOBO uses a module from CPAN that
# Debian does not have.
package TestSigner;

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use POSIX qw(strftime);

sub escaped {
    my ($Text) = @_;
    $Text =~ s{([^A-Za-z0-9\-_.~])}{sprintf '%%%02X', ord $1}ge;
    return $Text;
}

sub query {
    my (%Query) = @_;
    return join '&', map { escaped($_) . '=' . escaped( $Query{$_} // '' ) } sort keys %Query;
}

# Takes method, host (with port), path (escaped), query (a hash), payload, region, access, secret, headers (also
# signed); returns all headers except for Host.
sub headers {
    my (%Param) = @_;
    my @Now     = gmtime;
    my $Time    = strftime( '%Y%m%dT%H%M%SZ', @Now );
    my $Day     = substr $Time, 0, 8;
    my %Headers = (
        ( map { lc $_ => $Param{headers}{$_} } keys %{ $Param{headers} || {} } ),
        'x-amz-date'           => $Time,
        'x-amz-content-sha256' => sha256_hex( $Param{payload} // '' ),
    );
    my %Signed    = ( %Headers, host => $Param{host} );
    my $Names     = join ';', sort keys %Signed;
    my $Canonical = join "\n", $Param{method}, $Param{path}, query( %{ $Param{query} || {} } ),
        ( map {"$_:$Signed{$_}"} sort keys %Signed ), '', $Names, $Headers{'x-amz-content-sha256'};
    my $Scope = "$Day/$Param{region}/s3/aws4_request";
    my $Key   = "AWS4$Param{secret}";
    $Key = hmac_sha256( $_, $Key ) for $Day, $Param{region}, 's3', 'aws4_request';
    my $Signature = hmac_sha256_hex( join( "\n", 'AWS4-HMAC-SHA256', $Time, $Scope, sha256_hex($Canonical) ), $Key );
    $Headers{authorization} = "AWS4-HMAC-SHA256 Credential=$Param{access}/$Scope, SignedHeaders=$Names, Signature=$Signature";
    return %Headers;
}

1;
