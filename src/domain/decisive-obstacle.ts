import type { SchedulerMessage, SchedulerReason } from './scheduler-message.ts'
import type { NodeFit, Obstacle } from './scheduling.ts'
import { taintMeaning } from './taint.ts'

/** What a person has to change so that a pod finds a node. `resource` is set for requests that do not fit. */
export type Decision = {
  readonly kind: Obstacle['kind']
  readonly resource?: string
  /** Both the scheduler's message and the arithmetic say it; only the message; only the arithmetic. */
  readonly basis: 'both' | 'message' | 'computed'
}

type Key = string

const keyOf = (kind: Obstacle['kind'], resource?: string): Key =>
  resource === undefined ? kind : `${kind}/${resource}`

const obstacleKey = (obstacle: Obstacle): Key =>
  keyOf(obstacle.kind, obstacle.kind === 'resource' ? obstacle.resource : undefined)

const hasKind = (fit: NodeFit, kind: Obstacle['kind']): boolean => fit.obstacles.some((one) => one.kind === kind)

/** A node that is kept for the control plane: that it takes no pods is meant. */
const isReserved = (fit: NodeFit): boolean =>
  fit.obstacles.some(
    (one) => one.kind === 'taint' && one.taints.some((taint) => taintMeaning(taint.key) === 'control-plane'),
  )

// A cordon is somebody's act and undone in a second; a request larger than the node can never fit there.
const weightOf = (obstacle: Obstacle): number => {
  if (obstacle.kind === 'cordoned') return 3
  if (obstacle.kind !== 'resource') return 1
  if (obstacle.allocatable === 0) return 0.05
  return obstacle.wanted > obstacle.allocatable ? 0.6 : 1.01
}

const add = (scores: Map<Key, number>, key: Key, amount: number): void => {
  scores.set(key, (scores.get(key) ?? 0) + amount)
}

/**
 * How much each obstacle matters: most where it is the only one on a node. Nodes that the pod's own selector leaves out and
 * nodes of the control plane count only where there are no others.
 */
const computedScores = (fits: readonly NodeFit[]): Map<Key, number> => {
  const scores = new Map<Key, number>()
  const matching = fits.filter((fit) => !hasKind(fit, 'selector'))
  if (matching.length === 0) {
    add(scores, 'selector', 1)
    return scores
  }
  const open = matching.filter((fit) => !isReserved(fit))
  for (const fit of open.length === 0 ? matching : open) {
    const keys = new Map(fit.obstacles.map((one) => [obstacleKey(one), one]))
    for (const [key, obstacle] of keys) {
      const sole = keys.size === 1
      const shortfall =
        obstacle.kind === 'resource' ? 0.01 * Math.min(5, obstacle.wanted / Math.max(obstacle.free, 1e-6)) : 0
      add(scores, key, (sole ? 1 : 0.1) * weightOf(obstacle) + shortfall)
    }
  }
  return scores
}

const kinds: ReadonlySet<string> = new Set<Obstacle['kind']>([
  'cordoned',
  'taint',
  'selector',
  'host-port',
  'pods',
  'resource',
  'volume',
  'pod-affinity',
  'spread',
])

const isObstacle = (kind: SchedulerReason['kind']): kind is Obstacle['kind'] => kinds.has(kind)

/** What the message alone says; a DaemonSet's pod is pinned to one node, so that the others do not match is meant. */
const messageScores = (message: SchedulerMessage, pinned: boolean): Map<Key, number> => {
  const scores = new Map<Key, number>()
  for (const reason of message.reasons) {
    if (!isObstacle(reason.kind)) continue
    const meaning = taintMeaning(reason.taint?.key)
    let weight = reason.kind === 'cordoned' ? 3 : 1
    if (reason.kind === 'taint' && (meaning === 'control-plane' || meaning === 'condition')) weight = 0.01
    if (reason.kind === 'selector') weight = pinned ? 0.01 : reason.nodes >= message.total ? 1 : 0.4
    if (reason.kind === 'resource' && reason.resource?.includes('/') === true) weight = 0.6
    add(
      scores,
      keyOf(reason.kind, reason.kind === 'resource' ? reason.resource : undefined),
      weight * Math.max(1, reason.nodes),
    )
  }
  return scores
}

/** Where most nodes lack a volume to bind, the claim is what has to be fixed, and no rule of placement. */
const isAboutVolumes = (message: SchedulerMessage | undefined, said: ReadonlyMap<Key, number>): boolean => {
  const nodes = (message?.reasons ?? [])
    .filter((one) => one.kind === 'no-volume')
    .reduce((sum, one) => sum + one.nodes, 0)
  return nodes > 0 && [...said.values()].every((score) => score <= nodes)
}

const top = (scores: ReadonlyMap<Key, number>): Key | undefined =>
  [...scores].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0]

const decisionOf = (key: Key, basis: Decision['basis']): Decision => {
  const slash = key.indexOf('/')
  if (slash < 0) return { kind: key as Obstacle['kind'], basis }
  return { kind: key.slice(0, slash) as Obstacle['kind'], resource: key.slice(slash + 1), basis }
}

/**
 * The obstacle that a person should fix: the one that keeps the pod off nodes which would otherwise take it. Where the
 * arithmetic and the scheduler disagree (dumps are partial) the scheduler is right. Undefined where nothing keeps the pod off.
 */
export const decisiveObstacle = (
  fits: readonly NodeFit[],
  message: SchedulerMessage | undefined,
  pinned: boolean,
): Decision | undefined => {
  const said = message === undefined ? new Map<Key, number>() : messageScores(message, pinned)
  if (isAboutVolumes(message, said)) return undefined
  const blocked = fits.length > 0 && fits.every((fit) => fit.obstacles.length > 0)
  if (!blocked) {
    const key = top(said)
    return key === undefined ? undefined : decisionOf(key, 'message')
  }
  const computed = computedScores(fits)
  if (said.size === 0) {
    const key = message === undefined ? top(computed) : undefined
    return key === undefined ? undefined : decisionOf(key, 'computed')
  }
  const both = new Map([...computed].filter(([key]) => said.has(key)))
  const key = top(both)
  if (key !== undefined) return decisionOf(key, 'both')
  const alone = top(said)
  return alone === undefined ? undefined : decisionOf(alone, 'message')
}
