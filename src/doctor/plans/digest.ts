import type { Digest, Held } from '../../domain/digest.ts'
import type { PlanRequest } from '../../domain/job.ts'
import { refKey } from '../../domain/object.ts'
import { theDoctor } from '../../domain/principal.ts'
import { digestMessage, heldMessage } from '../../views/digest.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { nowText } from '../record.ts'
import { mostOpen, openPlans } from './open-plans.ts'
import { placeOf } from './show-plan.ts'

/** How many are kept for later, and how long one may wait before it is no longer worth a card, in ms. */
const mostHeld = 200
const waitsAtMost = 6 * 3_600_000
/** How many are told of in their own threads as well. */
const mostTold = 5
/** The message is redrawn at most once in so many seconds; a round catches up. */
const redrawEvery = 5

/**
 * Keeps a proposal of the doctor's own for later where a channel has enough open cards already, and shows all that is kept as
 * one message (SAFETY T19). False: it is a person's wish, or has no channel; then it is refused with words.
 */
export const holdBack = async (doctor: Doctor, request: PlanRequest): Promise<boolean> => {
  if (request.requester.id !== theDoctor.id) return false
  const place = await placeOf(doctor, request.incident ?? null, request.replyTo, request)
  if (place === undefined) return false
  const wish = keyOf(request)
  const after = await changeDigest(doctor, place.channel, (digest) => {
    if (digest.held.some((one) => keyOf(one.request) === wish)) return undefined
    if (digest.held.length >= mostHeld) return { ...digest, dropped: digest.dropped + 1 }
    return { ...digest, held: [...digest.held, { at: nowText(doctor), request }] }
  })
  if (after !== undefined && place.ts !== undefined && request.incident !== undefined && after.held.length <= mostTold)
    await tellThread(doctor, { channel: place.channel, ts: place.ts }, request)
  if (after !== undefined && (await doctor.store.once(`digest-drawn-${place.channel}`, redrawEvery)))
    await draw(doctor, after)
  return true
}

/** Plans what is held back in a channel, oldest first, as far as there is room for cards again; and redraws its message. */
export const releaseHeld = async (doctor: Doctor, channel: string): Promise<void> => {
  const stored = await doctor.store.get<Digest>('digest', channel)
  if (stored === undefined || (stored.value.held.length === 0 && stored.value.dropped === 0)) return
  const open = (await openPlans(doctor)).filter(
    (record) => record.life.state === 'pending' && record.card?.channel === channel,
  )
  const room = Math.max(0, mostOpen - open.length)
  const [stale, fresh]: [Held[], Held[]] = [[], []]
  for (const one of stored.value.held) ((await isWorthIt(doctor, one)) ? fresh : stale).push(one)
  const next = fresh.slice(0, room)
  const gone = new Set([...stale, ...next].map((one) => keyOf(one.request)))
  const after = await changeDigest(doctor, channel, (digest) => {
    const held = digest.held.filter((one) => !gone.has(keyOf(one.request)))
    return { ...digest, held, dropped: held.length === 0 ? 0 : digest.dropped }
  })
  for (const { request } of next)
    await doctor.jobs.add({ v: 1, kind: 'plan', request }, { key: `held-${keyOf(request)}` })
  if (after !== undefined) await draw(doctor, after)
}

/** Says in the thread that its fix was found and waits; in a flood the one message of the channel has to do. */
const tellThread = async (
  doctor: Doctor,
  place: { readonly channel: string; readonly ts: string },
  request: PlanRequest,
): Promise<void> => {
  try {
    const key = `held-${place.ts}-${keyOf(request)}`
    await doctor.chat.post(place.channel, heldMessage(request), { thread: place.ts, key })
  } catch (error) {
    doctor.log.warn({ err: error }, 'a thread could not be told that its fix waits')
  }
}

/** The channels that something is held back in. */
export const digests = async (doctor: Pick<Doctor, 'store'>): Promise<readonly Digest[]> =>
  (await doctor.store.list<Digest>('digest', 100)).map((stored) => stored.value).filter((one) => one.held.length > 0)

const keyOf = ({ cluster, action, target }: PlanRequest): string => `${cluster}|${action}|${refKey(target)}`

/** What has waited too long, or whose incident has ended, is not proposed any more. */
const isWorthIt = async (doctor: Doctor, { at, request }: Held): Promise<boolean> => {
  if (doctor.clock.now() - Date.parse(at) > waitsAtMost) return false
  if (request.incident === undefined) return true
  const incident = (await readIncident(doctor, request.incident))?.value
  return incident !== undefined && incident.endedAt === undefined
}

const changeDigest = async (
  doctor: Pick<Doctor, 'store'>,
  channel: string,
  change: (digest: Digest) => Digest | undefined,
): Promise<Digest | undefined> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await doctor.store.get<Digest>('digest', channel)
    const next = change(stored?.value ?? { channel, ts: null, held: [], dropped: 0 })
    if (next === undefined) return undefined
    if (await doctor.store.put('digest', channel, next, stored?.version ?? 0, 7 * 86_400)) return next
  }
  throw new Error('what is held back could not be stored: others kept changing it')
}

/** Posts the message of a digest, or edits the one that is there; an empty one is said once and then forgotten. */
const draw = async (doctor: Doctor, digest: Digest): Promise<void> => {
  try {
    if (digest.ts !== null) await doctor.chat.update(digest.channel, digest.ts, digestMessage(digest))
    if (digest.held.length === 0) await changeDigest(doctor, digest.channel, (now) => ({ ...now, ts: null }))
    if (digest.ts !== null || digest.held.length === 0) return
    // The first of those held names the message: two replicas that post at once post it once.
    const key = `digest-${digest.channel}-${digest.held[0]?.at}`
    const { ts } = await doctor.chat.post(digest.channel, digestMessage(digest), { key })
    await changeDigest(doctor, digest.channel, (now) => ({ ...now, ts }))
  } catch (error) {
    doctor.log.warn({ err: error }, 'what is held back could not be shown')
  }
}
