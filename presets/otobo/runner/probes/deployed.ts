// ACLs and processes: OTOBO keeps them in the database, but uses two files generated from it, ZZZACL.pm and
// ZZZProcessManagement.pm. No console command of 10.1 and 11.0 generates them (docs/research/otobo.md#package-event),
// so this calls OTOBO's functions behind the buttons "Deploy ACLs" and "Deploy All Processes", which are the same in
// 11.1.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

const deployed = z.object({
  /** in the database: valid ACLs, or processes */
  count: z.number(),
  /** pending changes in the database */
  pending: z.number(),
  state: z.enum([
    /** the file does not exist */
    "missing",
    /** the file differs from the database, which has no drafts */
    "outdated",
    /** the file matches the database */
    "current",
    /** the file differs from the database, which has pending changes: drafts */
    "drafts",
    /** the database has none, so the file has another origin */
    "foreign",
  ]),
  /** whether this call wrote the file */
  written: z.boolean(),
});

export const deployedAnswer = z.object({ acls: deployed, processes: deployed });

export type DeployedState = z.infer<typeof deployed>;

/** Argument: "write" to write what is missing or outdated, into this home or, in S3 mode, to S3 alone; or "look". */
export const DEPLOYED = String.raw`${PRELUDE}
my ($How) = @ARGV;

# the cache may be older than a database that was restored from a backup
$Kernel::OM->Get('Kernel::System::Cache')->Configure( CacheInMemory => 0, CacheInBackend => 0 );
my $ACL     = $Kernel::OM->Get('Kernel::System::ACL::DB::ACL');
my $Process = $Kernel::OM->Get('Kernel::System::ProcessManagement::DB::Process');
my $Entity  = $Kernel::OM->Get('Kernel::System::ProcessManagement::DB::Entity');
my %Kinds   = (
    acls => {
        File   => 'ZZZACL.pm',
        Object => $ACL,
        Dump   => sub { $ACL->ACLDump( ResultType => 'FILE', Location => $_[0], UserID => 1 ) },
        List   => sub { $ACL->ACLListGet( UserID => 1, ValidIDs => [1] ) },
        Drafts => sub { $ACL->ACLsNeedSync() },
        Settle => sub { $ACL->ACLsNeedSyncReset() },
    },
    processes => {
        File   => 'ZZZProcessManagement.pm',
        Object => $Process,
        Dump   => sub { $Process->ProcessDump( ResultType => 'FILE', Location => $_[0], UserID => 1 ) },
        List   => sub { $Process->ProcessListGet( UserID => 1 ) },
        Drafts => sub { my $List = $Entity->EntitySyncStateList( UserID => 1 ); $List ? @{$List} + 0 : undef },
        Settle => sub { $Entity->EntitySyncStatePurge( UserID => 1 ) },
    },
);

sub content {
    my ($Path) = @_;
    open my $File, '<:raw', $Path or return;
    local $/;
    return <$File> // '';
}

my %Answer;
for my $Name ( sort keys %Kinds ) {
    my $Kind      = $Kinds{$Name};
    my $Place     = "$Home/Kernel/Config/Files/$Kind->{File}";
    my $Temporary = "$Home/Kernel/Config/Files/.rollcall-incoming";
    my $List      = $Kind->{List}->() or die "the $Name cannot be read from the database\n";
    my $Drafts    = $Kind->{Drafts}->() // die "what of the $Name is not deployed cannot be read from the database\n";
    {
        # into a file, even if OTOBO would write it to S3
        local $Kind->{Object}{S3Active} = 0;
        $Kind->{Dump}->($Temporary) or die "the $Name could not be written to $Temporary\n";
    }
    my $Wanted = content($Temporary) // die "$Temporary cannot be read: $!\n";
    my $Is     = content($Place);
    my $State
        = !defined $Is  ? 'missing'
        : $Is eq $Wanted ? 'current'
        : !@{$List}     ? 'foreign'
        : $Drafts       ? 'drafts'
        :                 'outdated';
    my $IsDue = $How eq 'write' && ( $State eq 'missing' || $State eq 'outdated' );
    if ($IsDue) {
        if ( $Kind->{Object}{S3Active} ) { $Kind->{Dump}->($Place) or die "$Kind->{File} could not be written to S3\n" }
        else { rename $Temporary, $Place or die "$Place could not be written: $!\n" }
        $Kind->{Settle}->() or die "the $Name are deployed, but the database could not be updated\n";
    }
    unlink $Temporary;
    $Answer{$Name} = {
        count   => @{$List} + 0,
        pending => $Drafts + 0,
        state   => $State,
        written => $IsDue ? JSON::PP::true : JSON::PP::false,
    };
}
answer( \%Answer );
`;
