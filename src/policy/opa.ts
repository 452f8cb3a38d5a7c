import { z } from 'zod'
import type { PolicyRequest, Verdict } from './policy.ts'

/** What an OPA server answered to a request that Cedar would let pass, or why it counts as no. */
export type OpaAnswer =
  | { readonly kind: 'allow'; readonly quorum?: number; readonly reasons: readonly string[] }
  | {
      readonly kind: 'deny'
      readonly code: 'opa-denied' | 'opa-unreachable' | 'opa-malformed'
      readonly reasons: readonly string[]
    }

/** An OPA server that is asked as well. A failure is a no; it throws only when the signal was aborted. */
export type Opa = { ask(request: PolicyRequest, verdict: Verdict, signal?: AbortSignal): Promise<OpaAnswer> }

/** The longest that OPA may take, in ms: an approval must be carried out within seconds. */
const answerWithin = 2_000
const maxBytes = 64 * 1024

/** The decision asked for where `OPA_URL` names none. */
export const defaultDecision = '/v1/data/cluster_doctor/verdict'

/**
 * The OPA server at `url`: its address, or the whole address of a decision (`…/v1/data/…`). Each request is one POST of
 * `{"input": …}`; the answer must be `{"result": {"allow": true|false, "quorum"?, "reasons"?}}`. A redirect, another status,
 * an undefined decision, a field that is not expected, more than 64 KB or 2 s: no.
 */
export const openOpa = (url: string, deadline = answerWithin): Opa => {
  const endpoint = /\/v1\/data\/./.test(url) ? url : `${url.replace(/\/+$/, '')}${defaultDecision}`
  return {
    ask: async (request, verdict, signal) => {
      const limit = AbortSignal.timeout(deadline)
      try {
        const response = await fetch(endpoint, {
          method: 'POST',
          redirect: 'error',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ input: opaInput(request, verdict) }),
          signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        })
        if (response.status !== 200) {
          await response.body?.cancel()
          return no('opa-unreachable', `OPA answered with status ${response.status}, which counts as no.`)
        }
        return read(await bounded(response))
      } catch (cause) {
        if (signal?.aborted === true) throw cause
        return no('opa-unreachable', 'OPA could not be asked, which counts as no.')
      }
    },
  }
}

/** What OPA is told: the request as Cedar sees it, and what Cedar would ask for. Documented in docs/policy.md. */
export const opaInput = (request: PolicyRequest, verdict: Verdict) => ({
  cluster: request.cluster,
  action: request.action,
  target: request.target,
  labels: request.labels,
  namespaceLabels: request.namespaceLabels,
  risk: request.risk,
  requester: request.requester.id,
  blast: request.blast,
  previewed: request.previewed,
  frozen: request.frozen,
  cause: request.cause ?? false,
  onCall: request.onCall ?? false,
  lifted: request.lifted ?? [],
  at: request.at,
  cedar:
    verdict.kind === 'deny'
      ? { kind: verdict.kind, determining: verdict.determining }
      : { kind: verdict.kind, quorum: verdict.rule.quorum, determining: verdict.rule.determining },
})

/** Both together: OPA can only take away or ask for more people; it never gives what Cedar does not. */
export const combined = (verdict: Verdict, opa: OpaAnswer): Verdict => {
  if (verdict.kind === 'deny') return verdict
  if (opa.kind === 'deny') return { kind: 'deny', code: opa.code, reasons: opa.reasons, determining: ['opa'] }
  const quorum = Math.max(verdict.rule.quorum, opa.quorum ?? 0)
  const rule = { ...verdict.rule, quorum, determining: [...verdict.rule.determining, 'opa'] }
  return verdict.kind === 'observe' ? { ...verdict, rule } : { kind: quorum === 0 ? 'allow' : 'needs-approval', rule }
}

const answer = z.strictObject({
  result: z.strictObject({
    allow: z.boolean(),
    quorum: z.int().min(0).max(5).optional(),
    reasons: z.array(z.string().max(300)).max(20).optional(),
  }),
  // What a server adds when it logs decisions or warns.
  decision_id: z.string().optional(),
  warning: z.unknown().optional(),
  provenance: z.unknown().optional(),
  metrics: z.unknown().optional(),
})

const read = (text: string): OpaAnswer => {
  const parsed = answer.safeParse(json(text))
  if (!parsed.success)
    return no('opa-malformed', 'OPA has no such decision, or its answer is not one of ours, which counts as no.')
  const { allow, quorum, reasons = [] } = parsed.data.result
  if (!allow) return { kind: 'deny', code: 'opa-denied', reasons: reasons.length > 0 ? reasons : ['OPA says no.'] }
  return { kind: 'allow', reasons, ...(quorum === undefined ? {} : { quorum }) }
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const bounded = async (response: Response): Promise<string> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > maxBytes) throw new Error('the answer is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const no = (code: 'opa-unreachable' | 'opa-malformed', reason: string): OpaAnswer => ({
  kind: 'deny',
  code,
  reasons: [reason],
})
