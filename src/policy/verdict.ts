import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { ApprovalRule } from '../domain/plan.ts'
import type { PolicyRequest, Verdict } from './policy.ts'

/** One rule of the policy with what its annotations say. */
export type Rule = {
  readonly id: string
  readonly place: string
  readonly text: string
  readonly effect: 'permit' | 'forbid'
  readonly auto: boolean
  readonly because: string
  readonly quorum?: number
  readonly approvers?: readonly string[]
}

/** A policy ready to be asked. */
export type Rules = {
  readonly version: string
  readonly rules: ReadonlyMap<string, Rule>
  readonly approvers: readonly string[]
  readonly schema: cedar.SchemaJson<string>
}

/** The verdict on one request. A rule that fails to evaluate, an engine that throws: a deny, never a skip. */
export const decide = (rules: Rules, request: PolicyRequest): Verdict => {
  try {
    return ask(rules, request)
  } catch (cause) {
    return deny('policy-failed', [
      `The policy could not be asked: ${cause instanceof Error ? cause.message : 'error'}.`,
    ])
  }
}

const ask = (rules: Rules, request: PolicyRequest): Verdict => {
  const resource = { type: 'Doctor::Object', id: 'target' }
  const principal = { type: 'Doctor::Person', id: request.requester.id }
  const answer = cedar.statefulIsAuthorized({
    principal,
    action: { type: 'Doctor::Action', id: request.action },
    resource,
    context: contextOf(request),
    preparsedPolicySetId: rules.version,
    entities: [
      { uid: principal, attrs: { id: request.requester.id }, parents: [] },
      { uid: resource, attrs: attributesOf(request), parents: [] },
    ],
  })
  if (answer.type === 'failure')
    return deny('policy-failed', [`The policy could not be asked: ${answer.errors[0]?.message ?? 'error'}.`])
  const { decision, diagnostics } = answer.response
  // Cedar skips a rule that errs; were that rule a forbid, skipping it would allow.
  if (diagnostics.errors.length > 0)
    return deny(
      'policy-failed',
      diagnostics.errors.map((error) => `Rule ${error.policyId} could not be evaluated.`),
    )
  const determining = diagnostics.reason.flatMap((id) => rules.rules.get(id) ?? [])
  if (decision === 'deny')
    return determining.length === 0
      ? deny('not-permitted', [`The policy names nothing that allows ${request.action} here.`])
      : deny('forbidden', determining.map((rule) => rule.because).sort(), determining.map((rule) => rule.id).sort())
  return granted(rules, request, determining)
}

/** The strictest of what the permits ask for. Nobody-needed is honoured only for a low risk that was rehearsed. */
const granted = (rules: Rules, request: PolicyRequest, determining: readonly Rule[]): Verdict => {
  const ids = determining.map((rule) => rule.id).sort()
  const floor = request.risk === 'high' || !request.previewed ? 2 : 1
  const named = determining.flatMap((rule) => rule.approvers ?? [])
  const approvers = [...new Set(named.length > 0 ? named : rules.approvers)].sort()
  const rule = (quorum: number): ApprovalRule => ({
    quorum,
    approvers,
    policyVersion: rules.version,
    determining: ids,
  })
  const auto = determining.some((one) => one.auto) && request.risk === 'low' && request.previewed
  if (auto) return { kind: 'allow', rule: rule(0) }
  return { kind: 'needs-approval', rule: rule(Math.max(floor, ...determining.map((one) => one.quorum ?? 1))) }
}

const deny = (code: string, reasons: readonly string[], determining: readonly string[] = []): Verdict => ({
  kind: 'deny',
  code,
  reasons,
  determining,
})

const attributesOf = ({ target, cluster, labels, namespaceLabels }: PolicyRequest) => ({
  kind: target.kind,
  name: target.name,
  cluster,
  labels: pairs(labels),
  namespaceLabels: pairs(namespaceLabels),
  ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
})

const contextOf = (request: PolicyRequest) => {
  const at = new Date(request.at)
  if (Number.isNaN(at.getTime())) throw new Error('the time of the request is not a time')
  return {
    risk: request.risk,
    previewed: request.previewed,
    frozen: request.frozen,
    pods: count(request.blast.pods),
    workloads: count(request.blast.workloads),
    services: count(request.blast.services),
    weekday: at.getUTCDay(),
    minuteOfDay: at.getUTCHours() * 60 + at.getUTCMinutes(),
  }
}

const count = (value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error('a count of the blast radius is not a count')
  return value
}

const pairs = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
