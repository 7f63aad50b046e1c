// The future tasks that a node's daemon has locked. OTOBO never unlocks them, so they would be lost with a NodeID that
// is removed (docs/research/otobo.md#leaving).
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const tasksAnswer = z.object({
  /** future tasks locked by this node */
  locked: z.number(),
  /** tasks that this node's worker had started */
  running: z.number(),
  handedBack: z.number(),
});

/** Argument: "hand-back", or "look". */
export const TASKS = String.raw`${PRELUDE}
my $NodeID = $Config->Get('NodeID');
die "NodeID $NodeID is no number from 1 to 999\n" if $NodeID !~ m{\A[1-9][0-9]{0,2}\z};
my @Range = map { sprintf '1%03d%08d', $NodeID, $_ } 0, 99_999_999;

sub count {
    my ($Table) = @_;
    my ($Row) = rows( "SELECT COUNT(*) FROM $Table WHERE lock_key >= ? AND lock_key <= ?", @Range );
    return $Row->[0] + 0;
}

my $HandedBack = 0;
if ( $ARGV[0] eq 'hand-back' ) {
    $HandedBack = count('scheduler_future_task');
    change( 'UPDATE scheduler_future_task SET lock_key = 0, lock_time = NULL WHERE lock_key >= ? AND lock_key <= ?', @Range );
    $Kernel::OM->Get('Kernel::System::Cache')->Delete( Type => 'SchedulerDB', Key => 'FutureTaskListUnlocked' );
}
answer( {
    locked     => count('scheduler_future_task'),
    running    => count('scheduler_task'),
    handedBack => $HandedBack,
} );
`;
