import type { Alert } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import type { Incident } from '../domain/incident.ts'
import { placeOfText } from '../sources/reading/place.ts'
import type { Source } from '../sources/source.ts'
import { noteTurn, settleLater } from './close.ts'
import type { Doctor } from './doctor.ts'
import { afterBatch, markOf, mostRecent, worst } from './incident/after-batch.ts'
import { batchByKey } from './incident/batch-by-key.ts'
import { changeIncident, newIncidentId, readIncident } from './incident/incident-store.ts'
import { stormPrefix, unlessStorm } from './incident/storm.ts'
import { type NotTaken, onceByHappening, takeOnce } from './incident/take-once.ts'
import { newsToTell, relayLater } from './pager/relay.ts'
import { note, nowText } from './record.ts'

/** What became of a delivery: stored under these ids, or not taken. */
export type Accepted = { readonly kind: 'accepted'; readonly ids: readonly string[] } | NotTaken

/** Takes in the alerts of one delivery. `body` is a hash of its bytes. Returns only when all of it is stored. */
export type Intake = (source: Source, alerts: readonly Alert[], body: string) => Promise<Accepted>

/** A resolved trouble that comes back within this time, in ms, goes on in its old thread. */
const comesBackWithin = 2 * 3_600_000

/** News that only changes a count is shown at most this often, in ms. */
const countEvery = 30_000

/**
 * From alerts to incidents: each delivery counts once over all replicas, equal fingerprints join one incident, and the
 * first opens it and sets announce and investigate going. Nothing slow happens here.
 */
export const openIntake = (doctor: Doctor): Intake => {
  const join: (fingerprint: string, alert: Alert) => Promise<string> = batchByKey<Alert, string>((fingerprint, batch) =>
    joinOrOpen(doctor, fingerprint, batch, (gathered, all) => gather(join, gathered, all)),
  )
  return async (source, alerts, body) => {
    const take = onceByHappening(doctor, source, join)
    const taken = await Promise.all(alerts.map((alert) => takeOnce(doctor, source, alert, body, take)))
    const bad = taken.find((one) => typeof one !== 'string')
    if (bad !== undefined && typeof bad !== 'string') return bad
    return { kind: 'accepted', ids: [...new Set(taken as string[])] }
  }
}

type Link = { readonly incident: string }

/** In a storm the alerts of a new trouble go to the storm's incident instead, in its turn. */
type Gather = (gathered: Alert, batch: readonly Alert[]) => Promise<string>

const gather = async (
  join: (fingerprint: string, alert: Alert) => Promise<string>,
  gathered: Alert,
  batch: readonly Alert[],
): Promise<string> => {
  const { fingerprint, title, severity } = gathered
  const ids = await Promise.all(
    batch.map(({ link: _, ...alert }) => join(fingerprint, { ...alert, fingerprint, title, severity })),
  )
  return ids[0] ?? fingerprint
}

const joinOrOpen = async (
  doctor: Doctor,
  fingerprint: string,
  batch: readonly Alert[],
  storm: Gather,
): Promise<string> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const link = await doctor.store.get<Link>('fingerprint', fingerprint)
    const own = link === undefined ? undefined : (await readIncident(doctor, link.value.incident))?.value
    const known = own === undefined ? undefined : await whereItGoesOn(doctor, own)
    if (known !== undefined && goesOn(known, doctor.clock.now())) return joinIncident(doctor, known, batch, own)
    const first = await firstNews(doctor, fingerprint, batch)
    if (first === undefined) return overBefore(doctor, fingerprint, batch)
    const gathered = await unlessStorm(doctor, first, placeOf(doctor, first).cluster)
    if (gathered !== first) return storm(gathered, batch)
    const incident = incidentOf(doctor, first, batch)
    await doctor.store.put('incident', incident.id, incident, 0)
    if (await doctor.store.put<Link>('fingerprint', fingerprint, { incident: incident.id }, link?.version ?? 0)) {
      await opened(doctor, incident, batch)
      return incident.id
    }
    // Another replica was faster; its incident is the one.
    await doctor.store.remove('incident', incident.id)
  }
  throw new Error('the incident could not be opened: others kept changing it')
}

/** The incident itself, or the one that it was merged into, be that through others. */
const whereItGoesOn = async (doctor: Doctor, incident: Incident): Promise<Incident | undefined> => {
  let found: Incident | undefined = incident
  for (let steps = 0; steps < 10 && found?.mergedInto !== undefined; steps += 1)
    found = (await readIncident(doctor, found.mergedInto))?.value
  return found
}

const goesOn = (incident: Incident, now: number): boolean => {
  if (incident.state === 'closed') return false
  return incident.state !== 'resolved' || now - Date.parse(incident.endedAt ?? incident.updatedAt) < comesBackWithin
}

/**
 * The alert that opens an incident, unless the batch, or news that overtook it, says that the trouble is over: deliveries
 * arrive in any order.
 */
const firstNews = async (doctor: Doctor, fingerprint: string, batch: readonly Alert[]): Promise<Alert | undefined> => {
  if (batch.some((alert) => alert.status === 'resolved')) {
    const at = doctor.clock.now()
    const known = await doctor.store.get<{ readonly at: number }>('ended', fingerprint)
    await doctor.store.put('ended', fingerprint, { at }, known?.version ?? 0, 600)
    return undefined
  }
  const ended = await doctor.store.get<{ readonly at: number }>('ended', fingerprint)
  return batch.find(
    (alert) => alert.status !== 'told' && (ended === undefined || Date.parse(alert.startsAt) > ended.value.at),
  )
}

/** News of a trouble that ended before we knew it, or was never known, opens nothing, but stands on the record. */
const overBefore = async (doctor: Doctor, fingerprint: string, batch: readonly Alert[]): Promise<string> => {
  const data = { fingerprint, count: batch.length, deliveries: deliveriesOf(batch) }
  await note(doctor, { kind: 'alert.resolved', actor: batch[0]?.source ?? 'unknown', data })
  return batch[0]?.deliveryId ?? fingerprint
}

const deliveriesOf = (batch: readonly Alert[]): readonly string[] =>
  batch.map((alert) => `${alert.status} ${alert.deliveryId}`)

type Whereabouts = Pick<Incident, 'cluster' | 'namespace' | 'focus'>

/** Where the trouble is: what the alert's labels say, else what its title hints at, else the first cluster. */
const placeOf = (doctor: Doctor, alert: Alert): Whereabouts => {
  const clusters = [...doctor.readers.keys()]
  const storm = alert.fingerprint.startsWith(stormPrefix)
  // The name of a repository looks like a place in the cluster, and is none.
  const hint = storm || alert.link?.run !== undefined ? {} : placeOfText(alert.title, clusters)
  const namespace = storm ? undefined : (alert.namespace ?? hint.namespace)
  const focus = storm ? undefined : (alert.workload ?? hint.workload)
  return {
    cluster: alert.cluster ?? hint.cluster ?? clusters[0] ?? 'unknown',
    ...(namespace === undefined ? {} : { namespace }),
    ...(focus === undefined ? {} : { focus }),
  }
}

const incidentOf = (doctor: Doctor, alert: Alert, batch: readonly Alert[]): Incident => {
  const at = nowText(doctor)
  return {
    id: newIncidentId(),
    fingerprint: alert.fingerprint,
    state: 'open',
    title: alert.title,
    severity: worst(batch),
    ...placeOf(doctor, alert),
    ...teamOf(alert),
    question: alert.title,
    source: alert.source,
    ...(alert.link === undefined ? {} : { link: alert.link }),
    openedBy: alert.source,
    openedAt: at,
    updatedAt: at,
    seen: Math.max(1, batch.filter((one) => one.status === 'firing').length),
    recent: batch.map(markOf).slice(-mostRecent),
    plans: [],
    attempts: [],
  }
}

/** Whose trouble it is: the labels by which teams mark what is theirs, the usual one first. */
const teamOf = ({ labels }: Alert): Pick<Incident, 'team'> => {
  const team = labels['team'] ?? labels['owner'] ?? labels['squad']
  return team === undefined || team === '' ? {} : { team: team.slice(0, 80) }
}

/** How long a further trouble at one place waits for its diagnosis before it gets a thread, in ms: most go on in the first one's. */
const secondWaits = 6_000

type Place = Pick<Incident, 'cluster' | 'namespace' | 'focus'>

const placeKey = ({ cluster, namespace, focus }: Place): string =>
  sha256(JSON.stringify([cluster, namespace, focus?.name]))

/** The open incident that came first about a workload, if there is one. */
export const troubleAtPlace = async (doctor: Doctor, place: Place): Promise<Incident | undefined> => {
  const known = await doctor.store.get<Link>('place-of', placeKey(place))
  const first = known === undefined ? undefined : (await readIncident(doctor, known.value.incident))?.value
  return first?.endedAt === undefined ? first : undefined
}

/** Whether no other open incident is about the same workload. A place that is not named is nobody's. */
const isFirstAtPlace = async (doctor: Doctor, incident: Incident): Promise<boolean> => {
  if (incident.namespace === undefined || incident.focus === undefined) return true
  if ((await troubleAtPlace(doctor, incident)) !== undefined) return false
  const key = placeKey(incident)
  const known = await doctor.store.get<Link>('place-of', key)
  await doctor.store.put<Link>('place-of', key, { incident: incident.id }, known?.version ?? 0, 86_400)
  return true
}

const opened = async (doctor: Doctor, incident: Incident, batch: readonly Alert[]): Promise<void> => {
  const [first] = batch
  const delay = debounceOf(doctor, incident.source)
  const tellAfter = delay + ((await isFirstAtPlace(doctor, incident)) ? 0 : secondWaits)
  await Promise.all([
    doctor.jobs.add(
      { v: 1, kind: 'announce', incident: incident.id },
      { key: `announce-${incident.id}`, delay: tellAfter },
    ),
    doctor.jobs.add({ v: 1, kind: 'investigate', incident: incident.id }, { key: `investigate-${incident.id}`, delay }),
    received(doctor, incident, batch).then(() =>
      note(doctor, {
        kind: 'incident.opened',
        incident: incident.id,
        cluster: incident.cluster,
        actor: incident.openedBy,
        data: {
          title: incident.title,
          fingerprint: incident.fingerprint,
          startsAt: first?.startsAt ?? '',
          severity: incident.severity,
          ...(incident.namespace === undefined ? {} : { namespace: incident.namespace }),
        },
      }),
    ),
  ])
}

/** `own` is the incident that the signal belongs to; it may go on in `known`. */
const joinIncident = async (
  doctor: Doctor,
  known: Incident,
  batch: readonly Alert[],
  own: Incident = known,
): Promise<string> => {
  const at = nowText(doctor)
  const news = await newsToTell(doctor, known.id, batch)
  let before = known
  const after = await changeIncident(doctor, known.id, (incident) => {
    before = incident
    return afterBatch(incident, batch, at, own.id === incident.id ? undefined : own.id)
  })
  if (after === undefined) throw new Error('the incident is gone')
  const back = before.state === 'resolved' && after.state === 'investigating'
  const shows = before.state !== after.state || shownOf(before) !== shownOf(after)
  // An incident that still waits for its first step may have lost its jobs to a crash; equal jobs collapse.
  const again = batch.some((alert) => before.recent?.includes(markOf(alert)))
  const lost = after.state === 'open' && (again || doctor.clock.now() - Date.parse(after.openedAt) > 60_000)
  const { id } = after
  await Promise.all([
    doctor.jobs.add(
      { v: 1, kind: 'announce', incident: id },
      shows || lost ? { key: `announce-${id}` } : { key: `count-${id}`, delay: countEvery },
    ),
    ...(back || lost
      ? [doctor.jobs.add({ v: 1, kind: 'investigate', incident: id }, { key: `investigate-${id}` })]
      : []),
    ...(after.quietSince === undefined || after.quietSince === before.quietSince
      ? []
      : [settleLater(doctor, id, after.quietSince)]),
    ...news.map((alert) => relayLater(doctor, id, alert)),
    received(doctor, after, batch).then(() => noteTurn(doctor, before, after, batch[0]?.source ?? after.source)),
  ])
  return id
}

/** What the parent message shows beyond its state. */
const shownOf = ({ link, acknowledged, flapping }: Incident): string => JSON.stringify([link, acknowledged, flapping])

/** One entry for a batch, naming each delivery: nothing that was accepted is missing from the record. */
const received = (doctor: Doctor, incident: Incident, batch: readonly Alert[]): Promise<void> => {
  const over = batch.every((alert) => alert.status === 'resolved')
  // What neither fires nor ends is no signal, but what people did about it.
  const heard = batch.every(({ status }) => status === 'told' || status === 'acknowledged')
  const news = batch.flatMap(({ news: one }) => (one === undefined ? [] : [one]))
  return note(doctor, {
    kind: over ? 'alert.resolved' : heard ? 'pager.heard' : 'alert.received',
    incident: incident.id,
    cluster: incident.cluster,
    actor: batch[0]?.source ?? incident.source,
    data: { count: batch.length, deliveries: deliveriesOf(batch), ...(heard ? { news: news.slice(0, 20) } : {}) },
  })
}

/** What is watched has lasted that long already when it comes. */
const debounceOf = (doctor: Doctor, source: Alert['source']): number =>
  source === 'watch' ? 0 : (doctor.config.debounceSeconds ?? defaultDebounce[source] ?? 0) * 1_000

/** Argo CD reports each passing phase of a sync; the others wait themselves before they send. */
const defaultDebounce: Partial<Record<Alert['source'], number>> = { argocd: 10 }
