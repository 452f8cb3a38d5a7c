import { type Refusal, refused } from '../domain/refusal.ts'
import type { Doctor } from './doctor.ts'

/** A process clock further from the store's than this cannot be used to decide about approvals, in milliseconds. */
const tooFarApart = 120_000

/**
 * The time that decisions go by: the later of this process's clock and the store's, so that a clock that is behind cannot
 * stretch an expiry. Refuses when the two are more than two minutes apart.
 */
export const agreedNow = async (doctor: Pick<Doctor, 'clock' | 'store'>): Promise<number | Refusal> => {
  const [here, there] = [doctor.clock.now(), await doctor.store.now()]
  return Math.abs(here - there) > tooFarApart
    ? refused('clock-skew', 'The clocks of this process and of the store differ by minutes, so nothing is decided now.')
    : Math.max(here, there)
}
