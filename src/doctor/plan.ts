import { randomBytes } from 'node:crypto'
import { type Action, type Draft, unfitKind } from '../actions/action.ts'
import { outsideGit } from '../actions/change/outside-git.ts'
import { deliveredBy } from '../domain/delivered-by.ts'
import { absentMark } from '../domain/expected.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import { isRelease } from '../domain/helm/revision.ts'
import type { Attempt } from '../domain/incident.ts'
import type { PlanRequest } from '../domain/job.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { plain } from '../domain/plain.ts'
import type { ApprovalRule, Plan, Preview } from '../domain/plan.ts'
import { newLife } from '../domain/plan-life.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { rightsOf } from '../domain/plan-steps.ts'
import { theDoctor } from '../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { sealPlan } from '../domain/seal-plan.ts'
import { attemptsFor } from '../memory/attempts.ts'
import { attemptText, repeatBlock } from '../policy/repeat.ts'
import type { ClusterReader, ClusterWriter } from '../ports.ts'
import type { Doctor } from './doctor.ts'
import { askPolicy, cannotWrite } from './gates/gates.ts'
import { readOrAbsent } from './gates/read-or-absent.ts'
import { agreedNow } from './now.ts'
import { holdBack } from './plans/digest.ts'
import { editsFor, type Wish } from './plans/git-edits.ts'
import { readAround } from './plans/live.ts'
import { mergeInput } from './plans/merge-change.ts'
import { observed } from './plans/observed.ts'
import { openPlanLike, storeInTurn } from './plans/open-plans.ts'
import { previewOf } from './plans/preview.ts'
import { revertInput } from './plans/revert-change.ts'
import { recordRefusal, showPlan, tellRefusal } from './plans/show-plan.ts'
import { withAPerson } from './plans/with-a-person.ts'

/** What became of a request: a new card, the card that is there already, or a refusal that people were told. */
export type PlanOutcome = { readonly kind: 'planned' | 'exists'; readonly record: PlanRecord } | Refusal

/**
 * From a wish to a card: reads the object as it is, drafts the change, lets the server rehearse it, asks the policy, freezes
 * and stores the plan, and posts it where it belongs. Every no is a sentence in the thread and an entry on the record.
 */
export const plan = async (doctor: Doctor, request: PlanRequest, signal?: AbortSignal): Promise<PlanOutcome> => {
  const similar = await openPlanLike(doctor, request)
  if (isRefusal(similar)) return refuse(doctor, request, similar)
  if (similar !== undefined) {
    // A crash may have come between storing and showing; showing is keyed, so this shows it once.
    return { kind: 'exists', record: await showPlan(doctor, similar, request.replyTo) }
  }
  const made = await makePlan(doctor, request, signal)
  if (isRefusal(made)) return refuse(doctor, request, made)
  const record: PlanRecord = {
    plan: made,
    life: newLife(made),
    card: null,
    thread: null,
    steps: [],
    intentSeq: 0,
  }
  doctor.crashpoint('plan.before-store')
  const stored = await storeInTurn(doctor, request, record)
  if (isRefusal(stored)) return refuse(doctor, request, stored)
  if (stored !== 'stored') return { kind: 'exists', record: await showPlan(doctor, stored, request.replyTo) }
  doctor.crashpoint('plan.stored')
  return { kind: 'planned', record: await showPlan(doctor, record, request.replyTo) }
}

const refuse = async (doctor: Doctor, request: PlanRequest, refusal: Refusal): Promise<Refusal> => {
  // What is only observed was said and put on the record already.
  if (refusal.code === 'observed') return refusal
  await recordRefusal(doctor, request, refusal)
  if (refusal.code === 'too-many-open' && (await holdBack(doctor, request))) return refusal
  await tellRefusal(doctor, request, refusal)
  return refusal
}

/** The sealed plan, or the first gate that says no. Writes nothing anywhere. */
const makePlan = async (doctor: Doctor, request: PlanRequest, signal?: AbortSignal): Promise<Plan | Refusal> => {
  const writer = doctor.writers.get(request.cluster)
  const reader = doctor.readers.get(request.cluster)
  if (writer === undefined || reader === undefined)
    return refused('cluster-unknown', `There is no cluster ${request.cluster} that can be changed here.`)
  const wanted = doctor.actions.get(wishOf(request).action)
  const unfit = wanted === undefined ? undefined : unfitKind(wanted, request.target)
  if (unfit !== undefined) return unfit
  const now = await agreedNow(doctor)
  if (isRefusal(now)) return now
  const identity = await writer.identify(signal)
  if (identity.kind !== 'confirmed')
    return refused('identity-uncertain', `Which cluster this is could not be confirmed: ${identity.reason}.`)
  const read = await targetOf(doctor, isRelease(request.target) ? writer : reader, request, signal)
  if (isRefusal(read)) return read
  const target = read.object
  if (request.target.uid !== undefined && request.target.uid !== target.metadata.uid)
    return refused('target-replaced', `${refText(request.target)} is another object of that name now.`)
  const id = randomBytes(16).toString('hex')
  const createdAt = new Date(now).toISOString()
  const drafted = await draft(doctor, request, read, { id, createdAt }, signal)
  if (isRefusal(drafted)) return drafted
  const { action, input, draft: found } = drafted
  for (const change of rightsOf(found.change)) {
    const forbidden = await cannotWrite(writer, change, signal)
    if (forbidden !== undefined) return forbidden
  }
  const { uid, resourceVersion } = read.absent ? { uid: '', resourceVersion: absentMark } : target.metadata
  if (uid === undefined || resourceVersion === undefined)
    return refused('not-pinned', 'The object has no uid or resourceVersion, so a plan cannot be bound to it.')
  const judged = await judge(doctor, request, { action, draft: found, target, now }, signal)
  if (isRefusal(judged)) return judged
  const { preview, rule, attempts } = judged
  return sealPlan({
    version: 1,
    id,
    incident: request.incident ?? null,
    cluster: request.cluster,
    identity,
    action: action.id,
    input,
    target: { ...refOf(target), uid },
    resourceVersion,
    fingerprint: read.absent ? absentMark : fingerprint(target),
    ...found,
    preview,
    reason: request.reason,
    requester: request.requester,
    rule,
    attempts: attempts.slice(-5).map(attemptText),
    createdAt,
    expiresAt: new Date(now + Math.min(doctor.config.planTtlSeconds, 1800) * 1000).toISOString(),
  })
}

type Target = { readonly object: KubeObject; readonly absent: boolean }

/** The object as it is now; that it is not there is an answer only to actions that make objects. */
const targetOf = async (
  doctor: Doctor,
  reader: Pick<ClusterWriter, 'get' | 'list'>,
  request: PlanRequest,
  signal?: AbortSignal,
): Promise<Target | Refusal> => {
  const read = await readOrAbsent(reader, request.target, signal)
  return !isRefusal(read) && read.absent && doctor.actions.get(wishOf(request).action)?.creates !== true
    ? refused('target-gone', `${refText(request.target)} does not exist (any more).`)
    : read
}

type Judged = {
  readonly preview: Preview
  readonly rule: ApprovalRule
  readonly attempts: readonly Attempt[]
}

/** What the server rehearses, what was tried, and what the policy asks for; or the first of them that says no. */
const judge = async (
  doctor: Doctor,
  request: PlanRequest,
  made: { readonly action: Action; readonly draft: Draft; readonly target: KubeObject; readonly now: number },
  signal?: AbortSignal,
): Promise<Judged | Refusal> => {
  const { action, draft: found, target, now } = made
  const [reader, writer] = [doctor.readers.get(request.cluster), doctor.writers.get(request.cluster)]
  if (reader === undefined) return refused('cluster-unknown', `There is no cluster ${request.cluster} here.`)
  const preview = await previewOf(writer, found.change, request.target, signal)
  if (isRefusal(preview)) return preview
  if (preview.kind === 'previewed' && preview.diff.some((line) => plain(line.text, Infinity) !== line.text))
    return refused(
      'uninspectable',
      'The change holds characters that cannot be seen, so nobody could judge it on a card.',
    )
  const attempts = await attemptsFor(doctor.store, request.cluster, request.target)
  // A cause that comes back is a reason to stop repeating; a person's wish and a way back are not.
  const repeat =
    request.reason.code !== undefined && byDoctor(request)
      ? repeatBlock(attempts, request.cluster, action.id, request.target, now, doctor.limits.cooldownSeconds)
      : undefined
  if (repeat !== undefined) return repeat
  const asked = { ...request, ...found, action: action.id, preview }
  const verdict = withAPerson(request, await askPolicy(doctor, reader, asked, target, now, signal))
  if (isRefusal(verdict)) return verdict
  if (verdict.kind === 'deny') return refused(verdict.code, `The policy says no. ${verdict.reasons.join(' ')}`)
  if (verdict.kind === 'observe') return observed(doctor, { ...asked, object: target, verdict })
  if (verdict.kind === 'needs-approval' && verdict.rule.approvers.length === 0)
    return refused('no-approvers', 'Nobody may approve changes yet: DOCTOR_APPROVERS names no one.')
  return { preview, rule: withRunbooks(doctor, request, verdict.rule), attempts }
}

type Drafted = {
  readonly action: Action
  readonly input: Readonly<Record<string, unknown>>
  readonly draft: Draft
}

/** The change that is wanted, or where Git owns the object, the pull request that makes it there. */
const draft = async (
  doctor: Doctor,
  request: PlanRequest,
  { object: target, absent }: Target,
  plan: { readonly id: string; readonly createdAt: string },
  signal?: AbortSignal,
): Promise<Drafted | Refusal> => {
  const wish = await undoOfMerge(doctor, wishOf(request))
  if (isRefusal(wish)) return wish
  const action = doctor.actions.get(wish.action)
  if (action === undefined) return refused('action-unknown', `There is no action ${wish.action} in the catalogue.`)
  const [reader, writer] = [doctor.readers.get(request.cluster) as ClusterReader, doctor.writers.get(request.cluster)]
  const related = await readAround({ reader, writer }, action, target, wish.input, signal)
  const { debugImages } = doctor.config
  const context = { target, absent, related, debugImages, mark: plan.id.slice(0, 12), at: plan.createdAt }
  const merging =
    wish.action === 'merge-pull-request' ? await mergeInput(doctor, String(wish.input['merges'])) : wish.input
  if (isRefusal(merging)) return merging
  const found = action.draft(context, merging)
  if (isRefusal(found)) return found
  if (found.change.kind === 'pull-request' || found.change.kind === 'merge')
    return { action, input: wish.input, draft: found }
  const owner = deliveredBy(target)
  if (owner === undefined || outsideGit.has(action.id)) return { action, input: wish.input, draft: found }
  const edits = await editsFor(doctor, request, wish, { target, owner, draft: found })
  if (isRefusal(edits)) return edits
  const pull = doctor.actions.get('open-pull-request')
  if (pull === undefined) return refused('action-unknown', 'There is no action open-pull-request in the catalogue.')
  const proposed = pull.draft(context, edits)
  return isRefusal(proposed) ? proposed : { action: pull, input: edits, draft: proposed }
}

/** What is wanted of the object: a proposal for what Git owns carries it as `wish` inside open-pull-request. */
const wishOf = (request: PlanRequest): Wish => {
  const wish = request.input['wish'] as Partial<Wish> | undefined
  return request.action === 'open-pull-request' && typeof wish?.action === 'string'
    ? { action: wish.action, input: wish.input ?? {} }
    : { action: request.action, input: request.input }
}

/** A wish to revert a merged pull request becomes the edits that do so now. */
const undoOfMerge = async (doctor: Doctor, wish: Wish): Promise<Wish | Refusal> => {
  const { reverts } = wish.input
  if (wish.action !== 'open-pull-request' || typeof reverts !== 'string') return wish
  const input = await revertInput(doctor, reverts)
  return isRefusal(input) ? input : { ...wish, input }
}

/** A runbook that answers this cause may ask for more people than the policy, never for fewer. */
const withRunbooks = (doctor: Doctor, request: PlanRequest, rule: ApprovalRule): ApprovalRule => {
  const { code } = request.reason
  const { action } = wishOf(request)
  const wanted = doctor.runbooks
    .filter((runbook) => runbook.codes.some((one) => one === code))
    .filter((runbook) => runbook.steps.some((step) => step.kind === 'action' && step.action === action))
    .map((runbook) => runbook.approvals)
  // One approval is every runbook's own default, which a policy may waive; more than that somebody wrote down.
  const most = Math.max(0, ...wanted)
  return byDoctor(request) && (rule.quorum > 0 || most > 1) ? { ...rule, quorum: Math.max(rule.quorum, most) } : rule
}

const byDoctor = (request: PlanRequest): boolean => request.requester.id === theDoctor.id
