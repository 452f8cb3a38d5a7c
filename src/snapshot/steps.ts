import type { Breath } from './breathe.ts'

/** Work that can pause: each `yield` is a place where the event loop may turn. Pausing changes nothing of the result. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Does all of the work at a stretch. */
export const atOnce = <T>(work: Steps<T>): T => {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

/** Does the work with a breath between its steps; throws the reason of `signal` once that is aborted. */
export const inSlices = async <T>(work: Steps<T>, breathe: Breath, signal?: AbortSignal): Promise<T> => {
  for (;;) {
    signal?.throwIfAborted()
    const step = work.next()
    if (step.done === true) return step.value
    const turn = breathe()
    if (turn !== undefined) await turn
  }
}
