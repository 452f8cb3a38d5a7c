import { identityMismatch } from '../../domain/cluster.ts'
import { deliveredBy, deliveryText } from '../../domain/delivered-by.ts'
import { absentMark } from '../../domain/expected.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import { isRelease } from '../../domain/helm/revision.ts'
import type { PlanRequest } from '../../domain/job.ts'
import { refText } from '../../domain/object.ts'
import { ended } from '../../domain/plan-life.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import type { Principal } from '../../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Gate, WhyNot } from '../../domain/why-not.ts'
import { attemptsFor } from '../../memory/attempts.ts'
import { mayApprove } from '../../policy/authorize.ts'
import { repeatBlock } from '../../policy/repeat.ts'
import { directoryOf } from '../directory.ts'
import type { Doctor } from '../doctor.ts'
import { freezeOf } from '../freeze.ts'
import { type Asked, cannotWrite, policyRequest, readTarget, secondOpinion } from '../gates/gates.ts'
import { personMayNot } from '../gates/own-rights.ts'
import { withinLimits } from './auto.ts'
import { readAround } from './live.ts'
import { openPlanLike } from './open-plans.ts'
import { previewOf } from './preview.ts'

/** A gate from a refusal, or that it was passed. */
const gate = (name: string, refusal: Refusal | undefined, passed: string): Gate => ({
  name,
  said: refusal === undefined ? 'yes' : /unreadable|uncertain|unavailable/.test(refusal.code) ? 'could-not-tell' : 'no',
  says: refusal?.reason ?? passed,
})

/**
 * Why a plan is not carried out, as it stands now: its life, whether this person may approve, the object, our rights, and
 * every rule of the policy. Decides and changes nothing.
 */
export const whyNotPlan = async (
  doctor: Doctor,
  record: PlanRecord,
  user: Principal,
  signal?: AbortSignal,
): Promise<WhyNot> => {
  const { plan } = record
  const about = `${plan.summary} (${plan.cluster})`
  const gates = [...lifeGates(doctor, record)]
  if (ended(record.life)) return { about, gates, rules: [] }
  const may = await mayApprove(user.id, plan, directoryOf(doctor))
  const own = isRefusal(may) ? may : await personMayNot(doctor, plan.cluster, may, plan.change, signal)
  gates.push(gate('your approval', own, 'You may approve it.'))
  const judged = await standing(doctor, plan, plan.fingerprint, signal)
  return { about, gates: [...gates, ...judged.gates], rules: judged.rules }
}

const lifeGates = (doctor: Doctor, { plan, life }: PlanRecord): readonly Gate[] => {
  if (ended(life))
    return [{ name: 'its life', said: 'no', says: `It has ended (${life.state}). ${life.outcome?.note ?? ''}`.trim() }]
  const expired = !(doctor.clock.now() < Date.parse(plan.expiresAt))
  const names = life.approvals.map((approval) => approval.by.name).join(' and ') || 'nobody yet'
  const enough = life.approvals.length >= plan.rule.quorum
  return [
    {
      name: 'its life',
      said: expired ? 'no' : 'yes',
      says: `${expired ? 'It expired' : 'It can be decided'} until ${plan.expiresAt}.`,
    },
    {
      name: 'approvals',
      said: enough ? 'yes' : 'no',
      says: `${life.approvals.length} of ${plan.rule.quorum}, by ${names}.`,
    },
  ]
}

/**
 * Why a change that somebody has in mind would not be made: the same gates, for a wish that has no plan yet. Drafts it and
 * lets the server rehearse it where this process may; writes nothing, and asks nobody.
 */
export const whyNotWish = async (
  doctor: Doctor,
  request: PlanRequest,
  signal?: AbortSignal,
): Promise<WhyNot | Refusal> => {
  const about = `${request.action} on ${refText(request.target)} (${request.cluster})`
  const reader = doctor.readers.get(request.cluster)
  if (reader === undefined) return refused('cluster-unknown', `There is no cluster ${request.cluster} here.`)
  const action = doctor.actions.get(request.action)
  if (action === undefined) return refused('action-unknown', `There is no action ${request.action} in the catalogue.`)
  const writer = doctor.writers.get(request.cluster)
  const object = await readTarget(isRelease(request.target) ? (writer ?? reader) : reader, request.target, signal)
  if (isRefusal(object)) return { about, gates: [gate('the object', object, '')], rules: [] }
  const related = await readAround({ reader, writer }, action, object, request.input, signal)
  const at = new Date(doctor.clock.now()).toISOString()
  const draft = action.draft({ target: object, absent: false, related, mark: 'why-not', at }, request.input)
  const similar = await openPlanLike(doctor, request)
  const gates = [
    gate(
      'no other plan',
      isRefusal(similar) ? similar : undefined,
      similar === undefined ? 'No plan of this object stands in the way.' : 'Its card is there already.',
    ),
    gate('the action', isRefusal(draft) ? draft : undefined, 'It fits the object.'),
    ...(await repeatGate(doctor, request)),
  ]
  if (isRefusal(draft)) return { about, gates, rules: [] }
  const rehearsed = writer === undefined ? undefined : await previewOf(writer, draft.change, request.target, signal)
  if (isRefusal(rehearsed)) return { about, gates: [...gates, gate('the dry run', rehearsed, '')], rules: [] }
  const preview = rehearsed ?? ({ kind: 'previewed', diff: [], diffHash: '', warnings: [] } as const)
  const judged = await standing(doctor, { ...request, ...draft, action: action.id, preview }, undefined, signal)
  return { about, gates: [...gates, ...judged.gates], rules: judged.rules }
}

const repeatGate = async (doctor: Doctor, request: PlanRequest): Promise<readonly Gate[]> => {
  const { cluster, action, target } = request
  const attempts = await attemptsFor(doctor.store, cluster, target)
  const block = repeatBlock(attempts, cluster, action, target, doctor.clock.now(), doctor.limits.cooldownSeconds)
  return block === undefined ? [] : [gate('not tried already', block, '')]
}

type Standing = Pick<WhyNot, 'gates' | 'rules'>

/** The gates that a plan and a wish share, in the order in which they are asked before a write. */
const standing = async (
  doctor: Doctor,
  asked: Asked,
  shown: string | undefined,
  signal?: AbortSignal,
): Promise<Standing> => {
  const reader = doctor.readers.get(asked.cluster)
  const writer = doctor.writers.get(asked.cluster)
  if (reader === undefined)
    return {
      gates: [gate('the cluster', refused('cluster-unknown', `There is no cluster ${asked.cluster} here.`), '')],
      rules: [],
    }
  const { frozen, reason } = await freezeOf(doctor, asked.cluster)
  const gates: Gate[] = [gate('no freeze', frozen ? refused('frozen', reason) : undefined, 'Changes are not frozen.')]
  const object = await readTarget(isRelease(asked.target) ? (writer ?? reader) : reader, asked.target, signal)
  const makes = shown === absentMark
  if (isRefusal(object) && !makes) return { gates: [...gates, gate('the object', object, '')], rules: [] }
  const whole = isRefusal(object) ? { ...asked.target, metadata: { name: asked.target.name } } : object
  const moved = shown !== undefined && !makes && fingerprint(whole) !== shown
  gates.push(
    gate(
      'the object',
      moved ? refused('target-changed', 'It was changed after it was shown.') : undefined,
      'It is as it was shown.',
    ),
  )
  const owner = deliveredBy(whole)
  if (owner !== undefined && asked.change.kind === 'cluster-write') {
    const says = `${deliveryText(owner)} owns it, so it is changed by a pull request.`
    gates.push({ name: 'not delivered from Git', said: doctor.gitOps === undefined ? 'no' : 'yes', says })
  }
  if (writer !== undefined) {
    gates.push(
      gate(
        'the doctor’s own rights',
        await cannotWrite(writer, asked.change, signal),
        'The API server lets its writer do this.',
      ),
    )
    gates.push(await identityGate(doctor, asked, signal))
  }
  const request = await policyRequest(doctor, reader, asked, whole, doctor.clock.now(), signal)
  if (isRefusal(request)) return { gates: [...gates, gate('the policy', request, '')], rules: [] }
  const own = await personMayNot(doctor, asked.cluster, asked.requester, asked.change, signal)
  if (own !== undefined) gates.push(gate('the rights of who asks', own, ''))
  const cedar = doctor.policy.verdict(request)
  const both = await secondOpinion(doctor, request, cedar, signal)
  const verdict = both.kind === 'allow' ? await withinLimits(doctor, asked, both, doctor.clock.now()) : both
  return { gates: [...gates, verdictGate(verdict)], rules: doctor.policy.explain(request) }
}

const identityGate = async (doctor: Doctor, asked: Asked, signal?: AbortSignal): Promise<Gate> => {
  const identity = await doctor.writers.get(asked.cluster)?.identify(signal)
  if (identity?.kind !== 'confirmed')
    return { name: 'the cluster', said: 'could-not-tell', says: 'Which cluster this is could not be confirmed.' }
  const known = (asked as { readonly identity?: Parameters<typeof identityMismatch>[0] }).identity
  const different = known === undefined ? [] : identityMismatch(known, identity)
  return different.length === 0
    ? { name: 'the cluster', said: 'yes', says: 'It is the cluster that it says it is.' }
    : { name: 'the cluster', said: 'no', says: `It is not the cluster that was shown: ${different.join(', ')} differ.` }
}

const verdictGate = (verdict: Awaited<ReturnType<typeof secondOpinion>>): Gate => {
  const name = 'the policy'
  switch (verdict.kind) {
    case 'deny':
      return { name, said: 'no', says: verdict.reasons.join(' ') }
    case 'observe':
      return { name, said: 'no', says: `${verdict.reasons.join(' ')} So it is only observed.` }
    case 'allow':
      return { name, said: 'yes', says: 'It lets this pass without an approval.' }
    case 'needs-approval': {
      const { quorum, approvers } = verdict.rule
      return approvers.length === 0
        ? { name, said: 'no', says: 'It asks for approval, and nobody may give one: DOCTOR_APPROVERS names no one.' }
        : {
            name,
            said: 'yes',
            says: quorum === 1 ? 'It asks for one approval.' : `It asks for ${quorum} different people.`,
          }
    }
  }
}
