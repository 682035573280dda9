{{- define "metoo.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- define "metoo.labels" -}}
app.kubernetes.io/name: metoo
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
{{- define "metoo.access" -}}
{{- if .Values.postgres.enabled }}ReadWriteMany{{ else }}ReadWriteOnce{{ end -}}
{{- end -}}
