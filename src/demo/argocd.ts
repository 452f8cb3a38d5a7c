import { parse } from 'yaml'
import { carryOutOperation } from './argocd-operation.ts'
import type { ObjectStore } from './cluster/store/object-store.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from './cluster/types.ts'
import { gitSource } from './cluster/world/application.ts'
import type { Tree } from './git/repository.ts'

/** Where the commits come from. */
export type GitSide = {
  main(): Promise<Tree>
  subscribe(listener: () => void): () => void
}

/** A tiny Argo CD for the one Application of the world. `stop` ends it. */
export type ArgoCd = {
  /** Looks at Git and the cluster now; a change of either is otherwise noticed by itself. */
  reconcile(): Promise<void>
  stop(): void
}

const actor = { user: 'system:serviceaccount:argocd:argocd-application-controller', manager: 'argocd-controller' }
const application = ['applications.argoproj.io', 'argocd', 'platform-apps'] as const

/**
 * Keeps the cluster at what `main` says: a new commit is applied at once, a live change is undone after `selfHealMs`, and
 * the Application's status, health and history say so, as the real controller's do.
 */
export const startArgoCd = (
  store: ObjectStore,
  git: GitSide,
  options: { readonly selfHealMs?: number; readonly everyMs?: number; readonly now: () => number },
): ArgoCd => {
  const { selfHealMs = 5_000, everyMs = 1_000 } = options
  let driftSince: number | undefined
  let stopped = false
  const stamp = (): string => `${new Date(options.now()).toISOString().slice(0, 19)}Z`
  const look = async (): Promise<void> => {
    const tree = await git.main()
    if (stopped) return
    const wanted = objectsOf(tree)
    carryOutOperation(store, application, { revision: tree.sha, objects: wanted, at: stamp() }, actor)
    const drifted = wanted.filter((object) => !asWanted(object, liveOf(store, object)))
    const known = String(fieldsAt(fieldsAt(store.get(...application), 'status'), 'sync')['revision'] ?? '')
    if (drifted.length === 0) driftSince = undefined
    const pushed = known !== tree.sha
    if (drifted.length > 0 && !pushed) driftSince ??= Date.now()
    const sync = drifted.length > 0 && (pushed || Date.now() - (driftSince ?? Date.now()) >= selfHealMs)
    if (sync) for (const object of drifted) store.apply(object, actor)
    if (sync) driftSince = undefined
    record(store, { tree, wanted, drifted: sync ? [] : drifted, synced: sync, at: stamp() })
  }
  const reconcile = serial(look)
  const leave = git.subscribe(() => void reconcile())
  const timer = setInterval(() => void reconcile(), everyMs)
  timer.unref()
  return {
    reconcile,
    stop: () => {
      stopped = true
      leave()
      clearInterval(timer)
    },
  }
}

/** One look at a time; a call during one asks for another after it. A look that fails is made up for by the next. */
const serial = (work: () => Promise<void>): (() => Promise<void>) => {
  let running = Promise.resolve()
  let waiting = false
  return () => {
    if (waiting) return running
    waiting = true
    running = running.then(async () => {
      waiting = false
      await work().catch(() => undefined)
    })
    return running
  }
}

const objectsOf = (tree: Tree): readonly Fields[] =>
  [...tree.files]
    .filter(([path]) => path.startsWith(`${gitSource.path}/`) && /\.ya?ml$/.test(path))
    .map(([, text]) => parse(text) as unknown)
    .filter(isFields)

const resources: Readonly<Record<string, string>> = { Deployment: 'deployments.apps', ConfigMap: 'configmaps' }

const liveOf = (store: ObjectStore, object: Fields): KubeObject | undefined => {
  const { name, namespace } = object['metadata'] as KubeObject['metadata']
  const resource = resources[String(object['kind'])]
  return resource === undefined ? undefined : store.get(resource, namespace, name)
}

/** Whether the live object holds every field that Git states; what the server and other writers add does not count. */
const asWanted = (wanted: unknown, live: unknown): boolean => {
  if (Array.isArray(wanted))
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => asWanted(item, live[index]))
    )
  if (!isFields(wanted)) return wanted === live
  return isFields(live) && Object.keys(wanted).every((key) => asWanted(wanted[key], live[key]))
}

type Seen = {
  readonly tree: Tree
  readonly wanted: readonly Fields[]
  readonly drifted: readonly Fields[]
  readonly synced: boolean
  readonly at: string
}

const record = (store: ObjectStore, { tree, wanted, drifted, synced, at }: Seen): void => {
  const live = store.get(...application)
  if (live === undefined) return
  const before = fieldsAt(live, 'status')
  const revision = tree.sha
  const health = healthOf(store, wanted)
  const states = wanted.map((object) => ({
    ...referenceOf(object),
    status: drifted.includes(object) ? 'OutOfSync' : 'Synced',
    ...(object['kind'] === 'Deployment' ? { health: { status: deploymentHealth(liveOf(store, object)) } } : {}),
  }))
  const sync = { ...fieldsAt(before, 'sync'), status: drifted.length === 0 ? 'Synced' : 'OutOfSync', revision }
  const unchanged =
    !synced &&
    JSON.stringify([sync, states, health]) ===
      JSON.stringify([before['sync'], before['resources'], fieldsAt(before, 'health')['status']])
  if (unchanged) return
  const settled = fieldsAt(before, 'health')['status'] === health
  const status: Fields = {
    sync,
    health: settled ? before['health'] : { status: health, lastTransitionTime: at },
    resources: states,
    reconciledAt: at,
    history: synced
      ? [...listAt(before, 'history'), entryOf(before, revision, at)].slice(-10)
      : renamed(before, revision),
    ...(synced ? { operationState: operation(revision, at) } : {}),
  }
  store.patch(...application, { status }, actor)
}

/** The newest entry of the history names the commit that is deployed: at the start it was another name for the same files. */
const renamed = (before: Fields, revision: string): readonly unknown[] =>
  listAt(before, 'history').map((entry, index, all) =>
    index === all.length - 1 && isFields(entry) ? { ...entry, revision } : entry,
  )

const entryOf = (before: Fields, revision: string, at: string): Fields => ({
  id: listAt(before, 'history').length,
  revision,
  deployedAt: at,
  deployStartedAt: at,
  source: gitSource,
  initiatedBy: { automated: true },
})

const operation = (revision: string, at: string): Fields => ({
  operation: { sync: { revision }, initiatedBy: { automated: true } },
  phase: 'Succeeded',
  message: 'successfully synced (all tasks run)',
  startedAt: at,
  finishedAt: at,
  syncResult: { revision, source: gitSource },
})

const referenceOf = (object: Fields): Fields => {
  const parts = String(object['apiVersion']).split('/')
  const { name, namespace } = object['metadata'] as KubeObject['metadata']
  const [group, version] = parts.length === 2 ? parts : [undefined, parts[0]]
  return { ...(group === undefined ? {} : { group }), version, kind: object['kind'], namespace, name }
}

const healthOf = (store: ObjectStore, wanted: readonly Fields[]): string => {
  const all = wanted
    .filter((object) => object['kind'] === 'Deployment')
    .map((each) => deploymentHealth(liveOf(store, each)))
  return (
    all.find((one) => one === 'Degraded' || one === 'Missing') ?? all.find((one) => one === 'Progressing') ?? 'Healthy'
  )
}

const deploymentHealth = (live: KubeObject | undefined): string => {
  if (live === undefined) return 'Missing'
  const status = fieldsAt(live, 'status')
  const wanted = Number(fieldsAt(live, 'spec')['replicas'] ?? 1)
  const conditions = listAt(status, 'conditions').filter(isFields)
  if (conditions.some((each) => each['type'] === 'Progressing' && each['reason'] === 'ProgressDeadlineExceeded'))
    return 'Degraded'
  const count = (name: string): number => Number(status[name] ?? 0)
  const done = count('updatedReplicas') >= wanted && count('availableReplicas') >= wanted && count('replicas') <= wanted
  return done && count('observedGeneration') >= (live.metadata.generation ?? 0) ? 'Healthy' : 'Progressing'
}
