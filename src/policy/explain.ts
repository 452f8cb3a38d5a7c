import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { RuleFinding } from '../domain/why-not.ts'
import { askCedar } from './ask-cedar.ts'
import type { PolicyRequest } from './policy.ts'
import type { Rule, Rules } from './verdict.ts'

/** How every rule stands to one request, and for one that does not apply the first part of it that does not hold. Never throws. */
export const explain = (rules: Rules, request: PolicyRequest): readonly RuleFinding[] =>
  [...rules.rules.values()].map((rule) => {
    const found = standing(rules, rule, request)
    return { id: rule.id, effect: rule.effect, because: rule.because, liftable: rule.liftable, ...found }
  })

type Standing = Pick<RuleFinding, 'applies' | 'why'>

const standing = (rules: Rules, rule: Rule, request: PolicyRequest): Standing => {
  try {
    if (!coversAction(rule.json.action, request.action))
      return { applies: false, why: `does not name ${request.action}` }
    // The heads (principal, action, resource) and the conditions apart, so that the words say which of them it was.
    const head: cedar.PolicyJson = { ...rule.json, effect: 'permit', conditions: [] }
    if (!holds(rules, request, head)) return { applies: false, why: 'is about another person or object' }
    for (const { kind, body } of rule.json.conditions)
      for (const part of kind === 'when' ? conjuncts(body) : [body]) {
        const text = textOf(part)
        const met = holds(rules, request, { ...anything, conditions: [{ kind: 'when', body: part }] })
        if (met !== (kind === 'when'))
          return { applies: false, why: kind === 'when' ? `not so: ${text}` : `excepted by: ${text}` }
      }
    return { applies: true, why: rule.json.conditions.length === 0 ? 'applies always' : `so: ${conditionsOf(rule)}` }
  } catch {
    // A rule that cannot be evaluated denies everything, so it counts as one that applies.
    return { applies: rule.effect === 'forbid', why: 'could not be evaluated, so all is denied' }
  }
}

const anything: cedar.PolicyJson = {
  effect: 'permit',
  principal: { op: 'All' },
  action: { op: 'All' },
  resource: { op: 'All' },
  conditions: [],
}

const holds = (rules: Rules, request: PolicyRequest, policy: cedar.PolicyJson): boolean => {
  const { annotations: _, ...bare } = policy
  const answer = askCedar(rules, request, [{ id: 'part', text: bare }])
  if (answer.kind === 'failed') throw new Error(answer.errors[0])
  return answer.allowed
}

const coversAction = (scope: cedar.PolicyJson['action'], action: string): boolean => {
  if (scope.op === 'All') return true
  const named = 'entities' in scope ? scope.entities : 'entity' in scope ? [scope.entity] : []
  return named.some((entity) => 'id' in entity && entity.id === action)
}

/** `a && b && c` as its parts, in the order in which Cedar looks at them. */
const conjuncts = (body: cedar.Expr): readonly cedar.Expr[] =>
  '&&' in body && typeof body['&&'] === 'object' && 'left' in body['&&']
    ? [...conjuncts(body['&&'].left), ...conjuncts(body['&&'].right)]
    : [body]

const conditionsOf = (rule: Rule): string =>
  rule.json.conditions.map(({ kind, body }) => `${kind === 'when' ? '' : 'and not '}${textOf(body)}`).join(' ')

/** An expression in Cedar's own words, on one line. */
const textOf = (body: cedar.Expr): string => {
  const answer = cedar.policyToText({ ...anything, conditions: [{ kind: 'when', body }] })
  if (answer.type === 'failure') return 'a condition'
  const inside = /when\s*\{([\s\S]*)\}\s*;?\s*$/.exec(answer.text)?.[1] ?? 'a condition'
  const line = inside.replace(/\s+/g, ' ').trim()
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`
}
