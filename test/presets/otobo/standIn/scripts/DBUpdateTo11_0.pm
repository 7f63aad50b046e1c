# A stand-in for a migration: it creates the table that 11.0 added.
package scripts::DBUpdateTo11_0;

sub Run {
    return Kernel::System::DB::ask(
        sub {
            return 0 if $_[0]{migrationFails};
            push @{ $_[0]{tables} }, 'translation_item';
            return 1;
        }
    );
}

1;
