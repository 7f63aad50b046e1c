// Whether the database has all settings of this tree's XML files, unchanged and deployed: an independent check of
// Maint::Config::Rebuild (docs/research/otobo.md#exit-codes).
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const rebuildAnswer = z.object({
  /** settings in the XML files */
  settings: z.number(),
  /** those that are missing or different in the database; at most ten */
  wrong: z.array(z.string()),
  /** changed settings in the database that are not deployed */
  dirty: z.number(),
  /**
   * OTOBO's row of a running or killed rebuild, for which another rebuild would wait, and fail
   * (docs/research/otobo.md#the-rebuild-lock)
   */
  row: z.boolean(),
});

export const REBUILD = String.raw`${PRELUDE}
my $XML = $Kernel::OM->Get('Kernel::System::SysConfig::XML');
my %ByInit;
for my $Path ( sort glob "$Home/Kernel/Config/Files/XML/*.xml" ) {
    open my $File, '<:encoding(UTF-8)', $Path or die "$Path cannot be read: $!\n";
    my $Text = do { local $/; <$File> };
    my ($Init) = $Text =~ m{<otobo_config[^>]*?\sinit="([^"]*)"};
    my ($Name) = $Path =~ m{([^/]+)\z};
    push @{ $ByInit{ $Init // '' } }, $XML->SettingListParse( XMLInput => $Text, XMLFilename => $Name );
}
my %Wanted;
for my $Setting ( map { @{ $ByInit{$_} || [] } } qw(Framework Application Config Changes) ) {
    my $Name = $Setting->{XMLContentParsed}{Name};
    $Wanted{$Name} = $Setting->{XMLContentRaw} if defined $Name;
}
die "the tree has no settings: $Home/Kernel/Config/Files/XML/*.xml\n" if !%Wanted;
my %InDatabase = map { @{$_} } rows('SELECT name, xml_content_raw FROM sysconfig_default');
my @Wrong = grep { !defined $InDatabase{$_} || $InDatabase{$_} ne $Wanted{$_} } sort keys %Wanted;
my ($Dirty) = rows('SELECT COUNT(*) FROM sysconfig_default WHERE is_dirty = 1');
my %Row = $Kernel::OM->Get('Kernel::System::PID')->PIDGet( Name => 'RebuildConfig' );
my $Last = @Wrong > 10 ? 9 : $#Wrong;
answer( {
    settings => keys(%Wanted) + 0,
    wrong    => [ @Wrong[ 0 .. $Last ] ],
    dirty    => $Dirty->[0] + 0,
    row      => %Row ? JSON::PP::true : JSON::PP::false,
} );
`;
