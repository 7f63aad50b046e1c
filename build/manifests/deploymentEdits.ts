// What the chart's values replace in manifests/base/deployment.yaml. Parts that the base does not have are printed only
// if a value sets them, so that the chart with default values equals the base.
import { VERSION } from "../../init/contract/version.ts";
import { DEFAULT_CONTROLLER_USERS } from "../../webhook/mutation/settings.ts";
import { BASE_REGISTRY } from "./base.ts";
import type { Edit } from "./edit.ts";

export const DEPLOYMENT_EDITS: readonly Edit[] = [
  ["replicas: 2", "replicas: {{ .Values.replicas }}"],
  [
    "  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}\n",
    `  {{- if .Values.hostNetwork }}
  # an additional replica during a rollout would need one more node on which the port is free
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}
  {{- else }}
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  {{- end }}
`,
  ],
  [
    "    metadata: {labels: {app.kubernetes.io/name: rollcall}}\n",
    `    metadata:
      labels:
        {{- toYaml (merge (dict "app.kubernetes.io/name" "rollcall") .Values.podLabels) | nindent 8 }}
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
`,
  ],
  [
    "      priorityClassName: system-cluster-critical\n",
    `      {{- with .Values.scheduling.priorityClassName }}
      priorityClassName: {{ . | quote }}
      {{- end }}
      {{- with .Values.images.pullSecrets }}
      imagePullSecrets:
      {{- range . }}
      - name: {{ . }}
      {{- end }}
      {{- end }}
      {{- if .Values.hostNetwork }}
      hostNetwork: true
      dnsPolicy: ClusterFirstWithHostNet
      {{- end }}
`,
  ],
  ["drain (8 s), then", "drain, then"],
  ["terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: {{ add .Values.drainSeconds 32 }}"],
  [
    `      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            podAffinityTerm:
              topologyKey: kubernetes.io/hostname
              labelSelector: {matchLabels: {app.kubernetes.io/name: rollcall}}
`,
    ["affinity", "nodeSelector", "tolerations", "topologySpreadConstraints"]
      .map(
        (field) => `      {{- with .Values.scheduling.${field} }}
      ${field}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
`,
      )
      .join(""),
  ],
  [
    ", so kustomize's `images` can\n      # change it. Running it proves that the image can be pulled.\n",
    ". Running it\n      # proves that the image can be pulled.\n",
  ],
  imageEdit("init"),
  imageEdit("webhook"),
  [
    "        resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 128Mi}}\n",
    "        resources:\n          {{- toYaml .Values.resources.init | nindent 10 }}\n",
  ],
  [
    `        - {name: ROLLCALL_PORT, value: "8443"}\n        ports: [{name: https, containerPort: 8443}]\n`,
    `        - {name: ROLLCALL_PORT, value: {{ .Values.port | quote }}}
        {{- if ne .Values.logLevel "info" }}
        - {name: ROLLCALL_LOG_LEVEL, value: {{ .Values.logLevel | quote }}}
        {{- end }}
        {{- if ne (int .Values.drainSeconds) 8 }}
        - {name: ROLLCALL_DRAIN_SECONDS, value: {{ .Values.drainSeconds | quote }}}
        {{- end }}
        {{- if ne (join "," .Values.controllerUsers) "${DEFAULT_CONTROLLER_USERS.join(",")}" }}
        - {name: ROLLCALL_CONTROLLER_USERS, value: {{ join "," .Values.controllerUsers | quote }}}
        {{- end }}
        {{- if eq .Values.certificates.issuer "cert-manager" }}
        - {name: ROLLCALL_CERTIFICATE, value: external}
        {{- end }}
        {{- if .Values.clientCertificate.enabled }}
        - {name: ROLLCALL_CLIENT_CA, value: /etc/rollcall-client-ca/ca.crt}
        - {name: ROLLCALL_CLIENT_NAMES, value: {{ join "," .Values.clientCertificate.names | quote }}}
        {{- end }}
        ports: [{name: https, containerPort: {{ .Values.port }}}]
`,
  ],
  [
    "        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 512Mi}}\n        securityContext: *restricted\n",
    `        resources:
          {{- toYaml .Values.resources.webhook | nindent 10 }}
        securityContext: *restricted
        {{- if .Values.clientCertificate.enabled }}
        # a directory, so that a new CA takes effect without a restart
        volumeMounts: [{name: client-ca, mountPath: /etc/rollcall-client-ca, readOnly: true}]
      volumes:
      - {name: client-ca, configMap: {name: {{ .Values.clientCertificate.configMap | quote }}}}
      {{- end }}
`,
  ],
];

function imageEdit(name: "init" | "webhook"): Edit {
  return [
    `        image: ${BASE_REGISTRY}/${name}:${VERSION}\n`,
    `        image: {{ include "rollcall.image" (list . .Values.images.${name}) | quote }}
        {{- with .Values.images.pullPolicy }}
        imagePullPolicy: {{ . }}
        {{- end }}
`,
  ];
}
