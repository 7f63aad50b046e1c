#!/usr/bin/perl
# What the stand-in images run: `mariadb` keeps the state that stands for the database, `redis` answers PING, `otobo` is the
# entrypoint of OTOBO's image with web and daemon (facts/otobo.md 2.1, 3.3, 6). None of the real ones is in here.
use strict;
use warnings;
use Fcntl qw(:flock);
use IO::Socket::INET ();
use JSON::PP ();

$| = 1;
my $NEXT = '/opt/otobo_install/otobo_next';
my ( $Role, $Command ) = @ARGV;

sub serve {
    my ( $Port, $Answer ) = @_;
    my $Server = IO::Socket::INET->new( LocalPort => $Port, Listen => 20, ReuseAddr => 1 ) or die "port $Port: $!\n";
    while (1) {
        my $Client = $Server->accept() or next;
        $Answer->($Client);
        close $Client;
    }
}

# what its volume holds at first; the password is the Secret's
sub mariadb {
    my $File = $ENV{STANDIN_STATE};
    umask 0;
    open my $Lock, '>>', "$File.lock" or die "$File.lock: $!\n";
    close $Lock;
    if ( !-e $File ) {
        my %State = (
            up => 1, password => $ENV{MARIADB_PASSWORD}, valid => 3, finished => 1, secureMode => 1,
            tables => [qw(valid ticket translation_item)], deployments => [7], settings => {}, dirty => 0,
            packages => [], events => 0, rebuildRow => 0, systemData => {}, cache => {},
            scheduler_future_task => [ 0, 0, 0 ], scheduler_task => [], ran => [],
        );
        open my $Out, '>', $File or die "$File: $!\n";
        print {$Out} JSON::PP->new->utf8->canonical->pretty->encode( \%State );
        close $Out;
    }
    serve( 3306, sub { } );
}

sub redis { serve( 6379, sub { my ($Client) = @_; sysread $Client, my $Asked, 100; print {$Client} "+PONG\r\n" } ) }

# OTOBO's settings, loaded anew for each request
sub secure_mode {
    open my $Config, '-|', 'perl', '-I', $ENV{HOME}, '-I', "$ENV{HOME}/Kernel/cpan-lib", '-MKernel::Config', '-e',
        'print Kernel::Config->new()->Get("SecureMode")'
        or return 0;
    my $Mode = <$Config>;
    return ( $Mode // 0 ) eq '1';
}

sub web {
    serve(
        5000,
        sub {
            my ($Client) = @_;
            my ($Path) = ( <$Client> // '' ) =~ m{\AGET (\S+)};
            while ( defined( my $Line = <$Client> ) ) { last if $Line =~ m{\A\r?\n} }
            my ( $Status, $Body ) = ( '404 Not Found', '' );
            ( $Status, $Body ) = ( '200 OK', 'OK' ) if ( $Path // '' ) eq '/health';
            ( $Status, $Body ) = ( '200 OK', 'Login' ) if ( $Path // '' ) eq '/otobo/index.pl';
            $Status = secure_mode() ? '403 Forbidden' : '200 OK' if ( $Path // '' ) eq '/otobo/installer.pl';
            print {$Client} "HTTP/1.0 $Status\r\nContent-Length: " . length($Body) . "\r\n\r\n$Body";
        }
    );
}

# as the image's: a watchdog which starts the daemon by a relative path, where the tree is whole
sub daemon {
    local $SIG{TERM} = sub { system 'bin/otobo.Daemon.pl', 'stop'; exit 0 };
    while (1) {
        system 'bin/otobo.Daemon.pl', 'start' if -f '.copy_otobo_next_finished';
        sleep 3;
    }
}

$ENV{HOME} = $ENV{STANDIN_HOME} = '/opt/otobo' if $Role eq 'otobo';
my %Roles = ( mariadb => \&mariadb, redis => \&redis, otobo => ( $Command // '' ) eq 'web' ? \&web : \&daemon );
$Roles{$Role}->();
