// The managed block at the end of Kernel/Config.pm. It wraps Load(), the only place through which OTOBO reads all of
// these settings, including Level Clear, and which overrides deployed settings
// (docs/research/otobo.md#the-only-complete-route). Its text is the same in every pod: values come from the environment
// when OTOBO starts, secrets from files.
import { CHANGED_MODULES, PACKAGES_ENV, PACKAGES_WATCHED } from "../contract/packages.ts";
import { FILE_SETTINGS, PLAIN_SETTINGS, SUPPRESS_EVENTS_ENV } from "../contract/settings.ts";

const BEGIN = "# BEGIN rollcall: written anew at every start, changes in here are lost";
const END = "# END rollcall";

/** Config.pm with the block appended or replaced; or why code at its end would not run. */
export function withBlock(text: string): { text: string } | { why: string } {
  const base = withoutBlock(text);
  const ending = /^__(END|DATA)__\b/m.exec(base)?.[0];
  if (ending !== undefined) {
    return { why: `it contains ${ending}, and Perl ignores everything after that; remove it` };
  }
  return { text: `${base.trimEnd()}\n\n${BLOCK}` };
}

/** The text without the block. */
export function withoutBlock(text: string): string {
  const begin = text.indexOf(BEGIN);
  if (begin < 0) return text;
  const end = text.indexOf(END, begin);
  // without an end mark, everything from the begin mark on is the block
  const rest = end < 0 ? "" : text.slice(end + END.length).replace(/^\s*1;\s*/, "\n");
  return `${text.slice(0, begin).trimEnd()}\n${rest.trim() === "" ? "" : rest}`;
}

const formatPerlMap = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([variable, key]) => `        ${variable} => '${key}',\n`)
    .join("");

const BLOCK = String.raw`${BEGIN}
{
    no strict 'refs';
    no warnings 'redefine';
    my $OriginalLoad = \&Kernel::Config::Load;
    my %Plain = (
${formatPerlMap(PLAIN_SETTINGS)}    );
    my %File = (
${formatPerlMap(FILE_SETTINGS)}    );
    *{'Kernel::Config::Load'} = sub {
        my $Self   = shift;
        my $Result = $OriginalLoad->($Self);

        # OTOBO takes every text for a NodeID, and 0 for 1
        my $NodeID = $ENV{OTOBO_NODE_ID} // '';
        die "OTOBO_NODE_ID is '$NodeID', not a number from 1 to 999\n" if $NodeID !~ m{\A[1-9][0-9]{0,2}\z};

        for my $Variable ( sort keys %Plain ) {
            next if !defined $ENV{$Variable} || !length $ENV{$Variable};
            $Self->{ $Plain{$Variable} } = $ENV{$Variable};
        }
        for my $Variable ( sort keys %File ) {
            my $Path = $ENV{$Variable} // '';
            next if !length $Path;
            open my $Handle, '<', $Path or die "$Variable: $Path cannot be read: $!\n";
            my $Text = do { local $/ = undef; <$Handle> };
            close $Handle;
            $Text =~ s{[\r\n]+\z}{};
            $Self->{ $File{$Variable} } = $Text;
        }

        # Load() above has put the old host and name into the DSN already
        my ( $Host, $Port, $Name ) = map { $ENV{"OTOBO_DB_$_"} // '' } qw(HOST PORT NAME);
        my %DSN = (
            mysql      => "DBI:mysql:database=$Name;host=$Host;port=$Port;",
            postgresql => "DBI:Pg:dbname=$Name;host=$Host;port=$Port;",
        );
        my $Type = $ENV{OTOBO_DB_TYPE} // '';
        $Self->{DatabaseDSN} = $DSN{$Type} if exists $DSN{$Type};

        # the key is in a variable, because OTOBO's update to 11.1 comments out lines of Config.pm that name a cache's
        if ( length( $ENV{OTOBO_REDIS_SERVER} // '' ) ) {
            my $Redis = 'Cache::Redis';
            $Self->{$Redis}->{Server} = $ENV{OTOBO_REDIS_SERVER};
        }

        # broken as shipped: its process dies and is made again ten times a second
        delete $Self->{DaemonModules}->{SyncWithS3} if ref $Self->{DaemonModules} eq 'HASH';

        # while a pod is made ready it must not tell the others to install packages again, nor if each pod's watcher does
        # that: then two programs would write the same files
        my $IsWatched = ( $ENV{${PACKAGES_ENV}} || '' ) eq '${PACKAGES_WATCHED}';
        if ( ( $ENV{${SUPPRESS_EVENTS_ENV}} || $IsWatched ) && ref $Self->{'Package::EventModulePost'} eq 'HASH' ) {
            delete $Self->{'Package::EventModulePost'}->{'9000-SyncWithS3'};
        }

        return $Result;
    };

    # A web process reads this file again with its next request once the file's time has changed. The modules that packages
    # have changed are read with it. OTOBO reads changed modules again, too, but misses one that was loaded since it last
    # looked, and reads them one by one, so that a function that one calls in another is gone. All are unloaded first here.
    my $Tree = __FILE__;
    $Tree =~ s{Kernel/Config\.pm\z}{};
    if ( %Module::Refresh::CACHE && Module::Refresh->can('unload_module') && open my $List, '<', $Tree . '${CHANGED_MODULES}' ) {
        chomp( my @Modules = <$List> );
        close $List;

        # what is gone stays loaded, since a request may still be using it
        @Modules = grep { $INC{$_} && ( -e $INC{$_} || -e "$Tree$_" ) } @Modules;
        Module::Refresh->unload_module($_) for @Modules;
        for my $Module (@Modules) {
            eval { require $Module; 1 } or warn $@;
            Kernel::System::ModuleRefresh->update_cache($Module) if Kernel::System::ModuleRefresh->can('update_cache');
        }
    }

    # Process 1 of a container is deaf to a signal that nobody there has asked for. OTOBO's loader for S3 is one, and would
    # take the whole grace period. It ends once what it has started has ended; the preStop has told that to.
    if ( $$ == 1 && ( $SIG{TERM} || 'DEFAULT' ) eq 'DEFAULT' ) {
        $SIG{TERM} = sub {
            if ( $$ != 1 ) { $SIG{TERM} = 'DEFAULT'; kill TERM => $$; return }
            1 while waitpid( -1, 0 ) > 0;
            exit 0;
        };
    }
}
${END}
1;
`;
