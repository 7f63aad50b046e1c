// Generates the templates of the chart manifests/helm/rollcall from the files of manifests/base and its overlays, with
// placeholders for the chart's values. The base stays the only source, including its comments.
import { parse } from "yaml";
import * as z from "zod";
import { DEFAULT_CONTROLLER_USERS } from "../../webhook/mutation/settings.ts";
import { BASE_NAMESPACE, NAMESPACED, readManifest } from "./base.ts";
import { DEPLOYMENT_EDITS } from "./deploymentEdits.ts";
import { applyEdits, type Edit } from "./edit.ts";

interface TemplateSource {
  /** relative to manifests/ */
  readonly source: string;
  /** the condition under which the template prints anything, as an argument of `if` */
  readonly condition?: string;
  /** annotations that the template sets itself, as a `dict` */
  readonly annotations?: string;
  readonly edits?: readonly Edit[];
}

const SELF_MADE = `eq .Values.certificates.issuer "rollcall"`;
const FLOOR: Omit<TemplateSource, "source"> = {
  condition: ".Values.floor.enabled",
  edits: [
    [`expression: "[]"`, `expression: "[{{ include "rollcall.celList" .Values.floor.sparedProfiles }}]"`],
  ],
};

/** By template name. A file of the base without an entry becomes a template without edits. */
const SOURCES: Readonly<Record<string, TemplateSource>> = {
  crd: {
    source: "base/crd.yaml",
    condition: ".Values.crd.install",
    annotations: `(dict "helm.sh/resource-policy" "keep")`,
    edits: [["{{ is a literal brace", `{{ "{{" }} is a literal brace`]],
  },
  namespace: {
    source: "base/namespace.yaml",
    condition: ".Values.namespace.create",
    edits: [
      ["enforce: restricted", `enforce: {{ if .Values.hostNetwork }}privileged{{ else }}restricted{{ end }}`],
    ],
  },
  rbac: {
    source: "base/rbac.yaml",
    edits: [
      [
        "resourceNames: [rollcall-tls], verbs: [get, update]}\n",
        `resourceNames: [rollcall-tls], verbs: [get{{ if ${SELF_MADE} }}, update{{ end }}]}\n{{- if ${SELF_MADE} }}\n`,
      ],
      ["resources: [secrets], verbs: [create]}\n", "resources: [secrets], verbs: [create]}\n{{- end }}\n"],
      ["verbs: [get, patch]", `verbs: [get{{ if ${SELF_MADE} }}, patch{{ end }}]`],
    ],
  },
  service: { source: "base/service.yaml" },
  deployment: { source: "base/deployment.yaml", edits: DEPLOYMENT_EDITS },
  budget: {
    source: "base/budget.yaml",
    edits: [["maxUnavailable: 1", "maxUnavailable: {{ .Values.maxUnavailable }}"]],
  },
  webhooks: {
    source: "base/webhooks.yaml",
    annotations: `(include "rollcall.caInjection" . | fromYaml)`,
    edits: [
      [
        `in [${DEFAULT_CONTROLLER_USERS.map((name) => `'${name}'`).join(", ")}]`,
        `in [{{ include "rollcall.celList" .Values.controllerUsers }}]`,
      ],
    ],
  },
  override: {
    source: "base/override.yaml",
    edits: [
      ["kind: Group, name: rollcall-breakglass", `kind: Group, name: {{ .Values.breakGlassGroup | quote }}`],
      [
        `Set your own group as the subject of the binding below:
#   patches: [{target: {kind: ClusterRoleBinding, name: rollcall-breakglass},
#     patch: '[{op: replace, path: /subjects/0/name, value: sre-oncall}]'}]
`,
        "The value breakGlassGroup is the subject of the binding below.\n",
      ],
    ],
  },
  owners: { source: "base/owners.yaml" },
  "pod-label": { source: "base/pod-label.yaml" },
  leases: { source: "base/leases.yaml" },
  account: {
    source: "base/account.yaml",
    edits: [
      [
        ` An overlay that renames the account or its namespace must change the expressions here and in leases.yaml, since
# kustomize does not.
`,
        "\n",
      ],
    ],
  },
  viewer: { source: "base/viewer.yaml" },
  "network-policy": {
    source: "overlays/network-policy/policy.yaml",
    condition: ".Values.networkPolicy.enabled",
    edits: [
      [
        `    # a documentation address (RFC 5737), so that reviews fail at once if it is not replaced
    - ipBlock: {cidr: 192.0.2.1/32}
`,
        `    {{- range .Values.networkPolicy.from }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
`,
      ],
      [
        "Fill in those of your control plane, and test the policy",
        "They are the value networkPolicy.from; test them",
      ],
    ],
  },
  "priority-quota": {
    source: "overlays/priority-quota/quota.yaml",
    condition: ".Values.priorityQuota.enabled",
    edits: [
      [
        `  # two replicas and one more during a rollout; more replicas need more
  hard: {pods: "12"}`,
        "  hard: {pods: {{ .Values.priorityQuota.pods | quote }}}",
      ],
      ["values: [system-cluster-critical]", "values: [{{ .Values.scheduling.priorityClassName | quote }}]"],
    ],
  },
  "floor-statefulsets": { source: "overlays/floor/statefulsets.yaml", ...FLOOR },
  "floor-scale": { source: "overlays/floor/scale.yaml", ...FLOOR },
};

export const TEMPLATE_NAMES: readonly string[] = Object.keys(SOURCES);

/** The source files of the templates, relative to manifests/. */
export const TEMPLATE_SOURCES: readonly string[] = Object.values(SOURCES).map(({ source }) => source);

/** The text of a template. @throws if its source has changed so that the edits no longer fit */
export async function writeTemplate(name: string): Promise<string> {
  const template = SOURCES[name];
  if (template === undefined) throw new Error(`there is no template ${name}`);
  const { source, condition, edits = [], annotations = "(dict)" } = template;
  const text = applyEdits(await readManifest(source), edits, source);
  const documents = text.split(/^---\n/m).map((document) => addMetadata(document, annotations, source));
  const body = documents.join("---\n").replaceAll(BASE_NAMESPACE, "{{ .Release.Namespace }}");
  const head = `{{- /* Generated by \`npm run docs\` from manifests/${source}: do not edit. */}}\n`;
  return condition === undefined ? head + body : `${head}{{- if ${condition} }}\n${body}{{- end }}\n`;
}

const metadataSchema = z.strictObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
});

/** Adds the namespace, and the labels and annotations of the values. */
function addMetadata(document: string, annotations: string, path: string): string {
  const [, kind = ""] = /^kind: (\w+)$/m.exec(document) ?? [];
  const [block] = /^metadata:(?: .*\n|\n(?: .*\n)+)/m.exec(document) ?? [];
  if (kind === "" || block === undefined) throw new Error(`${path}: a document without kind or metadata`);
  const quoted = block.replaceAll(/\{\{.*?\}\}/g, "");
  const { name } = metadataSchema.parse((parse(quoted) as { metadata: unknown }).metadata);
  const labels = [...block.matchAll(/^ {4}.*\n/gm)].map(([line]) => line).join("");
  const namespace = NAMESPACED.includes(kind) ? `  namespace: ${BASE_NAMESPACE}\n` : "";
  return document.replace(
    block,
    () => `metadata:
  name: ${name}
${namespace}  labels:
${labels}    {{- include "rollcall.labels" . | nindent 4 }}
  {{- include "rollcall.annotations" (list . ${annotations}) | nindent 2 }}
`,
  );
}
