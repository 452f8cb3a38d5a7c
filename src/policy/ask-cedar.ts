import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { localTime } from './local-time.ts'
import type { PolicyRequest } from './policy.ts'

/** What Cedar said: which rules determined it, or the sentences of what could not be evaluated. */
export type CedarAnswer =
  | { readonly kind: 'answered'; readonly allowed: boolean; readonly determining: readonly string[] }
  | { readonly kind: 'failed'; readonly errors: readonly string[] }

type Asked = { readonly version: string; readonly timezone: string }
type Standing = readonly { readonly id: string; readonly text: string | cedar.PolicyJson }[]

/**
 * Asks Cedar about one request: the whole policy, which was prepared under its version, or just the rules `standing`. A rule
 * that errs makes the whole answer a failure. Throws on a request that is none.
 */
export const askCedar = (asked: Asked, request: PolicyRequest, standing?: Standing): CedarAnswer => {
  const call = callOf(request, asked.timezone)
  const answer =
    standing === undefined
      ? cedar.statefulIsAuthorized({ ...call, preparsedPolicySetId: asked.version })
      : cedar.isAuthorized({
          ...call,
          policies: { staticPolicies: Object.fromEntries(standing.map((rule) => [rule.id, rule.text])) },
        })
  if (answer.type === 'failure')
    return { kind: 'failed', errors: [`The policy could not be asked: ${answer.errors[0]?.message ?? 'error'}.`] }
  const { decision, diagnostics } = answer.response
  // Cedar skips a rule that errs; were that rule a forbid, skipping it would allow.
  if (diagnostics.errors.length > 0)
    return {
      kind: 'failed',
      errors: diagnostics.errors.map((error) => `Rule ${error.policyId} could not be evaluated.`),
    }
  return { kind: 'answered', allowed: decision === 'allow', determining: diagnostics.reason }
}

const callOf = (request: PolicyRequest, timezone: string) => {
  const resource = { type: 'Doctor::Object', id: 'target' }
  const principal = { type: 'Doctor::Person', id: request.requester.id }
  return {
    principal,
    action: { type: 'Doctor::Action', id: request.action },
    resource,
    context: contextOf(request, timezone),
    entities: [
      { uid: principal, attrs: { id: request.requester.id }, parents: [] },
      { uid: resource, attrs: attributesOf(request), parents: [] },
    ],
  }
}

const attributesOf = ({ target, cluster, labels, namespaceLabels }: PolicyRequest) => ({
  kind: target.kind,
  name: target.name,
  cluster,
  labels: pairs(labels),
  namespaceLabels: pairs(namespaceLabels),
  tags: tagsOf(labels, namespaceLabels),
  ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
})

const contextOf = (request: PolicyRequest, timezone: string) => ({
  risk: request.risk,
  previewed: request.previewed,
  frozen: request.frozen,
  cause: request.cause ?? false,
  onCall: request.onCall ?? false,
  pods: count(request.blast.pods),
  workloads: count(request.blast.workloads),
  services: count(request.blast.services),
  ...localTime(request.at, timezone),
})

const count = (value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error('a count of the blast radius is not a count')
  return value
}

const pairs = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()

const tagPrefix = 'tag.cluster-doctor.dev/'

/** The regulatory tags of an object and its namespace: `pci` of the label `tag.cluster-doctor.dev/pci`, whatever its value but `false`. */
export const tagsOf = (...labels: readonly Readonly<Record<string, string>>[]): string[] =>
  [
    ...new Set(
      labels.flatMap((some) =>
        Object.entries(some).flatMap(([key, value]) =>
          key.startsWith(tagPrefix) && value !== 'false' ? [key.slice(tagPrefix.length)] : [],
        ),
      ),
    ),
  ].sort()
