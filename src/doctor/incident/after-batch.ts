import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import { type Incident, type JoinedIncident, transition } from '../../domain/incident.ts'
import { isRefusal } from '../../domain/refusal.ts'

/** How many deliveries an incident knows again. A retry comes soon after what cut its first try off. */
export const mostRecent = 128

/** Coming back so often within so many ms is flapping: the end is then believed only after a quiet time. */
const flap = { turns: 3, within: 30 * 60_000 } as const

/** A delivery as an incident remembers it. */
export const markOf = (alert: Alert): string => sha256(`${alert.source}:${alert.deliveryId}`).slice(0, 12)

/**
 * What an incident becomes by a batch of signals; pure. `via` is the id of the joined incident that they belong to. While a
 * change runs its own check says how it ended, and an incident that others joined ends only with the last of them.
 */
export const afterBatch = (incident: Incident, batch: readonly Alert[], at: string, via?: string): Incident => {
  const fresh = batch.filter((alert) => !incident.recent?.includes(markOf(alert)))
  const counted: Incident = {
    ...incident,
    seen: incident.seen + fresh.filter((alert) => alert.status === 'firing').length,
    recent: [...(incident.recent ?? []), ...fresh.map(markOf)].slice(-mostRecent),
    severity: worst([...batch, incident]),
    updatedAt: at,
  }
  const named = withAcknowledgement(
    via === undefined ? withLink(counted, batch) : withJoined(counted, batch, via),
    batch,
    at,
  )
  const last = batch.findLast(({ status }) => status === 'firing' || status === 'resolved')?.status
  if (last === undefined) return named
  return last === 'resolved' ? ending(named, at, via) : firing(named, at, via)
}

const withLink = (incident: Incident, batch: readonly Alert[]): Incident => {
  const link = batch.findLast((alert) => alert.link !== undefined)?.link
  return link === undefined ? incident : { ...incident, link: { ...incident.link, ...link } }
}

const withJoined = (incident: Incident, batch: readonly Alert[], via: string): Incident => {
  const link = batch.findLast((alert) => alert.link !== undefined)?.link
  return link === undefined
    ? incident
    : changeJoined(incident, via, (one) => ({ ...one, link: { ...one.link, ...link } }))
}

const changeJoined = (incident: Incident, via: string, change: (one: JoinedIncident) => JoinedIncident): Incident => ({
  ...incident,
  joined: (incident.joined ?? []).map((one) => (one.id === via ? change(one) : one)),
})

/** Who looks after it, as the pager says. Whoever said so first stays named: the pager may know them by another name. */
const withAcknowledgement = (incident: Incident, batch: readonly Alert[], at: string): Incident => {
  const news = batch.findLast(({ news: one }) => one !== undefined && acknowledging.has(one.kind))?.news
  if (news === undefined) return incident
  const { acknowledged, ...rest } = incident
  return news.kind === 'acknowledged'
    ? { ...rest, acknowledged: acknowledged ?? { by: news.by ?? 'somebody at PagerDuty', at } }
    : rest
}

const acknowledging = new Set(['acknowledged', 'unacknowledged', 'reopened'])

const ending = (incident: Incident, at: string, via: string | undefined): Incident => {
  const known =
    via === undefined
      ? { ...incident, ...(incident.joined === undefined ? {} : { over: true }) }
      : changeJoined(incident, via, (one) => ({ ...one, over: true }))
  const all = (known.joined ?? []).every(({ over }) => over) && (known.joined === undefined || known.over === true)
  const busy = known.state === 'executing' || known.state === 'verifying'
  if (!all || busy) return known
  if (isFlapping(known, at)) return { ...known, flapping: true, quietSince: at }
  return moved(known, 'resolved', at)
}

const firing = (incident: Incident, at: string, via: string | undefined): Incident => {
  const { over, quietSince: _, ...rest } = incident
  const known =
    via === undefined
      ? rest
      : changeJoined({ ...rest, ...(over === undefined ? {} : { over }) }, via, (one) => ({ ...one, over: false }))
  if (known.state !== 'resolved') return known
  const turns = [...(known.turns ?? []), at].slice(-10)
  const back = moved({ ...known, turns }, 'investigating', at)
  return isFlapping(back, at) ? { ...back, flapping: true } : back
}

const isFlapping = ({ turns = [] }: Incident, at: string): boolean =>
  turns.filter((turn) => Date.parse(at) - Date.parse(turn) < flap.within).length >= flap.turns

const moved = (incident: Incident, to: Incident['state'], at: string): Incident => {
  const next = transition(incident, to, at)
  return isRefusal(next) ? incident : next
}

const order = { info: 0, warning: 1, critical: 2 } as const

/** The worst of the severities. */
export const worst = (all: readonly Pick<Alert, 'severity'>[]): Alert['severity'] =>
  all.map((one) => one.severity).reduce((a, b) => (order[b] > order[a] ? b : a), 'info')
