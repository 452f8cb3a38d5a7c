import type { Durations } from './durations.ts'
import type { Incident } from './incident.ts'
import type { PlanRecord } from './plan-record.ts'
import type { AuditEntry, TimelineKind } from './timeline.ts'
import { count, some } from './words.ts'

/** One thing that happened in a case: when (RFC 3339), what, and by whom where somebody did it. */
export type StoryLine = {
  readonly at: string
  readonly kind: TimelineKind
  readonly what: string
  readonly by?: string
}

/** What the record says of an incident, in the order of time. */
export type CaseStory = {
  readonly incident: Incident
  readonly lines: readonly StoryLine[]
  readonly durations: Durations
}

/**
 * The story of an incident from the record, and from its plans where another process keeps the record of what it did. Pure: equal
 * entries give equal stories. `names` gives people's names for ids.
 */
export const storyOf = (
  incident: Incident,
  entries: readonly AuditEntry[],
  plans: readonly PlanRecord[],
  names: ReadonlyMap<string, string> = new Map(),
): CaseStory => {
  const own = entries.flatMap((entry) => lineOf(entry, names))
  const others = plans.flatMap((record) => linesOfPlan(record, entries))
  const opened: readonly StoryLine[] = entries.some(({ kind }) => kind === 'incident.opened')
    ? []
    : [{ at: incident.openedAt, kind: 'incident.opened', what: `Opened: ${incident.title}`, by: incident.openedBy }]
  const lines = together([...opened, ...own, ...others].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)))
  return { incident, lines, durations: durationsOf(incident, entries, lines) }
}

type Data = Readonly<Record<string, unknown>>
const textOf = (data: Data | undefined, name: string): string => (typeof data?.[name] === 'string' ? data[name] : '')

const lineOf = (entry: AuditEntry, names: ReadonlyMap<string, string>): readonly StoryLine[] => {
  const what = wordsOf(entry, names)
  const by = entry.actor === undefined ? undefined : (names.get(entry.actor) ?? entry.actor)
  return what === undefined ? [] : [{ at: entry.at, kind: entry.kind, what, ...(by === undefined ? {} : { by }) }]
}

const wordsOf = ({ kind, data, plan }: AuditEntry, names: ReadonlyMap<string, string>): string | undefined => {
  const told = textOf(data, 'note') || textOf(data, 'reason') || textOf(data, 'detail')
  const more = told === '' ? '' : `: ${told}`
  switch (kind) {
    case 'incident.opened':
      return `Opened: ${textOf(data, 'title')}`
    case 'alert.received':
      return `${count(Number(data?.['count'] ?? 1), 'signal')} received`
    case 'alert.resolved':
      return 'The signal ended'
    case 'incident.changed':
      return `${stateWord(textOf(data, 'from'))} → ${stateWord(textOf(data, 'to'))}`
    case 'incident.acknowledged':
      return 'Acknowledged'
    case 'incident.assigned':
      return `Given to ${names.get(textOf(data, 'to')) ?? textOf(data, 'to')}`
    case 'incident.noted':
      return `Noted${more}`
    case 'incident.linked':
      return `Linked to ${textOf(data, 'name')}`
    case 'incident.merged':
      return `Merged into ${textOf(data, 'into')}${textOf(data, 'cause') === '' ? '' : `: the same cause, ${textOf(data, 'cause')}`}`
    case 'incident.split':
      return `Taken out of ${textOf(data, 'from')}`
    case 'diagnosis.made':
      return diagnosed(data)
    case 'diagnosis.disputed':
      return 'Somebody said that the diagnosis is wrong'
    case 'model.consulted':
      return askedWords(data)
    case 'deployment.checked':
      return `Compared with before its rollout: ${textOf(data, 'verdict')}`
    case 'pager.heard':
      return heardWords(data)
    case 'pager.sent':
      return `PagerDuty told: ${textOf(data, 'command')}`
    case 'pager.refused':
      return `PagerDuty did not take “${textOf(data, 'command')}”${more}`
    default:
      return plan === undefined ? undefined : planWords(kind, textOf(data, 'summary'), more)
  }
}

/** A model was asked: what became of it, and what it cost. */
const askedWords = (data: AuditEntry['data']): string => {
  const tokens = Number(data?.['inputTokens'] ?? 0) + Number(data?.['outputTokens'] ?? 0)
  const dollars = typeof data?.['usd'] === 'number' ? `, $${data['usd'].toFixed(2)}` : ''
  return `${textOf(data, 'model')} was asked (${textOf(data, 'asked')}): ${textOf(data, 'outcome')}, ${tokens} tokens${dollars}`
}

const planWords = (kind: TimelineKind, summary: string, more: string): string | undefined => {
  const words: Partial<Record<TimelineKind, string>> = {
    'plan.proposed': `Plan proposed${summary === '' ? '' : `: ${summary}`}`,
    'plan.approved': 'Plan approved',
    'plan.denied': 'Plan denied',
    'plan.expired': 'Plan expired without a decision',
    'plan.refused': `Plan refused${more}`,
    'effect.intended': 'About to write',
    'effect.done': 'Written',
    'effect.unknown': `No answer to the write${more}`,
    'effect.verified': `Verified${more}`,
    'effect.failed': `Failed${more}`,
    'pull-request.merged': `Pull request merged${more}`,
    'pull-request.closed': `Pull request closed unmerged${more}`,
    'delivery.verified': `Delivered and healthy${more}`,
    'delivery.failed': `Not healthy after the merge${more}`,
  }
  return words[kind]
}

const diagnosed = (data: Data | undefined): string => {
  const causes = Array.isArray(data?.['causes']) ? (data['causes'] as readonly unknown[]) : []
  const named = causes.flatMap((cause) => {
    const { code, object } = cause as {
      code?: unknown
      object?: { kind?: unknown; namespace?: unknown; name?: unknown }
    }
    if (typeof code !== 'string') return []
    const where = [object?.namespace, object?.name].filter((part) => typeof part === 'string').join('/')
    return [`${code} at ${typeof object?.kind === 'string' ? `${object.kind} ` : ''}${where}`]
  })
  return named.length === 0 ? 'Looked into it: no cause shows yet' : `Cause found: ${some(named, 2)}`
}

/** What people did at PagerDuty: `At PagerDuty: acknowledged by Ana, note by Dan`. */
const heardWords = (data: Data | undefined): string => {
  const news = Array.isArray(data?.['news']) ? (data['news'] as readonly unknown[]) : []
  const told = news.map((one) => {
    const { kind, by } = one as { readonly kind?: unknown; readonly by?: unknown }
    return `${String(kind).replaceAll('-', ' ')}${typeof by === 'string' ? ` by ${by}` : ''}`
  })
  return `At PagerDuty: ${told.length === 0 ? 'news' : some(told, 5)}`
}

const stateWord = (state: string): string => state.replaceAll('-', ' ')

/** What a plan's own life says, where the entries do not: the executor may keep its record elsewhere. */
const linesOfPlan = ({ plan, life }: PlanRecord, entries: readonly AuditEntry[]): readonly StoryLine[] => {
  const has = (kind: TimelineKind) => entries.some((entry) => entry.plan === plan.id && entry.kind === kind)
  const line = (at: string | null | undefined, kind: TimelineKind, what: string, by?: string): readonly StoryLine[] =>
    at === null || at === undefined || has(kind) ? [] : [{ at, kind, what, ...(by === undefined ? {} : { by }) }]
  const verified = life.state === 'verified'
  return [
    ...line(plan.createdAt, 'plan.proposed', `Plan proposed: ${plan.summary}`, plan.requester.name),
    ...(has('plan.approved')
      ? []
      : life.approvals.map(
          ({ by, at }): StoryLine => ({ at, kind: 'plan.approved', what: 'Plan approved', by: by.name }),
        )),
    ...line(life.denial?.at, 'plan.denied', 'Plan denied', life.denial?.by.name),
    ...line(life.appliedAt, 'effect.done', 'Written'),
    ...(life.outcome === null || life.effect !== 'done'
      ? []
      : line(
          life.outcome.at,
          verified ? 'effect.verified' : 'effect.failed',
          `${verified ? 'Verified' : 'Failed'}: ${life.outcome.note}`,
        )),
  ]
}

/** Equal lines that follow each other become one; counts of signals that follow each other are added up. */
const together = (lines: readonly StoryLine[]): readonly StoryLine[] => {
  const kept: StoryLine[] = []
  for (const line of lines) {
    const last = kept.at(-1)
    if (last?.kind === line.kind && line.kind === 'alert.received') {
      const sum = Number.parseInt(last.what, 10) + Number.parseInt(line.what, 10)
      kept[kept.length - 1] = { ...last, what: `${count(sum, 'signal')} received` }
    } else kept.push(line)
  }
  return kept
}

const durationsOf = (incident: Incident, entries: readonly AuditEntry[], lines: readonly StoryLine[]): Durations => {
  const started = textOf(entries.find(({ kind }) => kind === 'incident.opened')?.data, 'startsAt')
  const at = (kind: TimelineKind, last = false): string | undefined =>
    (last ? lines.findLast((line) => line.kind === kind) : lines.find((line) => line.kind === kind))?.at
  const approved = at('plan.approved')
  const spans: readonly (readonly [keyof Durations, string | undefined, string | undefined])[] = [
    ['noticed', started || undefined, incident.openedAt],
    ['cause', incident.openedAt, at('diagnosis.made')],
    ['decision', at('plan.proposed'), approved],
    ['repair', approved, at('effect.verified', true)],
    ['whole', started || incident.openedAt, incident.endedAt],
  ]
  return Object.fromEntries(
    spans.flatMap(([name, from, to]) => {
      const seconds = from === undefined || to === undefined ? Number.NaN : (Date.parse(to) - Date.parse(from)) / 1_000
      return seconds >= 0 ? [[name, Math.round(seconds)] as const] : []
    }),
  )
}
