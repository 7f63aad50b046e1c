// Why each daemon has a number of its own, on OTOBO's own code (OTOBO_SRC_11_0 and others name checkouts): two daemons on
// one database queue a due task once if their NodeIDs differ, and often twice if they are the same, since their PIDs are the
// same in each container (docs/research/otobo.md#nodeid). OTOBO's lock has a gap that lets single tasks through twice all the same.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { needsRoot } from "../../../requirements.ts";
import { makeProgram, removeProgram } from "../run.ts";
import type { TestedPod } from "./land.ts";
import { type OtoboEnvironment, openOtoboEnvironment } from "./openOtoboEnvironment.ts";
import { requireSource } from "./requireSource.ts";
import { makeSet } from "./start.ts";

const MINUTE_MS = 60_000;
const TASKS = 12;
/** Twelve tasks for nine minutes, without those that the start of the daemons took. */
const SLOTS = 100;
const LONGEST_MS = 15 * MINUTE_MS;
/** Of SLOTS, what OTOBO's lock lets through with different NodeIDs. */
const MOST_DOUBLED = 2;
const DOUBLED_WITHOUT = 20;

/** Twelve tasks that are due each minute and do nothing. */
const SETTINGS = `package Kernel::Config::Files::ZZZZRollcallSlots;
use strict; use warnings;
sub Load {
    my ( $File, $Self ) = @_;
    $Self->{'Daemon::SchedulerCronTaskManager::Task'}->{"RollcallSlot$_"} = {
        TaskName => "RollcallSlot$_", Schedule => '* * * * *', Module => 'Kernel::System::RollcallSlot', Function => 'Execute',
        MaximumParallelInstances => 10, Params => [],
    } for 1 .. ${TASKS};
    return;
}
1;
`;
const MODULE = `package Kernel::System::RollcallSlot;
use strict; use warnings;
our @ObjectDependencies = ();
sub new { my ($Type) = @_; return bless {}, $Type }
sub Execute { return 1 }
1;
`;
/** Each queued task with the time of the slot before it: two of one name with the same time are one slot, queued twice. */
const TRIGGER = `CREATE TABLE rollcall_slots (name VARCHAR(150), previous DATETIME);
CREATE TRIGGER rollcall_slot AFTER INSERT ON scheduler_task FOR EACH ROW
  INSERT INTO rollcall_slots SELECT name, last_execution_time FROM scheduler_recurrent_task
  WHERE name = NEW.name AND task_type = NEW.task_type AND name LIKE 'RollcallSlot%'`;

for (const version of ["10_1", "11_0", "11_1"]) {
  describe(`NodeIDs of two daemons, on OTOBO's own code of ${version.replace("_", ".")}`, function () {
    this.timeout(60 * MINUTE_MS);
    let land: OtoboEnvironment;
    let set: Awaited<ReturnType<typeof makeSet>>;
    let pods: TestedPod[];
    before(async function () {
      needsRoot(this);
      const source = requireSource(this, `OTOBO_SRC_${version}`);
      await makeProgram();
      land = await openOtoboEnvironment(this, source);
      set = await makeSet(land);
      pods = [await land.pod(0), await land.pod(1)];
      for (const pod of pods) {
        const end = await set.run(pod);
        assert.equal(end.code, 0, end.log);
        await writeFile(join(pod.home, "Kernel/Config/Files/ZZZZRollcallSlots.pm"), SETTINGS, {
          mode: 0o644,
        });
        await writeFile(join(pod.home, "Kernel/System/RollcallSlot.pm"), MODULE, { mode: 0o644 });
      }
      await land.sql(TRIGGER);
    });
    after(async () => {
      await set?.close();
      await land?.remove();
      await removeProgram();
    });

    /** Lets both daemons run. @returns how many slots were queued, and how many of them more than once */
    const count = async (
      nodeIds: readonly string[],
      isEnough: (queued: number, doubled: number) => boolean,
    ): Promise<{ queued: number; doubled: number }> => {
      const clear = ["rollcall_slots", "scheduler_task", "scheduler_recurrent_task"];
      await land.sql(clear.map((table) => `DELETE FROM ${table}`).join(";"));
      await Promise.all(pods.map(removePidFiles));
      const started = await Promise.all(
        pods.map((pod, index) =>
          set.watch({ ...pod, env: { ...pod.env, OTOBO_NODE_ID: nodeIds[index] ?? "" } }),
        ),
      );
      const deadline = performance.now() + LONGEST_MS;
      let seen = { queued: 0, doubled: 0 };
      while (performance.now() < deadline && !isEnough(seen.queued, seen.doubled)) {
        await pause(5_000);
        const text = await land.sql("SELECT COUNT(*), COUNT(DISTINCT name, previous) FROM rollcall_slots");
        const [rows = 0, queued = 0] = text.trim().split("\t").map(Number);
        seen = { queued, doubled: rows - queued };
      }
      for (const pod of started) pod.kill();
      await Promise.all(started.map(({ ended }) => ended));
      console.log(`      NodeIDs ${nodeIds.join(" and ")}: ${seen.doubled} of ${seen.queued} slots doubled`);
      return seen;
    };

    it("let a due task be queued once if they differ", async () => {
      const { queued, doubled } = await count(["1", "2"], (slots) => slots >= SLOTS);
      assert.ok(queued >= SLOTS, `only ${queued} slots`);
      assert.ok(doubled <= MOST_DOUBLED, `${doubled} of ${queued} slots doubled`);
    });

    it("let many tasks be queued twice if they are the same, so that this test can fail", async () => {
      const { queued, doubled } = await count(
        ["1", "1"],
        (slots, twice) => slots >= SLOTS || twice >= DOUBLED_WITHOUT,
      );
      assert.ok(doubled >= DOUBLED_WITHOUT, `only ${doubled} of ${queued} slots doubled`);
    });
  });
}

/** As at the start of a pod: no daemon runs any more. */
async function removePidFiles({ home }: TestedPod): Promise<void> {
  const files = ["1", "2"].flatMap((id) => [
    `Daemon-NodeID-${id}.pid`,
    `Daemon/Scheduler/Worker-NodeID-${id}.pid`,
  ]);
  for (const file of files) await rm(join(home, "var/run", file), { force: true });
}
