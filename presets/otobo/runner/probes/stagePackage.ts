// Writes the files of one package from the database into a folder, numbered and not under their own names, with a list
// of them. It runs with limits of memory and time, because a package's content is whatever somebody has uploaded
// (docs/otobo.md#packages-at-run-time).
import * as z from "zod";
import { PACKAGE_FILES, PACKAGE_VERSION } from "../packages/packageShapes.ts";
import { PRELUDE } from "./prelude.ts";

export const stageAnswer = z.union([
  /** number of files in the folder; their list is in LIST, since it may be longer than a line */
  z.object({ files: z.number() }),
  /** why the package cannot be used; an error that is not the package's ends the probe instead */
  z.object({ refused: z.string(), isTooLarge: z.boolean() }),
]);

/** The name of the list in the folder. */
export const LIST = "list.json";

export const stagedList = z.object({ ...PACKAGE_VERSION, ...PACKAGE_FILES });

export type StagedList = z.infer<typeof stagedList>;

/** Arguments: the row's id, the folder, the most bytes of a package, the most files. */
export const STAGE_PACKAGE = String.raw`${PRELUDE}
use Digest::SHA qw(sha256_hex);
use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use MIME::Base64 qw(decode_base64);
use Time::Local qw(timegm);

my ( $ID, $Folder, $MostBytes, $MostFiles ) = @ARGV;

sub refuse {
    my ( $Why, $IsTooLarge ) = @_;
    answer( { refused => $Why, isTooLarge => $IsTooLarge ? JSON::PP::true() : JSON::PP::false() } );
    return;
}

# parsed from what is in the database, not from what somebody has put into the cache
$Kernel::OM->Get('Kernel::System::Cache')->Configure( CacheInMemory => 0, CacheInBackend => 0 );
my ($Row) = rows( 'SELECT name, version, OCTET_LENGTH(content) FROM package_repository WHERE id = ?', $ID );
die "it is not in the database any more\n" if !$Row;
my ( $Name, $Version, $Bytes ) = @{$Row};
refuse( "it takes $Bytes bytes in the database, and at most $MostBytes are allowed", 1 ) if ( $Bytes // 0 ) > $MostBytes;
my ( $Content ) = map { $_->[0] } rows( 'SELECT content FROM package_repository WHERE id = ?', $ID );

# as OTOBO reads it
if ( !$Kernel::OM->Get('Kernel::System::DB')->GetDatabaseFunction('DirectBlob') && $Content =~ m{\A[a-zA-Z0-9+/\n]+={0,2}\n?\z} ) {
    $Content = decode_base64($Content);
    $Kernel::OM->Get('Kernel::System::Encode')->EncodeInput( \$Content );
}
my $Parser  = $Kernel::OM->Get('Kernel::System::Package');
my %Package = eval { $Parser->PackageParse( String => \$Content ) };
die $@ if $@ =~ m{\AOut of memory};
undef $Content;
refuse('its content is not a package') if !%Package;
for my $Pair ( [ Name => $Name ], [ Version => $Version ] ) {
    my ( $Key, $Wanted ) = @{$Pair};
    refuse("its content names another $Key than the database") if ( $Package{$Key}{Content} // '' ) ne $Wanted;
}

# as in the step packages
sub built {
    my ($Date) = @_;
    my @Date = ( $Date // '' ) =~ m{(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)};
    return 946_684_800 if !@Date;
    return eval { timegm( @Date[ 5, 4, 3, 2 ], $Date[1] - 1, $Date[0] ) } // 946_684_800;
}

my @Files = @{ $Package{Filelist} || [] };
refuse( "it has " . @Files . " files, and at most $MostFiles are allowed", 1 ) if @Files > $MostFiles;
my @List;
for my $File (@Files) {
    my $Bytes = $File->{Content} // '';
    # what OTOBO would write
    utf8::encode($Bytes) if !utf8::downgrade( $Bytes, 1 );
    my $Path = "$Folder/" . @List;
    sysopen my $Out, $Path, O_WRONLY | O_CREAT | O_EXCL, 0600 or die "$Path: $!\n";
    binmode $Out;
    print {$Out} $Bytes or die "$Path: $!\n";
    close $Out or die "$Path: $!\n";
    my ($Mode) = ( $File->{Permission} // '' ) =~ m{\A0?([0-7]{3})\z};
    push @List, {
        path   => $File->{Location} // '',
        # OTOBO and the watcher, its owner, must be able to read it
        mode   => oct( $Mode // '660' ) | oct('400'),
        size   => length($Bytes) + 0,
        sha256 => sha256_hex($Bytes),
    };
}
my $List = JSON::PP->new->ascii->encode(
    { name => $Name, version => $Version, time => built( $Package{BuildDate}{Content} ) + 0, files => \@List }
);
open my $Out, '>', "$Folder/${LIST}" or die "$Folder/${LIST}: $!\n";
print {$Out} $List or die "$Folder/${LIST}: $!\n";
close $Out or die "$Folder/${LIST}: $!\n";
answer( { files => @List + 0 } );
`;
