import type { Attempt } from '../domain/incident.ts'
import { type ObjectRef, sameRef } from '../domain/object.ts'
import { type Refusal, refused } from '../domain/refusal.ts'

/** How an attempt reads for people: `rollback-rollout at 02:08 by Ana: verified`. */
export const attemptText = (attempt: Attempt): string =>
  `${attempt.action} at ${attempt.at.slice(11, 16)} UTC by ${attempt.by}: ${attempt.outcome}${attempt.note === '' ? '' : ` (${attempt.note})`}`

/** The attempts on one object, newest first. */
export const attemptsOn = (attempts: readonly Attempt[], cluster: string, target: ObjectRef): readonly Attempt[] =>
  attempts
    .filter((attempt) => attempt.cluster === cluster && sameRef(attempt.target, target))
    .sort((a, b) => (a.at < b.at ? 1 : -1))

/**
 * Why the doctor must not propose this again by itself: the same action on the same object failed lately, or worked twice
 * lately and the trouble came back. A person may still ask for it; they see the attempts on the card.
 */
export const repeatBlock = (
  attempts: readonly Attempt[],
  cluster: string,
  action: string,
  target: ObjectRef,
  now: number,
  cooldownSeconds: number,
): Refusal | undefined => {
  const same = attemptsOn(attempts, cluster, target).filter((attempt) => attempt.action === action)
  const recent = same.filter((attempt) => now - Date.parse(attempt.at) < cooldownSeconds * 1000)
  const failed = recent.find((attempt) => attempt.outcome !== 'verified')
  if (failed !== undefined)
    return refused('tried-and-failed', `Already tried: ${attemptText(failed)}. It is not proposed again by itself.`)
  if (recent.length >= 2)
    return refused('keeps-coming-back', `${action} worked ${recent.length} times and the trouble came back each time.`)
  return undefined
}
