import type * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { ApprovalRule } from '../domain/plan.ts'
import { theDoctor } from '../domain/principal.ts'
import { askCedar } from './ask-cedar.ts'
import type { PolicyRequest, Verdict } from './policy.ts'

/** What the rule that decides asks for: people, nobody, or that it is only said what would be done. */
export type Mode = 'approve' | 'auto' | 'observe'

/** One rule of the policy with what its annotations say. */
export type Rule = {
  readonly id: string
  readonly place: string
  readonly text: string
  readonly json: cedar.PolicyJson
  readonly effect: 'permit' | 'forbid'
  readonly mode: Mode
  /** Whether a break-glass may lift it; of forbids only. */
  readonly liftable: boolean
  /** Whether only people who are on call now may approve what it permits. */
  readonly onCallOnly: boolean
  readonly because: string
  readonly quorum?: number
  readonly approvers?: readonly string[]
}

/** A policy ready to be asked. */
export type Rules = {
  readonly version: string
  readonly rules: ReadonlyMap<string, Rule>
  readonly approvers: readonly string[]
  /** The time zone that windows are written in. */
  readonly timezone: string
}

/** The verdict on one request. A rule that fails to evaluate, an engine that throws: a deny, never a skip. */
export const decide = (rules: Rules, request: PolicyRequest): Verdict => {
  try {
    return judge(rules, request, new Set())
  } catch (cause) {
    return deny('policy-failed', [
      `The policy could not be asked: ${cause instanceof Error ? cause.message : 'error'}.`,
    ])
  }
}

/**
 * The verdict without the forbids `aside`, which a break-glass lifts, which only ask to observe, or which only raise what is
 * asked for. Each round puts at least one more aside, so it ends; a plain forbid is never put aside.
 */
const judge = (rules: Rules, request: PolicyRequest, aside: ReadonlySet<string>): Verdict => {
  const standing = aside.size === 0 ? undefined : [...rules.rules.values()].filter((rule) => !aside.has(rule.id))
  const answer = askCedar(rules, request, standing)
  if (answer.kind === 'failed') return deny('policy-failed', answer.errors)
  const determining = answer.determining.flatMap((id) => rules.rules.get(id) ?? [])
  if (answer.allowed) return granted(rules, request, determining, aside)
  if (determining.length === 0)
    return deny('not-permitted', [`The policy names nothing that allows ${request.action} here.`])
  const yields = (rule: Rule) => rule.mode === 'observe' || onlyRaises(rule) || isLifted(rule, request)
  if (determining.every(yields))
    return judge(rules, request, new Set([...aside, ...determining.map((rule) => rule.id)]))
  return deny('forbidden', determining.map((rule) => rule.because).sort(), determining.map((rule) => rule.id).sort())
}

/** A forbid with `@quorum` or `@oncall` forbids only what fewer, or other, people approve: its terms are added. */
const onlyRaises = (rule: Rule): boolean => rule.effect === 'forbid' && (rule.quorum !== undefined || rule.onCallOnly)

const isLifted = (rule: Rule, request: PolicyRequest): boolean =>
  rule.liftable && (request.lifted ?? []).includes(rule.id)

/**
 * The strictest of what the permits ask for. Nobody-needed is honoured only for a low risk that was rehearsed, that answers a
 * diagnosed cause and that the doctor proposed itself; what a break-glass made possible always needs two people.
 */
const granted = (
  rules: Rules,
  request: PolicyRequest,
  determining: readonly Rule[],
  aside: ReadonlySet<string>,
): Verdict => {
  const yielded = [...aside].flatMap((id) => rules.rules.get(id) ?? [])
  const lifted = yielded.filter((rule) => isLifted(rule, request))
  const bearing = [...determining, ...yielded.filter((rule) => !lifted.includes(rule))]
  const watching = bearing.filter((rule) => rule.mode === 'observe')
  const floor = request.risk === 'high' || !request.previewed || lifted.length > 0 ? 2 : 1
  const named = determining.flatMap((rule) => rule.approvers ?? [])
  const rule = (quorum: number): ApprovalRule => ({
    quorum,
    approvers: [...new Set(named.length > 0 ? named : rules.approvers)].sort(),
    policyVersion: rules.version,
    determining: [...bearing.map((one) => one.id).sort(), ...lifted.map((one) => `break-glass:${one.id}`).sort()],
    ...(bearing.some((one) => one.onCallOnly) ? { onCallOnly: true } : {}),
  })
  const wanted = rule(Math.max(floor, ...bearing.map((one) => one.quorum ?? 1)))
  if (watching.length > 0) return { kind: 'observe', rule: wanted, reasons: watching.map((one) => one.because).sort() }
  const auto =
    aside.size === 0 &&
    determining.some((one) => one.mode === 'auto') &&
    request.risk === 'low' &&
    request.previewed &&
    request.cause === true &&
    request.requester.id === theDoctor.id
  return auto ? { kind: 'allow', rule: rule(0) } : { kind: 'needs-approval', rule: wanted }
}

const deny = (code: string, reasons: readonly string[], determining: readonly string[] = []): Verdict => ({
  kind: 'deny',
  code,
  reasons,
  determining,
})
