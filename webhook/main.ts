// The admission server in a cluster: configuration in, server up, until SIGTERM.
import { NotInCluster, readInClusterAccess } from "./cluster/access.ts";
import { type ClusterApi, createClusterApi } from "./cluster/api.ts";
import { createApiClient } from "./cluster/call.ts";
import { createApiServerClock } from "./cluster/createApiServerClock.ts";
import { createContentApi } from "./cluster/createContentApi.ts";
import { createKubeApi } from "./cluster/createKubeApi.ts";
import { createEventApi } from "./cluster/events.ts";
import { createSetLister } from "./cluster/statefulSets.ts";
import { PROFILE_LABEL } from "./kubernetes/names.ts";
import type { InitImage } from "./mutation/settings.ts";
import { openConfirm } from "./reviews/confirm.ts";
import { createRoutes } from "./reviews/routes.ts";
import { createEvidencePorts } from "./scaleDown/evidence/createEvidencePorts.ts";
import { NAMESPACE_CONTROLLERS } from "./scaleDown/garbageCollectors.ts";
import { readConfig, type ServerConfig } from "./server/config.ts";
import { readPodOutcome, toClusterEvent } from "./server/eventMapping.ts";
import { createEventRecorder } from "./server/eventRecorder.ts";
import { explainMissingGate } from "./server/explainMissingGate.ts";
import { startServer } from "./server/https.ts";
import { type Logger, logServed, openLog, openOutput } from "./server/log.ts";
import { openMetrics } from "./server/metrics.ts";
import { startProfileStatus } from "./server/profileStatus.ts";
import { openProfileStore } from "./server/profileStore.ts";
import { watchCertificate } from "./server/watchCertificate.ts";
import { readClientCa, watchClientCa } from "./server/watchClientCa.ts";
import { CONTENT_CALLS, watchContent } from "./server/watchContent.ts";
import { type SourceInput, type SyncResult, syncCertificate } from "./tls/clusterSource.ts";
import { readExternalCertificate } from "./tls/readExternalCertificate.ts";

/** The init container of our own Deployment that names the init image. */
const INIT_IMAGE_CONTAINER = "init-image";

/** Calls about profiles at once, beside those of reviews. */
const PROFILE_CALLS = 4;

/** What does not end by itself in this time after the drain is cut off. */
const HARD_STOP_MS = 20_000;

interface Logs {
  readonly log: Logger;
  /** of one line for each request */
  readonly requests: Logger;
}

async function main(config: ServerConfig, { log, requests }: Logs): Promise<void> {
  const access = readInClusterAccess();
  const cluster = createClusterApi(access);
  const metrics = openMetrics();
  const teller = createEventRecorder({
    api: createEventApi(access, config.pod),
    onResult: metrics.event,
    onWarning: (line) => log.warn(line),
  });
  const profileApi = createApiClient(access, PROFILE_CALLS);
  const store = openProfileStore({
    api: profileApi,
    onInfo: (line) => log.info(line),
    onWarning: (line) => log.warn(line),
    onChange: () => {
      const profiles = store.current();
      if (profiles !== null) metrics.profiles(profiles);
      status.wake();
    },
  });
  const status = startProfileStatus({
    api: profileApi,
    store,
    namespace: config.namespace,
    pod: config.pod,
    onInfo: (line) => log.info(line),
    onWarning: (line) => log.warn(line),
  });
  metrics.watchCacheAge(store.cacheAgeSeconds);

  const initImage = await ownInitImage(cluster, config);
  const host = `${config.service}.${config.namespace}.svc`;
  const source: SourceInput = {
    cluster,
    namespace: config.namespace,
    secret: config.secret,
    configuration: config.configuration,
    names: [host, `${config.service}.${config.namespace}`, `${host}.cluster.local`],
    now: createApiServerClock(access),
    log: (message) => log.info(message),
  };
  const sync = (): Promise<SyncResult> =>
    config.certificate === "external" ? readExternalCertificate(source) : syncCertificate(source);
  const first = await sync();
  let whyNotTrusted = first.whyNotTrusted;
  let whyBrakeOff: string | null = null;
  const lookAtBrake = async (): Promise<void> => {
    const why = explainMissingGate(
      await cluster.readConfiguration("validating", config.configuration),
      config,
    );
    if (why !== null && why !== whyBrakeOff) log.error(why);
    whyBrakeOff = why;
  };
  // if it cannot be read, the CA cannot be published either, which is logged
  await lookAtBrake().catch(() => undefined);

  const now = () => new Date();
  const ports = createEvidencePorts({ asks: createKubeApi(access), now });
  const confirm = openConfirm({
    liveSet: ports.liveSet,
    emit: (confirmed) => teller.emit(toClusterEvent(confirmed)),
    onDropped: () => metrics.event("dropped"),
  });
  const settings = { initImage, controllerUsers: config.controllerUsers };
  const { clientCa } = config;
  const callers = clientCa === null ? null : { ca: await readClientCa(clientCa.path), names: clientCa.names };
  const server = await startServer({
    port: config.port,
    certificate: first.certificate,
    callers,
    routes: createRoutes({
      source: store,
      settings,
      liveSets: createSetLister(access, PROFILE_LABEL),
      guard: {
        ports,
        collectorUsers: NAMESPACE_CONTROLLERS,
        now,
        confirmOutcome: confirm,
      },
    }),
    health: {
      whyNotReady: () =>
        store.current() === null
          ? "RollcallProfiles have not been listed yet, the log says why"
          : (whyNotTrusted ?? whyBrakeOff),
    },
    metrics,
    onServed: (served) => {
      logServed(requests, served);
      metrics.served(served);
      const outcome = readPodOutcome(served);
      if (outcome !== null) void confirm(outcome);
    },
  });
  metrics.certificate(first.certificate);
  log.info({ port: server.port, initImage: initImage.name }, "serving");
  watchCertificate({
    sync,
    serving: first,
    log,
    onTrust: (why) => {
      whyNotTrusted = why;
      // as it was where it cannot be read now
      void lookAtBrake().catch(() => undefined);
    },
    swap: (certificate) => {
      server.setCertificate(certificate);
      metrics.certificate(certificate);
    },
  });
  watchContent({
    api: createContentApi(access, PROFILE_LABEL, CONTENT_CALLS),
    profiles: store.current,
    onReading: metrics.content,
    onWarning: (line) => log.warn(line),
    now,
  });
  if (clientCa !== null && callers !== null)
    watchClientCa(clientCa.path, callers.ca, log, (ca) => server.setClientCa(ca));
  process.once("SIGTERM", () => {
    log.info({ seconds: config.drainMs / 1000 }, "SIGTERM: draining");
    setTimeout(() => process.exit(1), config.drainMs + HARD_STOP_MS).unref();
    // the Lease is free for the replica that stays
    const stopped = status.stop();
    void Promise.all([server.drain(config.drainMs), stopped]).then(() => {
      log.info("drained, good-bye");
      process.exit(0);
    });
  });
}

async function ownInitImage(cluster: ClusterApi, { namespace, pod }: ServerConfig): Promise<InitImage> {
  const containers = await cluster.initContainers(namespace, pod);
  const found = containers.find(({ name }) => name === INIT_IMAGE_CONTAINER);
  if (found !== undefined) return { name: found.image, pullPolicy: found.pullPolicy };
  throw new Error(
    `pod ${namespace}/${pod} has no init container ${INIT_IMAGE_CONTAINER}: it names the image that is injected, see manifests/base`,
  );
}

const config = readConfig(process.env);
if ("faults" in config) {
  for (const line of config.faults) console.error(`rollcall: the environment is wrong: ${line}`);
  process.exitCode = 2;
} else {
  const { prompt, buffered } = openOutput();
  const log = openLog(config.logLevel, prompt);
  main(config, { log, requests: openLog(config.logLevel, buffered) }).catch((error: unknown) => {
    if (error instanceof NotInCluster) log.fatal(`rollcall cannot start: ${error.message}`);
    else log.fatal({ err: error }, "rollcall cannot start");
    process.exit(1);
  });
}
