#!/usr/bin/perl
# A stand-in for OTOBO's console: the commands of docs/research/otobo.md#exit-codes with the measured exit codes.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use Cwd qw(abs_path);
use Digest::MD5 qw(md5_hex);
use lib dirname( dirname( abs_path($0) ) ), dirname( dirname( abs_path($0) ) ) . '/Kernel/cpan-lib';
use Kernel::System::ObjectManager ();

if ( $> == 0 ) { print STDERR "Error: You cannot run otobo.Console.pl as root.\n"; exit 1 }
my $Command = shift @ARGV;
Kernel::System::State->with( sub { push @{ $_[0]{ran} }, "$ENV{OTOBO_NODE_ID} $Command" } );
local $Kernel::OM = Kernel::System::ObjectManager->new();
my $Config = $Kernel::OM->Get('Kernel::Config');
my $Home   = $Config->Get('Home');

sub state { return Kernel::System::DB::ask( $_[0] ) }

sub auto {
    my ( $State, $ID ) = @_;
    my $Text = "package Kernel::Config::Files::ZZZAAuto;\nsub Load {\nmy ( \$File, \$Self ) = \@_;\n"
        . "\$Self->{CurrentDeploymentID} = '$ID';\n\$Self->{SecureMode} = $State->{secureMode};\n"
        . "\$Self->{'Package::EventModulePost'}{'9000-SyncWithS3'} = { Module => 'S3' };\n}\n1;\n";

    # in S3 mode it is only written there
    return s3()->put( 'ZZZAAuto.pm', $Text ) if $Config->Get('Storage::S3::Active');
    open my $Out, '>', "$Home/Kernel/Config/Files/ZZZAAuto.pm" or return;
    print {$Out} $Text;
    close $Out;
    return 1;
}

sub s3 { require Kernel::System::Storage::S3; return Kernel::System::Storage::S3->new($Config) }

sub deploy {
    my ($State) = @_;
    push @{ $State->{deployments} }, $State->{deployments}[-1] + 1;
    return auto( $State, $State->{deployments}[-1] );
}

my %Commands = (
    'Maint::Config::Sync' => sub {
        return state( sub { auto( $_[0], $_[0]{deployments}[-1] ) } ) ? 0 : 1;
    },
    'Admin::Package::ReinstallAll' => sub {
        my @Packages = Kernel::System::Package->RepositoryList();
        my $Count    = 0;
        for my $Package (@Packages) {
            next if Kernel::System::Package->DeployCheck( Name => $Package->{Name}{Content} );
            $Count++;
            for my $File ( @{ $Package->{Filelist} } ) {
                eval { make_path( dirname("$Home/$File->{Location}") ) };
                # measured: it ignores a file that cannot be written
                open my $Out, '>', "$Home/$File->{Location}" or next;
                print {$Out} $File->{Content};
                close $Out;
            }
            state( sub { deploy( $_[0] ) } );
            my $Events = $Config->Get('Package::EventModulePost') || {};
            next if !$Events->{'9000-SyncWithS3'};
            state( sub { $_[0]{events}++ } );
            s3()->put( 'event_package.json', '{"Event":"PackageReinstall"}' ) if $Config->Get('Storage::S3::Active');
        }
        print "$Count package(s) reinstalled.\n";
        return 0;
    },
    'Admin::Package::UpgradeAll' => sub {
        my $Online = state( sub { $_[0]{online} } );
        if ( !$Online ) { print STDERR "could not be found in any of the configured repositories\n"; return 1 }
        state( sub { $_->{version} = $_[0]{newer} // $_->{version} for @{ $_[0]{packages} } } );
        return 0;
    },
    'Maint::Config::Rebuild' => sub {
        if ( state( sub { $_[0]{rebuildRow} } ) ) { print STDERR "System was unable to create PID for RebuildConfig!\n"; return 1 }
        my $Seconds = state( sub { $_[0]{rebuildRow} = $$; $_[0]{rebuildSeconds} // 0 } );
        return 1 if !defined $Seconds;
        # measured: only SIGINT removes the row
        local $SIG{INT} = sub { state( sub { $_[0]{rebuildRow} = 0 } ); exit 1 };
        sleep $Seconds;
        my %Settings;
        for my $Path ( glob "$Home/Kernel/Config/Files/XML/*.xml" ) {
            open my $In, '<', $Path or next;
            my @List = Kernel::System::SysConfig::XML->SettingListParse( XMLInput => do { local $/; <$In> } );
            $Settings{ $_->{XMLContentParsed}{Name} } = $_->{XMLContentRaw} for @List;
        }
        my $Ok = state( sub { $_[0]{settings} = \%Settings; $_[0]{dirty} = 0; $_[0]{rebuildRow} = 0; deploy( $_[0] ) } );
        return $Ok ? 0 : 1;
    },
    'Maint::Cache::Delete' => sub {
        # measured: always 0
        Kernel::System::State->with( sub { $_[0]{cache} = {} if !$_[0]{cacheStuck} } );
        return 0;
    },
    'Maint::PostMaster::MailAccountFetch' => sub {
        my ( $Mails, $Bad ) = @{ state( sub { my $All = $_[0]{mailbox}; $_[0]{mailbox} = []; [ $All, $_[0]{badMails} ] } ) };
        for my $Mail ( @{$Mails} ) {
            if ( !$Bad || $Mail !~ m{bad} ) { state( sub { push @{ $_[0]{tickets} }, $Mail } ); next }

            # read in OTOBO's code: it does not check whether the mail was saved, and deletes it from the mailbox in any
            # case
            open my $Out, '>', "$Home/var/spool/problem-email-" . md5_hex($Mail) or next;
            print {$Out} $Mail;
            close $Out;
        }
        return 0;
    },
    'Maint::PostMaster::SpoolMailsReprocess' => sub {
        -d "$Home/var/spool" or do { print STDERR "Spool directory $Home/var/spool does not exist!\n"; return 1 };
        my $Code = 0;
        for my $File ( glob "$Home/var/spool/*" ) {
            open my $In, '<', $File or next;
            my $Mail = do { local $/; <$In> };
            if ( state( sub { $_[0]{badMails} } ) ) { $Code = 1; next }
            state( sub { push @{ $_[0]{tickets} }, $Mail } );
            unlink $File;
        }
        return $Code;
    },
    'Maint::Loader::CacheGenerate' => sub {
        for my $File (qw(js/js-cache/a.js skins/Agent/default/css-cache/a.css)) {
            # in S3 mode it only writes there
            if ( $Config->Get('Storage::S3::Active') ) {
                s3()->ask( 'PUT', "var/httpd/htdocs/$File", Content => "1\n" )->{success} or return 1;
                next;
            }
            make_path( dirname("$Home/var/httpd/htdocs/$File") );
            open my $Out, '>', "$Home/var/httpd/htdocs/$File" or return 1;
            close $Out;
        }
        return 0;
    },
);
my $Run = $Commands{$Command} or do { print STDERR "no such command: $Command\n"; exit 127 };
exit $Run->();
