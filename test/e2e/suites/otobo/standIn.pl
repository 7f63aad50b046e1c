#!/usr/bin/perl
# The program of the stand-in images: `mariadb` keeps the state of the database and the cache, `redis` answers PING,
# `otobo` is the entrypoint of OTOBO's image with web and daemon (docs/research/otobo.md#image-and-entrypoint). It
# contains nothing of the real ones.
use strict;
use warnings;
use IO::Socket::INET ();
use JSON::PP ();

$| = 1;
my $HOME  = '/opt/otobo';
my $STATE = '/var/lib/mysql/state.json';

sub serve {
    my ( $Port, $Answer ) = @_;
    my $Server = IO::Socket::INET->new( LocalPort => $Port, Listen => 50, ReuseAddr => 1 ) or die "port $Port: $!\n";
    local $SIG{PIPE} = 'IGNORE';
    while (1) {
        my $Client = $Server->accept() or next;
        $Answer->($Client);
        close $Client;
    }
}

sub keep {
    my ($Text) = @_;
    open my $Out, '>', "$STATE.new" or die "$STATE: $!\n";
    print {$Out} $Text;
    close $Out or die "$STATE: $!\n";
    rename "$STATE.new", $STATE or die "$STATE: $!\n";
    return;
}

# each client in turn gets the whole state; its answer is stored, unless it is empty
sub mariadb {
    local $SIG{TERM} = sub { exit 0 };
    if ( !-e $STATE ) {
        my %Installed = (
            up => 1, password => $ENV{MARIADB_PASSWORD}, valid => 3, finished => 1, secureMode => 1,
            tables => [qw(valid ticket translation_item)], deployments => [7], settings => {}, dirty => 0,
            packages => [], events => 0, rebuildRow => 0, systemData => {}, cache => {},
            scheduler_future_task => [ 0, 0, 0 ], scheduler_task => [], ran => [],
        );
        keep( JSON::PP->new->utf8->canonical->encode( \%Installed ) );
    }
    serve(
        3306,
        sub {
            my ($Client) = @_;
            open my $In, '<', $STATE or die "$STATE: $!\n";
            print {$Client} <$In>, "\n";
            close $In;
            $Client->flush();

            # limits how long a client may keep the state
            vec( my $Is = '', fileno $Client, 1 ) = 1;
            return if !select $Is, undef, undef, 30;
            my $New = <$Client> // return;
            keep($New) if $New =~ m{\}\n\z};
            print {$Client} "kept\n";
        }
    );
    return;
}

sub redis {
    local $SIG{TERM} = sub { exit 0 };
    serve( 6379, sub { my ($Client) = @_; sysread $Client, my $Asked, 100; print {$Client} "+PONG\r\n" } );
    return;
}

# the page's status and text: OTOBO's measured answers, depending on the current settings and database
sub page {
    my ($Path) = @_;
    return ( '200 OK', 'OK' ) if $Path eq '/robots.txt';
    require Kernel::System::ObjectManager;
    no warnings 'once';
    local $Kernel::OM = Kernel::System::ObjectManager->new();
    my $Config = $Kernel::OM->Get('Kernel::Config');
    return ( $Config->Get('SecureMode') ? '403 Forbidden' : '200 OK', '' ) if $Path eq '/otobo/installer.pl';
    my $Is = eval { Kernel::System::DB::ask( sub {1} ) };
    return ( '200 OK', $Is ? 'Login' : 'Fatal Error' ) if $Path eq '/otobo/index.pl';
    return ( '404 Not Found', '' );
}

sub answer {
    my ($Client) = @_;
    my ($Path) = ( <$Client> // '' ) =~ m{\AGET (\S+)};
    while ( defined( my $Line = <$Client> ) ) { last if $Line =~ m{\A\r?\n} }
    my ( $Status, $Body ) = page( $Path // '' );
    print {$Client} "HTTP/1.0 $Status\r\nContent-Length: " . length($Body) . "\r\n\r\n$Body";
    return;
}

# Like plackup with OTOBO's loader for S3: process 1 starts the server, then loads the settings, and polls S3 forever;
# it does not notice the server's end.
sub web {
    unshift @INC, $HOME, "$HOME/Kernel/cpan-lib";
    $0 = 'plackup --loader SyncWithS3 bin/psgi-bin/otobo.psgi';
    my $Server = fork // die "no server: $!\n";
    if ( !$Server ) {
        local $SIG{CHLD} = 'IGNORE';

        # each request in its own process, which has not loaded any settings yet
        serve( 5000, sub { my ($Client) = @_; my $PID = fork; return if $PID; answer($Client); exit 0 } );
    }
    require Kernel::Config;
    sleep 10 while 1;
    return;
}

# as in the image: a watchdog that starts the daemon by a relative path, if the tree is complete
sub daemon {
    local $SIG{TERM} = sub { system 'bin/otobo.Daemon.pl', 'stop'; exit 0 };
    while (1) {
        system 'bin/otobo.Daemon.pl', 'start' if -f '.copy_otobo_next_finished';
        sleep 3;
    }
    return;
}

my ( $Role, $Command ) = @ARGV;
my %Roles = ( mariadb => \&mariadb, redis => \&redis, otobo => ( $Command // '' ) eq 'web' ? \&web : \&daemon );
$Roles{$Role}->();
