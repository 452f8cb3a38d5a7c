import type { Model } from './model.ts'
import * as s from './state.ts'

const { pc, w } = s

/** Labels of what a worker does, times sixteen, plus the worker. */
export const does = {
  takes: 16,
  finds: 17,
  leaves: 18,
  looks: 19,
  passes: 20,
  stopsAtGate: 21,
  intends: 22,
  readsClock: 23,
  arms: 24,
  isRefused: 25,
  looksAgain: 26,
  stopsLate: 27,
  sends: 28,
  permitOver: 29,
  otherCluster: 30,
  noAnswer: 31,
  hears: 32,
  records: 33,
  settles: 34,
  readsBack: 35,
  waits: 36,
  ends: 37,
  crashes: 38,
  loses: 39,
  recordsEnd: 40,
  skipsIntent: 41,
  skips: 42,
} as const

/** A worker and where its bytes are. */
export type Hand = { readonly model: Model; readonly me: number; readonly at: number }

/** Ends a transition: the worker stands there now. */
export const go = ({ model, me, at }: Hand, stage: number, label: number): undefined => {
  model.to[at + w.pc] = stage
  if (stage === pc.idle) stop(model.to, me, at)
  model.emit(label * 16 + me)
}

/** A worker that is idle knows nothing and holds nothing. */
export const stop = (to: Uint8Array, me: number, at: number): undefined => {
  to.fill(0, at, at + w.size)
  if (to[s.lease] === me) to[s.lease] = 0
}
