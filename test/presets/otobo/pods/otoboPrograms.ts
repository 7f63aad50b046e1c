// Programs in Perl that act with OTOBO's own functions.

/** An ACL and a process, created and deployed like by an admin of an installation without S3. */
export const ADD_ACL_AND_PROCESS = `
# a test asks no name server
$Config->Set( Key => $_, Value => 0 ) for qw(CheckEmailAddresses CheckMXRecord);
$Kernel::OM->Get('Kernel::System::User')->UserAdd(
    UserFirstname => 'R', UserLastname => 'C', UserLogin => 'rollcall', UserEmail => 'rollcall@example.com', ValidID => 1, ChangeUserID => 1,
) or die 'no agent';
my $ACL = $Kernel::OM->Get('Kernel::System::ACL::DB::ACL');
$ACL->ACLAdd(
    Name => 'Geschlossen bleibt zu: ä', Comment => 'rollcall', ConfigMatch => { Properties => { Ticket => { Priority => ['5 very high'] } } },
    ConfigChange => { PossibleNot => { Ticket => { State => ['new'] } } }, ValidID => 1, UserID => 1,
) or die 'no ACL';
my $Process = $Kernel::OM->Get('Kernel::System::ProcessManagement::DB::Process');
$Process->ProcessAdd(
    EntityID => 'Process-rollcall', Name => 'Urlaubsantrag: ü', StateEntityID => 'S1', Layout => {},
    Config => { Description => 'rollcall', Path => {} }, UserID => 1,
) or die 'no process';
my $Files = $Config->Get('Home') . '/Kernel/Config/Files';
$ACL->ACLDump( ResultType => 'FILE', Location => "$Files/ZZZACL.pm", UserID => 1 ) or die 'no ZZZACL.pm';
$ACL->ACLsNeedSyncReset();
$Process->ProcessDump( ResultType => 'FILE', Location => "$Files/ZZZProcessManagement.pm", UserID => 1 ) or die 'no dump';
$Kernel::OM->Get('Kernel::System::ProcessManagement::DB::Entity')->EntitySyncStatePurge( UserID => 1 );
`;

/** Whether the ACL removes states of a ticket, and the process can be started. */
export const ACTING = String.raw`
my $Ticket = $Kernel::OM->Get('Kernel::System::Ticket');

# for user 1 no ACL is asked
my $Agent = $Kernel::OM->Get('Kernel::System::User')->UserLookup( UserLogin => 'rollcall' ) or die 'no agent';
my $Acts   = $Ticket->TicketAcl(
    Data => { 1 => 'new', 2 => 'open' }, Priority => '5 very high', PriorityID => 5,
    ReturnType => 'Ticket', ReturnSubType => 'State', Action => 'AgentTicketPhone', UserID => $Agent,
);
my %Left = $Acts ? $Ticket->TicketAclData() : ( 1 => 'new' );
my $List = $Kernel::OM->Get('Kernel::System::ProcessManagement::Process')->ProcessList( ProcessState => ['Active'], Silent => 1 );
print join( '|', 'ACTING', $Left{1} ? 0 : 1, ( $List || {} )->{'Process-rollcall'} ? 1 : 0 ), "\n";
`;

/** How OTOBO's fetching saves a mail that it could not process, before it deletes it from the mailbox. */
export const FAIL_MAIL = String.raw`
my ($Text) = @ARGV;
require Kernel::System::MailAccount::IMAP;
Kernel::System::MailAccount::IMAP->new()->_ProcessFailed(
    Email => [ "From: customer\@example.com\n", "To: otobo\@localhost\n", "Subject: $Text\n", "\n", "Please help.\n" ],
);
`;

/** Temporary files, an article's attachment on the file system, and PGP, which passes keys in files. */
export const MAKE_FILES = `
my $Temp = $Kernel::OM->Get('Kernel::System::FileTemp');
$Temp->TempFile();
$Temp->TempDir();
my $Storage = $Kernel::OM->Get('Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageFS');
$Storage->ArticleWriteAttachment(
    ArticleID => 1, Filename => 'a.txt', Content => 'a', ContentType => 'text/plain', UserID => 1,
) or die 'no attachment';
my %Index = $Storage->ArticleAttachmentIndex( ArticleID => 1 );
die 'the attachment is gone' if !grep { $_->{Filename} eq 'a.txt' } values %Index;
if ( -x '/usr/bin/gpg' ) {
    $Config->Set( Key => 'PGP', Value => 1 );
    $Config->Set( Key => 'PGP::Bin', Value => '/usr/bin/gpg' );
    $Config->Set( Key => 'PGP::Options', Value => '--homedir ' . $Temp->TempDir() . ' --batch --no-tty --yes' );
    my $PGP = $Kernel::OM->Get('Kernel::System::Crypt::PGP') or die 'no PGP';
    $PGP->KeyAdd( Key => 'no key' );
}
`;

/** A translation, as the web interface has stored and deployed it. In 10.1 it would need a package. */
export const ADD_TRANSLATION = String.raw`
my $DB = $Kernel::OM->Get('Kernel::System::DB');
my %Tables = map { lc $_ => 1 } $DB->ListTables();
if ( $Tables{translation_item} ) {
    $DB->Do(
        SQL => 'INSERT INTO translation_item (language, content, translation, flag, create_by, create_time, change_by, change_time, import_param)'
            . ' VALUES (?, ?, ?, ?, 1, current_timestamp, 1, current_timestamp, 0)',
        Bind => [ map { \$_ } 'de', "Rollcall's word", "Rollcalls 'Wort'", 'a' ],
    ) or die 'no translation';
}
`;

/** What OTOBO shows to a German user. */
export const TRANSLATE = String.raw`
require Kernel::Language;
my %Tables = map { lc $_ => 1 } $Kernel::OM->Get('Kernel::System::DB')->ListTables();
my $Language = Kernel::Language->new( UserLanguage => 'de' );
print join( '|', 'TRANSLATED', $Tables{translation_item} ? 1 : 0, $Language->Translate("Rollcall's word") ), "\n";
`;
