import { type ObjectRef, refKey } from '../domain/object.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Family } from './join.ts'
import { isMentioned, type Mentions, mentionsOf } from './mentions.ts'

/** A family with what it hurts, as it is ranked. */
export type Ranked = { readonly family: Family; readonly affected: readonly ObjectRef[] }

const severityWeight = { critical: 2, warning: 1, info: 0 } as const

/**
 * The likeliest and worst first: by what was asked about, then severity, confidence, reach, recency, and what the alerts
 * name. Equal scores are ordered by code and object, so that equal input gives equal output.
 */
export const rank = (families: readonly Ranked[], asked: Mentions, view: ClusterView): readonly Ranked[] => {
  const alerts = view.alerts.filter((alert) => alert.status !== 'resolved').map(mentionsOf)
  const scored = families.map((one) => ({ one, score: scoreOf(one, asked, alerts, view) }))
  scored.sort((a, b) => b.score - a.score || compareText(keyOf(a.one), keyOf(b.one)))
  return scored.map(({ one }) => one)
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const keyOf = ({ family }: Ranked): string => `${family.root.code} ${refKey(family.root.object)}`

const scoreOf = (one: Ranked, asked: Mentions, alerts: readonly Mentions[], view: ClusterView): number => {
  const { root } = one.family
  const reach = Math.min(1, Math.log2(1 + one.affected.length) / 5)
  const symptom = root.symptom === true ? -1.5 : 0
  const asking = touching(one, asked, view) * 3
  const alerting = Math.max(0, ...alerts.map((alert) => touching(one, alert, view))) * 1.5
  return (
    severityWeight[root.severity] +
    root.confidence * 2 +
    reach +
    recency(root.since, view.now) +
    symptom +
    asking +
    alerting
  )
}

/** 1 where an object of the family is named, 0.9 where it only is hurt by it, 0.2 for the namespace alone. */
const touching = ({ family, affected }: Ranked, mentions: Mentions, view: ClusterView): number => {
  const { root, effects } = family
  const own = withPods(root.object, view)
  if (mentions.objects.some((mention) => own.some((ref) => isMentioned(mention, ref)))) return 1
  const hurt = [
    ...affected,
    ...(root.affects ?? []),
    ...effects.flatMap(({ finding }) => [finding.object, ...(finding.affects ?? [])]),
  ]
  const all = hurt.flatMap((ref) => withPods(ref, view))
  if (mentions.objects.some((mention) => all.some((ref) => isMentioned(mention, ref)))) return 0.9
  const namespaces = new Set([root.object, ...hurt].map((ref) => ref.namespace))
  return mentions.namespaces.some((namespace) => namespaces.has(namespace)) ? 0.2 : 0
}

/** People and alerts name pods; findings name workloads. */
const withPods = (ref: ObjectRef, view: ClusterView): readonly ObjectRef[] => [
  ref,
  ...view.podsOf(ref).map(({ metadata }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  })),
]

/** 0.5 for what just began, falling to 0 over a day. */
const recency = (since: string | undefined, now: string): number => {
  const [began, end] = [timeOf(since), timeOf(now)]
  if (began === undefined || end === undefined) return 0.2
  const hours = Math.max(0, end - began) / 3_600_000
  return 0.5 / (1 + hours / 4)
}
