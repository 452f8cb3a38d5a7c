/** An object as a file would hold it. */
export type Plain = Record<string, unknown>

type More = {
  readonly ns?: string
  readonly labels?: Plain
  readonly annotations?: Plain
  readonly owners?: readonly Plain[]
  readonly created?: string
}

const meta = (name: string, more: More): Plain => ({
  name,
  ...(more.ns === '' ? {} : { namespace: more.ns ?? 'shop' }),
  ...(more.labels === undefined ? {} : { labels: more.labels }),
  ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
  ...(more.owners === undefined ? {} : { ownerReferences: more.owners }),
  ...(more.created === undefined ? {} : { creationTimestamp: more.created }),
})

/** Any object with a body. */
export const object = (apiVersion: string, kind: string, name: string, body: Plain = {}, more: More = {}): Plain => ({
  apiVersion,
  kind,
  metadata: meta(name, more),
  ...body,
})

/** A container that no check has anything against. */
export const container = (over: Plain = {}): Plain => ({
  name: 'app',
  image: 'registry.example/app:1.4.2',
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
  ...over,
})

/** A Deployment of two tidy replicas; `pod` goes over its pod spec, `one` over its container. */
export const deployment = (
  name: string,
  { pod = {}, one = {}, replicas = 2, ...more }: More & { pod?: Plain; one?: Plain; replicas?: number } = {},
): Plain =>
  object(
    'apps/v1',
    'Deployment',
    name,
    {
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [container(one)], ...pod } },
      },
    },
    more,
  )

/** A pod of its own: running and ready unless said otherwise. */
export const pod = (name: string, spec: Plain = {}, { status, ...more }: More & { status?: Plain } = {}): Plain =>
  object(
    'v1',
    'Pod',
    name,
    {
      spec: { containers: [container()], nodeName: 'node-1', ...spec },
      status: status ?? { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    },
    more,
  )

export const service = (name: string, spec: Plain = {}, more: More = {}): Plain =>
  object('v1', 'Service', name, { spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec } }, more)

export const budget = (name: string, spec: Plain, more: More = {}): Plain =>
  object(
    'policy/v1',
    'PodDisruptionBudget',
    name,
    { spec: { selector: { matchLabels: { app: name } }, ...spec } },
    more,
  )

export const configMap = (name: string, data: Plain = { key: 'value' }, more: More = {}): Plain =>
  object('v1', 'ConfigMap', name, { data }, more)

export const secret = (name: string, more: More & { type?: string } = {}): Plain =>
  object('v1', 'Secret', name, { type: more.type ?? 'Opaque', data: { key: 'dmFsdWU=' } }, more)

export const account = (name: string, body: Plain = {}, more: More = {}): Plain =>
  object('v1', 'ServiceAccount', name, body, more)

const rbac = 'rbac.authorization.k8s.io/v1'
const group = 'rbac.authorization.k8s.io'

export const role = (name: string, rules: readonly Plain[], more: More = {}): Plain =>
  object(rbac, more.ns === '' ? 'ClusterRole' : 'Role', name, { rules }, more)

/** `to` are ServiceAccounts `ns/name`, or `Kind name` of others. */
export const binding = (
  name: string,
  roleName: string,
  to: readonly string[],
  more: More & { cluster?: boolean } = {},
): Plain =>
  object(
    rbac,
    more.ns === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    name,
    {
      roleRef: {
        apiGroup: group,
        kind: more.ns === '' || more.cluster === true ? 'ClusterRole' : 'Role',
        name: roleName,
      },
      subjects: to.map((one) => {
        const [kind, other] = one.split(' ')
        if (other !== undefined) return { kind, name: other, apiGroup: group }
        const [namespace, account] = one.split('/')
        return { kind: 'ServiceAccount', namespace, name: account }
      }),
    },
    more,
  )

export const node = (name: string, allocatable: Plain = { cpu: '4', memory: '16Gi' }): Plain =>
  object('v1', 'Node', name, { status: { allocatable, conditions: [{ type: 'Ready', status: 'True' }] } }, { ns: '' })

export const scaler = (target: string, minReplicas: number, maxReplicas: number): Plain =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', target, {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target }, minReplicas, maxReplicas },
  })

/** One case of one check: what it says about these objects, as `Kind namespace/name`; nothing where it must be silent. */
export type HygieneCase = readonly [check: string, title: string, objects: readonly Plain[], found: readonly string[]]
