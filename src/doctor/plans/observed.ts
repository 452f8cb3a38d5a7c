import { randomBytes } from 'node:crypto'
import type { Change } from '../../domain/change.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import type { ReplyTo } from '../../domain/job.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { refKey, refText } from '../../domain/object.ts'
import { agreementOf, type Observation } from '../../domain/observation.ts'
import { theDoctor } from '../../domain/principal.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import type { Verdict } from '../../policy/policy.ts'
import { agreementDocument } from '../../views/agreement.ts'
import { documentMessage } from '../../views/document-blocks.ts'
import { observationMessage } from '../../views/observation.ts'
import { channelFor } from '../channel.ts'
import type { Doctor } from '../doctor.ts'
import type { Asked } from '../gates/gates.ts'
import { note } from '../record.ts'
import { placeOf } from './show-plan.ts'

/** How long an observation is kept, in seconds. */
const keep = 35 * 86_400
/** The same is said and counted once in this time, in seconds: an incident is looked into more than once. */
const once = 3_600
/** When what people did is looked at first, and when nothing counts as nothing, in ms. */
const first = 3_600_000
const last = 86_400_000
const week = 7 * 86_400_000

/** A wish with what the server rehearsed and what the policy says to it. */
export type Watched = Asked & {
  readonly summary: string
  readonly object: KubeObject
  readonly verdict: Extract<Verdict, { readonly kind: 'observe' }>
  readonly incident?: string
  readonly replyTo?: ReplyTo
}

/**
 * Says what would have been proposed where the policy only observes, and keeps it for the weekly comparison. Changes nothing
 * and asks nobody. A person who asked is only told so: refused `observe-only`; for the doctor it is `observed`.
 */
export const observed = async (doctor: Doctor, watched: Watched): Promise<Refusal> => {
  const { verdict, requester } = watched
  const why = verdict.reasons.join(' ')
  if (requester.id !== theDoctor.id)
    return refused('observe-only', `${why} So nothing is proposed here, only observed.`)
  const observation = observationOf(watched, new Date(doctor.clock.now()).toISOString())
  const key = `observed-${watched.cluster}-${watched.action}-${refKey(watched.target)}`
  const refusal = refused('observed', `${why} It would have been proposed: ${watched.summary}.`)
  if (!(await doctor.store.once(key, once))) return refusal
  await doctor.store.put('observation', observation.id, observation, 0, keep)
  await note(doctor, {
    kind: 'plan.observed',
    cluster: watched.cluster,
    actor: theDoctor.id,
    ...(watched.incident === undefined ? {} : { incident: watched.incident }),
    data: { action: watched.action, target: observation.target, summary: watched.summary, quorum: observation.quorum },
  })
  const place = await placeOf(doctor, observation.incident, watched.replyTo, watched)
  if (place !== undefined)
    await doctor.chat
      .post(place.channel, observationMessage(observation, verdict.rule, verdict.reasons), {
        ...(place.ts === undefined ? {} : { thread: place.ts }),
        key: `observed-${observation.id}`,
      })
      .catch((err: unknown) => doctor.log.warn({ err }, 'an observation could not be told'))
  return refusal
}

const observationOf = (watched: Watched, at: string): Observation => ({
  id: randomBytes(8).toString('hex'),
  at,
  cluster: watched.cluster,
  incident: watched.incident ?? null,
  action: watched.action,
  summary: watched.summary,
  target: refOf(watched.object),
  fingerprint: fingerprint(watched.object),
  diff: watched.preview.kind === 'previewed' ? watched.preview.diff.slice(0, 200) : [],
  by: watched.change.kind === 'pull-request' ? 'pull-request' : removes(watched.change) ? 'removal' : 'patch',
  quorum: watched.verdict.rule.quorum,
})

const removes = (change: Change): boolean => change.kind === 'cluster-write' && change.request.method !== 'PATCH'

/** The observations of the last `ms`, newest first. */
export const observations = async (
  doctor: Pick<Doctor, 'store' | 'clock'>,
  ms = week,
): Promise<readonly Observation[]> =>
  (await doctor.store.list<Observation>('observation', 500))
    .map((stored) => stored.value)
    .filter((one) => doctor.clock.now() - Date.parse(one.at) < ms)
    .sort((a, b) => (a.at < b.at ? 1 : -1))

/**
 * Compares what is old enough with what people did. Nothing done counts as such only after a day; what cannot be read then
 * stays untold. Safe to repeat.
 */
export const compareObservations = async (doctor: Doctor, signal?: AbortSignal): Promise<void> => {
  const now = doctor.clock.now()
  for (const stored of await doctor.store.list<Observation>('observation', 500)) {
    const observation = stored.value
    const age = now - Date.parse(observation.at)
    const reader = doctor.readers.get(observation.cluster)
    if (observation.people !== undefined || age < first || reader === undefined) continue
    const { uid: _, ...named } = observation.target
    const did = agreementOf(observation, await reader.get(named, signal))
    if ((did === 'nothing' || did === 'could-not-tell') && age < last) continue
    const people = { at: new Date(now).toISOString(), did }
    await doctor.store.put('observation', observation.id, { ...observation, people }, stored.version, keep)
  }
}

/** Posts the weekly comparison once a week to each channel that something was observed for; nothing where nothing was. */
export const reportAgreement = async (doctor: Doctor, weekName: string): Promise<void> => {
  const all = await observations(doctor)
  const channels = Map.groupBy(all, (one) =>
    channelFor(doctor.config, { cluster: one.cluster, namespace: one.target.namespace }),
  )
  for (const [channel, some] of channels)
    if (channel !== undefined)
      await doctor.chat.post(channel, documentMessage(agreementDocument(some)), {
        key: `agreement-${channel}-${weekName}`,
      })
}

/** How an observation reads in one line. */
export const observationText = (one: Observation): string => `${one.action} on ${refText(one.target)}`
