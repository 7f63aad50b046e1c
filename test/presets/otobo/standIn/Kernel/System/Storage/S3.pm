# A stand-in for OTOBO's S3 client: real requests, with OTOBO's faults (docs/research/otobo.md#client): it reads only
# one page, and treats a failed LIST as empty.
package Kernel::System::Storage::S3;

use strict;
use warnings;
use HTTP::Tiny ();
use Time::Local qw(timegm);
use TestSigner ();

my $FOLDER = 'Kernel/Config/Files/';

sub new { my ( $Class, $Config ) = @_; return bless { Config => $Config }, $Class }

sub ask {
    my ( $Self, $Method, $Key, %Param ) = @_;
    my ( $Scheme, $Host, $Bucket, $Prefix, $Region, $Access, $Secret )
        = map { $Self->{Config}{"Storage::S3::$_"} } qw(Scheme Host Bucket HomePrefix Region AccessKey SecretKey);
    my $Path  = defined $Key ? join( '/', '', $Bucket, $Prefix, $Key ) : "/$Bucket";
    my %Query = defined $Key ? () : ( 'list-type' => 2, prefix => "$Prefix/$FOLDER" );
    my %Headers = TestSigner::headers(
        method => $Method, host => $Host, path => $Path, query => \%Query, payload => $Param{Content},
        region => $Region, access => $Access, secret => $Secret,
    );
    my $URL = "$Scheme://$Host$Path" . ( %Query ? '?' . TestSigner::query(%Query) : '' );
    return HTTP::Tiny->new( timeout => 5 )->request(
        $Method, $URL, { headers => \%Headers, defined $Param{Content} ? ( content => $Param{Content} ) : () }
    );
}

# NAME => { Size, Mtime } below Kernel/Config/Files/
sub list {
    my ($Self) = @_;
    my $Prefix = $Self->{Config}{'Storage::S3::HomePrefix'};
    my %Found;
    my $Text = $Self->ask('GET')->{content} // '';
    while ( $Text =~ m{<Contents>(.*?)</Contents>}sg ) {
        my $Node = $1;
        my ($Name) = $Node =~ m{<Key>\Q$Prefix/$FOLDER\E(.*?)</Key>} or next;
        my ($Size) = $Node =~ m{<Size>(\d+)</Size>};
        my @Time   = $Node =~ m{<LastModified>(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)};
        $Found{$Name} = { Size => $Size, Mtime => timegm( @Time[ 5, 4, 3, 2 ], $Time[1] - 1, $Time[0] ) };
    }
    return %Found;
}

sub get {
    my ( $Self, $Name ) = @_;
    my $Answer = $Self->ask( 'GET', "$FOLDER$Name" );
    die "S3: $Answer->{status} $Answer->{reason} for $Name\n" if !$Answer->{success};
    return $Answer->{content};
}

sub put {
    my ( $Self, $Name, $Content ) = @_;
    return $Self->ask( 'PUT', "$FOLDER$Name", Content => $Content )->{success};
}

1;
