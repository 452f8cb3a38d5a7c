import type { KubeObject } from './kubernetes.ts'

/** Whether something holds; `maybe` where the answer needs what a dump does not show (a DNS name's addresses, an identity). */
export type Tri = 'yes' | 'no' | 'maybe'

/** All of these hold. */
export const allOf = (...parts: readonly Tri[]): Tri =>
  parts.includes('no') ? 'no' : parts.includes('maybe') ? 'maybe' : 'yes'

/** Any of these holds. */
export const anyOf = (...parts: readonly Tri[]): Tri =>
  parts.includes('yes') ? 'yes' : parts.includes('maybe') ? 'maybe' : 'no'

/** A boolean as an answer. */
export const sure = (holds: boolean): Tri => (holds ? 'yes' : 'no')

/** The opposite; what is not known stays so. */
export const not = (part: Tri): Tri => (part === 'yes' ? 'no' : part === 'no' ? 'yes' : 'maybe')

/** Whether a rule for a port holds for a connection whose port is not known: that of DNS does not, others may. */
export const unknownPort = (wanted: number | string): Tri =>
  /^(?:53|dns(?:-tcp)?)$/.test(String(wanted)) ? 'no' : 'maybe'

/** A rule of a policy, held against one flow. */
export type JudgedRule = {
  readonly action: 'allow' | 'deny' | 'pass' | 'log'
  readonly peer: Tri
  readonly port: Tri
  /** The ports that the rule names, as it writes them; empty for all. */
  readonly ports: readonly string[]
}

/** A policy that selects the judged end of a flow, whoever made it. */
export type AppliedPolicy = {
  readonly policy: KubeObject
  readonly applies: Exclude<Tri, 'no'>
  /** Whether what no rule of it allows is denied. */
  readonly isolates: boolean
  readonly rules: readonly JudgedRule[]
  /** What the policy selects, in the words of its own kind. */
  readonly selects: string
  /** Calico's order: tiers one after the other, lower numbers first. Others know none. */
  readonly tier?: number
  readonly order?: number
}

/** What stands in a flow's way: the policy to look at first, why, and all that isolate the end. */
export type PolicyBlock = {
  readonly policy: KubeObject
  readonly but: 'port' | 'peer' | 'denied' | 'nothing'
  readonly selects: string
  readonly ports: readonly string[]
  readonly isolating: readonly string[]
}

const hits = (rule: JudgedRule): Tri => allOf(rule.peer, rule.port)

const blockBy = (
  applied: AppliedPolicy,
  but: PolicyBlock['but'],
  all: readonly AppliedPolicy[],
  ports: readonly string[] = [],
): PolicyBlock => ({
  policy: applied.policy,
  but,
  selects: applied.selects,
  ports,
  isolating: all.map((one) => one.policy.metadata.name),
})

const newest = (a: AppliedPolicy, b: AppliedPolicy): number =>
  (b.policy.metadata.creationTimestamp ?? '').localeCompare(a.policy.metadata.creationTimestamp ?? '')

/** The rule that nearly fits is what a person should look at, else the policy without rules, else the newest. */
const nearest = (all: readonly AppliedPolicy[]): PolicyBlock | undefined => {
  const allows = all.flatMap((applied) =>
    applied.rules.filter((rule) => rule.action === 'allow').map((rule) => ({ applied, rule })),
  )
  const byPort = allows.find(({ rule }) => rule.peer === 'yes' && rule.port === 'no')
  if (byPort !== undefined) return blockBy(byPort.applied, 'port', all, byPort.rule.ports)
  const byPeer = allows.find(({ rule }) => rule.port === 'yes' && rule.ports.length > 0)
  if (byPeer !== undefined) return blockBy(byPeer.applied, 'peer', all)
  const byAge = [...all].sort(newest)
  const first = byAge.find((one) => one.rules.length === 0) ?? byAge[0]
  return first === undefined ? undefined : blockBy(first, 'nothing', all)
}

/**
 * NetworkPolicy (networking.k8s.io) and Cilium together: a deny rule that matches wins; else any rule that allows is enough;
 * else an end that is isolated gets nothing. Undefined where the flow may pass, and where that cannot be told.
 */
export const unionBlock = (all: readonly AppliedPolicy[]): PolicyBlock | undefined => {
  const surely = all.filter((one) => one.applies === 'yes')
  const denying = surely.find((one) => one.rules.some((rule) => rule.action === 'deny' && hits(rule) === 'yes'))
  if (denying !== undefined) return blockBy(denying, 'denied', [denying])
  if (all.some((one) => one.rules.some((rule) => rule.action === 'allow' && hits(rule) !== 'no'))) return undefined
  return nearest(surely.filter((one) => one.isolates))
}

const tierOf = (all: readonly AppliedPolicy[]): ReadonlyMap<number, readonly AppliedPolicy[]> => {
  const tiers = new Map<number, AppliedPolicy[]>()
  for (const one of all) tiers.set(one.tier ?? 0, [...(tiers.get(one.tier ?? 0) ?? []), one])
  return new Map([...tiers].sort(([a], [b]) => a - b))
}

const byOrder = (a: AppliedPolicy, b: AppliedPolicy): number =>
  (a.order ?? Number.POSITIVE_INFINITY) - (b.order ?? Number.POSITIVE_INFINITY) ||
  a.policy.metadata.name.localeCompare(b.policy.metadata.name) ||
  0

/**
 * Calico: in each tier the first rule that matches decides; where policies of a tier apply and none of their rules matched,
 * the tier denies; Pass goes on to the next one. Undefined where the flow may pass, and where that cannot be told.
 */
export const tieredBlock = (all: readonly AppliedPolicy[]): PolicyBlock | undefined => {
  for (const policies of tierOf(all).values()) {
    const ordered = [...policies].sort(byOrder)
    let passed = false
    for (const applied of ordered) {
      const decisive = applied.rules.find((rule) => rule.action !== 'log' && hits(rule) !== 'no')
      if (decisive === undefined) continue
      if (decisive.action === 'allow' || applied.applies === 'maybe' || hits(decisive) === 'maybe') return undefined
      if (decisive.action === 'deny') return blockBy(applied, 'denied', ordered)
      passed = true
      break
    }
    const isolating = ordered.filter((one) => one.isolates && one.applies === 'yes')
    if (!passed && isolating.length > 0) return nearest(isolating)
  }
  return undefined
}
