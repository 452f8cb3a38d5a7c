import { parseDocument } from 'yaml'
import { z } from 'zod'
import { theDoctor } from '../domain/principal.ts'
import type { Policy, PolicyRequest, Verdict } from '../policy/policy.ts'

/** What a policy must say to one request: the verdict, and where given the number of people and a rule that decides. */
export type PolicyCase = {
  readonly name: string
  readonly request: PolicyRequest
  readonly expect: Verdict['kind']
  readonly quorum?: number
  readonly rule?: string
}

const text = z.string().min(1).max(253)
const labels = z.record(z.string(), z.string()).default({})
const request = z.strictObject({
  cluster: text.default('cluster'),
  action: text,
  kind: text.default('Deployment'),
  namespace: text.optional(),
  name: text.default('web'),
  labels,
  namespaceLabels: labels,
  risk: z.enum(['low', 'medium', 'high']).default('medium'),
  requester: text.default(theDoctor.id),
  pods: z.int().min(0).default(3),
  workloads: z.int().min(0).default(1),
  services: z.int().min(0).default(0),
  previewed: z.boolean().default(true),
  frozen: z.boolean().default(false),
  cause: z.boolean().default(true),
  onCall: z.boolean().default(false),
  lifted: z.array(text).default([]),
  at: z.iso.datetime({ offset: true }).default('2026-11-18T10:00:00Z'),
})
const schema = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(200),
      request,
      expect: z.enum(['deny', 'observe', 'needs-approval', 'allow']),
      quorum: z.int().min(0).max(5).optional(),
      rule: text.optional(),
    }),
  )
  .max(1_000)

/** The cases of a YAML file, or what is wrong with it, with its place. */
export const readPolicyCases = (yaml: string): readonly PolicyCase[] | string => {
  const document = parseDocument(yaml, { uniqueKeys: true, version: '1.2', schema: 'core' })
  const [broken] = document.errors
  if (broken !== undefined) return `line ${broken.linePos?.[0].line ?? 1}: ${broken.message.split('\n')[0]}`
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 20 }))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not a list of cases'}`
  }
  return parsed.data.map(({ name, expect, quorum, rule, request: asked }) => ({
    name,
    expect,
    ...(quorum === undefined ? {} : { quorum }),
    ...(rule === undefined ? {} : { rule }),
    request: requestOf(asked),
  }))
}

const requestOf = (asked: z.output<typeof request>): PolicyRequest => {
  const { kind, namespace, name, pods, workloads, services, requester, ...rest } = asked
  return {
    ...rest,
    requester: { id: requester, name: requester },
    target: { apiVersion: 'v1', kind, name, ...(namespace === undefined ? {} : { namespace }) },
    blast: { pods, workloads, services },
  }
}

/** What is not as a case expects it, in words; undefined where all is. */
export const failedCase = (policy: Policy, one: PolicyCase): string | undefined => {
  const verdict = policy.verdict(one.request)
  const determining = verdict.kind === 'deny' ? verdict.determining : verdict.rule.determining
  const quorum = verdict.kind === 'deny' ? undefined : verdict.rule.quorum
  const got = `${verdict.kind}${quorum === undefined ? '' : ` with ${quorum}`} by ${determining.join(', ') || 'no rule'}`
  if (verdict.kind !== one.expect) return `expected ${one.expect}, got ${got}`
  if (one.quorum !== undefined && one.quorum !== quorum) return `expected ${one.quorum} approvals, got ${got}`
  return one.rule === undefined || determining.includes(one.rule) ? undefined : `expected rule ${one.rule}, got ${got}`
}
