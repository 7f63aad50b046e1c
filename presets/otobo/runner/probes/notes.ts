// Rollcall's notes in OTOBO's table system_data, for results that nothing else in the database shows. Written only
// after verification.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

/** "" without a note */
export const notesAnswer = z.object({ value: z.string() });

/** Arguments: the note's name, and the value to write, if any. */
export const NOTES = String.raw`${PRELUDE}
my ( $Name, $Value ) = @ARGV;
my $SystemData = $Kernel::OM->Get('Kernel::System::SystemData');
my $Key        = "Rollcall::$Name";
my $Is         = $SystemData->SystemDataGet( Key => $Key );
if ( defined $Value && ( $Is // '' ) ne $Value ) {
    my %New  = ( Key => $Key, Value => $Value, UserID => 1 );
    my $Done = defined $Is ? $SystemData->SystemDataUpdate(%New) : $SystemData->SystemDataAdd(%New);
    die "the note $Name could not be written to system_data\n" if !$Done;
    $Is = $SystemData->SystemDataGet( Key => $Key );
}
answer( { value => $Is // '' } );
`;
