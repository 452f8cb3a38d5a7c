/** A chart of the kinds that charts have: a workload, what configures it, what leads to it, and an account that never changes. */
export const chartFiles: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "9"\n',
  'values.yaml':
    'image: registry.acme.dev/web:1\nreplicas: 2\nmode: slow\nextra: false\nsecret: ""\nhook: false\nrich: false\n',
  'templates/account.yaml': `apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}
`,
  'templates/settings.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  mode: {{ .Values.mode | quote }}
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-extra
data:
  a: b
{{- end }}
{{- if .Values.secret }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-secret
stringData:
  password: {{ .Values.secret | quote }}
{{- end }}
`,
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels:
    helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"
    mode: {{ .Values.mode | quote }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: app
          image: {{ .Values.image }}
          {{- if .Values.extra }}
          env:
            - name: EXTRA
              value: "yes"
          {{- end }}
          ports:
            - containerPort: 8080
          resources:
            requests:
              cpu: 0.05
          volumeMounts:
            - name: settings
              mountPath: /etc/settings
      volumes:
        - name: settings
          configMap:
            name: {{ .Release.Name }}-settings
            defaultMode: 0444
`,
  'templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Release.Name }}
  ports:
    - port: 80
      targetPort: 8080
`,
  'templates/hook.yaml': `{{- if .Values.hook }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations:
    helm.sh/hook: pre-rollback
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.acme.dev/migrate:1
{{- end }}
`,
  'templates/rich.yaml': `{{- if .Values.rich }}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .Release.Name }}-db
  annotations:
    checksum/config: "{{ .Values.mode }}"
spec:
  serviceName: {{ .Release.Name }}
  replicas: 0
  selector: { matchLabels: { app: {{ .Release.Name }}-db } }
  template:
    metadata:
      labels: { app: {{ .Release.Name }}-db }
      annotations: { mode: {{ .Values.mode | quote }}{{ if eq .Values.mode "fast" }}, fast: "yes"{{ end }} }
    spec:
      {{- if eq .Values.mode "fast" }}
      nodeSelector: { disk: ssd }
      tolerations: [{ key: fast, operator: Exists }]
      {{- else }}
      tolerations: [{ key: slow, operator: Exists }, { key: old, operator: Exists }]
      {{- end }}
      initContainers:
        - { name: init, image: "registry.acme.dev/init:{{ .Values.mode }}" }
      containers:
        - name: db
          image: {{ .Values.image }}
          args: ["--mode={{ .Values.mode }}", "-v"]
          env:
            - { name: MODE, value: {{ .Values.mode | quote }} }
            {{- if eq .Values.mode "fast" }}
            - { name: FAST, value: "1" }
            {{- else }}
            - { name: NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
            {{- end }}
          ports:
            - { name: db, containerPort: 5432 }
            {{- if eq .Values.mode "fast" }}
            - { name: metrics, containerPort: 9187 }
            {{- end }}
          resources:
            limits: { memory: {{ ternary "1Gi" "1024Mi" (eq .Values.mode "fast") }} }
            requests: { cpu: {{ ternary "0.25" "100m" (eq .Values.mode "fast") }} }
          readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: {{ ternary 5 10 (eq .Values.mode "fast") }} }
        {{- if eq .Values.mode "fast" }}
        - { name: exporter, image: "registry.acme.dev/exporter:1" }
        {{- end }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ .Release.Name }}-nightly
spec:
  schedule: {{ ternary "*/5 * * * *" "0 3 * * *" (eq .Values.mode "fast") | quote }}
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{ name: job, image: {{ .Values.image | quote }}, env: [{ name: MODE, value: {{ .Values.mode | quote }} }] }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .Release.Name }}-db
spec:
  minReplicas: 1
  maxReplicas: {{ ternary 9 3 (eq .Values.mode "fast") }}
  scaleTargetRef: { apiVersion: apps/v1, kind: StatefulSet, name: {{ .Release.Name }}-db }
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ ternary 50 80 (eq .Values.mode "fast") }} } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .Release.Name }}
  annotations: { {{ ternary "a.dev/fast" "a.dev/slow" (eq .Values.mode "fast") }}: "true" }
spec:
  rules:
    - host: {{ .Values.mode }}.acme.dev
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: {{ .Release.Name }}, port: { number: 80 } } } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .Release.Name }}
spec:
  podSelector: { matchLabels: { app: {{ .Release.Name }} } }
  policyTypes: [Ingress]
  ingress:
    - ports: [{ port: {{ ternary 8080 9090 (eq .Values.mode "fast") }} }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .Release.Name }}
spec:
  {{- if eq .Values.mode "fast" }}
  minAvailable: 1
  {{- else }}
  maxUnavailable: 50%
  {{- end }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-rich
data:
  both: {{ .Values.mode | quote }}
  {{ .Values.mode }}: "only"
  text: |
    several lines
    of {{ .Values.mode }}
binaryData:
  bin: {{ .Values.mode | b64enc }}
{{- end }}
`,
}
