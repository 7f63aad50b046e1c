// Plans for simulations: one to five steps of either scope, every store, either lock.
import type { Plan } from "../../init/contract/plan.ts";

export interface PlanShape {
  /** e.g. "prp": pod, release, pod */
  steps: string;
  store: "pvc" | "s3" | "both";
  lock: "lease" | "s3";
}

export const MARKER_ROOT = "/marker";

/** "prp both s3", formatted and parsed. */
export const formatShape = ({ steps, store, lock }: PlanShape): string => `${steps},${store},${lock}`;

export function parseShape(text: string): PlanShape {
  const [steps = "", store, lock] = text.split(",");
  return { steps, store: store as PlanShape["store"], lock: lock as PlanShape["lock"] };
}

/** All shapes with at most this many steps. A lock in S3 is included if a step needs a lock. */
export function listShapes(count: number): PlanShape[] {
  const orders = [""];
  const all: string[] = [];
  for (let length = 1; length <= count; length += 1) {
    orders.splice(0, orders.length, ...orders.flatMap((each) => [`${each}p`, `${each}r`]));
    all.push(...orders);
  }
  return all.flatMap((steps) =>
    (["pvc", "s3", "both"] as const).flatMap((store) =>
      (steps.includes("r") ? (["lease", "s3"] as const) : (["lease"] as const)).map((lock) => ({
        steps,
        store,
        lock,
      })),
    ),
  );
}

/** The plan of a pod with this shape. */
export function buildShapePlan(shape: PlanShape, ordinal: number, changes: Partial<Plan> = {}): Plan {
  const needsS3 = shape.store !== "pvc" || shape.lock === "s3";
  return {
    schema: 1,
    identity: {
      namespace: "demo",
      workload: "web",
      pod: `web-${ordinal}`,
      nodeId: String(ordinal + 1),
      kind: "generic",
      profile: "demo",
    },
    ordinal,
    release: "image:1",
    revision: "web-1",
    markers:
      shape.store === "s3" ? { store: "s3" } : { store: shape.store, root: MARKER_ROOT, path: ".rollcall" },
    s3: needsS3
      ? {
          endpoint: "http://s3.example",
          region: "us-east-1",
          bucket: "boot",
          prefix: "p",
          pathStyle: true,
          checksum: "when-required",
          credentials: { from: "default" },
        }
      : null,
    lock: { store: shape.lock, seconds: 30 },
    api: shape.steps.includes("r") ? { folder: "/token" } : null,
    drop: "allow",
    leave: null,
    steps: [...shape.steps].map((letter, index) => {
      const scope = letter === "r" ? "release" : "pod";
      const name = `s${index}`;
      return {
        name,
        scope,
        run: ["run", scope, name],
        verify: ["verify", scope, name],
        ...(index % 2 === 1 ? { still: ["still", scope, name] } : {}),
        timeoutSeconds: 60,
        retries: 1,
      };
    }),
    ...changes,
  };
}
