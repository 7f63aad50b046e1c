// Removes the row by which a killed rebuild would block every later one. The row names no pod, so only the holder of
// the StatefulSet's lock may do that (docs/research/otobo.md#the-rebuild-lock).
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const locksAnswer = z.object({ removed: z.boolean() });

export const REMOVE_REBUILD_LOCK = String.raw`${PRELUDE}
my $PID = $Kernel::OM->Get('Kernel::System::PID');
my %Row = $PID->PIDGet( Name => 'RebuildConfig' );
answer( { removed => JSON::PP::false } ) if !%Row;
$PID->PIDDelete( Name => 'RebuildConfig', Force => 1 ) or die "the row RebuildConfig could not be removed\n";
answer( { removed => JSON::PP::true } );
`;
