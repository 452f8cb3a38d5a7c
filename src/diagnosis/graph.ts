import { at, listAt, textAt } from '../domain/at.ts'
import type { KindMap, KubeObject, LabelSelector, Pod } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { servicesOfSpec } from '../domain/named-services.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { referencesOf } from '../domain/pod-references.ts'
import type { Steps } from '../snapshot/steps.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import { findingPodEdges } from './pod-edges.ts'

/** How trouble passes from one object to the next. */
export type EdgeKind =
  | 'owner'
  | 'selects'
  | 'references'
  | 'runs-on'
  | 'routes-to'
  | 'scales'
  | 'guards'
  | 'depends-on'
  | 'delivered-by'
  | 'uses'

/** An edge from what is broken to what it hurts. */
export type Edge = { readonly to: ObjectRef; readonly kind: EdgeKind }

/** The knowledge graph of one view, walked from a cause to what it hurts. */
export type Graph = {
  /** What the trouble of an object hurts directly. */
  readonly hurts: (ref: ObjectRef) => readonly Edge[]
  /** Everything within so many steps, nearest first, the start included at distance 0; not over edges that are left out. */
  readonly reach: (
    from: readonly ObjectRef[],
    steps: number,
    without?: (edge: Edge) => boolean,
  ) => ReadonlyMap<string, Reached>
}

/** An object that trouble reaches: how far it is, and over which kinds of edge the shortest way there leads. */
export type Reached = { readonly ref: ObjectRef; readonly distance: number; readonly via: readonly EdgeKind[] }

const mostReached = 5000

/** How many objects a step of the building takes. */
const stride = 400

/**
 * Builds the graph in steps. Its edges are found by walking the view once, those of pods when they are asked for; cycles
 * (owners, routes) end the walk, not the program.
 */
export function* graphing(view: ClusterView): Steps<Graph> {
  const edges = new Map<string, Edge[]>()
  const link = (from: ObjectRef, to: ObjectRef, kind: EdgeKind): void => {
    const key = refKey(from)
    const edge = { to, kind }
    const known = edges.get(key)
    if (known === undefined) edges.set(key, [edge])
    else known.push(edge)
  }
  const pods = yield* findingPodEdges(view)
  yield* linkWorkloads(view, link)
  yield* linkTraffic(view, link, pods.select)
  yield* linkingTheRest(view, link)
  const sorted = new Map<string, readonly Edge[]>()
  const hurts = (ref: ObjectRef): readonly Edge[] => {
    const key = refKey(ref)
    const known = sorted.get(key)
    if (known !== undefined) return known
    const some = sortedEdges([...pods.from(ref), ...(edges.get(key) ?? [])])
    sorted.set(key, some)
    return some
  }
  return { hurts, reach: (from, steps, without) => reach(hurts, from, steps, without) }
}

/** All of a list, with a pause for each stride of it. */
function* strided<T>(all: readonly T[], visit: (one: T) => void): Steps<void> {
  for (const [index, one] of all.entries()) {
    visit(one)
    if (index % stride === stride - 1) yield
  }
}

/** Takes one edge, from what may be broken to what that hurts. */
export type Link = (from: ObjectRef, to: ObjectRef, kind: EdgeKind) => void

/** Tells every edge of a view in steps, some of them more than once. */
export function* linking(view: ClusterView, link: Link): Steps<void> {
  yield* linkPods(view, link)
  yield* linkWorkloads(view, link)
  yield* linkTraffic(view, link, (pod, service) => link(refOf(pod), refOf(service), 'selects'))
  yield* linkingTheRest(view, link)
}

function* linkingTheRest(view: ClusterView, link: Link): Steps<void> {
  for (const walk of [linkStorage, linkGuards, linkDelivery]) {
    yield
    walk(view, link)
  }
}

const sortedEdges = (edges: readonly Edge[]): readonly Edge[] => {
  if (edges.length < 2) return edges
  const distinct = new Map(edges.map((edge) => [`${edge.kind} ${refKey(edge.to)}`, edge]))
  return [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? [])
}

const reach = (
  hurts: (ref: ObjectRef) => readonly Edge[],
  from: readonly ObjectRef[],
  steps: number,
  without: (edge: Edge) => boolean = () => false,
): ReadonlyMap<string, Reached> => {
  const found = new Map<string, Reached>()
  let level: Reached[] = from.map((ref) => ({ ref, distance: 0, via: [] }))
  for (const start of level) found.set(refKey(start.ref), start)
  for (let distance = 1; distance <= steps && level.length > 0 && found.size < mostReached; distance++) {
    const next: Reached[] = []
    for (const here of level) {
      for (const edge of hurts(here.ref)) {
        const key = refKey(edge.to)
        if (found.has(key) || without(edge)) continue
        const reached = { ref: edge.to, distance, via: [...here.via, edge.kind] }
        found.set(key, reached)
        next.push(reached)
      }
    }
    level = next
  }
  return found
}

function* linkPods(view: ClusterView, link: Link): Steps<void> {
  yield* strided(view.all('Pod'), (pod) => {
    const own = refOf(pod)
    let below: ObjectRef = own
    for (const owner of view.owners(pod)) {
      const above = refOf(owner)
      link(below, above, 'owner')
      below = above
    }
    const node = pod.spec?.nodeName ?? pod.status?.nominatedNodeName
    if (node !== undefined) link({ apiVersion: 'v1', kind: 'Node', name: node }, own, 'runs-on')
  })
}

const apiVersions = {
  ConfigMap: 'v1',
  Secret: 'v1',
  PersistentVolumeClaim: 'v1',
  ServiceAccount: 'v1',
  PriorityClass: 'scheduling.k8s.io/v1',
  RuntimeClass: 'node.k8s.io/v1',
} as const

function* linkWorkloads(view: ClusterView, link: Link): Steps<void> {
  yield* strided(view.workloads, (workload) => {
    const namespace = workload.ref.namespace ?? ''
    const specs = workload.template === undefined ? view.podsOf(workload.ref).slice(0, 1) : [workload.template]
    for (const { spec } of specs) {
      for (const { kind, name } of referencesOf(spec)) {
        const clusterWide = kind === 'PriorityClass' || kind === 'RuntimeClass'
        link(
          { apiVersion: apiVersions[kind], kind, name, ...(clusterWide ? {} : { namespace }) },
          workload.ref,
          'references',
        )
      }
      const configMap = (name: string) => view.get('ConfigMap', namespace, name)?.data
      for (const named of servicesOfSpec(spec, namespace, configMap)) {
        if (view.get('Service', named.namespace, named.name) === undefined) continue
        link({ apiVersion: 'v1', kind: 'Service', ...named }, workload.ref, 'depends-on')
      }
    }
    linkClaims(view, workload, link)
  })
  for (const set of view.all('StatefulSet')) {
    const name = set.spec?.serviceName
    if (name !== undefined && name !== '') link(serviceRef(set.metadata.namespace, name), refOf(set), 'uses')
  }
}

/** Claims that StatefulSets and ephemeral volumes make are named in the pods only. */
const linkClaims = (view: ClusterView, workload: Workload, link: Link): void => {
  const making =
    workload.ref.kind === 'StatefulSet' || (workload.template?.spec?.volumes ?? []).some((volume) => volume.ephemeral)
  if (!making) return
  for (const pod of view.podsOf(workload.ref)) {
    const names = [
      ...referencesOf(pod.spec).flatMap(({ kind, name }) => (kind === 'PersistentVolumeClaim' ? [name] : [])),
      ...(pod.spec?.volumes ?? []).flatMap((volume) =>
        volume.ephemeral === undefined ? [] : [`${pod.metadata.name}-${volume.name ?? ''}`],
      ),
    ]
    for (const name of names) {
      const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...spaceOf(pod), name }
      link(claim, refOf(pod), 'references')
      link(claim, workload.ref, 'references')
    }
  }
}

const spaceOf = (object: KubeObject | Pod): { readonly namespace?: string } =>
  object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }

const serviceRef = (namespace: string | undefined, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Service',
  ...(namespace === undefined ? {} : { namespace }),
  name,
})

function* linkTraffic(
  view: ClusterView,
  link: Link,
  select: (pod: Pod, service: KindMap['Service']) => void,
): Steps<void> {
  yield* strided(view.all('Service'), (service) => {
    const selector = service.spec?.selector ?? {}
    if (Object.keys(selector).length === 0) return
    const pods = view.podsSelected(service.metadata.namespace ?? '', { matchLabels: selector })
    for (const pod of pods) select(pod, service)
    const owners = new Set(pods.map((pod) => view.workloadOf(pod)))
    for (const owner of owners) link(owner.ref, refOf(service), 'selects')
    if (pods.length === 0) linkTemplates(view, service, link)
  })
  for (const ingress of view.all('Ingress')) {
    const to = refOf(ingress)
    for (const name of ingressServices(ingress)) link(serviceRef(ingress.metadata.namespace, name), to, 'routes-to')
    for (const tls of ingress.spec?.tls ?? []) {
      if (tls.secretName !== undefined) {
        link({ apiVersion: 'v1', kind: 'Secret', ...spaceOf(ingress), name: tls.secretName }, to, 'references')
      }
    }
  }
  for (const kind of ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute']) {
    for (const route of view.list(kind)) linkRoute(route, link)
  }
  for (const policy of view.all('NetworkPolicy')) linkPolicy(view, policy, link)
}

/** A Service whose pods do not exist yet still belongs to the workload whose template it selects. */
const linkTemplates = (view: ClusterView, service: KindMap['Service'], link: Link): void => {
  const wanted = Object.entries(service.spec?.selector ?? {})
  for (const workload of view.workloads) {
    if (workload.ref.namespace !== service.metadata.namespace || workload.ref.kind === 'Pod') continue
    const labels = workload.template?.metadata?.labels
    if (labels !== undefined && wanted.every(([key, value]) => labels[key] === value)) {
      link(workload.ref, refOf(service), 'selects')
    }
  }
}

const ingressServices = (ingress: KindMap['Ingress']): readonly string[] => {
  const backends = [
    ingress.spec?.defaultBackend,
    ...(ingress.spec?.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).map((path) => path.backend)),
  ]
  return backends.flatMap((backend) => backend?.service?.name ?? [])
}

const linkRoute = (route: KubeObject, link: Link): void => {
  for (const rule of listAt(route.spec, 'rules')) {
    for (const backend of listAt(rule, 'backendRefs')) {
      const name = textAt(backend, 'name')
      if (name === undefined || (textAt(backend, 'kind') ?? 'Service') !== 'Service') continue
      link(serviceRef(textAt(backend, 'namespace') ?? route.metadata.namespace, name), refOf(route), 'routes-to')
    }
  }
  for (const parent of listAt(route.spec, 'parentRefs')) {
    const name = textAt(parent, 'name')
    if (name === undefined || (textAt(parent, 'kind') ?? 'Gateway') !== 'Gateway') continue
    const namespace = textAt(parent, 'namespace') ?? route.metadata.namespace
    const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name }
    link(namespace === undefined ? gateway : { ...gateway, namespace }, refOf(route), 'routes-to')
  }
}

const linkPolicy = (view: ClusterView, policy: KindMap['NetworkPolicy'], link: Link): void => {
  const pods = view.podsSelected(policy.metadata.namespace ?? '', policy.spec?.podSelector ?? {})
  for (const pod of pods) link(refOf(policy), refOf(pod), 'guards')
}

const linkStorage = (view: ClusterView, link: Link): void => {
  for (const claim of view.all('PersistentVolumeClaim')) {
    const className = claim.spec?.storageClassName
    if (className !== undefined && className !== '') {
      link({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: className }, refOf(claim), 'references')
    }
    const volume = claim.spec?.volumeName
    if (volume !== undefined && volume !== '') {
      link({ apiVersion: 'v1', kind: 'PersistentVolume', name: volume }, refOf(claim), 'references')
    }
  }
}

const linkGuards = (view: ClusterView, link: Link): void => {
  for (const budget of view.all('PodDisruptionBudget')) {
    const selector: LabelSelector | undefined = budget.spec?.selector
    for (const pod of view.podsSelected(budget.metadata.namespace ?? '', selector)) {
      link(refOf(pod), refOf(budget), 'guards')
      link(view.workloadOf(pod).ref, refOf(budget), 'guards')
    }
  }
  for (const scaler of [...view.all('HorizontalPodAutoscaler'), ...view.list('ScaledObject')]) {
    const name = textAt(scaler.spec, 'scaleTargetRef', 'name')
    if (name === undefined) continue
    const kind = textAt(scaler.spec, 'scaleTargetRef', 'kind') ?? 'Deployment'
    const apiVersion = textAt(scaler.spec, 'scaleTargetRef', 'apiVersion') ?? 'apps/v1'
    link({ apiVersion, kind, ...spaceOf(scaler), name }, refOf(scaler), 'scales')
  }
  for (const api of view.all('APIService')) {
    const service = api.spec?.service
    if (service?.name !== undefined) link(serviceRef(service.namespace, service.name), refOf(api), 'uses')
    if (!/metrics\.k8s\.io$/.test(api.spec?.group ?? '')) continue
    for (const scaler of view.all('HorizontalPodAutoscaler')) link(refOf(api), refOf(scaler), 'uses')
  }
  for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const) {
    for (const configuration of view.all(kind)) {
      for (const hook of configuration.webhooks ?? []) {
        const service = hook.clientConfig?.service
        if (service?.name !== undefined) link(serviceRef(service.namespace, service.name), refOf(configuration), 'uses')
      }
    }
  }
}

const linkDelivery = (view: ClusterView, link: Link): void => {
  for (const application of view.list('Application', 'argoproj.io')) {
    for (const resource of listAt(application.status, 'resources')) {
      const [kind, name] = [textAt(resource, 'kind'), textAt(resource, 'name')]
      if (kind === undefined || name === undefined) continue
      const group = textAt(resource, 'group') ?? ''
      const version = textAt(resource, 'version') ?? 'v1'
      const namespace = textAt(resource, 'namespace')
      const ref = { apiVersion: group === '' ? version : `${group}/${version}`, kind, name }
      link(namespace === undefined ? ref : { ...ref, namespace }, refOf(application), 'delivered-by')
    }
  }
  const releases = [...view.list('HelmRelease'), ...view.list('Kustomization')]
  if (releases.length === 0) return
  const byName = new Map(releases.map((release) => [`${release.kind} ${releaseName(release)}`, release]))
  for (const workload of view.workloads) {
    const { labels = {}, annotations = {} } = workload.object.metadata
    const helm = annotations['meta.helm.sh/release-name']
    const keys = [
      `HelmRelease ${helm ?? labels['helm.toolkit.fluxcd.io/name'] ?? ''}`,
      `Kustomization ${labels['kustomize.toolkit.fluxcd.io/name'] ?? ''}`,
    ]
    for (const key of keys) {
      const release = byName.get(key)
      if (release !== undefined) link(workload.ref, refOf(release), 'delivered-by')
    }
  }
}

const releaseName = (release: KubeObject): string => {
  const named = at(release.spec, 'releaseName')
  return release.kind === 'HelmRelease' && typeof named === 'string' ? named : release.metadata.name
}
