// What /metrics tells, for Prometheus. Every label has a value out of a short list, whatever a review holds: no name of
// a user, a namespace or an object, which anybody could invent without end.
import { X509Certificate } from "node:crypto";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ServedRequest } from "../admission/route.ts";
import { Profiles } from "../profiles/profileSet.ts";
import type { Certificate } from "../tls/selfSigned.ts";
import { classifyOutcome, classifyResource } from "./outcome.ts";

export interface Metrics {
  served(served: ServedRequest): void;
  /** the profiles that count from now on */
  profiles(profiles: Profiles): void;
  /** Where the age of the profiles' cache is read at each scrape, in seconds; null: nothing was read yet. */
  watchCacheAge(read: () => number | null): void;
  /** the certificate that is served from now on */
  certificate(certificate: Certificate): void;
  event(became: EventOutcome): void;
  /** the exposition, and its content type */
  readonly contentType: string;
  text(): Promise<string>;
}

/** What became of an Event: written, not written, or thrown away since there were too many. */
export type EventOutcome = "written" | "failed" | "dropped";

/** From what a review without evidence takes to the longest that an API server waits, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function openMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });

  const reviews = new Counter({
    name: "rollcall_admission_reviews_total",
    help: "Reviews answered. decision: allowed, patched, denied, would-deny (mode Warn), overridden, errored (asked in vain), fault (a fault of Rollcall's own); code: what was denied or let through, or none",
    labelNames: ["path", "operation", "resource", "decision", "code", "dry_run"],
    registers,
  });
  const durations = new Histogram({
    name: "rollcall_admission_review_duration_seconds",
    help: "From the request's head to the answer's end",
    labelNames: ["path"],
    buckets: BUCKETS,
    registers,
  });
  const garbage = new Counter({
    name: "rollcall_invalid_requests_total",
    help: "Requests that were no reviews, by the HTTP status of the answer",
    labelNames: ["path", "status"],
    registers,
  });
  const overrides = new Counter({
    name: "rollcall_overrides_used_total",
    help: "Changes that rollcall.dev/override let through, by the code of the denial; dry runs do not count",
    labelNames: ["code"],
    registers,
  });
  const events = new Counter({
    name: "rollcall_events_total",
    help: "Events by what became of them; dropped: there were too many at once",
    labelNames: ["result"],
    registers,
  });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const profileCounts = new Gauge({
    name: "rollcall_profiles",
    help: "Stored RollcallProfiles by state: active, invalid, or in conflict with an older one",
    labelNames: ["state"],
    registers,
  });
  const countProfiles = (profiles: Profiles): void => {
    profileCounts.set({ state: "active" }, profiles.size);
    profileCounts.set({ state: "invalid" }, profiles.countRejected("Invalid"));
    profileCounts.set({ state: "conflict" }, profiles.countRejected("Conflict"));
  };
  countProfiles(new Profiles(new Map()));
  const expiry = gauge(
    "rollcall_certificate_expiry_timestamp_seconds",
    "When the certificate that is served expires",
  );

  return {
    served: (served) => {
      const { path, request, milliseconds, status } = served;
      if (request === null) {
        garbage.inc({ path, status });
        return;
      }
      durations.observe({ path }, milliseconds / 1000);
      const { decision, code } = classifyOutcome(served);
      const dry = request.dryRun === true;
      const { operation } = request;
      reviews.inc({
        path,
        operation,
        resource: classifyResource(request),
        decision,
        code,
        dry_run: String(dry),
      });
      if (decision === "overridden" && !dry) overrides.inc({ code });
    },
    profiles: countProfiles,
    watchCacheAge: (read) => {
      new Gauge({
        name: "rollcall_profile_cache_age_seconds",
        help: "Since the API server last sent anything about profiles; about a minute where nothing changes",
        registers,
        collect() {
          this.set(read() ?? Number.NaN);
        },
      });
    },
    certificate: ({ cert }) => expiry.set(new X509Certificate(cert).validToDate.getTime() / 1000),
    event: (result) => events.inc({ result }),
    contentType: register.contentType,
    text: () => register.metrics(),
  };
}
