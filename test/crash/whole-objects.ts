import type { SimulatedCluster } from '../../src/demo/cluster/start.ts'
import { packed, recordName, recordType } from '../../src/domain/helm/revision.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { type Action, space } from './cells.ts'

type Found = { readonly metadata: { readonly labels?: Readonly<Record<string, string>> }; readonly data?: object }

const get = ({ store }: SimulatedCluster, resource: string, cell: number, name: string): Found | undefined =>
  store.get(resource, space(cell), name) as unknown as Found | undefined

const apply = ({ store }: SimulatedCluster, object: object): void => {
  store.apply(object as never)
}

const settings = (cell: number, name: string, mode: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: space(cell), ...metadata },
  data: { mode },
})
const target = (cell: number) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: space(cell), name: 'settings' })
const seedNamespace = (cluster: SimulatedCluster, cell: number): void =>
  apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space(cell) } })
const seedSettings = (cluster: SimulatedCluster, cell: number): void => {
  seedNamespace(cluster, cell)
  apply(cluster, settings(cell, 'settings', 'slow'))
}

const ofHelm = (cell: number) => ({
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': space(cell) },
})

/** A revision of the release `web`, as Helm records it, with these ConfigMaps. */
const record = (cell: number, version: number, status: string, maps: readonly KubeObject[]) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: recordName('web', version),
    namespace: space(cell),
    labels: { owner: 'helm', name: 'web', version: String(version), status },
  },
  type: recordType,
  data: {
    release: packed({
      name: 'web',
      namespace: space(cell),
      version,
      info: { status, first_deployed: '2026-11-01T08:00:00Z', last_deployed: '2026-11-20T08:00:00Z' },
      chart: { metadata: { name: 'web', version: `1.${version}.0` } },
      manifest: maps.map((map) => `---\n${JSON.stringify(map)}\n`).join(''),
    }),
  },
})

const rbac = 'rbac.authorization.k8s.io'
/** What manifests/optional/helm and its binding give. */
const bindHelm = (cluster: SimulatedCluster, cell: number): void => {
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'patch'] }]
  const name = 'cluster-doctor-helm'
  apply(cluster, { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules })
  apply(cluster, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace: space(cell) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'cluster-doctor', name: 'doctor-writer' }],
  })
}

/** Seeds the release `web` of a cell: what revision 2 changed and added is there. */
export const seedRelease = (cluster: SimulatedCluster, cell: number): void => {
  seedNamespace(cluster, cell)
  bindHelm(cluster, cell)
  const [slow, fast, extra] = [
    settings(cell, 'settings', 'slow'),
    settings(cell, 'settings', 'fast'),
    settings(cell, 'extra', 'x'),
  ]
  apply(cluster, settings(cell, 'settings', 'fast', ofHelm(cell)))
  apply(cluster, settings(cell, 'extra', 'x', ofHelm(cell)))
  apply(cluster, record(cell, 1, 'superseded', [slow]))
  apply(cluster, record(cell, 2, 'deployed', [fast, extra]))
}

/** Whether all of it is at revision 1 again, and says so to Helm as revision 3. */
export const isRolledBack = (cluster: SimulatedCluster, cell: number): boolean => {
  const status = (version: number) =>
    get(cluster, 'secrets', cell, recordName('web', version))?.metadata.labels?.['status']
  return (
    JSON.stringify(get(cluster, 'configmaps', cell, 'settings')?.data) === '{"mode":"slow"}' &&
    get(cluster, 'configmaps', cell, 'extra') === undefined &&
    [1, 2, 3, 4].map(status).join() === 'superseded,superseded,deployed,'
  )
}

const isFast = (cluster: SimulatedCluster, cell: number): boolean =>
  JSON.stringify(get(cluster, 'configmaps', cell, 'settings')?.data) === '{"mode":"fast"}'

/** A manifest names its namespace, so each cell has its own. */
const inputOf = (cell: number) => ({ manifest: settings(cell, 'settings', 'fast') })

const helmRollback: Action = {
  id: 'helm-rollback',
  input: {},
  method: 'PATCH',
  writes: 4,
  target: (cell) => ({ apiVersion: 'helm.sh/v3', kind: 'HelmRelease', namespace: space(cell), name: 'web' }),
  seed: seedRelease,
  holds: isRolledBack,
}

/** The actions on whole objects, and the rollback of a Helm release, which is a sequence of such requests. */
export const wholeObjects: readonly Action[] = [
  {
    id: 'apply-object',
    title: 'apply-object (create)',
    input: inputOf,
    method: 'PATCH',
    target,
    seed: seedNamespace,
    holds: isFast,
  },
  {
    id: 'apply-object',
    title: 'apply-object (update)',
    input: inputOf,
    method: 'PATCH',
    target,
    seed: (cluster, cell) => {
      // As the doctor applied it before: another manager's field would be refused.
      seedNamespace(cluster, cell)
      apply(cluster, { ...settings(cell, 'settings', 'fast'), data: {} })
    },
    holds: isFast,
  },
  {
    id: 'delete-object',
    input: {},
    method: 'DELETE',
    target,
    seed: seedSettings,
    holds: (cluster, cell) => get(cluster, 'configmaps', cell, 'settings') === undefined,
  },
  helmRollback,
  { ...helmRollback, title: 'helm-rollback (its third request)', pass: 3 },
]
