import type { DeployCheck, DeployedFrom } from '../../domain/deployment.ts'
import { type KindMap, type KubeObject, refOf } from '../../domain/kubernetes.ts'
import type { ClusterReader } from '../../ports.ts'
import { createBreath } from '../../snapshot/breathe.ts'
import { decodeList, MalformedList } from '../../snapshot/decode-list.ts'
import { kindSchemas } from '../../snapshot/schema/kinds.ts'
import { countsOf } from '../checks/success.ts'
import type { Doctor } from '../doctor.ts'
import { note, nowText } from '../record.ts'
import { beginCheck, changeCheck, rolloutId } from './check-store.ts'
import { imagesOf, revisionOf } from './workload-state.ts'

/** What is remembered of a workload between two looks. */
type Known = {
  readonly uid: string
  readonly revision: string
  readonly images: Readonly<Record<string, string>>
  readonly wanted: number
  readonly available: number
}

type Memory = { readonly at: string; readonly workloads: Readonly<Record<string, Known>> }

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const satisfies readonly (keyof KindMap)[]

/** More rollouts than this at one look are somebody's change of everything; what is beyond is left to the signals of monitoring. */
const mostAtOnce = 50

/** How often, and how long after each other in ms, it is looked for what a deployment brought, which may come later than its news. */
const newsTries = { most: 6, waitMs: 30_000 } as const

/**
 * The `rollouts` job: looks at the workloads of all clusters, and begins a check for each that was brought to another revision
 * since the last look. With `news` of a deployment also for those that carry its commit. The first look only remembers.
 */
export const lookForRollouts = async (
  doctor: Doctor,
  asked: { readonly news?: DeployedFrom | undefined; readonly tries?: number | undefined },
  signal: AbortSignal,
): Promise<void> => {
  if (doctor.config.afterDeploySeconds === 0) return
  let matched = 0
  for (const reader of doctor.readers.values()) {
    const found = await doctor.store.lock(`rollouts-${reader.name}`, 60, () =>
      lookAt(doctor, reader, asked.news, signal),
    )
    matched += found ?? 0
  }
  const { news, tries = 0 } = asked
  if (news === undefined || matched > 0) return
  if (tries + 1 < newsTries.most) {
    const key = `rollouts-${news.repository}-${news.deployment}-${tries + 1}`
    await doctor.jobs.add({ v: 1, kind: 'rollouts', news, tries: tries + 1 }, { key, delay: newsTries.waitMs })
  } else await note(doctor, { kind: 'deployment.seen', actor: 'github', data: { ...news, rollouts: 0 } })
}

/** One look at one cluster; returns how many workloads carry the commit of the news. */
const lookAt = async (
  doctor: Doctor,
  reader: ClusterReader,
  news: DeployedFrom | undefined,
  signal: AbortSignal,
): Promise<number> => {
  const lists = await Promise.all(kinds.map((kind) => workloadsOf(reader, kind, signal)))
  const stored = await doctor.store.get<Memory>('rollouts', reader.name)
  const before = stored?.value.workloads ?? {}
  const now: Record<string, Known> = {}
  const moved: DeployCheck[] = []
  let matched = 0
  for (const [index, list] of lists.entries()) {
    const prefix = `${kinds[index] ?? ''}/`
    // What could not be read is as it was.
    if (list === undefined)
      for (const [key, known] of Object.entries(before)) if (key.startsWith(prefix)) now[key] = known
    for (const workload of list ?? []) {
      const state = stateOf(workload)
      if (state === undefined) continue
      const key = `${prefix}${workload.metadata.namespace ?? ''}/${workload.metadata.name}`
      now[key] = state
      const old = before[key]?.uid === state.uid ? before[key] : undefined
      const ours = news !== undefined && carries(workload, news.sha)
      if (ours) matched += 1
      const rolled = stored !== undefined && old !== undefined && old.revision !== state.revision
      if (rolled || ours) moved.push(checkOf(doctor, reader.name, workload, state, old, ours ? news : undefined))
    }
  }
  await begin(doctor, reader.name, moved)
  if (JSON.stringify(now) !== JSON.stringify(before))
    await doctor.store.put<Memory>(
      'rollouts',
      reader.name,
      { at: nowText(doctor), workloads: now },
      stored?.version ?? 0,
    )
  return matched
}

const begin = async (doctor: Doctor, cluster: string, moved: readonly DeployCheck[]): Promise<void> => {
  if (moved.length > mostAtOnce)
    doctor.log.warn({ cluster, rollouts: moved.length }, 'too many rollouts at once to check all')
  for (const check of moved.slice(0, mostAtOnce)) {
    if (await beginCheck(doctor, check)) {
      const { id, target, revision, from, images, news } = check
      const of = { ...(from === undefined ? {} : { from }), ...(news === undefined ? {} : { deployment: news }) }
      await note(doctor, { kind: 'deployment.seen', cluster, data: { check: id, target, revision, images, ...of } })
    } else if (check.news !== undefined) {
      const { news } = check
      await changeCheck(doctor, check.id, (known) => (known.news === undefined ? { ...known, news } : known))
    }
  }
}

const stateOf = (workload: KubeObject): Known | undefined => {
  const revision = revisionOf(workload)
  const { uid } = workload.metadata
  if (revision === undefined || uid === undefined) return undefined
  const { wanted, available } = countsOf(workload)
  return { uid, revision, images: imagesOf(workload), wanted, available }
}

const checkOf = (
  doctor: Doctor,
  cluster: string,
  workload: KubeObject,
  state: Known,
  old: Known | undefined,
  news: DeployedFrom | undefined,
): DeployCheck => {
  const target = refOf(workload)
  const changed =
    old === undefined ? [] : Object.entries(state.images).filter(([name, image]) => old.images[name] !== image)
  return {
    id: rolloutId(cluster, target, state.revision),
    cluster,
    target,
    revision: state.revision,
    ...(old === undefined ? {} : { from: old.revision }),
    images: changed.slice(0, 5).map(([name, image]) => `${name}: ${old?.images[name] ?? 'none'} → ${image}`),
    seenAt: nowText(doctor),
    turn: 0,
    phase: 'before',
    // What it was like when it was last seen, with nothing known of its pods yet.
    ...(old === undefined
      ? {}
      : { before: { at: nowText(doctor), wanted: old.wanted, available: old.available, rollout: 'done', unread: [] } }),
    revertible: old !== undefined && old.revision !== state.revision,
    ...(news === undefined ? {} : { news }),
  }
}

/** Whether a workload says that it was made from a commit: in an image's tag, a label or an annotation of it or of its pods. */
const carries = (workload: KubeObject, sha: string): boolean => {
  const short = sha.slice(0, 7)
  const template = (workload.spec as { readonly template?: Partial<KubeObject> } | undefined)?.template
  const marks = [workload.metadata, template?.metadata].flatMap((metadata) =>
    Object.values({ ...metadata?.labels, ...metadata?.annotations }),
  )
  const tags = Object.values(imagesOf(workload)).map((image) => /:([^:/@]+)(?:@|$)/.exec(image)?.[1] ?? '')
  return [...tags, ...marks].some(
    (text) => text.includes(sha) || words(text).some((word) => isPrefix(word, sha, short)),
  )
}

const words = (text: string): readonly string[] => (text.length > 300 ? [] : text.split(/[^0-9a-f]+/))
const isPrefix = (word: string, sha: string, short: string): boolean => word.startsWith(short) && sha.startsWith(word)

const workloadsOf = async (
  reader: ClusterReader,
  kind: (typeof kinds)[number],
  signal: AbortSignal,
): Promise<readonly KubeObject[] | undefined> => {
  const schema = kindSchemas.get(kind)
  if (schema === undefined) throw new Error(`${kind} has no schema`)
  const type = { group: schema.group, version: schema.version, resource: schema.resource, kind, namespaced: true }
  const accept = 'application/vnd.kubernetes.protobuf, application/json'
  const read = await reader.list(type, { accept, signal })
  if (read.kind !== 'ok') return undefined
  try {
    const { objects, more } = await decodeList(schema, read.value, createBreath())
    return more ? undefined : objects
  } catch (error) {
    if (error instanceof MalformedList) return undefined
    throw error
  }
}
