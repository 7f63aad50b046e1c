# A stand-in for a migration: it creates the table that 11.0 added, and edits Config.pm like that to 11.1.
package scripts::DBUpdateTo11_0;

sub Run {
    my $Config = "$ENV{STANDIN_HOME}/Kernel/Config.pm";
    open my $In, '<', $Config or return 0;
    my @Lines = map { m{\$Self->\{.Cache::} ? "# by the update: $_" : $_ } <$In>;
    open my $Out, '>', $Config or return 0;
    print {$Out} @Lines;
    close $Out;
    return Kernel::System::DB::ask(
        sub {
            return 0 if $_[0]{migrationFails};
            push @{ $_[0]{tables} }, 'translation_item';
            return 1;
        }
    );
}

1;
