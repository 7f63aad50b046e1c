// The rows of the packages in the database, read again and again by one small process: it has a connection only while
// it asks, and does not load OTOBO's settings, so that watching costs little.
import * as z from "zod";
import { PACKAGE_ROW } from "../packages/packageShapes.ts";
import { BARE } from "./prelude.ts";

/** Far more packages than an installation has. */
export const MOST_PACKAGES = 1000;

const row = z.object({
  /** the row's number in the database; another one after an upgrade, which replaces the row */
  id: z.coerce.number(),
  ...PACKAGE_ROW,
  /** "installed", or what OTOBO is about to do */
  status: z.string(),
});

export type PackageRow = z.infer<typeof row>;

/** One line of the process: a row, or the end of a reading, which failed if it says why. */
export const packageRowLine = z.union([z.object({ row }), z.object({ end: z.string().nullable() })]);

/** Argument: seconds between two readings. It ends with the process that has started it. */
export const PACKAGE_ROWS = String.raw`${BARE}
use DBI ();
use Kernel::System::ObjectManager ();
use Time::HiRes ();

my ($Seconds) = @ARGV;
my $Parent = getppid;
my %Timeouts = ( mysql => 'mysql_connect_timeout', mariadb => 'mariadb_connect_timeout' );
$| = 1;

sub say_line { print 'ROLLCALL ', JSON::PP->new->canonical->ascii->encode( $_[0] ), "\n" or exit 1; return }

sub look {
    # made anew each time, because the password may change; with Config.pm alone, which asks no S3
    local $Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::Config' => { Level => 'Clear' } );
    my $Database = $Kernel::OM->Get('Kernel::System::DB') or die "OTOBO has no driver for DatabaseDSN\n";
    my ( $DSN, $User, $Password ) = map { $Database->{$_} // die "OTOBO's database object has no $_\n" } qw(DSN USER PW);
    my ($Driver) = $DSN =~ m{\Adbi:([^:;(]+)}i;
    my $Timeout = $Timeouts{ lc( $Driver // '' ) };
    my $Handle = DBI->connect(
        $DSN, $User, $Password,
        { PrintError => 0, RaiseError => 0, AutoCommit => 1, ( $Timeout ? ( $Timeout => 10 ) : () ) },
    ) or die( ( $DBI::errstr // 'the database does not answer' ) . "\n" );
    my $Rows = $Handle->selectall_arrayref(
        'SELECT id, name, version, install_status, change_time FROM package_repository ORDER BY id LIMIT ${MOST_PACKAGES + 1}'
    );
    my $Why = $DBI::errstr;
    $Handle->disconnect();
    die( ( $Why // 'the packages cannot be read' ) . "\n" ) if !$Rows;
    return $Rows;
}

while ( getppid == $Parent ) {
    # ends this process if the database does not answer at all; the runner starts another one
    alarm 60;
    my $Rows = eval { look() };
    my $Why  = $@;
    alarm 0;
    chomp $Why;
    for my $Row ( @{ $Rows || [] } ) {
        my %Row;
        @Row{qw(id name version status changed)} = map { defined $_ ? "$_" : '' } @{$Row};
        utf8::decode( $Row{$_} ) for qw(name version);
        say_line( { row => \%Row } );
    }
    say_line( { end => $Rows ? undef : substr( $Why, 0, 500 ) } );
    Time::HiRes::sleep($Seconds);
}
`;
