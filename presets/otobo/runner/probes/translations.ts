// Translations made in OTOBO's web interface: OTOBO keeps them in the database, but uses a file generated from it for
// each language, Kernel/Language/LANGUAGE_ZZZAAuto.pm. Only 11.1 has a console command that generates them
// (docs/research/otobo.md#translations), so this writes the same file for all versions.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const translationsAnswer = z.object({
  /** the languages with deployed translations in the database */
  languages: z.array(
    z.object({
      language: z.string(),
      texts: z.number(),
      state: z.enum(["missing", "outdated", "current"]),
      /** whether this call wrote the file */
      written: z.boolean(),
    }),
  ),
  /** a sentence for each language that cannot be deployed */
  wrong: z.array(z.string()),
});

/** Argument: "write" to write what is missing or outdated, or "look". Drafts are not deployed. */
export const TRANSLATIONS = String.raw`${PRELUDE}
my ($How) = @ARGV;

# in 10.1 the table belongs to a package
my %Tables = map { lc $_ => 1 } $Kernel::OM->Get('Kernel::System::DB')->ListTables();
answer( { languages => [], wrong => [] } ) if !$Tables{translation_item};

my %Wanted;
$Wanted{ $_->[0] }{ $_->[1] } = $_->[2]
    for rows( 'SELECT language, content, translation FROM translation_item WHERE flag = ? AND import_param = 0', 'a' );

# what OTOBO would read from a file
sub deployed {
    my ( $Language, $Path ) = @_;
    my %Self = ( Translation => {}, JavaScriptStrings => [] );
    no warnings 'redefine';
    eval { do $Path; ( "Kernel::Language::$Language" . "_ZZZAAuto" )->can('Data')->( \%Self ); 1 } or return {};
    return $Self{Translation};
}

sub same {
    my ( $One, $Other ) = @_;
    return keys %{$One} == keys %{$Other} && !grep { ( $Other->{$_} // '' ) ne $One->{$_} } keys %{$One};
}

sub quote {
    my ($Text) = @_;
    $Text =~ s{([\\'])}{\\$1}g;
    return "'$Text'";
}

sub put {
    my ( $Language, $Path, $Texts ) = @_;
    my @Keys = map { quote($_) } sort keys %{$Texts};
    my @Values = map { quote( $Texts->{$_} ) } sort keys %{$Texts};
    my $Temporary = "$Path.rollcall-incoming";
    my $Ok = eval {
        open my $Out, '>:encoding(UTF-8)', $Temporary or die "$!\n";
        print {$Out} "package Kernel::Language::$Language", "_ZZZAAuto;\nuse strict;\nuse warnings;\nuse utf8;\n\nsub Data {\n    my \$Self = shift;\n",
            ( map {"    \$Self->{Translation}->{$Keys[$_]} = $Values[$_];\n"} 0 .. $#Keys ),
            "    push \@{ \$Self->{JavaScriptStrings} }, (\n", ( map {"        $_,\n"} @Keys ), "    );\n    return 1;\n}\n\n1;\n"
            or die "$!\n";
        close $Out or die "$!\n";
        chmod 0660, $Temporary;
        rename $Temporary, $Path or die "$!\n";
        1;
    };
    my $Why = $@;
    unlink $Temporary if !$Ok;
    chomp $Why;
    return $Ok ? undef : $Why;
}

my ( @Languages, @Wrong );
for my $Language ( sort keys %Wanted ) {
    if ( $Language !~ m{\A[A-Za-z]{2,8}(?:_[A-Za-z0-9]{1,8})*\z} ) { push @Wrong, "a language of translations has no valid name"; next }
    my $Path  = "$Home/Kernel/Language/$Language" . "_ZZZAAuto.pm";
    my $State = !-e $Path ? 'missing' : same( $Wanted{$Language}, deployed( $Language, $Path ) ) ? 'current' : 'outdated';
    my $IsDue = $How eq 'write' && $State ne 'current';
    if ($IsDue) {
        my $Why = put( $Language, $Path, $Wanted{$Language} );
        $Why //= 'OTOBO would read other texts from it' if !same( $Wanted{$Language}, deployed( $Language, $Path ) );
        if ( defined $Why ) { push @Wrong, "$Path could not be written: $Why"; next }
    }
    push @Languages, {
        language => $Language,
        texts    => keys( %{ $Wanted{$Language} } ) + 0,
        state    => $State,
        written  => $IsDue ? JSON::PP::true : JSON::PP::false,
    };
}
answer( { languages => \@Languages, wrong => \@Wrong } );
`;
