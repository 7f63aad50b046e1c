// Reads and changes the contents of the stand-in for the database, as a client in its pod.
import { OTOBO_NEXT } from "../../../../presets/otobo/contract/places.ts";
import type { Kubectl } from "../../harness/kubectl.ts";

export interface DatabaseState {
  secureMode: number;
  deployments: number[];
  /** lock keys: 0, or 1, three digits of the NodeID, eight of a process */
  scheduler_future_task: number[];
  /** "NODEID COMMAND" of OTOBO's console */
  ran: string[];
}

const PROGRAM = `
@ENV{qw(OTOBO_DB_HOST OTOBO_DB_PORT)} = qw(127.0.0.1 3306);
my $New = JSON::PP->new->decode( $ARGV[0] );
print JSON::PP->new->encode( Kernel::System::State->with( sub { $_[0]{$_} = $New->{$_} for keys %{$New}; return $_[0] } ) );
`;

export function openDatabase(k: Kubectl) {
  const change = async (changes: Partial<DatabaseState>): Promise<DatabaseState> => {
    const words = ["perl", "-I", OTOBO_NEXT, "-MJSON::PP", "-MKernel::System::State", "-e", PROGRAM];
    return JSON.parse(
      await k.run(["exec", "mariadb-0", "-c", "mariadb", "--", ...words, JSON.stringify(changes)]),
    ) as DatabaseState;
  };
  return {
    state: () => change({}),
    /** as if settings had been changed and deployed in a pod that does not exist */
    deploy: async (secureMode: number): Promise<void> => {
      const { deployments } = await change({});
      await change({ secureMode, deployments: [...deployments, (deployments.at(-1) ?? 0) + 1] });
    },
  };
}

/** The NodeID that has locked each future task, sorted; 0 if the task is not locked. */
export const listLockHolders = ({ scheduler_future_task: keys }: DatabaseState): number[] =>
  keys.map((key) => Number(/^1(\d{3})\d{8}$/.exec(String(key))?.[1] ?? key)).sort();
