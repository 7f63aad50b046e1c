// Installs OTOBO in an empty database, by OTOBO's own modules, and looks how far an installation has come.
//
// The table rollcall_install makes it safe against a kill at any moment: it is created first and dropped last, and gets its
// row only once the database is known to have no other table. Only a database with that row is ever cleaned and begun anew,
// and only while it holds nothing but what an installation writes. Until it is dropped, `wait` and `gate` of all profiles
// refuse the database (database.ts).
import * as z from "zod";
import { BARE } from "./prelude.ts";

export const installAnswer = z.object({
  /**
   * empty: no tables; interrupted: a killed installation of this step; foreign: tables of others, or an installation that
   * others have begun
   */
  state: z.enum(["empty", "interrupted", "foreign", "installed"]),
  /** foreign: the tables that are there; interrupted: those that no installation creates. At most five */
  tables: z.array(z.string()),
  /** interrupted: tables with more rows than an installation writes; at most five */
  surplus: z.array(z.string()),
  /** the server's or the database's setting that OTOBO cannot be installed with, and how to change it; "": none */
  unfit: z.string(),
  /** another process is installing */
  busy: z.boolean(),
  /** OTOBO was installed by this call */
  did: z.boolean(),
});

/** The table that says that an installation has begun, and not completed. */
export const INSTALL_MARKER = "rollcall_install";

/** OTOBO's settings that an installation changes; a change of any other one is somebody's. */
export type InstallSetting = (typeof INSTALL_SETTINGS)[number];

const INSTALL_SETTINGS = ["FQDN", "HttpType", "SystemID", "SecureMode", "AdminEmail"] as const;

/** Arguments: "look"; or "run", the file with the password of root@localhost, and SETTING=VALUE for each setting. */
export const INSTALL = String.raw`${BARE}
use DBI ();
use Encode ();
use Kernel::System::ObjectManager ();

my ( $How, $PasswordFile, @Settings ) = @ARGV;
my $MARKER = '${INSTALL_MARKER}';
my $ROOT   = 'root@localhost';
$| = 1;

# with Config.pm alone, because there are no settings in the database yet
local $Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::Config' => { Level => 'Clear' } );
my $Scripts = $Kernel::OM->Get('Kernel::Config')->Get('Home') . '/scripts/database';
my $DB      = $Kernel::OM->Get('Kernel::System::DB') or die "OTOBO has no driver for DatabaseDSN\n";
my $IsMySQL = $DB->{'DB::Type'} eq 'mysql';

# a connection of its own: it holds the lock, and must work without OTOBO's tables
my ( $DSN, $User, $Password ) = map { $DB->{$_} // die "OTOBO's database object has no $_\n" } qw(DSN USER PW);
my $Handle = DBI->connect( $DSN, $User, $Password, { PrintError => 0, RaiseError => 0, AutoCommit => 1 } )
    or die 'cannot connect to the database: ', $DBI::errstr // 'no reason given', "\n";
$Handle->{RaiseError} = 1;

sub content {
    my ($Path) = @_;
    open my $File, '<:raw', $Path or die "$Path cannot be read: $!\n";
    local $/;
    return <$File> // '';
}

my %Ours = map { lc $_ => 1 } content("$Scripts/otobo-schema.xml") =~ m{<Table(?:Create)?\s+Name="([^"]+)"}g;
die "$Scripts/otobo-schema.xml has no tables\n" if !%Ours;

# the tables and views of the database, except those of PostgreSQL's extensions
my $TABLES = $IsMySQL
    ? 'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()'
    : q{SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')};

sub tables { return map { lc $_ => $_ } @{ $Handle->selectcol_arrayref($TABLES) } }
sub number { return $Handle->selectrow_array( $_[0] ) // 0 }
sub first  { my @All = sort @_; return [ @All > 5 ? @All[ 0 .. 4 ] : @All ] }

# An installation writes the rows of OTOBO's file, and settings. In these tables OTOBO itself writes, too: 10.1 notes a
# password's change in user_preferences. Other rows are somebody's data.
my $ITS_OWN = qr{\A(?:sysconfig|scheduler|communication_log)_|\A(?:user_preferences|process_id|system_data)\z};

# what somebody leaves in these tables: a setting that an installation does not change, a login
my %SOMEBODYS = (
    sysconfig_modified => q{name NOT IN (${INSTALL_SETTINGS.map((name) => `'${name}'`).join(", ")})},
    user_preferences   => q{preferences_key = 'UserLastLogin'},
);

# the version of the web service that switch_elasticsearch_off adds
my %WRITTEN = ( gi_webservice_config_history => 1 );

sub has_rows {
    my ( $Count, $From ) = @_;
    return number("SELECT COUNT(*) FROM (SELECT 1 AS one FROM $From LIMIT $Count) rollcall") >= $Count;
}

sub surplus {
    my (%Is) = @_;
    my %Rows = %WRITTEN;
    $Rows{ lc $_ }++ for content("$Scripts/otobo-initial_insert.xml") =~ m{<Insert\s+Table="([^"]+)"}g;
    return grep {
        $SOMEBODYS{$_}   ? has_rows( 1, "$Is{$_} WHERE $SOMEBODYS{$_}" )
            : $_ =~ $ITS_OWN ? 0
            :                  has_rows( ( $Rows{$_} // 0 ) + 1, $Is{$_} )
    } sort keys %Is;
}

sub look {
    my %Is    = tables();
    my $Name  = delete $Is{$MARKER};
    my $Begun = defined $Name ? number("SELECT COUNT(*) FROM $MARKER") : 0;
    my %Look  = ( tables => [], surplus => [], marked => defined $Name ? 1 : 0 );
    if ($Begun) {
        my @Others = grep { !$Ours{$_} } keys %Is;
        return ( %Look, state => 'interrupted', tables => first(@Others), surplus => first( @Others ? () : surplus(%Is) ) );
    }
    return ( %Look, state => 'empty' ) if !%Is;
    my $HasContent = $Is{valid}              ? number('SELECT COUNT(*) FROM valid') : 0;
    my $IsFinished = $Is{sysconfig_modified} ? number(q{SELECT COUNT(*) FROM sysconfig_modified WHERE name = 'SecureMode'}) : 0;
    return ( %Look, state => 'installed' ) if $HasContent && $IsFinished;
    return ( %Look, state => 'foreign', tables => first( keys %Is ) );
}

# as OTOBO's installer, which refuses the same
sub unfit {
    if ( !$IsMySQL ) {
        my $Encoding = number('SHOW server_encoding');
        return $Encoding eq 'UTF8' ? '' : "its encoding is $Encoding, not UTF8: create it again with ENCODING 'UTF8'";
    }
    my $Charset = number('SELECT @@character_set_database');
    return "its character set is $Charset, not utf8mb4: run ALTER DATABASE ... CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
        if $Charset ne 'utf8mb4';
    my $Packet = number('SELECT @@global.max_allowed_packet');
    return $Packet < 64 * 1024 * 1024 ? "its server's max_allowed_packet is $Packet, and OTOBO needs 67108864" : '';
}

sub finish {
    my ( $Look, %More ) = @_;
    answer( {
        ( map { $_ => $Look->{$_} } qw(state tables surplus) ),
        unfit => $Look->{state} eq 'empty' ? unfit() : '',
        busy  => $More{busy} ? JSON::PP::true : JSON::PP::false,
        did   => $More{did}  ? JSON::PP::true : JSON::PP::false,
    } );
}

# The lock ends with this process. The release's lock keeps other pods out; this one a process that has lost it and still
# runs. A server without such locks refuses the question, and is not asked again.
sub locked {
    my $Lock = $IsMySQL
        ? q{SELECT GET_LOCK(CONCAT('rollcall:', MD5(DATABASE())), 0)}
        : q{SELECT CASE WHEN pg_try_advisory_lock(hashtext('rollcall_install')) THEN 1 ELSE 0 END};
    my ($Got) = eval { $Handle->selectrow_array($Lock) };
    return !defined $Got || $Got;
}

sub drop_tables {
    my %Is = tables();
    $Handle->do('SET FOREIGN_KEY_CHECKS = 0') if $IsMySQL;
    $Handle->do( "DROP TABLE IF EXISTS $Is{$_}" . ( $IsMySQL ? '' : ' CASCADE' ) ) for grep { $Ours{$_} } sort keys %Is;
    $Handle->do('SET FOREIGN_KEY_CHECKS = 1') if $IsMySQL;
    return;
}

# the row is written only once no other table is there, also none that was created in the meantime
sub begin {
    my ($IsMarked) = @_;
    $Handle->do("CREATE TABLE $MARKER (begun INTEGER NOT NULL PRIMARY KEY)") if !$IsMarked;
    my %Is = tables();
    return if keys %Is > 1;
    $Handle->do("INSERT INTO $MARKER (begun) VALUES (1)");
    return 1;
}

sub execute {
    for my $SQL (@_) {
        $DB->Do( SQL => $SQL ) or die 'a statement of the schema failed: ', $DBI::errstr // 'no reason given', "\n";
    }
    return;
}

sub load_schema {
    my @Post;
    for my $Name (qw(otobo-schema otobo-initial_insert)) {
        my $Text = $Kernel::OM->Get('Kernel::System::Main')->FileRead( Location => "$Scripts/$Name.xml" )
            or die "$Scripts/$Name.xml cannot be read\n";
        my @XML = $Kernel::OM->Get('Kernel::System::XML')->XMLParse( String => $Text );
        my @SQL = $DB->SQLProcessor( Database => \@XML );
        die "$Scripts/$Name.xml has no statements\n" if !@SQL;
        push @Post, $DB->SQLProcessorPost() if $Name eq 'otobo-schema';
        execute(@SQL);
        print scalar(@SQL), " statements of $Name.xml executed\n";
    }

    # foreign keys and the like, for which the rows must be there
    execute(@Post);
    return;
}

sub apply_settings {
    my (@Pairs) = @_;
    my $SysConfig = $Kernel::OM->Get('Kernel::System::SysConfig');
    my %By        = ( UserID => 1 );
    $SysConfig->ConfigurationXML2DB( %By, Force => 1, CleanUp => 1 ) or die "the settings could not be written to the database\n";
    my $Lock = $SysConfig->SettingLock( %By, LockAll => 1, Force => 1 );
    for my $Pair (@Pairs) {
        my ( $Name, $Value ) = @{$Pair};
        my %Result = $SysConfig->SettingUpdate(
            %By, Name => $Name, IsValid => 1, EffectiveValue => $Value, ExclusiveLockGUID => $Lock,
        );
        die "setting $Name could not be set: ", $Result{Error} // 'no reason given', "\n" if !$Result{Success};
    }
    $SysConfig->SettingUnlock( UnlockAll => 1 );
    $SysConfig->ConfigurationDeploy( %By, Comments => 'First installation by Rollcall', AllSettings => 1, Force => 1 );

    # OTOBO's functions are not believed
    for my $Pair (@Pairs) {
        my ( $Name, $Value ) = @{$Pair};
        my %Setting = $SysConfig->SettingGet( Name => $Name );
        die "setting $Name is another one after it was set\n" if ( $Setting{EffectiveValue} // '' ) ne $Value;
    }
    die "the settings were not deployed\n"
        if !number('SELECT COUNT(*) FROM sysconfig_deployment WHERE user_id IS NULL');
    return;
}

sub password_hash {
    my ($Hash) = $Handle->selectrow_array( 'SELECT pw FROM users WHERE login = ?', undef, $ROOT );
    return $Hash // '';
}

sub apply_password {
    my ($Secret) = @_;
    my $Before = password_hash();
    $Kernel::OM->Get('Kernel::System::User')->SetPassword( UserLogin => $ROOT, PW => $Secret )
        or die "the password of $ROOT could not be set\n";
    my $After = password_hash();
    die "the password of $ROOT is unchanged after it was set\n" if $After eq '' || $After eq $Before;
    return;
}

# OTOBO's schema has its web service active, and without a server each new ticket would wait for it
sub switch_elasticsearch_off {
    my $Webservices = $Kernel::OM->Get('Kernel::System::GenericInterface::Webservice');
    my $Service     = $Webservices->WebserviceGet( Name => 'Elasticsearch' );
    return if ref $Service ne 'HASH' || ( $Service->{ValidID} // 0 ) != 1;
    $Webservices->WebserviceUpdate( %{$Service}, ValidID => 2, UserID => 1 )
        or die "the web service Elasticsearch could not be switched off\n";
    return;
}

# read before anything is created, and never printed
sub read_secret {
    my $Secret = content($PasswordFile);
    $Secret =~ s{[\r\n]+\z}{};
    die "$PasswordFile is empty\n" if $Secret eq '';
    die "$PasswordFile has several lines, and a password has one\n" if $Secret =~ m{[\r\n]};
    return eval { Encode::decode( 'UTF-8', $Secret, Encode::FB_CROAK() ) } // die "$PasswordFile is not in UTF-8\n";
}

my %Look = look();
finish( \%Look ) if $How ne 'run';
if ( $Look{state} eq 'installed' || $Look{state} eq 'foreign' ) {

    # without a row it is only ours, and nothing came after it
    $Handle->do("DROP TABLE IF EXISTS $MARKER") if $Look{marked};
    finish( \%Look );
}
my $Secret = read_secret();
finish( \%Look, busy => 1 ) if !locked();

# another process may have been at work until the lock was had
%Look = look();
finish( \%Look ) if $Look{state} eq 'installed' || $Look{state} eq 'foreign';
finish( \%Look ) if @{ $Look{tables} } || @{ $Look{surplus} };
if ( $Look{state} eq 'empty' ) {
    finish( \%Look ) if unfit() ne '';
    if ( !begin( $Look{marked} ) ) {
        $Handle->do("DROP TABLE IF EXISTS $MARKER");
        %Look = look();
        finish( \%Look );
    }
}
else {
    print "removing the tables of an interrupted installation\n";
    drop_tables();
    my %Is = tables();
    die "a table was created while OTOBO was being installed: ", join( ', ', @{ first( grep { $_ ne $MARKER } keys %Is ) } ), "\n"
        if keys %Is > 1;
}
load_schema();

# what was cached before is of no database, or of an incomplete one
$Kernel::OM->Get('Kernel::System::Cache')->CleanUp();
$Kernel::OM->ObjectsDiscard();
$Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::System::Log' => { LogPrefix => 'rollcall' } );

# before the settings, by which OTOBO counts as installed: a kill must not leave it open to OTOBO's default password
apply_password($Secret);
apply_settings( map { [ split m{=}, $_, 2 ] } @Settings );
print "settings deployed\n";
switch_elasticsearch_off();
my %Is = tables();
my @Missing = grep { !$Is{$_} } sort keys %Ours;
die "the database lacks tables after the installation: ", join( ', ', @{ first(@Missing) } ), "\n" if @Missing;
$Handle->do("DROP TABLE $MARKER");
%Look = look();
finish( \%Look, did => 1 );
`;
