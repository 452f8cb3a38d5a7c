import { textAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import type { ConfigMap, Secret } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive, isPodReady } from '../domain/pod-state.ts'
import { lasted, latest } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

type Revision = {
  readonly namespace: string
  readonly name: string
  readonly version: number
  readonly status: string
  readonly at?: string
  readonly chart?: string
  /** What Helm says of it: why it failed. */
  readonly description?: string
  readonly record: ObjectRef
}

const pendingSeconds = 600

const revisionOf = (record: Secret | ConfigMap): Revision | undefined => {
  const labels = record.metadata.labels ?? {}
  const fromName = /^sh\.helm\.release\.v1\.(.{1,60})\.v(\d{1,6})$/.exec(record.metadata.name)
  const name = labels['name'] ?? fromName?.[1]
  const version = Number(labels['version'] ?? fromName?.[2])
  const status = labels['status']
  if (labels['owner'] !== 'helm' || name === undefined || status === undefined || !Number.isInteger(version))
    return undefined
  const modified = Number(labels['modifiedAt'])
  // Helm 4 hands this label on from one revision to the next, so a record may be younger than it says.
  const changed = Number.isInteger(modified) && modified > 0 ? new Date(modified * 1000).toISOString() : undefined
  const at = latest([changed, record.metadata.creationTimestamp])
  return {
    namespace: record.metadata.namespace ?? '',
    name,
    version,
    status,
    ...(at === undefined ? {} : { at }),
    ...(record.kind === 'Secret' ? record.release : {}),
    record: refOf(record),
  }
}

/** The newest revision of each release, with those before it, newest first. */
const releases = (view: ClusterView): readonly (readonly [Revision, ...Revision[]])[] => {
  const groups = new Map<string, Revision[]>()
  for (const revision of [...view.all('Secret'), ...view.all('ConfigMap')].flatMap((one) => revisionOf(one) ?? [])) {
    const key = `${revision.namespace}/${revision.name}`
    groups.set(key, [...(groups.get(key) ?? []), revision])
  }
  return [...groups.values()].flatMap((all) => {
    const [newest, ...older] = [...all].sort((a, b) => b.version - a.version)
    return newest === undefined ? [] : [[newest, ...older] as const]
  })
}

/** Workloads of a release that have no ready pods: then Helm waited for them in vain. */
const unwell = (view: ClusterView, release: Revision): readonly ObjectRef[] =>
  view.workloads
    .filter((one) => {
      const { labels, annotations } = one.object.metadata
      const mine =
        annotations?.['meta.helm.sh/release-name'] === release.name ||
        labels?.['app.kubernetes.io/instance'] === release.name
      if (one.ref.namespace !== release.namespace || !mine || one.ref.kind === 'Pod') return false
      const pods = view.podsOf(one.ref).filter(isLive)
      return pods.some((pod) => !isPodReady(pod)) || ((one.replicas ?? 0) > 0 && pods.length === 0)
    })
    .map((one) => one.ref)

const ownedByFlux = (view: ClusterView, release: Revision): boolean =>
  view.list('HelmRelease', 'helm.toolkit.fluxcd.io').some((one) => {
    const name = textAt(one, 'spec', 'releaseName') ?? one.metadata.name
    const namespace = textAt(one, 'spec', 'targetNamespace') ?? one.metadata.namespace
    return name === release.name && namespace === release.namespace
  })

const ref = (release: Revision): ObjectRef => ({
  apiVersion: 'helm.sh/v3',
  kind: 'HelmRelease',
  namespace: release.namespace,
  name: release.name,
})

const check = (view: ClusterView, [newest, ...older]: readonly [Revision, ...Revision[]]): Finding | undefined => {
  const pending = newest.status.startsWith('pending-') || newest.status === 'uninstalling'
  if (newest.status !== 'failed' && !(pending && lasted(newest.at, view.now, pendingSeconds))) return undefined
  const object = ref(newest)
  const bad = unwell(view, newest)
  const good = older.find((one) => one.status === 'deployed' || one.status === 'superseded')
  const commands = `helm -n ${newest.namespace}`
  const back =
    newest.status === 'uninstalling'
      ? `${commands} uninstall ${newest.name} (again, so that it comes to its end)`
      : good === undefined
        ? `${commands} uninstall ${newest.name} (nothing was ever deployed)`
        : `${commands} rollback ${newest.name} ${good.version}`
  return {
    code: pending ? 'helm-release-pending' : 'helm-release-failed',
    severity: 'warning',
    object,
    summary: pending
      ? newest.status === 'uninstalling'
        ? `Helm release ${newest.name} is stuck in uninstalling at revision ${newest.version}: the uninstall was broken off, so the release is still recorded while parts of it are gone, and it cannot be installed again under its name`
        : `Helm release ${newest.name} is stuck in ${newest.status} at revision ${newest.version}: an interrupted operation holds it, and every further upgrade is refused ("another operation is in progress")`
      : `Helm release ${newest.name} failed at revision ${newest.version}${good === undefined ? ' and has never been deployed' : ` (revision ${good.version} was the last good one)`}${newest.description === undefined ? '' : `: ${short(newest.description, 260)}`}`,
    evidence: [
      observe(
        'status',
        newest.record,
        `${newest.record.name}: status ${newest.status}${newest.chart === undefined ? '' : `, chart ${newest.chart}`}${newest.description === undefined ? '' : `: ${newest.description}`}`,
        newest.at,
      ),
      ...older
        .slice(0, 2)
        .map((one) => observe('status', one.record, `revision ${one.version}: ${one.status}`, one.at)),
    ],
    confidence: 0.95,
    affects: bad,
    ...(newest.at === undefined ? {} : { since: newest.at }),
    // What the operation waited for is behind both; a pending one is a lock of its own beside it.
    ...(bad.length > 0 ? { dependsOn: bad } : {}),
    ...(!pending && bad.length > 0 ? { symptom: true } : {}),
    fix: [`${commands} history ${newest.name}`, back],
    prevention: ['Run Helm with --atomic (or --rollback-on-failure) and a time-out, and never kill it half-way.'],
    facts: {
      release: newest.name,
      revision: newest.version,
      ...(good === undefined ? {} : { previousRevision: good.version }),
    },
  }
}

/** Helm releases by their release records: the newest revision failed, or has been pending for longer than an upgrade takes. */
export const analyzer: Analyzer = {
  id: 'helm',
  codes: ['helm-release-failed', 'helm-release-pending'],
  needs: [],
  analyze: (view) =>
    releases(view).flatMap((release) => (ownedByFlux(view, release[0]) ? [] : (check(view, release) ?? []))),
}
