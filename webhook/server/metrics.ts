// The metrics for Prometheus. Every label has a fixed set of values: names of users, namespaces or objects are chosen by
// callers and would be unbounded.
import { X509Certificate } from "node:crypto";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ServedRequest } from "../admission/route.ts";
import { Profiles } from "../profiles/profileSet.ts";
import type { Certificate } from "../tls/selfSigned.ts";
import { CONTENT_STATES, type ContentSummary, NO_CONTENT } from "./contentSummary.ts";
import { classifyOutcome, classifyResource } from "./outcome.ts";
import type { ContentReading } from "./watchContent.ts";

export interface Metrics {
  served(served: ServedRequest): void;
  /** Sets the current profiles. */
  profiles(profiles: Profiles): void;
  /** Registers the source of the profile cache's age in seconds, read at each scrape; null: no profiles yet. */
  watchCacheAge(read: () => number | null): void;
  /** Sets the served certificate. */
  certificate(certificate: Certificate): void;
  event(result: EventOutcome): void;
  /** Sets which content pods have, as read last. */
  content(reading: ContentReading): void;
  /** the content type of `text` */
  readonly contentType: string;
  text(): Promise<string>;
}

/** dropped: there were too many Events. */
export type EventOutcome = "written" | "failed" | "dropped";

/** In seconds, from the fastest reviews to the longest timeout of the API server. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function openMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });

  const reviews = new Counter({
    name: "rollcall_admission_reviews_total",
    help: "Reviews by result. decision: allowed, patched, denied, would-deny (mode Warn), overridden, errored (could not be decided), fault (internal error); code: the code of the denial, or none",
    labelNames: ["path", "operation", "resource", "decision", "code", "dry_run"],
    registers,
  });
  const durations = new Histogram({
    name: "rollcall_admission_review_duration_seconds",
    help: "Time from the request's headers to the end of the response",
    labelNames: ["path"],
    buckets: BUCKETS,
    registers,
  });
  const invalidRequests = new Counter({
    name: "rollcall_invalid_requests_total",
    help: "Requests that are not valid reviews, by HTTP status of the response",
    labelNames: ["path", "status"],
    registers,
  });
  const overrides = new Counter({
    name: "rollcall_overrides_used_total",
    help: "Changes allowed by rollcall.dev/override, by code of the denial, without dry runs",
    labelNames: ["code"],
    registers,
  });
  const events = new Counter({
    name: "rollcall_events_total",
    help: "Events by result: written, failed, or dropped because there were too many",
    labelNames: ["result"],
    registers,
  });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const profileCounts = new Gauge({
    name: "rollcall_profiles",
    help: "Stored RollcallProfiles by state: active, invalid, or conflict (with an older profile)",
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
    "Expiry time of the served certificate",
  );
  const contentSets = gauge(
    "rollcall_content_sets",
    "The most sets of content (OTOBO's packages) that pods of one StatefulSet have: 1 where all are alike, 0 without such pods",
  );
  const contentPods = new Gauge({
    name: "rollcall_content_pods",
    help: "Pods that take up content while they run, by state: current (have the set for which everything is done that is done once), other (have another set), failing (cannot take up a part of it), unknown (have recorded none)",
    labelNames: ["state"],
    registers,
  });
  const countContent = ({ sets, pods }: ContentSummary): void => {
    contentSets.set(sets);
    for (const state of CONTENT_STATES) contentPods.set({ state }, pods[state]);
  };
  countContent(NO_CONTENT);
  const contentReadAt = gauge(
    "rollcall_content_read_timestamp_seconds",
    "Time of the last complete reading of content, that is of its oldest part; the start of the process before the first one",
  );
  contentReadAt.setToCurrentTime();

  return {
    served: (served) => {
      const { path, request, milliseconds, status } = served;
      if (request === null) {
        invalidRequests.inc({ path, status });
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
        help: "Time since the API server last sent data about profiles; up to about a minute without changes",
        registers,
        collect() {
          this.set(read() ?? Number.NaN);
        },
      });
    },
    certificate: ({ cert }) => expiry.set(new X509Certificate(cert).validToDate.getTime() / 1000),
    event: (result) => events.inc({ result }),
    content: ({ summary, readAt }) => {
      countContent(summary);
      if (readAt !== null) contentReadAt.set(readAt.getTime() / 1000);
    },
    contentType: register.contentType,
    text: () => register.metrics(),
  };
}
