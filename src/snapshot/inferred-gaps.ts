import type { Unreadable } from '../domain/coverage.ts'
import type { KubeObject, Pod } from '../domain/kubernetes.ts'
import { count } from '../domain/words.ts'
import { sourceOf } from './schema/kinds.ts'

/** Kinds that own others, each of which a whole dump holds wherever something names it as its controller. */
const owners = new Set(['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])

const kindsThatOwn = (objects: readonly KubeObject[]): ReadonlyMap<string, number> => {
  const named = new Map<string, number>()
  for (const { metadata } of objects)
    for (const { kind, controller } of metadata.ownerReferences ?? [])
      if (kind !== undefined && controller === true && owners.has(kind)) named.set(kind, (named.get(kind) ?? 0) + 1)
  return named
}

const claims = (pod: Pod): boolean =>
  (pod.spec?.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName !== undefined)

/**
 * The kinds of which files hold nothing although what they hold points at some: whoever wrote the files left them out, so
 * that what they would tell is not known. A kind that nothing points at may well have no objects.
 */
export const inferredGaps = (objects: readonly KubeObject[]): readonly Unreadable[] => {
  const kinds = new Set(objects.map(({ kind }) => kind))
  const pods = objects.filter((one): one is Pod => one.kind === 'Pod')
  const gap = (kind: string, why: string): Unreadable => ({
    source: sourceOf(kind),
    reason: 'not-in-snapshot',
    message: `the snapshot holds no ${kind}${why}`,
  })
  const placed = pods.filter((pod) => pod.spec?.nodeName !== undefined).length
  const claiming = pods.filter(claims).length
  return [
    ...(pods.length === 0 ? [gap('Pod', ' at all')] : []),
    ...(!kinds.has('Node') && placed > 0 ? [gap('Node', `, though ${count(placed, 'pod')} in it name one`)] : []),
    ...(!kinds.has('PersistentVolumeClaim') && claiming > 0
      ? [gap('PersistentVolumeClaim', `, though ${count(claiming, 'pod')} in it name one`)]
      : []),
    ...[...kindsThatOwn(objects)].flatMap(([kind, owned]) =>
      kinds.has(kind) ? [] : [gap(kind, `, though ${count(owned, 'object')} in it name one`)],
    ),
  ]
}
