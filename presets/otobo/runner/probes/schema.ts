// Compares the database's tables with this tree, and migrates: DBUpdate-to-X.Y.pl always exits 0, so this runs its
// module and checks the result (docs/research/otobo.md#exit-codes).
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const schemaAnswer = z.object({
  /** major.minor of the tree */
  version: z.string(),
  /** major.minor of Rollcall's last migration of the database; "" for none */
  migrated: z.string(),
  /** tables of this tree's schema that the database lacks */
  missing: z.array(z.string()),
  ran: z.boolean(),
});

/** Argument: "run" to migrate, "look". */
export const SCHEMA = String.raw`${PRELUDE}
my $KEY = 'Rollcall::SchemaVersion';
my ( $Major, $Minor ) = ( $Config->Get('Version') // '' ) =~ m{\A(\d+)\.(\d+)};
die "RELEASE has no version\n" if !defined $Minor;
my $Version    = "$Major.$Minor";
my $SystemData = $Kernel::OM->Get('Kernel::System::SystemData');
my $Ran        = JSON::PP::false;
if ( $ARGV[0] eq 'run' ) {
    my $Module = "scripts::DBUpdateTo" . $Major . "_$Minor";
    my $File   = "$Home/scripts/DBUpdateTo" . $Major . "_$Minor.pm";
    if ( -e $File ) {
        require $File;
        my $Ok = $Module->can('Run')->();
        die "the migration to $Version did not succeed: what it said stands above\n" if !$Ok;
        $Ran = JSON::PP::true;
    }
    my $Is = $SystemData->SystemDataGet( Key => $KEY );
    my %New = ( Key => $KEY, Value => $Version, UserID => 1 );
    my $Done = defined $Is ? $SystemData->SystemDataUpdate(%New) : $SystemData->SystemDataAdd(%New);
    die "the version could not be written to system_data\n" if !$Done;
}
open my $File, '<', "$Home/scripts/database/otobo-schema.xml" or die "otobo-schema.xml cannot be read: $!\n";
my $Text = do { local $/; <$File> };
my %Have = map { lc $_ => 1 } $Kernel::OM->Get('Kernel::System::DB')->ListTables();
my @Missing = grep { !$Have{ lc $_ } } $Text =~ m{<Table(?:Create)?\s+Name="([^"]+)"}g;
my $Migrated = $SystemData->SystemDataGet( Key => $KEY ) // '';
answer( { version => $Version, migrated => $Migrated, missing => \@Missing, ran => $Ran } );
`;
