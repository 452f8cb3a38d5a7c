import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { troubleOf } from '../../sources/watch.ts'
import type { ReadKind } from './read-watched.ts'

/** What is remembered of one object in trouble, over restarts and replicas. Times in ms since the epoch. */
export type Known = {
  readonly alert: Alert
  readonly since: number
  /** Somebody was told of it. */
  readonly told?: true
  /** Since when it has been well again. */
  readonly wellSince?: number
}

/** All that is remembered of a cluster, by kind, namespace and name. */
export type Remembered = Readonly<Record<string, Known>>

/** How long trouble has to last, and how long it has to be over, in ms. */
export type Patience = { readonly lasts: number; readonly over: number }

/** More than this is told at the next look: a whole cluster that fails comes in turns. */
const mostAtOnce = 50

/** Of more objects in trouble nothing is remembered until some of these are well: it is the cluster then, not they. */
const mostRemembered = 1_000

/** What one look says: what to remember, and what to tell. Nothing is told of what could not be read. */
export type Looked = { readonly remembered: Remembered; readonly tell: readonly Alert[] }

/**
 * Compares what is there with what was remembered. Trouble is told once it has stood still for long enough, and its end once
 * it has been well for a while, or its object is gone; a blip is told never. `known` says that a place is somebody's trouble
 * already: then it waits. Pure.
 */
export const lookForTrouble = (
  read: readonly ReadKind[],
  before: Remembered,
  at: { readonly cluster: string; readonly now: number; readonly patience: Patience },
  known: (alert: Alert) => boolean,
): Looked => {
  const remembered: Record<string, Known> = {}
  const tell: Alert[] = []
  let room = mostRemembered - Object.keys(before).length
  for (const { kind, objects } of read) {
    if (objects === undefined) {
      for (const [key, one] of Object.entries(before)) if (key.startsWith(`${kind}/`)) remembered[key] = one
      continue
    }
    const seen = new Set<string>()
    for (const object of objects) {
      const key = keyOf(object)
      seen.add(key)
      const next = stepOf(object, before[key], at, known, tell)
      if (next === undefined) continue
      if (before[key] === undefined) room -= 1
      if (before[key] !== undefined || room >= 0) remembered[key] = next
    }
    for (const [key, one] of Object.entries(before)) {
      if (!key.startsWith(`${kind}/`) || seen.has(key) || one.told !== true) continue
      if (tell.length < mostAtOnce) tell.push(told(one, 'resolved', at.now))
      else remembered[key] = one
    }
  }
  return { remembered, tell }
}

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`

const stepOf = (
  object: KubeObject,
  before: Known | undefined,
  { cluster, now, patience }: Parameters<typeof lookForTrouble>[2],
  known: (alert: Alert) => boolean,
  tell: Alert[],
): Known | undefined => {
  const trouble = troubleOf(object, cluster, new Date(now).toISOString())
  if (trouble === undefined) {
    // What was never told of may come and go.
    if (before?.told !== true) return undefined
    const wellSince = before.wellSince ?? now
    if (now - wellSince < patience.over || tell.length >= mostAtOnce) return { ...before, wellSince }
    tell.push(told(before, 'resolved', now))
    return undefined
  }
  const since = before?.since ?? now
  if (before?.told === true) return { alert: before.alert, since, told: true }
  const moved = trouble.stillSince === undefined ? Number.NaN : Date.parse(trouble.stillSince)
  // What moves all the time and is never well, as containers that run for a moment, waits four times as long, not for ever.
  const still = Math.min(Math.max(since, Number.isNaN(moved) ? since : moved), since + 3 * patience.lasts)
  const one: Known = { alert: { ...trouble.alert, startsAt: new Date(since).toISOString() }, since }
  if (now - still < patience.lasts || tell.length >= mostAtOnce || known(one.alert)) return one
  tell.push(told(one, 'firing', now))
  return { ...one, told: true }
}

/** The delivery's id is the same however often a crash makes the same thing be told again. */
const told = ({ alert, since }: Known, status: 'firing' | 'resolved', now: number): Alert => ({
  ...alert,
  status,
  deliveryId: sha256([alert.fingerprint, String(since), status].join('\0')),
  startsAt: status === 'firing' ? alert.startsAt : new Date(now).toISOString(),
})
