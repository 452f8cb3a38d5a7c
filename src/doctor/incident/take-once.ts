import { randomUUID } from 'node:crypto'
import type { Alert } from '../../domain/alert.ts'
import { StoreUnavailable } from '../../ports.ts'
import type { Source } from '../../sources/source.ts'
import type { Doctor } from '../doctor.ts'

/** What is kept of a delivery: while it is being taken, by whom; once it was, as what. */
type Delivery = { readonly body: string; readonly by?: string; readonly id?: string }

/** Why a delivery was not taken: given before with another body, or being taken right now elsewhere. */
export type NotTaken = { readonly kind: 'conflict'; readonly problem: string } | { readonly kind: 'busy' }

/** How long a claim outlives a process that died with it, in seconds. */
const claimSeconds = 30

/** What an alert is taken in by: it joins, or opens, an incident, whose id comes back. */
export type Take = (fingerprint: string, alert: Alert) => Promise<string>

/** How often, and how far apart in ms, an end is waited for of somebody else who takes in the same happening. */
const patience = { tries: 20, apart: 250 } as const

/**
 * The same taking-in, once for each happening: what a webhook told and what was found by asking are one signal. Throws
 * `StoreUnavailable` where another process stays busy with it; its sender, or the next asking, tries again.
 */
export const onceByHappening =
  (doctor: Doctor, source: Source, take: Take): Take =>
  async (fingerprint, alert) => {
    const { happening } = alert
    if (happening === undefined) return take(fingerprint, alert)
    const asOne = { ...alert, deliveryId: happening }
    for (let tries = 0; tries < patience.tries; tries += 1) {
      const known = { ...source, deliveryIds: 'computed' } as const
      const taken = await takeOnce(doctor, known, asOne, '', () => take(fingerprint, alert))
      if (typeof taken === 'string') return taken
      await doctor.clock.sleep(patience.apart)
    }
    throw new StoreUnavailable('the same is being taken in elsewhere')
  }

/**
 * Claims the delivery, takes the alert in, and only then marks it as taken: a crash between the two lets the sender's retry
 * through after 30 s, and a fault lets it through at once.
 */
export const takeOnce = async (
  doctor: Doctor,
  source: Source,
  alert: Alert,
  body: string,
  take: Take,
): Promise<string | NotTaken> => {
  const key = `${source.id}:${alert.deliveryId}`
  const before = await doctor.store.get<Delivery>('delivery', key)
  if (before?.value.id !== undefined) {
    if (source.deliveryIds === 'given' && before.value.body !== body)
      return { kind: 'conflict', problem: 'this delivery id was given before with another body' }
    return before.value.id
  }
  if (before !== undefined) return { kind: 'busy' }
  const by = randomUUID()
  try {
    if (!(await doctor.store.put<Delivery>('delivery', key, { body, by }, 0, claimSeconds))) return { kind: 'busy' }
    const id = await take(alert.fingerprint, alert)
    await doctor.store.put<Delivery>('delivery', key, { body, id }, 1, source.rememberSeconds)
    return id
  } catch (error) {
    // The store may have kept the claim although its answer was lost.
    await lift(doctor, key, by).catch(() => void liftSoon(doctor, key, by))
    throw error
  }
}

const lift = async (doctor: Doctor, key: string, by: string): Promise<void> => {
  const now = await doctor.store.get<Delivery>('delivery', key)
  if (now?.value.by === by) await doctor.store.remove('delivery', key)
}

/** Lifts a claim as soon as the store is back, so that the sender's retry need not wait for its end. */
const liftSoon = async (doctor: Doctor, key: string, by: string): Promise<void> => {
  for (let tries = 0; tries < (claimSeconds * 1_000) / 200; tries += 1) {
    await doctor.clock.sleep(200)
    const lifted = await lift(doctor, key, by).then(
      () => true,
      () => false,
    )
    if (lifted) return
  }
}
