import type { PodSpec } from './kubernetes.ts'
import { nearLabels, placementText, valuesThere } from './node-affinity.ts'
import { amountText } from './quantity.ts'
import type { NodeFit, Obstacle } from './scheduling.ts'
import { taintMeaning, taintText } from './taint.ts'
import { count, some } from './words.ts'

type Of<K extends Obstacle['kind']> = Extract<Obstacle, { kind: K }>

/** The obstacles of one kind, each with the node it is on. */
export const obstaclesOf = <K extends Obstacle['kind']>(
  fits: readonly NodeFit[],
  kind: K,
): readonly { readonly node: string; readonly obstacle: Of<K> }[] =>
  fits.flatMap(({ node, obstacles }) =>
    obstacles.flatMap((obstacle) =>
      obstacle.kind === kind ? [{ node: node.metadata.name, obstacle: obstacle as Of<K> }] : [],
    ),
  )

const isOpen = (fit: NodeFit): boolean =>
  fit.obstacles.every(
    (one) =>
      one.kind !== 'selector' &&
      one.kind !== 'cordoned' &&
      !(one.kind === 'taint' && one.taints.some((taint) => taintMeaning(taint.key) !== 'custom')),
  )

/** The room for one resource over the nodes that the pod may use. Amounts in base units. */
export type Room = {
  readonly wanted: number
  readonly freest: { readonly node: string; readonly free: number; readonly allocatable: number }
  readonly largest: { readonly node: string; readonly allocatable: number }
  readonly short: number
  readonly open: number
}

/** How near the nodes come to a request; undefined where none is short of it. */
export const roomFor = (fits: readonly NodeFit[], resource: string): Room | undefined => {
  const open = fits.filter(isOpen)
  const pool = open.length === 0 ? fits : open
  const short = obstaclesOf(pool, 'resource').filter(({ obstacle }) => obstacle.resource === resource)
  const freest = [...short].sort((a, b) => b.obstacle.free - a.obstacle.free)[0]
  const largest = [...short].sort((a, b) => b.obstacle.allocatable - a.obstacle.allocatable)[0]
  if (freest === undefined || largest === undefined) return undefined
  const { free, allocatable, wanted } = freest.obstacle
  return {
    wanted,
    freest: { node: freest.node, free: Math.max(0, free), allocatable },
    largest: { node: largest.node, allocatable: largest.obstacle.allocatable },
    short: short.length,
    open: pool.length,
  }
}

/** Whether the request is larger than every node, so that no amount of waiting helps. */
export const neverFits = (room: Room): boolean => room.wanted > room.largest.allocatable

/** `needs 6 cpu; the most free is 300m on worker-2 (of 3920m), 2 of 2 usable nodes are short`. */
export const roomText = (resource: string, room: Room): string => {
  const amount = (value: number): string => amountText(resource, value)
  if (room.largest.allocatable === 0) {
    return `needs ${amount(room.wanted)} ${resource}, and no usable node has any (${count(room.open, 'node')} checked)`
  }
  if (neverFits(room)) {
    return `needs ${amount(room.wanted)} ${resource}, more than any usable node has (largest: ${room.largest.node} with ${amount(room.largest.allocatable)}), so it can never fit`
  }
  return `needs ${amount(room.wanted)} ${resource}; the most free is ${amount(room.freest.free)} on ${room.freest.node} (of ${amount(room.freest.allocatable)}), ${room.short} of ${count(room.open, 'usable node')} short of it`
}

/** `no node has disktype=sdd (worker-1 has disktype=ssd: did you mean that?)`. */
export const selectorFault = (spec: PodSpec | undefined, fits: readonly NodeFit[]): string => {
  const nodes = fits.map((fit) => fit.node)
  const near = nearLabels(spec, nodes).map((one) => `${one.node} has ${one.found}: did you mean that?`)
  const wanted = placementText(spec)
  const base = `${nodes.length === 0 ? 'no node' : `none of ${count(nodes.length, 'node')}`} matches its ${wanted === '' ? 'node affinity/selector' : wanted}`
  const hints = near.length > 0 ? near : valuesThere(spec, nodes)
  return hints.length === 0 ? base : `${base} (${hints.join('; ')})`
}

/** The taints that keep the pod off, with their nodes: `dedicated=gpu:NoSchedule on worker-1`. Those of the control plane only where there are no others. */
export const taintFault = (fits: readonly NodeFit[]): string => {
  const byTaint = new Map<string, string[]>()
  const all = obstaclesOf(fits, 'taint')
  const others = all.filter(({ obstacle }) =>
    obstacle.taints.every((taint) => taintMeaning(taint.key) !== 'control-plane'),
  )
  for (const { node, obstacle } of others.length > 0 ? others : all) {
    for (const taint of obstacle.taints) {
      const text = taintText(taint)
      byTaint.set(text, [...(byTaint.get(text) ?? []), node])
    }
  }
  return [...byTaint].map(([text, nodes]) => `${text} on ${some(nodes)}`).join('; ')
}

const words: Readonly<Record<Obstacle['kind'], string>> = {
  cordoned: 'cordoned',
  taint: 'untolerated taint',
  selector: 'node selector or affinity not met',
  'host-port': 'host port taken',
  pods: 'pod count used up',
  resource: 'insufficient',
  volume: 'bound volume is elsewhere',
  'pod-affinity': 'pod affinity rule not met',
  spread: 'topology spread not met',
}

const obstacleText = (obstacle: Obstacle): string => {
  switch (obstacle.kind) {
    case 'resource':
      return `${obstacle.resource}: ${amountText(obstacle.resource, Math.max(0, obstacle.free))} free of ${amountText(obstacle.resource, obstacle.allocatable)}`
    case 'taint':
      return obstacle.taints.map((taint) => `taint ${taintText(taint)}`).join(', ')
    case 'pods':
      return `${obstacle.used} of ${obstacle.allocatable} pods`
    case 'volume':
      return `claim ${obstacle.claim} wants ${obstacle.wants}`
    case 'host-port':
      return `host port ${obstacle.port} held by ${obstacle.holder}`
    case 'pod-affinity':
    case 'spread':
      return obstacle.text
    default:
      return words[obstacle.kind]
  }
}

/** One line per node with all that keeps the pod off it; at most so many nodes. */
export const nodesText = (fits: readonly NodeFit[], most = 6): string => {
  const lines = fits.map(
    ({ node, obstacles }) =>
      `${node.metadata.name}: ${obstacles.length === 0 ? 'fits' : obstacles.map(obstacleText).join(', ')}`,
  )
  return lines.length <= most
    ? lines.join('\n')
    : `${lines.slice(0, most).join('\n')}\n… ${lines.length - most} more nodes`
}
