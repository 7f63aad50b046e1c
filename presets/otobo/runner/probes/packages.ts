// The packages in the database, and their files in this pod. The files are not written by ReinstallAll, because that
// deploys settings for every pod and reports failed writes as success (docs/research/otobo.md#exit-codes).
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const packagesAnswer = z.object({
  /** NAME=VERSION, sorted */
  packages: z.array(z.string()),
  /** what differs from the database; of: NAME=VERSION of the package, or "" */
  wrong: z.array(z.object({ of: z.string(), why: z.string() })),
  /** files written by this call */
  written: z.number(),
  /** files of packages that are no longer in the database */
  stale: z.array(z.string()),
  /** image files replaced by such a package and restored by this call */
  restored: z.array(z.string()),
});

/**
 * Arguments: "write" to write missing and different files, "check" to compare, "database" for the state in the
 * database, "list" for the names; then the folder of the image's tree.
 */
export const PACKAGES = String.raw`${PRELUDE}
use File::Basename qw(dirname);
use File::Path ();
use Time::Local qw(timegm);

my ( $How, $Next ) = @ARGV;
my $PackageObject = $Kernel::OM->Get('Kernel::System::Package');
my @Wrong;
my @Packages;
my $Written = 0;
my %Now;

sub wrong { my ( $Of, $Why ) = @_; push @Wrong, { of => $Of, why => $Why }; return }

sub built {
    my ($Date) = @_;
    # loader names hold mtimes: they must be the same in every pod
    return timegm( $6, $5, $4, $3, $2 - 1, $1 )
        if ( $Date // '' ) =~ m{(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)};
    return 946_684_800;
}

sub content {
    my ($Path) = @_;
    open my $File, '<:raw', $Path or return;
    local $/;
    my $Content = <$File>;
    close $File;
    return $Content // '';
}

# a file of the image, with its mode and its time
sub bring {
    my ( $Location, $Path ) = @_;
    my $Content = content("$Next/$Location") // die "the image's $Location cannot be read: $!\n";
    my @Stat = stat "$Next/$Location";
    my $Temporary = "$Path.rollcall-incoming";
    open my $Out, '>:raw', $Temporary or die "$!\n";
    print {$Out} $Content or die "$!\n";
    close $Out or die "$!\n";
    chmod( $Stat[2] & 07777, $Temporary ) or die "$!\n";
    utime( $Stat[8], $Stat[9], $Temporary ) or die "$!\n";
    rename $Temporary, $Path or die "$!\n";
    return;
}

sub put {
    my ( $Path, $File, $Time ) = @_;
    my $Temporary = "$Path.rollcall-incoming";
    my $Ok = eval {
        File::Path::make_path( dirname($Path) );
        open my $Out, '>:raw', $Temporary or die "$!\n";
        print {$Out} $File->{Content} or die "$!\n";
        close $Out or die "$!\n";
        chmod( oct( $File->{Permission} || '660' ) | oct('400'), $Temporary ) or die "$!\n";
        utime( $Time, $Time, $Temporary ) or die "$!\n";
        # what the image has is kept beside it, as OTOBO does, so that a removal can bring it back
        bring( $File->{Location}, "$Path.save" ) if $main::Framework{ $File->{Location} };
        rename $Temporary, $Path or die "$!\n";
        1;
    };
    my $Why = $@;
    unlink $Temporary if !$Ok;
    chomp $Why;
    return $Ok ? undef : $Why;
}

our %Framework;
if ( open my $Archive, '<', "$Home/ARCHIVE" ) {
    while ( my $Line = <$Archive> ) { $Framework{$1} = 1 if $Line =~ m{\A[0-9a-f]+::(.+?)\s*\z} }
}

for my $Package ( $PackageObject->RepositoryList() ) {
    my ( $Name, $Version ) = ( $Package->{Name}{Content}, $Package->{Version}{Content} );
    push @Packages, "$Name=$Version";
    next if $How eq 'list';
    my $Status = $Package->{Status} // '';
    wrong( "$Name=$Version", "package $Name $Version has the status $Status" ) if $Status ne 'installed';
    next if $How eq 'database';
    my $Time = built( $Package->{BuildDate}{Content} );
    for my $File ( @{ $Package->{Filelist} || [] } ) {
        my $Location = $File->{Location};
        if ( $Location =~ m{(?:\A|/)\.\.(?:/|\z)} ) {
            wrong( "$Name=$Version", "package $Name: $Location leads out of the tree" );
            next;
        }
        $Now{$Location} = "$Name=$Version";
        my $Path = "$Home/$Location";
        my $Is   = content($Path);
        my $Same = defined $Is && $Is eq $File->{Content};
        if ( $How eq 'write' && !$Same ) {
            my $Why = put( $Path, $File, $Time );
            if ( defined $Why ) { wrong( "$Name=$Version", "package $Name: $Location could not be written: $Why" ); next }
            $Written++;
            $Same = 1;
        }
        if ( !$Same ) {
            wrong( "$Name=$Version", "package $Name: $Location is " . ( defined $Is ? 'different' : 'missing' ) );
            next;
        }
        utime( $Time, $Time, $Path ) if $How eq 'write' && ( stat $Path )[9] != $Time;
        wrong( "$Name=$Version", "package $Name: $Location has a time of its own, so its loader files get other names" )
            if ( stat $Path )[9] != $Time;
    }
    next if $How ne 'check';
    wrong( "$Name=$Version", "package $Name $Version is not deployed correctly" )
        if !$PackageObject->DeployCheck( Name => $Name, Version => $Version, Log => 0 );
}

# what was written by an earlier start, on a home that is kept
my $List = "$Home/var/rollcall-packages";
my %Before;
if ( open my $Old, '<:encoding(UTF-8)', $List ) {
    while ( my $Line = <$Old> ) { chomp $Line; my ( $Location, $Of ) = split /\t/, $Line; $Before{$Location} = $Of }
}

# a package that is gone has left its own in the place of a file of the image
my @Restored;
my %Left;
for my $Location ( grep { !$Now{$_} && $Framework{$_} } sort keys %Before ) {
    next if $How ne 'write' && $How ne 'check';
    my $Is = content("$Home/$Location");
    next if defined $Is && $Is eq ( content("$Next/$Location") // '' );
    my $Of = $Before{$Location};
    if ( $How eq 'write' ) {
        if ( eval { bring( $Location, "$Home/$Location" ); 1 } ) {
            unlink "$Home/$Location.save";
            push @Restored, "$Location (of $Of)";
            next;
        }
        chomp( my $Why = $@ );
        wrong( $Of, "$Location of the image could not be restored: $Why" );
    }
    else { wrong( $Of, "$Location is not the image's but that of package $Of, which is removed" ) }
    $Left{$Location} = 1;
}
my @Stale = map {"$_ (of $Before{$_})"} grep { !$Now{$_} && !$Framework{$_} && -e "$Home/$_" } sort keys %Before;
if ( $How eq 'write' ) {
    my %All = ( ( map { $_ => $Before{$_} } grep { -e "$Home/$_" && ( !$Framework{$_} || $Left{$_} ) } keys %Before ), %Now );
    my $Ok = eval {
        File::Path::make_path("$Home/var");
        open my $New, '>:encoding(UTF-8)', $List or die "$!\n";
        print {$New} map {"$_\t$All{$_}\n"} sort keys %All;
        close $New or die "$!\n";
        1;
    };
    wrong( '', "$List could not be written: $@" ) if !$Ok;
}
answer( { packages => [ sort @Packages ], wrong => \@Wrong, written => $Written, stale => \@Stale, restored => \@Restored } );
`;
