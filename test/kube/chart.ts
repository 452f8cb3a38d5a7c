/** A chart of the kinds that charts have: a workload, what configures it, what leads to it, and an account that never changes. */
export const chartFiles: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "9"\n',
  'values.yaml': 'image: registry.acme.dev/web:1\nreplicas: 2\nmode: slow\nextra: false\nsecret: ""\nhook: false\n',
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
}
