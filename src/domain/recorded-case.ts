import { type CauseCode, causeCodes } from './cause.ts'
import type { RootCause } from './diagnosis.ts'
import type { Attempt, Incident, IncidentState } from './incident.ts'
import type { ObjectRef } from './object.ts'
import type { AuditEntry } from './timeline.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * An incident as its entries on the record tell it, where nothing else of it is left: what it was, how it ended, the cause that
 * was found last, what was tried. Undefined where the entries hold no incident. Pure; entries are in the order of time.
 */
export const recordedIncident = (id: string, entries: readonly AuditEntry[]): Incident | undefined => {
  const own = entries.filter(({ incident }) => incident === id)
  const [first] = own
  if (first === undefined) return undefined
  const opened = own.find(({ kind }) => kind === 'incident.opened') ?? first
  const last = own.at(-1) ?? first
  const state = own.findLast(({ kind }) => kind === 'incident.changed')?.data?.['to']
  const ended = own.findLast(
    ({ kind, data }) => kind === 'incident.changed' && (data?.['to'] === 'resolved' || data?.['to'] === 'closed'),
  )
  const over = isState(state) && (state === 'resolved' || state === 'closed')
  const namespace = textOf(opened.data, 'namespace')
  const diagnosed = own.findLast(({ kind }) => kind === 'diagnosis.made')
  return {
    id,
    fingerprint: textOf(opened.data, 'fingerprint'),
    state: isState(state) ? state : 'open',
    title: textOf(opened.data, 'title') || id,
    severity: severityOf(opened.data),
    cluster: opened.cluster ?? 'unknown',
    ...(namespace === '' ? {} : { namespace }),
    // Where it came from is in the timeline; nothing is done by it here.
    source: 'alertmanager',
    openedBy: opened.actor ?? 'unknown',
    openedAt: opened.at,
    updatedAt: last.at,
    ...(over && ended !== undefined ? { endedAt: ended.at } : {}),
    seen: own
      .filter(({ kind }) => kind === 'alert.received')
      .reduce((sum, { data }) => sum + (Number(data?.['count'] ?? 1) || 0), 0),
    ...(diagnosed === undefined ? {} : { diagnosis: diagnosisOf(diagnosed) }),
    plans: [...new Set(own.flatMap(({ plan }) => plan ?? []))],
    attempts: attemptsOf(own),
  }
}

const textOf = (data: Data | undefined, name: string): string => (typeof data?.[name] === 'string' ? data[name] : '')

const states: readonly IncidentState[] = [
  'open',
  'investigating',
  'awaiting-approval',
  'executing',
  'verifying',
  'resolved',
  'escalated',
  'closed',
]
const isState = (value: unknown): value is IncidentState => states.some((state) => state === value)

const severityOf = (data: Data | undefined): Incident['severity'] => {
  const severity = textOf(data, 'severity')
  return severity === 'critical' || severity === 'info' ? severity : 'warning'
}

const isCode = (value: unknown): value is CauseCode => causeCodes.some((code) => code === value)

const refOf = (value: unknown): ObjectRef | undefined => {
  const { apiVersion, kind, namespace, name } = (typeof value === 'object' && value !== null ? value : {}) as Data
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined
  const inside = typeof namespace === 'string' ? { namespace } : {}
  return { apiVersion: typeof apiVersion === 'string' ? apiVersion : '', kind, name, ...inside }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const diagnosisOf = ({ at, cluster, data }: AuditEntry): NonNullable<Incident['diagnosis']> => ({
  version: 1,
  cluster: cluster ?? 'unknown',
  at,
  verdict: 'inconclusive',
  coverage: {
    checked: [],
    unavailable: listOf(data?.['unread']).flatMap((one) => {
      const [source = '', reason = ''] = typeof one === 'string' ? one.split(': ') : []
      return source === '' ? [] : [{ source, reason: reason as 'unreachable' }]
    }),
  },
  rootCauses: listOf(data?.['causes']).flatMap((one, index) => causeOf(one, index === 0 ? data : undefined)),
  findings: [],
  next: [],
})

const causeOf = (value: unknown, top: Data | undefined): readonly RootCause[] => {
  const { code, object, summary } = (typeof value === 'object' && value !== null ? value : {}) as Data
  const ref = refOf(object)
  if (!isCode(code) || ref === undefined) return []
  const change = top?.['change']
  const what = textOf(change as Data | undefined, 'what')
  const [at, by] = [textOf(change as Data | undefined, 'at'), textOf(change as Data | undefined, 'by')]
  const given = { ...(at === '' ? {} : { at }), ...(by === '' ? {} : { by }) }
  return [
    {
      code,
      object: ref,
      confidence: typeof top?.['confidence'] === 'number' ? top['confidence'] : 0,
      severity: 'warning',
      summary: typeof summary === 'string' ? summary : `${code} at ${ref.kind} ${ref.name}`,
      explanation: listOf(top?.['explanation']).filter((line) => typeof line === 'string'),
      evidence: [],
      affected: [],
      ...(what === '' ? {} : { change: { object: ref, what, ...given } as NonNullable<RootCause['change']> }),
      fix: [],
      prevention: listOf(top?.['prevention']).filter((line) => typeof line === 'string'),
      contributingFactors: [],
      proposals: [],
      facts: {},
    },
  ]
}

/** What was tried: each plan whose end is on the record, with what was proposed. */
const attemptsOf = (entries: readonly AuditEntry[]): readonly Attempt[] =>
  entries.flatMap((entry): readonly Attempt[] => {
    if (entry.plan === undefined || (entry.kind !== 'effect.verified' && entry.kind !== 'effect.failed')) return []
    const of = entries.filter(({ plan }) => plan === entry.plan)
    const proposed = of.find(({ kind }) => kind === 'plan.proposed')
    const target = refOf(proposed?.data?.['target'])
    if (target === undefined) return []
    const approved = of.filter(({ kind }) => kind === 'plan.approved').flatMap(({ actor }) => actor ?? [])
    return [
      {
        plan: entry.plan,
        cluster: entry.cluster ?? 'unknown',
        action: textOf(proposed?.data, 'action'),
        target,
        at: entry.at,
        by: approved.length === 0 ? 'the policy' : [...new Set(approved)].join(' and '),
        outcome: entry.kind === 'effect.verified' ? 'verified' : 'failed',
        note: textOf(entry.data, 'note') || textOf(entry.data, 'reason'),
      },
    ]
  })
