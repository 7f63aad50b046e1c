#!/usr/bin/perl
# A stand-in for OTOBO's daemon: it locks a free future task, and ends some time after it was stopped, as if a task were
# running; stop returns at once (docs/research/otobo.md#stale-state).
use strict;
use warnings;
use File::Basename qw(dirname);
use Cwd qw(abs_path);
use lib dirname( dirname( abs_path($0) ) ), dirname( dirname( abs_path($0) ) ) . '/Kernel/cpan-lib';
use Kernel::System::ObjectManager ();

local $Kernel::OM = Kernel::System::ObjectManager->new();
my $Config  = $Kernel::OM->Get('Kernel::Config');
my $Command = shift @ARGV // '';
my $File    = $Config->Get('Home') . '/var/run/Daemon-NodeID-' . $Config->Get('NodeID') . '.pid';

sub running {
    open my $In, '<', $File or return;
    my $PID = <$In>;
    return kill( 0, $PID ) ? $PID : undef;
}

if ( $Command eq 'stop' )   { my $PID = running(); kill INT => $PID if $PID; exit 0 }
if ( $Command eq 'status' ) { exit( running() ? 0 : 1 ) }
if ( running() )            { print "Daemon already running!\n"; exit 0 }
# ends by itself before the installation
exit 0 if !$Config->Get('SecureMode');
my $Child = fork // die "no daemon process: $!\n";
exit 0 if $Child;

my $IsOver = 0;
local $SIG{INT} = sub { $IsOver = 1 };
mkdir dirname( dirname($File) );
mkdir dirname($File);
open my $Out, '>', $File or die "$File: $!\n";
print {$Out} $$;
close $Out;
Kernel::System::State->with(
    sub {
        my ($Free) = grep { !$_[0]{scheduler_future_task}[$_] } 0 .. $#{ $_[0]{scheduler_future_task} };
        $_[0]{scheduler_future_task}[$Free] = 0 + sprintf '1%03d%08d', $Config->Get('NodeID'), $$ if defined $Free;
    }
);
sleep 1 while !$IsOver;
sleep( $ENV{STANDIN_TASK_SECONDS} // 1 );
unlink $File;
