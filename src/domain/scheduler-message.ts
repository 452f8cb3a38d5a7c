import type { Obstacle } from './scheduling.ts'

/** One reason of the scheduler's message: how many nodes it keeps the pod off. */
export type SchedulerReason = {
  readonly kind: Obstacle['kind'] | 'claim-unbound' | 'claim-missing' | 'no-volume' | 'other'
  readonly nodes: number
  readonly text: string
  /** The resource of `Insufficient …`. */
  readonly resource?: string
  /** The taint of older messages, as `key: value`. */
  readonly taint?: { readonly key: string; readonly value: string }
}

/** A FailedScheduling message taken apart: nodes in the cluster, and the reasons. */
export type SchedulerMessage = { readonly total: number; readonly reasons: readonly SchedulerReason[] }

type Kind = SchedulerReason['kind']

// The texts of the scheduler's filters from 1.18 to 1.36; more specific ones first.
const texts: readonly (readonly [RegExp, Kind])[] = [
  [/^too many pods/i, 'pods'],
  [/were unschedulable/i, 'cordoned'],
  [/volume node affinity conflict|PersistentVolume's node affinity|no available volume zone/i, 'volume'],
  [/unbound immediate PersistentVolumeClaims?/i, 'claim-unbound'],
  [/persistentvolumeclaim "[^"]*" (?:not found|is being deleted)/i, 'claim-missing'],
  [/find available persistent volumes to bind|did not have enough free storage|non-existent pv/i, 'no-volume'],
  [/exceed max volume count|cannot allocate all claims/i, 'resource'],
  [/(?:node affinity|node selector|requested node name|affinity\/selector)/i, 'selector'],
  [/topology spread constraints?/i, 'spread'],
  [/pod (?:anti-)?affinity|pods? (?:anti-)?affinity rules|existing pods? anti-affinity/i, 'pod-affinity'],
  [/free ports for the requested pod ports/i, 'host-port'],
  [/untolerated taint|taints? .*that the pod didn't tolerate|taints that the pod didn't tolerate/i, 'taint'],
]

const taintIn = (text: string): SchedulerReason['taint'] => {
  const found = /\{([^:}]+):\s*([^}]*)\}/.exec(text)
  return found === null ? undefined : { key: (found[1] ?? '').trim(), value: (found[2] ?? '').trim() }
}

const reasonOf = (part: string, total: number): SchedulerReason | undefined => {
  const found = /^(?:(\d+)(?:\/\d+)? )?(.+)$/.exec(part.trim())
  if (found === null) return undefined
  const text = (found[2] ?? '').replace(/[.,;]+$/, '')
  const nodes = found[1] === undefined ? total : Number(found[1])
  const insufficient = /^Insufficient (\S+)/i.exec(text)
  if (insufficient !== null) {
    return { kind: insufficient[1] === 'pods' ? 'pods' : 'resource', nodes, text, resource: insufficient[1] ?? '' }
  }
  const kind = texts.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'
  const taint = kind === 'taint' ? taintIn(text) : undefined
  const resource = kind === 'resource' ? (/volume/i.test(text) ? 'attachable-volumes' : 'devices') : undefined
  return {
    kind,
    nodes,
    text,
    ...(taint === undefined ? {} : { taint }),
    ...(resource === undefined ? {} : { resource }),
  }
}

// Commas inside braces belong to one reason, and so does the one of ", that the pod didn't tolerate" (before 1.22).
const parts = (text: string): readonly string[] => text.split(/,(?!\s*that the pod)(?![^{(]*[})])\s*/)

/** Takes apart what the scheduler says; undefined for texts that are not its verdict over the nodes. */
export const parseSchedulerMessage = (message: string | undefined): SchedulerMessage | undefined => {
  if (message === undefined) return undefined
  const head = /(\d+)\/(\d+) nodes are available:?\s*/.exec(message)
  const bare = head === null ? parts(message).map((part) => reasonOf(part, 0)) : []
  if (head === null) {
    const known = bare.filter((one): one is SchedulerReason => one !== undefined && one.kind !== 'other')
    return known.length === 0 ? undefined : { total: 0, reasons: known }
  }
  const total = Number(head[2])
  const body = message
    .slice(head.index + head[0].length)
    .replace(/\s*(?:preemption: |no new claims to deallocate).*$/s, '')
    .replace(/\.\s*$/, '')
  const sentences = body.split(/\.\s+(?=\d|[a-z])/)
  const reasons = sentences.flatMap((sentence) => parts(sentence)).flatMap((part) => reasonOf(part, total) ?? [])
  return { total, reasons }
}
