// Compares the loaded Kernel::Config with the environment (docs/research/otobo.md#the-managed-block). Values are never
// printed, because some are secret.
import * as z from "zod";
import { BARE } from "./prelude.ts";

export const valuesAnswer = z.object({
  /** keys whose value differs from the environment's */
  wrong: z.array(z.string()),
});

/** Arguments: VARIABLE=KEY, with a leading @ for variables that name a file. */
export const VALUES = String.raw`${BARE}
use Kernel::Config ();

my $Config = Kernel::Config->new( Level => 'Clear' );
my @Wrong;
for my $Pair (@ARGV) {
    my ( $IsFile, $Variable, $Key ) = $Pair =~ m{\A(@?)([^=]+)=(.+)\z}s;
    my $Value = $ENV{$Variable};
    next if !defined $Value || !length $Value;
    if ($IsFile) {
        open my $File, '<', $Value or die "$Variable: $Value cannot be read: $!\n";
        $Value = do { local $/; <$File> };
        $Value =~ s{[\r\n]+\z}{};
    }
    my $Got = $Config->Get($Key);
    push @Wrong, "$Key ($Variable)" if !defined $Got || $Got ne $Value;
}
if ( my $Server = $ENV{OTOBO_REDIS_SERVER} ) {
    my $Redis = $Config->Get('Cache::Redis');
    push @Wrong, 'Cache::Redis' if ref $Redis ne 'HASH' || ( $Redis->{Server} // '' ) ne $Server;
}
if ( $ENV{OTOBO_DB_TYPE} ) {
    my $DSN = $Config->Get('DatabaseDSN') // '';
    for my $Part ( "host=$ENV{OTOBO_DB_HOST}", "port=$ENV{OTOBO_DB_PORT}", "=$ENV{OTOBO_DB_NAME};" ) {
        push @Wrong, "DatabaseDSN ($Part)" if index( "$DSN;", $Part ) < 0;
    }
}
answer( { wrong => \@Wrong } );
`;
