// Whether the database answers, and whether it is installed. OTOBO's own object chooses the driver and decrypts the
// password, but it does not connect, because it reports a wrong password only in its log (docs/research/otobo.md#database).
import * as z from "zod";
import type { OtoboEnv } from "../otobo.ts";
import { INSTALL_MARKER } from "./install.ts";
import { BARE } from "./prelude.ts";

export const databaseAnswer = z.object({
  /**
   * empty: no tables, or no content in them; interrupted: the step `install` runs, or was killed, so the password of
   * root@localhost may be OTOBO's default, whatever the other tables say
   */
  state: z.enum(["unreachable", "empty", "interrupted", "installed"]),
  why: z.string(),
  /** SecureMode is set in the database, so the installer has completed; false if interrupted */
  finished: z.boolean(),
});

/** The database as messages name it. */
export const describeDatabase = (env: OtoboEnv): string =>
  `database ${env["OTOBO_DB_NAME"] ?? ""} at ${env["OTOBO_DB_HOST"] ?? ""}:${env["OTOBO_DB_PORT"] ?? ""}`;

/** Why no pod may serve a database in which the step `install` has not completed. */
export const describeInterrupted = (where: string): string =>
  `an unattended installation in ${where} has not completed, so root@localhost may still have OTOBO's default password; ` +
  "let a profile with release.firstInstall: Unattended complete it; if you have loaded a whole dump instead, " +
  `drop the table ${INSTALL_MARKER}`;

export const DATABASE = String.raw`${BARE}
use DBI ();
use Kernel::System::ObjectManager ();

# with Config.pm alone: other settings may come from S3, which is not checked yet
local $Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::Config' => { Level => 'Clear' } );
my $Database = $Kernel::OM->Get('Kernel::System::DB') or die "OTOBO has no driver for DatabaseDSN\n";
my ( $DSN, $User, $Password ) = map { $Database->{$_} // die "OTOBO's database object has no $_\n" } qw(DSN USER PW);

# each driver has a name of its own for it
my %Timeouts = ( mysql => 'mysql_connect_timeout', mariadb => 'mariadb_connect_timeout' );
my ($Driver) = $DSN =~ m{\Adbi:([^:;(]+)}i;
my $Timeout = $Timeouts{ lc( $Driver // '' ) };
my $Handle = DBI->connect(
    $DSN, $User, $Password,
    { PrintError => 0, RaiseError => 0, AutoCommit => 1, ( $Timeout ? ( $Timeout => 10 ) : () ) },
);
my %No = ( finished => JSON::PP::false );
answer( { state => 'unreachable', why => $DBI::errstr // 'no reason given', %No } ) if !$Handle;
my $Marker = $Handle->selectrow_arrayref('SELECT COUNT(*) FROM ${INSTALL_MARKER}');

# SQLSTATE of a table that is not there: 42S02 in MySQL and MariaDB, 42P01 in PostgreSQL. After any other error nobody
# knows whether the installation has completed
if ( !$Marker && $Handle->state() !~ m{\A42(?:S02|P01)\z} ) {
    answer( { state => 'unreachable', why => 'table ${INSTALL_MARKER} cannot be read: ' . ( $DBI::errstr // 'no reason given' ), %No } );
}
answer( { state => 'interrupted', why => 'table ${INSTALL_MARKER} has a row', %No } ) if $Marker && $Marker->[0];
my $Row = $Handle->selectrow_arrayref('SELECT COUNT(*) FROM valid');
answer( { state => 'empty', why => 'there is no table valid', %No } ) if !$Row;
answer( { state => 'empty', why => 'table valid is empty', %No } ) if !$Row->[0];
my $Mode = $Handle->selectrow_arrayref(q{SELECT COUNT(*) FROM sysconfig_modified WHERE name = 'SecureMode'});
my $IsFinished = $Mode && $Mode->[0] ? JSON::PP::true : JSON::PP::false;
answer( { state => 'installed', why => '', finished => $IsFinished } );
`;
