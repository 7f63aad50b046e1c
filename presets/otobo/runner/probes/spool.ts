// Mails that OTOBO could not process: it deletes them from the mailbox and keeps the only copy in var/spool, in the
// pod's own tree. A pod that ends moves them into the database, through OTOBO's virtual file system, and a pod that
// starts restores them. The filename of a row contains its state (saving, free, taken by a node, broken); a pod takes a
// mail by an UPDATE of it.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const spoolAnswer = z.object({
  /** mails moved by this call */
  moved: z.number(),
  /** mails in var/spool now */
  left: z.number(),
  /** mails in the database that this node could restore */
  waiting: z.number(),
  /** a sentence for each mail that could not be moved */
  wrong: z.array(z.string()),
});

/** Argument: "save", "restore" or "look". */
export const SPOOL = String.raw`${PRELUDE}
use Digest::MD5 qw(md5_hex);

my ($How)  = @ARGV;
my $Spool  = "$Home/var/spool";
my $NodeID = $Config->Get('NodeID');
my $SAVING = 'rollcall-spool/saving/';
my $FREE   = 'rollcall-spool/free/';
my $MINE   = "rollcall-spool/node-$NodeID/";
my $BROKEN = 'rollcall-spool/broken/';

# seconds: longer than any preStop takes
my $ABANDONED = 3600;
my $Moved  = 0;
my $Count  = 0;
my @Wrong;

# in the database, whatever is set for other files
my $Backend   = 'Kernel::System::VirtualFS::DB';
my $VirtualFS = $Kernel::OM->Get('Kernel::System::VirtualFS');
$Kernel::OM->Get('Kernel::System::Main')->Require($Backend) or die "OTOBO has no $Backend\n";
$VirtualFS->{BackendDefault} = $Backend;
$VirtualFS->{Backend}{$Backend} //= $Backend->new();

sub mails {
    opendir my $Folder, $Spool or die "$Spool cannot be read: $!\n";
    return sort grep { !m{\A\.} && -f "$Spool/$_" && -s _ } readdir $Folder;
}

sub content {
    my ($Path) = @_;
    open my $File, '<:raw', $Path or return;
    local $/;
    return <$File> // '';
}

sub kept {
    my ($Prefix) = @_;
    return grep { index( $_, $Prefix ) == 0 }
        map { $_->[0] } rows( 'SELECT filename FROM virtual_fs WHERE filename LIKE ?', 'rollcall-spool/%' );
}

# mails that no pod has taken, including those whose saving was interrupted, by the time in their names
sub free {
    my @Abandoned = grep { m{\A\Q$SAVING\E\d+-(\d+)-} && $1 < time - $ABANDONED } kept($SAVING);
    return ( kept($FREE), @Abandoned );
}

# a row that another pod has renamed is not found, and stays with that pod
sub call {
    my ( $Filename, $Prefix ) = @_;
    my ($Rest) = $Filename =~ m{\Arollcall-spool/[^/]+/(.+)\z}s;
    change( 'UPDATE virtual_fs SET filename = ? WHERE filename = ?', "$Prefix$Rest", $Filename );
    return "$Prefix$Rest";
}

# what has been written, read back
sub stored {
    my ($Filename) = @_;
    my %File = $VirtualFS->Read( Filename => $Filename, Mode => 'binary', DisableWarnings => 1 );
    return ref $File{Content} ? $File{Content}->$* : undef;
}

sub save {
    my ($Name) = @_;
    my $Mail     = content("$Spool/$Name") // return "$Name cannot be read: $!";
    my $Filename = join '', $SAVING, join( '-', $NodeID, time, $$, ++$Count ), "/$Name";
    my $Copy     = $Mail;
    $VirtualFS->Write( Filename => $Filename, Mode => 'binary', Content => \$Copy )
        or return "$Name could not be written to the database";
    my $Is = stored($Filename);
    return "$Name is another mail in the database" if !defined $Is || md5_hex($Is) ne md5_hex($Mail);
    call( $Filename, $FREE );
    unlink "$Spool/$Name" or return "$Name is in the database now and could not be removed: $!";
    $Moved++;
    return;
}

sub restore {
    my ($Filename) = @_;
    my $Mail = stored($Filename);
    return call( $Filename, $BROKEN ) . ' in the table virtual_fs cannot be read' if !defined $Mail;
    my ($Name) = $Filename =~ m{([^/]+)\z};
    my $Path = "$Spool/$Name";
    my $Is   = content($Path);
    $Path .= '-' . md5_hex($Mail) if defined $Is && $Is ne $Mail;
    my $Temporary = "$Spool/.rollcall-incoming";
    my $Ok = eval {
        open my $Out, '>:raw', $Temporary or die "$!\n";
        print {$Out} $Mail or die "$!\n";
        close $Out or die "$!\n";
        chmod 0640, $Temporary;
        rename $Temporary, $Path or die "$!\n";
        1;
    };
    if ( !$Ok ) { my $Why = $@; chomp $Why; return "$Path could not be written: $Why" }
    $VirtualFS->Delete( Filename => $Filename ) or return "$Filename could not be removed from the database";
    $Moved++;
    return;
}

if ( $How eq 'save' ) { push @Wrong, grep {defined} map { save($_) } mails() }
if ( $How eq 'restore' ) {
    call( $_, $MINE ) for free();
    push @Wrong, grep {defined} map { restore($_) } kept($MINE);
}
my @Left    = mails();
my @Waiting = ( free(), kept($MINE) );
answer( { moved => $Moved, left => @Left + 0, waiting => @Waiting + 0, wrong => \@Wrong } );
`;
