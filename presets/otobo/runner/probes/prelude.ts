// What every probe begins with: OTOBO's objects, and an answer as one line that is told from whatever else is printed.
// Probes are Perl of our own, carried in the bundle as text, since OTOBO's own exit codes lie
// (docs/research/otobo.md#exit-codes).

/** Stands before a probe's answer. */
export const ANSWER = "ROLLCALL ";

/** Without OTOBO: for probes that must work before it does. */
export const BARE = String.raw`
use strict;
use warnings;
use utf8;
use JSON::PP ();

# a count is given as "@List + 0": the older JSON::PP in OTOBO's Kernel/cpan-lib makes a text of an empty list's
sub answer {
    my ($Answer) = @_;
    print "\nROLLCALL ", JSON::PP->new->canonical->ascii->encode($Answer), "\n";
    exit 0;
}
`;

/** With OTOBO's object manager; dies where the database cannot be asked. */
export const PRELUDE = String.raw`${BARE}
use Kernel::System::ObjectManager ();
local $Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::System::Log' => { LogPrefix => 'rollcall' } );
my $Config = $Kernel::OM->Get('Kernel::Config');
my $Home   = $Config->Get('Home');

sub rows {
    my ( $SQL, @Bind ) = @_;
    my $DB = $Kernel::OM->Get('Kernel::System::DB');
    $DB->Prepare( SQL => $SQL, Bind => [ map { \$_ } @Bind ] ) or die "the database does not answer: $SQL\n";
    my @Rows;
    while ( my @Row = $DB->FetchrowArray() ) { push @Rows, [@Row] }
    return @Rows;
}

sub change {
    my ( $SQL, @Bind ) = @_;
    my $DB = $Kernel::OM->Get('Kernel::System::DB');
    $DB->Do( SQL => $SQL, Bind => [ map { \$_ } @Bind ] ) or die "the database refuses: $SQL\n";
    return;
}
`;
