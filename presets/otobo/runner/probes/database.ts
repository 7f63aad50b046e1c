// Whether the database answers, and whether it is installed. Uses OTOBO's settings but only the driver, because OTOBO
// reports a wrong password only in its log (docs/research/otobo.md#database).
import * as z from "zod";
import { BARE } from "./prelude.ts";

export const databaseAnswer = z.object({
  /** empty: no tables, or no content in them */
  state: z.enum(["unreachable", "empty", "installed"]),
  why: z.string(),
  /** SecureMode is set in the database, so the installer has completed */
  finished: z.boolean(),
});

export const DATABASE = `${BARE}
use DBI ();
use Kernel::Config ();

my $Config = Kernel::Config->new( Level => 'Clear' );
my $Handle = DBI->connect(
    $Config->Get('DatabaseDSN'), $Config->Get('DatabaseUser'), $Config->Get('DatabasePw'),
    { PrintError => 0, RaiseError => 0, AutoCommit => 1, mysql_connect_timeout => 10 },
);
my %No = ( finished => JSON::PP::false );
answer( { state => 'unreachable', why => $DBI::errstr // 'no reason given', %No } ) if !$Handle;
my $Row = $Handle->selectrow_arrayref('SELECT COUNT(*) FROM valid');
answer( { state => 'empty', why => 'there is no table valid', %No } ) if !$Row;
answer( { state => 'empty', why => 'table valid is empty', %No } ) if !$Row->[0];
my $Mode = $Handle->selectrow_arrayref(q{SELECT COUNT(*) FROM sysconfig_modified WHERE name = 'SecureMode'});
my $IsFinished = $Mode && $Mode->[0] ? JSON::PP::true : JSON::PP::false;
answer( { state => 'installed', why => '', finished => $IsFinished } );
`;
