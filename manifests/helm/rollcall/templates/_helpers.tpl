{{/* The labels of every object. Values cannot overwrite the chart's own labels, since the Service and the policies select by them. */}}
{{- define "rollcall.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" "rollcall"
  "app.kubernetes.io/part-of" "rollcall"
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name (replace "+" "_" .Chart.Version)) -}}
{{- toYaml (merge $own .Values.labels) -}}
{{- end }}

{{/* The annotations of an object: a list of the context and the template's own annotations. */}}
{{- define "rollcall.annotations" -}}
{{- with merge (dict) (index . 1) (index . 0).Values.annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The name of an image: a list of the context and the image's values. */}}
{{- define "rollcall.image" -}}
{{- $context := index . 0 -}}
{{- $image := index . 1 -}}
{{- $name := printf "%s/%s" (trimSuffix "/" $context.Values.images.registry) $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default $context.Chart.AppVersion) -}}
{{- end -}}
{{- end }}

{{/* Strings as elements of a CEL list. The schema does not allow quotes in them. */}}
{{- define "rollcall.celList" -}}
{{- range $index, $each := . }}{{ if $index }}, {{ end }}'{{ $each }}'{{ end -}}
{{- end }}

{{/* The annotation for cert-manager's CA injector, which sets the caBundle of a webhook configuration. */}}
{{- define "rollcall.caInjection" -}}
{{- if eq .Values.certificates.issuer "cert-manager" -}}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/rollcall
{{- end -}}
{{- end }}
