// Whether nodes can mount image volumes, for profiles with runner.delivery ImageVolume. The feature gate ImageVolume exists
// since Kubernetes 1.31, is on by default since 1.35, and cannot be switched off since 1.36 (pkg/features/kube_features.go
// of 1.37.2); containerd has image volumes since 2.1 (containerd#10579), CRI-O since 1.31.
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { META } from "../../../../init/contract/apiObjects.ts";
import { list, nullish, object, type TypeOf, text } from "../../../../init/contract/shape.ts";
import { isObjectName } from "../../../cluster/watchedObject.ts";
import { STATE_REASON } from "../../../kubernetes/conditions.ts";
import { listNames } from "../../../kubernetes/shorten.ts";
import { readStatusMessage, Unreadable } from "../clusterReader.ts";
import {
  type Check,
  type CommandPrinter,
  createFault,
  createUnknown,
  type DoctorContext,
} from "../context.ts";
import { type CheckFinding, type CheckOutcome, quoteFromCluster } from "../report.ts";
import { versionShape } from "./apiServer.ts";
import { listProfiles } from "./profiles.ts";

const node = object({
  metadata: object({ name: META.name }),
  status: object({
    nodeInfo: object({ kubeletVersion: text(), containerRuntimeVersion: text() }),
  }),
});

type Node = TypeOf<typeof node>;

const WHY = "pods of such a profile are not created, or do not start there";

export const checkImageVolumes: Check = {
  group: "Image volumes",
  name: "image-volumes",
  looksAt:
    "profiles with runner.delivery ImageVolume, and the versions of the nodes' kubelets and container runtimes",
  run: async (context) => {
    const profiles = await listProfiles(context);
    const names = profiles.filter(({ profile }) => profile?.work?.runner === "image").map(({ name }) => name);
    if (context.probeNamespace !== null) return probeImageVolume(context, context.probeNamespace);
    if (names.length === 0)
      return {
        good: "no profile has runner.delivery ImageVolume, so nodes need no image volumes",
        findings: [],
      };
    const nodes = (await context.reader.list("/api/v1/nodes", "nodes", node)).filter(({ metadata }) =>
      isObjectName(metadata.name),
    );
    const findings = [...(await judgeApiServer(context, names)), ...judgeNodes(context, nodes, names)];
    return { good: `every node supports image volumes, by its versions (${nodes.length})`, findings };
  },
};

type Support = "yes" | "gate" | "no" | "unknown";

async function judgeApiServer(
  { reader, commands }: DoctorContext,
  names: readonly string[],
): Promise<CheckFinding[]> {
  const version = await reader.get("/version", "its version", versionShape);
  const support = judgeKubernetes(`v${version?.major}.${version?.minor}`);
  if (support === "yes") return [];
  return [
    explainSupport(
      support,
      `the API server (${quoteFromCluster(version?.gitVersion ?? "", 40)})`,
      names,
      commands,
    ),
  ];
}

function judgeNodes(
  { commands }: DoctorContext,
  nodes: readonly Node[],
  names: readonly string[],
): CheckFinding[] {
  if (nodes.length === 0) return [createUnknown("there are no nodes to look at", WHY)];
  return (["no", "gate", "unknown"] as const).flatMap((wanted) => {
    const found = nodes.filter((each) => judgeNode(each) === wanted);
    const [first] = found;
    if (first === undefined) return [];
    const { kubeletVersion, containerRuntimeVersion } = first.status.nodeInfo;
    const versions = `${quoteFromCluster(kubeletVersion, 40)}, ${quoteFromCluster(containerRuntimeVersion, 60)}`;
    const shown = `${found.length} of ${nodes.length} nodes (${listNames(found.map(({ metadata }) => metadata.name))}; the first has ${versions})`;
    return [explainSupport(wanted, shown, names, commands)];
  });
}

const fixDelivery = (commands: CommandPrinter, names: readonly string[]): string[] =>
  names
    .slice(0, 5)
    .map((name) =>
      commands.kubectl("patch", "rcp", name, "--type=merge", "-p", '{"spec":{"runner":{"delivery":"Copy"}}}'),
    );

function explainSupport(
  support: Exclude<Support, "yes">,
  shown: string,
  names: readonly string[],
  commands: CommandPrinter,
): CheckFinding {
  const used = `runner.delivery ImageVolume of ${listNames(names)}`;
  if (support === "no")
    return createFault(
      `${shown} cannot mount image volumes, which ${used} needs`,
      WHY,
      fixDelivery(commands, names),
    );
  const probe = "# make a pod with an image volume in a namespace of yours, and remove it:";
  return createUnknown(
    support === "gate"
      ? `${shown}: image volumes, which ${used} needs, are behind the feature gate ImageVolume, off by default`
      : `${shown}: whether image volumes, which ${used} needs, can be mounted is not known`,
    WHY,
    [probe, commands.doctor("--probe", "--namespace", "NAMESPACE")],
  );
}

function judgeNode({ status }: Node): Support {
  const { kubeletVersion, containerRuntimeVersion } = status.nodeInfo;
  const both = [judgeKubernetes(kubeletVersion), judgeRuntime(containerRuntimeVersion)];
  return (["no", "unknown", "gate"] as const).find((each) => both.includes(each)) ?? "yes";
}

function judgeKubernetes(version: string): Support {
  const [major, minor] = readMajorMinor(version);
  if (major === null || minor === null) return "unknown";
  if (major > 1 || minor >= 35) return "yes";
  return minor >= 31 ? "gate" : "no";
}

function judgeRuntime(version: string): Support {
  const [name = "", text = ""] = version.split("://");
  const [major, minor] = readMajorMinor(text);
  if (major === null || minor === null) return "unknown";
  if (name === "containerd") return major > 2 || (major === 2 && minor >= 1) ? "yes" : "no";
  if (name === "cri-o") return major > 1 || minor >= 31 ? "yes" : "no";
  return "unknown";
}

function readMajorMinor(version: string): [number | null, number | null] {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})/.exec(version) ?? [];
  return major === undefined || minor === undefined ? [null, null] : [Number(major), Number(minor)];
}

const probePod = object({
  spec: nullish(
    object({
      volumes: nullish(list(object({ image: nullish(object({})) }), 100)),
    }),
  ),
  status: nullish(
    object({
      phase: nullish(text()),
      containerStatuses: nullish(
        list(
          object({
            state: nullish(
              object({
                waiting: nullish(
                  object({ reason: nullish(STATE_REASON.reason), message: nullish(STATE_REASON.message) }),
                ),
              }),
            ),
          }),
          100,
        ),
      ),
    }),
  ),
});

/** Enough to pull the image once. */
const PROBE_MS = 120_000;

/** Reasons of the kubelet to wait that do not pass by themselves. */
const FAILED =
  /^(ErrImagePull|ImagePullBackOff|CreateContainerError|CreateContainerConfigError|RunContainerError|InvalidImageName)$/;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Makes a pod with an image volume, waits until it has run, and removes it. */
async function probeImageVolume(context: DoctorContext, namespace: string): Promise<CheckOutcome> {
  const { reader, installation, commands } = context;
  const image = installation.deployment?.spec.template.spec.initContainers?.find(
    ({ name }) => name === "init-image",
  )?.image;
  if (image === undefined)
    return {
      good: "",
      findings: [createUnknown("there is no init image to probe with", "the probe was not made")],
    };
  const name = `rollcall-doctor-${randomBytes(4).toString("hex")}`;
  const pods = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const shown = `probe pod ${namespace}/${name}`;
  const good = `a pod with an image volume ran in namespace ${namespace}, and was removed`;
  const made = await reader.post(pods, buildProbePod(name, image));
  // 409: made already, by a call that was repeated after its connection broke
  if (made.status !== 201 && made.status !== 409) {
    const said = quoteFromCluster(readStatusMessage(made));
    const isDropped = made.status === 422 && /must specify a volume type|volumes\[0\]/.test(said);
    return {
      good,
      findings: [
        isDropped
          ? createFault(`the API server does not accept image volumes: ${said}`, WHY)
          : createUnknown(
              `${shown} could not be created (${made.status}): ${said}`,
              "whether image volumes can be mounted is not known",
            ),
      ],
    };
  }
  const findings: CheckFinding[] = [];
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  // an interrupted command must not leave the pod behind
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    findings.push(...(await watchProbe(context, { path: `${pods}/${name}`, shown, stop: stop.signal })));
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    const removed = await reader.delete(`${pods}/${name}?gracePeriodSeconds=0`).catch(() => null);
    if (removed === null || (removed.status >= 300 && removed.status !== 404))
      findings.push(
        createFault(`${shown} could not be removed`, "it is left over", [
          commands.kubectlIn(namespace, "delete", "pod", name),
        ]),
      );
  }
  return { good, findings };
}

async function watchProbe(
  { reader }: DoctorContext,
  { path, shown, stop }: { path: string; shown: string; stop: AbortSignal },
): Promise<CheckFinding[]> {
  const end = Date.now() + PROBE_MS;
  let last: ProbeState = { hasImageVolume: null, phase: "", reason: "", message: "" };
  while (Date.now() < end && !stop.aborted) {
    last = await readProbeState(reader, path);
    // a field that the API server does not know is dropped, and the volume then is an emptyDir
    if (last.hasImageVolume === false)
      return [createFault(`the API server does not know image volumes: it dropped that of ${shown}`, WHY)];
    if (/^(Succeeded|Running)$/.test(last.phase)) return [];
    if (FAILED.test(last.reason) || last.phase === "Failed")
      return [createFault(`${shown} does not start: ${last.reason} ${last.message}`, WHY)];
    await pause(1_000, undefined, { signal: stop }).catch(() => undefined);
  }
  const ended = stop.aborted ? "was interrupted" : `did not start within ${PROBE_MS / 1000} seconds`;
  return [
    createUnknown(
      `${shown} ${ended}${last.reason === "" ? "" : `: ${last.reason} ${last.message}`}`,
      "whether image volumes can be mounted is not known",
    ),
  ];
}

interface ProbeState {
  /** null: not known */
  readonly hasImageVolume: boolean | null;
  readonly phase: string;
  /** why its container waits */
  readonly reason: string;
  readonly message: string;
}

/** An answer that does not come is tried again. */
async function readProbeState(reader: DoctorContext["reader"], path: string): Promise<ProbeState> {
  const found = await reader.get(path, "the probe pod", probePod).catch((error: unknown) => {
    if (error instanceof Unreadable) return null;
    throw error;
  });
  const waiting = found?.status?.containerStatuses?.[0]?.state?.waiting;
  const volumes = found?.spec?.volumes ?? null;
  return {
    hasImageVolume:
      volumes === null ? null : volumes.some(({ image }) => image !== null && image !== undefined),
    phase: found?.status?.phase ?? "",
    reason: quoteFromCluster(waiting?.reason ?? "", 60),
    message: quoteFromCluster(waiting?.message ?? ""),
  };
}

function buildProbePod(name: string, image: string): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "app.kubernetes.io/managed-by": "rollcall-doctor" } },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      activeDeadlineSeconds: 300,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "probe",
          image,
          args: ["--version"],
          volumeMounts: [{ name: "image", mountPath: "/probe", readOnly: true }],
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
      volumes: [{ name: "image", image: { reference: image, pullPolicy: "IfNotPresent" } }],
    },
  };
}
