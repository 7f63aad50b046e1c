// Pods that leave by a procedure of their type, like a ring's members, with the engine's intent, lock and tombstone.
// The procedure is a stand-in that does and proves what the plan's command does otherwise.
import type { Plan } from "../../../init/contract/plan.ts";
import { type LeaveProcedure, leave } from "../../../init/engine/leave/leave.ts";
import type { World } from "../../../init/engine/ports.ts";
import { defineShape, hasTombstone, managed, recordText, runDeparture, type Situation } from "./situation.ts";

const FAILED = { failure: { name: "leave-failed", why: "it is not proven", kind: "ring" } } as const;

/** Leaves by a procedure; the parts replace its defaults. */
const byWay = (parts: Partial<LeaveProcedure>): NonNullable<Situation["work"]> =>
  runDeparture((plan: Plan, world: World) => {
    const run = (verb: string) =>
      world.runChild({ argv: [verb, "pod", "leave"], timeoutSeconds: 30, onLine: () => undefined });
    const way: LeaveProcedure = {
      patienceMs: 3_600_000,
      awaitTurn: async () => null,
      carryOut: async () => {
        await run("run");
        const end = await run("verify");
        return end.is === "exited" && end.code === 0 ? { evidence: "verified" } : FAILED;
      },
      beforeRestart: async () => undefined,
      ...parts,
    };
    return leave(plan, world, way);
  });

const leavesBy = (
  parts: Partial<LeaveProcedure>,
): Pick<Situation, "shape" | "plan" | "work" | "prepare"> => ({
  shape: defineShape("p", "pvc"),
  plan: managed,
  work: byWay(parts),
  prepare: ({ api }) => {
    api.set.start = 1;
  },
});

const hasIntent = (place: Parameters<typeof recordText>[0]): boolean =>
  /\\"intents\\":\{\\"web-0\\"/.test(recordText(place));

const restarts = { count: 0 };

export const WAYS: readonly Situation[] = [
  {
    name: "a way of its own, of a pod that only restarts",
    ...leavesBy({
      beforeRestart: async () => {
        restarts.count += 1;
      },
    }),
    isPlain: true,
    prepare: () => undefined,
    ends: "done",
    holds: (place) =>
      hasTombstone(false)(place) ?? (restarts.count > 0 ? null : "nobody told it that it restarts"),
  },
  { name: "leaves by a way of its own", ...leavesBy({}), ends: "done", holds: hasTombstone(true) },
  {
    name: "a way of its own that edits the record",
    ...leavesBy({
      carryOut: async () => ({
        evidence: "told",
        edit: (record) => ({ ...record, ordinals: { start: 0, replicas: 7 } }),
      }),
    }),
    isPlain: true,
    prepare: ({ api, app }) => {
      api.set.start = 1;
      app.done.add("web-0/leave");
    },
    ends: "done",
    holds: (place) =>
      hasTombstone(true)(place) ??
      (recordText(place).includes('\\"replicas\\":7') ? null : "its edit is lost"),
  },
  {
    name: "a way of its own whose turn never comes",
    ...leavesBy({ awaitTurn: async () => FAILED.failure }),
    ends: "leave-failed",
    holds: (place) =>
      hasTombstone(false)(place) ?? (hasIntent(place) ? null : "nobody can see that it wanted to leave"),
  },
  {
    name: "a way of its own that is not wanted any more",
    ...leavesBy({ carryOut: async () => ({ stays: "a scale-up came in between" }) }),
    ends: "done",
    holds: (place) => hasTombstone(false)(place) ?? (hasIntent(place) ? "its intent is still there" : null),
  },
  {
    name: "a way of its own that fails",
    ...leavesBy({ carryOut: async () => FAILED }),
    ends: "leave-failed",
    holds: hasTombstone(false),
  },
];
