// The start of every probe: OTOBO's objects, and a function that prints the answer as one marked line. Probes are Perl
// programs in the bundle, because OTOBO's exit codes are not reliable (docs/research/otobo.md#exit-codes).

/** The mark before a probe's answer. */
export const ANSWER = "ROLLCALL ";

/** Without OTOBO, for probes that run before it works. */
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

/** With OTOBO's object manager; dies if the database is unreachable. */
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
