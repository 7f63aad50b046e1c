// The kinds of workload with their own code in the runner. The code is loaded on demand, because most pods need none.
import type { RunnerPreset } from "../init/engine/preset.ts";

export const RUNNER_PRESETS: readonly RunnerPreset[] = [
  {
    kind: "otobo",
    recordsContent: true,
    command: {
      name: "otobo",
      help: `  otobo [verify] STEP               run a step of the OTOBO preset, or verify it; otobo release, stop, leave
  otobo watch                       take up packages as they change in the database; each pod with packages: Watch runs it
  otobo drift                       list the files of OTOBO in this pod that are neither the image's nor a package's`,
    },
    load: async () => (await import("./otobo/runner/preset.ts")).otoboRunner,
  },
  {
    kind: "ozone-om",
    ownsPlans: true,
    command: {
      name: "om",
      reportsStatus: true,
      help: `  om ring [-o json]                 of an Ozone Manager: show its live ring
  om transfer [ID] | evict ID | rejoin ID [-o json]
                                    transfer leadership (by default to the lowest healthy member); remove a member
                                    from the ring; let an evicted member rejoin
  om archive list | archive rm [-o json]
                                    old states that a join has archived`,
    },
    load: async () => (await import("./ozone-om/runner/preset.ts")).ozoneRunner,
  },
];
