import type { Alert } from '../../domain/alert.ts'
import type { ClusterReader } from '../../ports.ts'
import { source, watchedKinds } from '../../sources/watch.ts'
import type { Doctor } from '../doctor.ts'
import { type Intake, openIntake, troubleAtPlace } from '../open.ts'
import { lookForTrouble, type Patience, type Remembered } from './look-for-trouble.ts'
import { createWatchedReading } from './read-watched.ts'

/** How often a cluster is looked at by one of all replicas, in seconds. */
const every = 15

/** How long trouble has to last where DOCTOR_DEBOUNCE says nothing, and how long it has to be over, in ms. */
const usually: Patience = { lasts: 120_000, over: 60_000 }

/** One look at a cluster. Safe to repeat; not to be done by two replicas at once. */
export type LookOver = (reader: ClusterReader, signal: AbortSignal) => Promise<void>

/**
 * Looks at a cluster for trouble that lasts, which is taken in as the alerts of any source are. What is remembered between two
 * looks is in the store, so that a restart neither forgets trouble nor tells it twice.
 */
export const createLookOver = (doctor: Doctor): LookOver => {
  const intake = openIntake(doctor)
  // Argo CD's own notices say the same sooner.
  const kinds = watchedKinds.filter((kind) => kind !== 'Application' || doctor.config.argocdToken === undefined)
  const read = createWatchedReading(kinds)
  return (reader, signal) => lookAt(doctor, reader, read, intake, signal)
}

const lookAt = async (
  doctor: Doctor,
  reader: ClusterReader,
  read: ReturnType<typeof createWatchedReading>,
  intake: Intake,
  signal: AbortSignal,
): Promise<void> => {
  const lists = await read(reader, doctor.clock.now(), signal)
  const stored = await doctor.store.get<Remembered>('watched', reader.name)
  const before = stored?.value ?? {}
  const { debounceSeconds } = doctor.config
  const patience = debounceSeconds === undefined ? usually : { ...usually, lasts: debounceSeconds * 1000 }
  const at = { cluster: reader.name, now: doctor.clock.now(), patience }
  // Asked of the few only that would be told now.
  const due = lookForTrouble(lists, before, at, () => false).tell.filter(({ status }) => status === 'firing')
  const taken = await troubledPlaces(doctor, due)
  const { remembered, tell } = lookForTrouble(lists, before, at, ({ fingerprint }) => taken.has(fingerprint))
  const answer = tell.length === 0 ? undefined : await intake(source, tell, '')
  // Told nobody: at the next look it is still new.
  if (answer !== undefined && answer.kind !== 'accepted') return
  if (JSON.stringify(remembered) !== JSON.stringify(before))
    await doctor.store.put<Remembered>('watched', reader.name, remembered, stored?.version ?? 0)
}

/** The fingerprints of those alerts about whose workload another incident is open already. */
const troubledPlaces = async (doctor: Doctor, alerts: readonly Alert[]): Promise<ReadonlySet<string>> => {
  const found = await Promise.all(
    alerts.map(async ({ cluster = '', namespace, workload, fingerprint }) => {
      if (namespace === undefined || workload === undefined) return []
      const open = await troubleAtPlace(doctor, { cluster, namespace, focus: workload })
      return open === undefined || open.fingerprint === fingerprint ? [] : [fingerprint]
    }),
  )
  return new Set(found.flat())
}

/** Looks for trouble until it is stopped, one of all replicas at a time; nothing where that is not turned on or this role does not diagnose. */
export const startWatching = (doctor: Doctor, role: string): (() => void) => {
  if (!doctor.config.kube.watchIncidents || (role !== 'all' && role !== 'worker')) return () => undefined
  const ended = new AbortController()
  const lookOver = createLookOver(doctor)
  const inTurn = async (): Promise<void> => {
    for (const reader of doctor.readers.values()) {
      const key = `watching-${reader.name}`
      if (await doctor.store.once(key, every - 1))
        await doctor.store.lock(key, 60, () => lookOver(reader, ended.signal))
    }
  }
  const timer = setInterval(() => {
    inTurn().catch((err: unknown) => doctor.log.warn({ err }, 'the clusters could not be looked over'))
  }, every * 1000)
  timer.unref()
  return () => {
    ended.abort()
    clearInterval(timer)
  }
}
