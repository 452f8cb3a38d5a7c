import type { BlastRadius, Change } from '../../domain/change.ts'
import { isRelease } from '../../domain/helm/revision.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { checkedName } from '../../domain/name.ts'
import { type ObjectRef, refText } from '../../domain/object.ts'
import type { PlanReason, Preview, Risk, Undo } from '../../domain/plan.ts'
import { type Principal, theDoctor } from '../../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { fullMember } from '../../policy/authorize.ts'
import { combined } from '../../policy/opa.ts'
import type { PolicyRequest, Verdict } from '../../policy/policy.ts'
import type { ClusterReader, ClusterWriter } from '../../ports.ts'
import { directoryOf, onCall } from '../directory.ts'
import type { Doctor } from '../doctor.ts'
import { freezeOf } from '../freeze.ts'
import { withinLimits } from '../plans/auto.ts'
import { liftedRules } from '../plans/break-glass-store.ts'
import { namespaceLabels } from '../plans/live.ts'
import { readRelease } from '../plans/release.ts'
import { accessesOf, accessText, personMayNot } from './own-rights.ts'

/** The object as it is now; a Helm release as its newest record says. Gone or unreadable are refusals, told apart. */
export const readTarget = async (
  cluster: Pick<ClusterWriter, 'get'> & Partial<Pick<ClusterWriter, 'list'>>,
  ref: ObjectRef,
  signal?: AbortSignal,
): Promise<KubeObject | Refusal> => {
  const { uid: _, ...named } = ref
  const namespace = ref.namespace === undefined ? undefined : checkedName('namespace', ref.namespace)
  for (const checked of [checkedName('name', ref.name), namespace]) if (isRefusal(checked)) return checked
  if (isRelease(ref) && cluster.list !== undefined) return readRelease({ list: cluster.list }, ref, signal)
  const read = await cluster.get(named, signal)
  switch (read.kind) {
    case 'ok':
      return read.value
    case 'absent':
      return refused('target-gone', `${refText(ref)} does not exist (any more).`)
    case 'unreadable':
      return refused(
        'target-unreadable',
        `${refText(ref)} could not be read (${read.reason}), so nothing is done to it.`,
      )
  }
}

/** Why these credentials cannot make this change, asked of the API server itself; undefined when they can. */
export const cannotWrite = async (
  writer: Pick<ClusterWriter, 'canI'>,
  change: Change,
  signal?: AbortSignal,
): Promise<Refusal | undefined> => {
  const accesses = accessesOf(change)
  if (accesses === undefined) return refused('path-unknown', 'The request of this plan is not one that can be checked.')
  for (const access of accesses) {
    const answer = await writer.canI(access, signal)
    const what = accessText(access)
    if (answer.kind !== 'ok')
      return refused('access-unreadable', `Whether the doctor may ${what} could not be asked, so it counts as no.`)
    if (!answer.value.allowed) return refused('writer-forbidden', `The doctor's own credentials may not ${what} here.`)
  }
  return undefined
}

/** What a policy is asked about: the part of a plan, or of a wish for one, that decides. `id` is a plan's. */
export type Asked = {
  readonly id?: string
  readonly cluster: string
  readonly action: string
  readonly target: ObjectRef
  readonly risk: Risk
  readonly requester: Principal
  readonly blast: BlastRadius
  readonly preview: Preview
  readonly reason: Pick<PlanReason, 'code'>
  /** The way back that the plan has captured; where there is none, nothing is done by itself. */
  readonly undo: Undo
  readonly change: Change
}

/**
 * The word of the policy, of OPA where one is set up, and of the limits on what needs nobody, on a change of this object now:
 * with its labels, its namespace's labels, the freeze and the break-glasses as they are.
 */
export const askPolicy = async (
  doctor: Doctor,
  reader: Pick<ClusterReader, 'get'>,
  asked: Asked,
  object: KubeObject,
  now: number,
  signal?: AbortSignal,
): Promise<Verdict | Refusal> => {
  const request = await policyRequest(doctor, reader, asked, object, now, signal)
  if (isRefusal(request)) return request
  const { frozen, reason } = await freezeOf(doctor, asked.cluster)
  if (frozen) return refused('frozen', `${reason}.`.replace('..', '.'))
  const own = await personMayNot(doctor, asked.cluster, asked.requester, asked.change, signal)
  if (own !== undefined) return own
  const verdict = await secondOpinion(doctor, request, doctor.policy.verdict(request), signal)
  return verdict.kind === 'allow' ? withinLimits(doctor, asked, verdict, now) : verdict
}

/** The verdict after OPA, where one is set up: it is asked about everything that Cedar does not deny. */
export const secondOpinion = async (
  { opa }: Pick<Doctor, 'opa'>,
  request: PolicyRequest,
  verdict: Verdict,
  signal?: AbortSignal,
): Promise<Verdict> =>
  opa === undefined || verdict.kind === 'deny' ? verdict : combined(verdict, await opa.ask(request, verdict, signal))

/** Everything that a policy may look at, as it is now. What it needs and cannot be read is a refusal. */
export const policyRequest = async (
  doctor: Doctor,
  reader: Pick<ClusterReader, 'get'>,
  asked: Asked,
  object: KubeObject,
  now: number,
  signal?: AbortSignal,
): Promise<PolicyRequest | Refusal> => {
  const [labels, { frozen }, lifted, onDuty] = await Promise.all([
    namespaceLabels(reader, asked.target.namespace, signal),
    freezeOf(doctor, asked.cluster),
    liftedRules(doctor, asked, now),
    isOnCall(doctor, asked.requester),
  ])
  if (labels === undefined)
    return refused('namespace-unreadable', 'The labels of the namespace could not be read, and the policy needs them.')
  return {
    cluster: asked.cluster,
    action: asked.action,
    target: asked.target,
    labels: object.metadata.labels ?? {},
    namespaceLabels: labels,
    risk: asked.risk,
    requester: asked.requester,
    blast: asked.blast,
    previewed: asked.preview.kind === 'previewed',
    frozen,
    at: new Date(now).toISOString(),
    cause: asked.reason.code !== undefined,
    onCall: onDuty,
    ...(lifted.length === 0 ? {} : { lifted }),
  }
}

/** Whether who asks is on call, where a rule or OPA may want to know it; what cannot be looked up is no. */
const isOnCall = async (doctor: Doctor, requester: Principal): Promise<boolean> => {
  const wanted = doctor.policy.asksOnCall || doctor.opa !== undefined
  if (!wanted || doctor.pager === undefined || requester.id === theDoctor.id) return false
  const member = await fullMember(requester.id, directoryOf(doctor))
  if (isRefusal(member)) return false
  const duty = await onCall(doctor, member)
  return duty.kind === 'ok' && duty.value
}
