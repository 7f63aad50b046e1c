// The kinds of workload that have code of their own in the runner. It is loaded late: most pods need none of it.
import type { RunnerPreset } from "../init/engine/preset.ts";

export const RUNNER_PRESETS: readonly RunnerPreset[] = [
  {
    kind: "otobo",
    command: {
      name: "otobo",
      help: "  otobo [verify] STEP               one step of the preset for OTOBO, or its proof; otobo release, stop, leave",
    },
    load: async () => (await import("./otobo/runner/preset.ts")).otoboRunner,
  },
  {
    kind: "ozone-om",
    ownsPlans: true,
    command: {
      name: "om",
      asks: true,
      help: `  om ring [-o json]                 of an Ozone Manager: its live ring
  om transfer [ID] | evict ID | rejoin ID [-o json]
                                    hand leadership over (by default to the lowest healthy member); take a member
                                    out of the ring; let one that was taken out join again
  om archive list | archive rm [-o json]
                                    the old states that a join has set aside`,
    },
    load: async () => (await import("./ozone-om/runner/preset.ts")).ozoneRunner,
  },
];
