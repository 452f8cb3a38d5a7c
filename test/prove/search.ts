import type { Step } from './lives.ts'
import { type Bounds, createModel, type Model, type Rules } from './model.ts'
import { forget } from './request.ts'
import * as s from './state.ts'
import { firstState, moves, words } from './world.ts'

/** What a search found. `complete`: every state within the bounds was met; otherwise it stopped at `most` or at a violation. */
export type Found = {
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly complete: boolean
  readonly ms: number
  readonly lives: number
  /** The shortest way to a broken invariant, step by step; absent where all hold. */
  readonly violation?: { readonly invariant: string; readonly steps: readonly string[] }
}

/** States met, each of `size` bytes, in the order of their depth; with how each was reached first. */
type Met = {
  bytes: Uint8Array
  words: Int32Array
  parents: Int32Array
  labels: Uint16Array
  /** Open addressing: place of a state plus one. */
  table: Int32Array
  count: number
}

const wordsEach = s.size / 4

/**
 * Breadth-first over every state that the world can reach within the bounds, invariants checked on every transition; the
 * first violation met is therefore one of the shortest. At most `most` states are kept.
 */
export const search = (rules: Rules, bounds: Bounds, run: Step, most: number): Found => {
  const begun = performance.now()
  const model = createModel(rules, bounds, run)
  const met = emptyMet(most)
  let transitions = 0
  let bad: { invariant: string; from: number; label: number } | undefined
  let current = 0
  const next = new Uint8Array(s.size)
  const nextWords = new Int32Array(next.buffer)
  const add = (state: Uint8Array, label: number): void => {
    next.set(state)
    forget(next)
    canonical(next)
    insert(met, next, nextWords, current, label)
  }
  for (const quorum of bounds.quorums) add(firstState(model, quorum), 0)
  model.emit = (label) => {
    transitions += 1
    if (model.broken !== undefined) bad ??= { invariant: model.broken, from: current, label }
    else if (met.count < most) add(model.to, label)
  }
  const from = new Uint8Array(s.size)
  model.from = from
  for (; current < met.count && bad === undefined && met.count < most; current += 1) {
    from.set(met.bytes.subarray(current * s.size, (current + 1) * s.size))
    moves(model)
  }
  return {
    states: met.count,
    transitions,
    depth: pathTo(met, Math.max(0, current - 1), bounds.quorums.length).length,
    complete: bad === undefined && met.count < most,
    ms: Math.round(performance.now() - begun),
    lives: model.lives.all.length,
    ...(bad === undefined ? {} : { violation: counterexample(model, met, bad, bounds.quorums.length) }),
  }
}

const emptyMet = (most: number): Met => {
  const bytes = new Uint8Array(most * s.size)
  return {
    bytes,
    words: new Int32Array(bytes.buffer),
    parents: new Int32Array(most),
    labels: new Uint16Array(most),
    table: new Int32Array(2 ** Math.ceil(Math.log2(most * 2))),
    count: 0,
  }
}

const insert = (met: Met, state: Uint8Array, stateWords: Int32Array, parent: number, label: number): void => {
  const mask = met.table.length - 1
  let slot = hash(stateWords) & mask
  for (;;) {
    const place = met.table[slot]! - 1
    if (place === -1) break
    if (same(met.words, place * wordsEach, stateWords)) return
    slot = (slot + 1) & mask
  }
  if (met.count >= met.parents.length) return
  met.table[slot] = met.count + 1
  met.bytes.set(state, met.count * s.size)
  met.parents[met.count] = parent
  met.labels[met.count] = label
  met.count += 1
}

const hash = (state: Int32Array): number => {
  let sum = 0x811c9dc5
  for (let i = 0; i < wordsEach; i += 1) {
    sum = Math.imul(sum ^ state[i]!, 0x9e3779b1)
    sum ^= sum >>> 15
  }
  return sum
}

const same = (all: Int32Array, at: number, state: Int32Array): boolean => {
  for (let i = 0; i < wordsEach; i += 1) if (all[at + i] !== state[i]) return false
  return true
}

/**
 * One state for all that differ only in which worker or replica is which: they run the same program and know each other
 * only by the lease and by who waits for an answer, which are renamed along.
 */
const canonical = (state: Uint8Array): void => {
  if (inOrder(state, s.worker, s.w.size)) {
    swap(state, s.worker, s.w.size)
    if (state[s.lease] !== 0) state[s.lease] = 3 - state[s.lease]!
    for (const slot of [s.flight, s.flight + 1]) {
      const owner = s.ownerOf(state[slot]!)
      if (owner !== 0) state[slot] = s.unowned(state[slot]!) | ((3 - owner) << 4)
    }
  }
  if (inOrder(state, s.replica, s.r.size)) swap(state, s.replica, s.r.size)
  if (state[s.flight]! < state[s.flight + 1]!) swap(state, s.flight, 1)
}

/** Whether the first block of two comes before the second. */
const inOrder = (state: Uint8Array, at: number, size: number): boolean => {
  for (let i = 0; i < size; i += 1) {
    const difference = state[at + i]! - state[at + size + i]!
    if (difference !== 0) return difference < 0
  }
  return false
}

const swap = (state: Uint8Array, at: number, size: number): void => {
  for (let i = at; i < at + size; i += 1) {
    const kept = state[i]!
    state[i] = state[i + size]!
    state[i + size] = kept
  }
}

const pathTo = (met: Met, place: number, roots: number): readonly number[] => {
  const places: number[] = []
  for (let at = place; at >= roots; at = met.parents[at]!) places.push(at)
  return places.reverse()
}

/**
 * The way to a violation in words. It is walked again from its beginning, without renaming, so that worker 1 stays worker 1
 * from the first step to the last.
 */
const counterexample = (
  model: Model,
  met: Met,
  bad: { readonly invariant: string; readonly from: number; readonly label: number },
  roots: number,
): NonNullable<Found['violation']> => {
  const path = pathTo(met, bad.from, roots)
  const root = path.length === 0 ? bad.from : met.parents[path[0]!]!
  const here = met.bytes.slice(root * s.size, (root + 1) * s.size)
  const steps: string[] = []
  model.from = here
  for (const place of path) {
    const wanted = met.bytes.subarray(place * s.size, (place + 1) * s.size)
    let next: { readonly state: Uint8Array; readonly label: number } | undefined
    model.emit = (label) => {
      if (next !== undefined || model.broken !== undefined) return
      const state = model.to.slice()
      forget(state)
      const renamed = state.slice()
      canonical(renamed)
      if (renamed.every((byte, index) => byte === wanted[index])) next = { state, label }
    }
    moves(model)
    if (next === undefined) throw new Error('the way to a violation could not be walked again')
    steps.push(words(next.label))
    here.set(next.state)
  }
  let last: string | undefined
  model.emit = (label) => {
    if (model.broken === bad.invariant) last ??= words(label)
  }
  moves(model)
  return { invariant: bad.invariant, steps: [...steps, last ?? words(bad.label)] }
}
