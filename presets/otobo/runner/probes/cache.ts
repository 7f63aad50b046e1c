// A canary in the cache: Maint::Cache::Delete always exits 0 (docs/research/otobo.md#exit-codes), but if it worked the
// canary is gone. The canary is set before the release's other work, so a cache that was lost meanwhile counts as
// emptied.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const cacheAnswer = z.object({ canary: z.boolean() });

/** Argument: "set", or "look". */
export const CACHE = String.raw`${PRELUDE}
my $Cache = $Kernel::OM->Get('Kernel::System::Cache');
my %Canary = ( Type => 'RollcallCanary', Key => 'release', CacheInMemory => 0, CacheInBackend => 1 );
if ( $ARGV[0] eq 'set' ) {
    $Cache->Set( %Canary, Value => 'alive', TTL => 30 * 24 * 60 * 60 );
    die "the cache does not keep what is put into it\n" if ( $Cache->Get(%Canary) // '' ) ne 'alive';
}
answer( { canary => defined $Cache->Get(%Canary) ? JSON::PP::true : JSON::PP::false } );
`;
