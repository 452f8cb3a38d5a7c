import type { Fields } from '../types.ts'

/** A web application or worker as the people of this company deploy it. */
export type App = {
  readonly namespace: string
  readonly name: string
  readonly image: string
  readonly replicas: number
  readonly port?: number
  readonly cpu?: string
  readonly memory?: string
  readonly memoryLimit?: string
  readonly env?: readonly Fields[]
  readonly envFrom?: readonly Fields[]
  readonly volumes?: readonly Fields[]
  readonly mounts?: readonly Fields[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly podAnnotations?: Readonly<Record<string, string>>
  readonly strategy?: Fields
  readonly healthPath?: string
  readonly probePort?: number
  /** Probes only open the port; what speaks no HTTP. */
  readonly tcpProbe?: boolean
  readonly priorityClassName?: string
  readonly serviceAccountName?: string
}

const labelsOf = (app: App): Record<string, string> => ({ 'app.kubernetes.io/name': app.name, ...app.labels })

/** The Deployment of an app. */
export function deployment(app: App): Fields {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: app.name,
      namespace: app.namespace,
      labels: labelsOf(app),
      ...(app.annotations === undefined ? {} : { annotations: { ...app.annotations } }),
    },
    spec: {
      replicas: app.replicas,
      selector: { matchLabels: { 'app.kubernetes.io/name': app.name } },
      ...(app.strategy === undefined ? {} : { strategy: app.strategy }),
      template: template(app),
    },
  }
}

/** The pod template of an app. */
export function template(app: App): Fields {
  const { port } = app
  const target = app.probePort ?? 'http'
  const handler =
    app.tcpProbe === true
      ? { tcpSocket: { port: target } }
      : { httpGet: { path: app.healthPath ?? '/healthz', port: target } }
  const probe = { ...handler, periodSeconds: 5, failureThreshold: 3 }
  return {
    metadata: {
      labels: labelsOf(app),
      ...(app.podAnnotations === undefined ? {} : { annotations: { ...app.podAnnotations } }),
    },
    spec: {
      ...(app.priorityClassName === undefined ? {} : { priorityClassName: app.priorityClassName }),
      ...(app.serviceAccountName === undefined ? {} : { serviceAccountName: app.serviceAccountName }),
      containers: [
        {
          name: app.name,
          image: app.image,
          ...(port === undefined
            ? {}
            : {
                ports: [{ name: 'http', containerPort: port }],
                readinessProbe: probe,
                livenessProbe: { ...probe, initialDelaySeconds: 10, periodSeconds: 10 },
              }),
          ...(app.env === undefined ? {} : { env: [...app.env] }),
          ...(app.envFrom === undefined ? {} : { envFrom: [...app.envFrom] }),
          resources: {
            requests: { cpu: app.cpu ?? '100m', memory: app.memory ?? '128Mi' },
            limits: { memory: app.memoryLimit ?? '256Mi' },
          },
          ...(app.mounts === undefined ? {} : { volumeMounts: [...app.mounts] }),
        },
      ],
      ...(app.volumes === undefined ? {} : { volumes: [...app.volumes] }),
    },
  }
}

/** The Service in front of an app. */
export function service(
  app: App,
  options: {
    readonly port?: number
    readonly targetPort?: number | string
    readonly selector?: Record<string, string>
    readonly headless?: boolean
  } = {},
): Fields {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app.name, namespace: app.namespace, labels: labelsOf(app) },
    spec: {
      ...(options.headless === true ? { clusterIP: 'None' } : {}),
      selector: options.selector ?? { 'app.kubernetes.io/name': app.name },
      ports: [{ name: 'http', port: options.port ?? 80, targetPort: options.targetPort ?? 'http' }],
    },
  }
}

/** A ConfigMap. */
export const configMap = (namespace: string, name: string, data: Record<string, string>): Fields => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})

/** A Secret from plain text. */
export function secret(namespace: string, name: string, data: Record<string, string>, type = 'Opaque'): Fields {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  )
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, data: encoded }
}

/** An environment variable from a Secret's key. */
export const fromSecret = (name: string, secretName: string, key: string): Fields => ({
  name,
  valueFrom: { secretKeyRef: { name: secretName, key } },
})

/** An environment variable from a ConfigMap's key. */
export const fromConfig = (name: string, configName: string, key: string): Fields => ({
  name,
  valueFrom: { configMapKeyRef: { name: configName, key } },
})

/** A disruption budget for an app. */
export const budget = (app: App, limit: Fields): Fields => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: app.name, namespace: app.namespace },
  spec: { ...limit, selector: { matchLabels: { 'app.kubernetes.io/name': app.name } } },
})

/** A CPU autoscaler for an app's Deployment. */
export const autoscaler = (app: App, minReplicas: number, maxReplicas: number): Fields => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: app.name, namespace: app.namespace },
  spec: {
    minReplicas,
    maxReplicas,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: app.name },
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
  },
})
