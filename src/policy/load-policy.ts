import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { sha256 } from '../domain/canonical.ts'
import { defaultPolicy } from './default-policy.ts'
import { explain } from './explain.ts'
import type { Policy } from './policy.ts'
import { policySchema } from './policy-schema.ts'
import { decide, type Mode, type Rule, type Rules } from './verdict.ts'

/** A file of policies. */
type Source = { readonly name: string; readonly text: string }

/** One thing wrong with a policy, with its place. */
export type PolicyProblem = { readonly place: string; readonly message: string }

/** A policy that can be asked, or everything that is wrong with it. Nothing in between is ever used. */
export type PolicyResult =
  | { readonly kind: 'loaded'; readonly policy: Policy }
  | { readonly kind: 'invalid'; readonly problems: readonly PolicyProblem[] }

/**
 * Loads and validates the policy: the `.cedar` files of a folder (sorted), or the shipped one. A file that cannot be read, an
 * unknown action or attribute, a rule without an `@id`, a quorum that is not 1 to 5: all are errors. No rules: all is denied.
 */
export const loadPolicy = (options: {
  readonly folder?: string
  readonly approvers: readonly string[]
  readonly actions: readonly string[]
  /** The time zone that windows are written in: a name of the tz database. */
  readonly timezone?: string
}): PolicyResult => {
  const problems: PolicyProblem[] = []
  const sources = options.folder === undefined ? [shipped] : readFolder(options.folder, problems)
  const schema = policySchema(options.actions)
  const rules = sources.flatMap((source) => parse(source, problems))
  const seen = new Set<string>()
  for (const rule of rules) {
    if (seen.has(rule.id)) problems.push({ place: rule.place, message: `the id ${rule.id} is used twice` })
    seen.add(rule.id)
  }
  const policies = Object.fromEntries(rules.map((rule) => [rule.id, rule.text]))
  if (problems.length === 0) problems.push(...validate(policies, rules, schema))
  if (problems.length > 0) return { kind: 'invalid', problems }
  const approvers = [...new Set(options.approvers)].sort()
  const timezone = options.timezone ?? 'UTC'
  const version = sha256(JSON.stringify([policies, approvers, timezone])).slice(0, 16)
  const ready = cedar.preparsePolicySet(version, { staticPolicies: policies })
  if (ready.type === 'failure') return { kind: 'invalid', problems: ready.errors.map((error) => said('policy', error)) }
  const loaded: Rules = { version, rules: new Map(rules.map((rule) => [rule.id, rule])), approvers, timezone }
  return { kind: 'loaded', policy: policyOf(loaded) }
}

const policyOf = (rules: Rules): Policy => ({
  version: rules.version,
  verdict: (request) => decide(rules, request),
  explain: (request) => explain(rules, request),
  liftable: [...rules.rules.values()].filter((rule) => rule.liftable).map((rule) => rule.id),
  asksOnCall: [...rules.rules.values()].some((rule) => rule.text.includes('onCall')),
})

const shipped: Source = { name: 'default', text: defaultPolicy }

const readFolder = (folder: string, problems: PolicyProblem[]): readonly Source[] => {
  try {
    const names = readdirSync(folder)
      .filter((name) => name.endsWith('.cedar'))
      .sort()
    if (names.length === 0) problems.push({ place: folder, message: 'holds no .cedar file' })
    return names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
  } catch (cause) {
    problems.push({ place: folder, message: `cannot be read: ${cause instanceof Error ? cause.message : 'unknown'}` })
    return []
  }
}

const parse = (source: Source, problems: PolicyProblem[]): readonly Rule[] => {
  const parts = cedar.policySetTextToParts(source.text)
  if (parts.type === 'failure') {
    problems.push(...parts.errors.map((error) => said(source.name, error, source.text)))
    return []
  }
  if (parts.policy_templates.length > 0) problems.push({ place: source.name, message: 'templates are not supported' })
  // Cedar hands them out in an order of its own; people read them in theirs.
  const inOrder = parts.policies.toSorted((a, b) => source.text.indexOf(a) - source.text.indexOf(b))
  return inOrder.flatMap((text) => {
    const parsed = cedar.policyToJson(text)
    if (parsed.type === 'failure') {
      problems.push(...parsed.errors.map((error) => said(source.name, error)))
      return []
    }
    return toRule(source.name, text, parsed.json, problems)
  })
}

const toRule = (place: string, text: string, json: cedar.PolicyJson, problems: PolicyProblem[]): readonly Rule[] => {
  const notes = json.annotations ?? {}
  const id = notes['id']
  const where = `${place}: ${id ?? text.split('\n')[0]}`
  const before = problems.length
  const fail = (message: string) => problems.push({ place: where, message })
  if (id === undefined || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(id))
    fail('needs an @id of lower-case letters, digits, dashes')
  for (const key of Object.keys(notes)) if (!known.includes(key)) fail(`@${key} is not an annotation of a policy`)
  const quorum = notes['quorum'] === undefined ? undefined : Number(notes['quorum'])
  if (quorum !== undefined && !(Number.isInteger(quorum) && quorum >= 1 && quorum <= 5)) fail('@quorum must be 1 to 5')
  const mode = modeOf(notes, json.effect, fail)
  if (notes['breakglass'] !== undefined && (notes['breakglass'] !== 'may-lift' || json.effect !== 'forbid'))
    fail('@breakglass must be "may-lift", on a forbid')
  if (notes['oncall'] !== undefined && notes['oncall'] !== 'only') fail('@oncall must be "only"')
  const approvers = notes['approvers']?.split(/[\s,]+/).filter((name) => name !== '')
  for (const name of approvers ?? [])
    if (!/^[UWS][A-Z0-9]{2,20}$/.test(name)) fail(`@approvers: ${name} is not a Slack user or user-group id`)
  if (approvers !== undefined && approvers.length === 0) fail('@approvers names nobody')
  if (id === undefined || problems.length > before) return []
  return [
    {
      id,
      place: where,
      text,
      json,
      effect: json.effect,
      mode,
      liftable: notes['breakglass'] !== undefined,
      onCallOnly: notes['oncall'] !== undefined,
      because: notes['because'] ?? `Rule ${id}.`,
      ...(quorum === undefined ? {} : { quorum }),
      ...(approvers === undefined ? {} : { approvers }),
    },
  ]
}

const known: readonly string[] = ['id', 'quorum', 'mode', 'approvers', 'because', 'breakglass', 'oncall']

const modeOf = (notes: cedar.Annotations, effect: cedar.Effect, fail: (message: string) => void): Mode => {
  const mode = notes['mode'] ?? 'approve'
  if (effect === 'forbid' && mode !== 'approve' && mode !== 'observe') fail('@mode of a forbid must be "observe"')
  if (mode === 'approve' || mode === 'auto' || mode === 'observe') return mode
  fail('@mode must be "approve", "auto" or "observe"')
  return 'approve'
}

const validate = (
  policies: Readonly<Record<string, string>>,
  rules: readonly Rule[],
  schema: cedar.SchemaJson<string>,
): readonly PolicyProblem[] => {
  const answer = cedar.validate({ schema, policies: { staticPolicies: { ...policies } } })
  if (answer.type === 'failure') return answer.errors.map((error) => said('policy', error))
  return answer.validationErrors.map(({ policyId, error }) =>
    said(rules.find((rule) => rule.id === policyId)?.place ?? policyId, error),
  )
}

const said = (place: string, error: cedar.DetailedError, text?: string): PolicyProblem => {
  const start = error.sourceLocations?.[0]?.start
  const line = text === undefined || start === undefined ? '' : `:${text.slice(0, start).split('\n').length}`
  return { place: `${place}${line}`, message: [error.message, error.help].filter(Boolean).join('; ') }
}
