// No pod is worse off with Rollcall: random pods, created as the StatefulSet controller creates them, on a real API server
// in namespaces with a LimitRange, a ResourceQuota and Pod Security. Each is created twice as a dry run, with the
// profile's label and without it: it must be admitted or rejected in both cases, and keep its QoS class.
import assert from "node:assert/strict";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { POD_INDEX_LABEL, PROFILE_LABEL } from "../../webhook/kubernetes/names.ts";
import { readAs, statefulSet } from "../../webhook/kubernetes/objects.ts";
import { buildPod } from "../../webhook/kubernetes/statefulSetPods.ts";
import { formatDocuments } from "../e2e/harness/kubectl.ts";
import { renderGenericYaml } from "../profileYaml.ts";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import { type Amounts, generateTemplate, type RandomTemplate } from "./anyTemplate.ts";
import { type RealApiServer, startApiServer } from "./apiServer.ts";
import { needsWebhook, type RealWebhook, startWebhook } from "./webhook.ts";

const STEPS = "markers: {volume: data}, steps: [{name: s, scope: Pod, run: [a], verify: [b]}]";
const LEAVE = "scaleDown: {policy: Managed, minReplicas: 1, leave: {run: [a], verify: [b]}}";
const PROFILES = {
  copy: renderGenericYaml("copy", STEPS),
  image: renderGenericYaml("image", STEPS, "runner: {delivery: ImageVolume}"),
  last: renderGenericYaml("last", STEPS, "runner: {position: {type: Last}}"),
  managed: renderGenericYaml("managed", `markers: {volume: data}, ${LEAVE}`, "selectorLabel: Warn"),
};

const EXCEPTIONS = {
  storage: "an ephemeral-storage limit, to which the copy of the runner is added",
  memory: "a memory limit below what the runner needs",
} as const;
type Exception = keyof typeof EXCEPTIONS;

/**
 * The rules of a namespace: limits of a LimitRange, what a quota counts, and whether Pod Security restricted is
 * enforced.
 */
interface Rules {
  readonly limits?: readonly object[];
  readonly hard?: Readonly<Record<string, string>>;
  readonly isRestricted?: boolean;
}

const container = (fields: object): object => ({ type: "Container", ...fields });
const QUOTA = {
  "requests.cpu": "3",
  "requests.memory": "3Gi",
  "limits.cpu": "4",
  "limits.memory": "4Gi",
};

const NAMESPACES: Readonly<Record<string, Rules>> = {
  free: {},
  min: { limits: [container({ min: { cpu: "100m", memory: "90Mi" } })] },
  max: { limits: [container({ max: { cpu: "1", memory: "512Mi" } })] },
  tiny: { limits: [container({ max: { memory: "100Mi" } })] },
  ratio: { limits: [container({ maxLimitRequestRatio: { cpu: "4" } })] },
  ratios: { limits: [container({ maxLimitRequestRatio: { cpu: "2", memory: "2" } })] },
  defaults: {
    limits: [
      container({
        default: { cpu: "300m", memory: "256Mi" },
        defaultRequest: { cpu: "150m", memory: "128Mi" },
        min: { cpu: "100m" },
        max: { memory: "1Gi" },
      }),
    ],
  },
  "low-defaults": { limits: [container({ default: { memory: "64Mi", "ephemeral-storage": "100Mi" } })] },
  pods: {
    limits: [
      {
        type: "Pod",
        min: { cpu: "100m" },
        max: { cpu: "2", memory: "1Gi" },
        maxLimitRequestRatio: { cpu: "3" },
      },
    ],
  },
  storage: { limits: [container({ max: { "ephemeral-storage": "400Mi" } })] },
  quota: { hard: QUOTA },
  "storage-quota": { hard: { "limits.ephemeral-storage": "600Mi", "requests.ephemeral-storage": "550Mi" } },
  restricted: { isRestricted: true },
  all: {
    isRestricted: true,
    hard: { ...QUOTA, pods: "5" },
    limits: [
      container({
        default: { cpu: "300m", memory: "256Mi" },
        defaultRequest: { cpu: "100m", memory: "128Mi" },
        max: { cpu: "1", memory: "1Gi" },
        maxLimitRequestRatio: { cpu: "4", memory: "4" },
      }),
    ],
  },
};

/** The number in the gate; `test:full` uses more. */
const COUNT = Number(process.env["ROLLCALL_TEMPLATES"] ?? "300");
const CONTROLLER = "system:serviceaccount:kube-system:statefulset-controller";

interface Answer {
  readonly isAdmitted: boolean;
  /** why it was rejected */
  readonly message: string;
  readonly qosClass: string;
  readonly containers: readonly { name: string; resources?: Amounts }[];
}

describe("pods on a real API server, with and without Rollcall", function () {
  this.timeout(600_000);
  let api: RealApiServer;
  let webhook: RealWebhook;

  before(async function () {
    needsWebhook(this);
    api = await startApiServer(this);
    await must(["apply", "-k", join(REPOSITORY_ROOT, "manifests/base")]);
    await must(["apply", "-f", "-"], Object.entries(NAMESPACES).flatMap(buildNamespaceObjects));
    // set by the test: no controller counts the quota's use, and no pod exists
    for (const [namespace, { hard }] of Object.entries(NAMESPACES)) {
      if (hard === undefined) continue;
      const status = { hard, used: Object.fromEntries(Object.keys(hard).map((name) => [name, "0"])) };
      const patch = JSON.stringify({ status });
      await must([
        "-n",
        namespace,
        "patch",
        "quota",
        "quota",
        "--subresource=status",
        "--type=merge",
        "-p",
        patch,
      ]);
    }
    webhook = await startWebhook(api, { profiles: Object.values(PROFILES).join("") });
    for (let tries = 0; !(await isInjected()); tries += 1) {
      assert.ok(tries < 150, "the webhook is never asked");
      await pause(200);
    }
  });
  after(async () => {
    await webhook?.stop();
    await api?.stop();
  });

  async function must(words: readonly string[], objects: readonly object[] = []): Promise<void> {
    const input = formatDocuments(objects);
    const { code, stderr } = await api.kubectl("admin", words, input);
    assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
  }

  const PLAIN: RandomTemplate = {
    profile: "copy",
    namespace: "free",
    metadata: {},
    spec: { containers: [{ name: "app", image: "i" }], initContainers: [], volumes: [] },
  };
  const isInjected = async (): Promise<boolean> =>
    (await create(PLAIN, "copy")).containers.some(({ name }) => name === "rollcall-init");

  /** Creates the pod of a template as a dry run, as the controller would. @param profile null: without the label */
  async function create(
    { namespace, metadata, spec }: RandomTemplate,
    profile: string | null,
  ): Promise<Answer> {
    const labels = { app: "web", ...(profile === null ? {} : { [PROFILE_LABEL]: profile }) };
    const read = readAs(statefulSet, {
      metadata: { name: "web", namespace },
      spec: {
        serviceName: "web",
        template: { metadata: { ...metadata, labels }, spec },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      },
    });
    if ("wrong" in read) throw new Error(read.wrong);
    const pod = buildPod(read.object, namespace, 0, "web-1");
    assert.equal(pod.metadata.labels?.[POD_INDEX_LABEL], "0");
    return post(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
  }

  function post(path: string, object: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request({
        host: "127.0.0.1",
        port: api.port,
        path,
        method: "POST",
        rejectUnauthorized: false,
        headers: {
          authorization: "Bearer admin-token",
          "impersonate-user": CONTROLLER,
          "impersonate-group": "system:serviceaccounts",
          "content-type": "application/json",
        },
      });
      asked.on("error", reject);
      asked.on("response", (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        answer.on("end", () => resolve(read(answer.statusCode ?? 0, text)));
      });
      asked.end(JSON.stringify(object));
    });
  }

  it(`are admitted with and without Rollcall alike and keep their QoS class, except for listed exceptions`, async () => {
    const { seed = 0 } = fc.readConfigureGlobal();
    const templates = fc.sample(generateTemplate(Object.keys(PROFILES), Object.keys(NAMESPACES)), {
      numRuns: COUNT,
      seed,
    });
    const observation: RunCounts = {
      admitted: 0,
      refused: 0,
      exceptions: { storage: [], memory: [] },
      worse: [],
    };
    for (const [at, template] of templates.entries()) {
      const answers = [create(template, null), create(template, template.profile)] as const;
      const [without, withUs] = await Promise.all(answers);
      judge(observation, { at, template, without, withUs });
    }
    const { admitted, refused, exceptions, worse } = observation;
    console.log(`      seed ${seed}: ${COUNT} templates, ${admitted} admitted, ${refused} refused in both`);
    for (const [name, places] of Object.entries(exceptions))
      console.log(
        `      ${places.length} refused for ${EXCEPTIONS[name as Exception]}: ${places.join(", ")}`,
      );
    assert.deepEqual(worse, []);
    assert.ok(admitted >= COUNT / 4, `only ${admitted} were admitted: that shows little`);
    assert.ok(refused > 0, "no policy refused anything");
  });
});

interface RunCounts {
  admitted: number;
  refused: number;
  readonly exceptions: Readonly<Record<Exception, string[]>>;
  /** pods that are worse off, and why */
  readonly worse: string[];
}

interface AskedTemplate {
  readonly at: number;
  readonly template: RandomTemplate;
  readonly without: Answer;
  readonly withUs: Answer;
}

/** Counts the results of one template. */
function judge(observation: RunCounts, { at, template, without, withUs }: AskedTemplate): void {
  const isSame = without.isAdmitted === withUs.isAdmitted;
  const told = JSON.stringify(template);
  if (!isSame && withUs.isAdmitted)
    observation.worse.push(`${at}: admitted with us alone: ${without.message}: ${told}`);
  else if (!isSame) {
    const exception = exceptionIn(template, without, withUs.message);
    if (exception === null) observation.worse.push(`${at}: ${withUs.message}: ${told}`);
    else observation.exceptions[exception].push(`${at} (${template.namespace})`);
  } else if (!withUs.isAdmitted) observation.refused += 1;
  else {
    observation.admitted += 1;
    if (without.qosClass !== withUs.qosClass)
      observation.worse.push(`${at}: ${without.qosClass} becomes ${withUs.qosClass}: ${told}`);
  }
}

/**
 * The listed exception that explains why a pod is rejected with Rollcall only: by the template, by what the API server
 * stores without Rollcall, and by the message.
 */
function exceptionIn(template: RandomTemplate, { containers }: Answer, message: string): Exception | null {
  const { profile, namespace, spec } = template;
  const isSaid = [...spec.containers, ...spec.initContainers].some(
    ({ resources }) => (resources as Amounts | undefined)?.limits?.["ephemeral-storage"] !== undefined,
  );
  const isStorage = isSaid || namespace === "low-defaults";
  if (profile !== "image" && isStorage && /ephemeral-storage/.test(message)) return "storage";
  const app = containers.find(({ name }) => name === "app")?.resources?.limits?.["memory"];
  const isLow = app !== undefined && ["32Mi", "64Mi", "100Mi"].includes(app);
  return isLow && /memory/.test(message) ? "memory" : null;
}

function read(status: number, text: string): Answer {
  const body = JSON.parse(text) as {
    message?: string;
    status?: { qosClass?: string };
    spec?: { containers: Answer["containers"]; initContainers?: Answer["containers"] };
  };
  return {
    isAdmitted: status === 201,
    message: body.message ?? "",
    qosClass: body.status?.qosClass ?? "",
    containers: [...(body.spec?.containers ?? []), ...(body.spec?.initContainers ?? [])],
  };
}

function buildNamespaceObjects([name, { limits, hard, isRestricted }]: [string, Rules]): object[] {
  const inIt = { namespace: name };
  const labels = isRestricted === true ? { "pod-security.kubernetes.io/enforce": "restricted" } : {};
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", ...inIt } },
    ...(limits === undefined
      ? []
      : [{ apiVersion: "v1", kind: "LimitRange", metadata: { name: "range", ...inIt }, spec: { limits } }]),
    ...(hard === undefined
      ? []
      : [{ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "quota", ...inIt }, spec: { hard } }]),
  ];
}
