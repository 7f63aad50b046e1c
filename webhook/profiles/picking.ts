// Who may pick a profile, and how strict it is: fields of every kind.
import * as z from "zod";
import { dnsLabel } from "./fields.ts";

export const mode = z
  .enum(["enforce", "warn"])
  .default("enforce")
  .describe("warn: nothing is changed or denied, everything told");

export const namespaces = z
  .array(z.union([z.literal("*"), dnsLabel]))
  .min(1)
  .describe('Namespaces whose workloads may pick this profile; "*" for all');

/** @param byDefault of a kind where a profile says nothing */
export const selectorLabelOf = (byDefault: "require" | "warn") =>
  z
    .enum(["require", "warn"])
    .default(byDefault)
    .describe(
      "A StatefulSet whose selector lacks the label rollcall.dev/profile: refused at CREATE, or warned of",
    );
