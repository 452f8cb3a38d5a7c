import { outsideGit } from '../../actions/change/outside-git.ts'
import type { Change } from '../../domain/change.ts'
import type { ClusterIdentity } from '../../domain/cluster.ts'
import { identityMismatch } from '../../domain/cluster.ts'
import { deliveredBy, deliveryText } from '../../domain/delivered-by.ts'
import { absentMark } from '../../domain/expected.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import { refText } from '../../domain/object.ts'
import type { Plan } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { atStep, stepNow, stepsOf } from '../../domain/plan-steps.ts'
import { theDoctor } from '../../domain/principal.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { mayApprove } from '../../policy/authorize.ts'
import type { ClusterReader, ClusterWriter } from '../../ports.ts'
import { directoryOf } from '../directory.ts'
import type { Doctor } from '../doctor.ts'
import { setFreeze } from '../freeze.ts'
import { previewOf } from '../plans/preview.ts'
import { type Closed, closed, type Open, type Turn } from './closed.ts'
import { cannotWrite } from './gates.ts'
import { mergeMoved } from './merge-moved.ts'
import { otherDrain } from './other-drain.ts'
import { otherRevision } from './other-revision.ts'
import { personMayNot } from './own-rights.ts'
import { policyGate } from './policy-gate.ts'
import { readOrAbsent } from './read-or-absent.ts'
import { stepGates } from './step-gates.ts'

export type { Closed, Open, Turn } from './closed.ts'

type Hands = { readonly reader: ClusterReader; readonly writer: ClusterWriter }

/**
 * Every gate again, just before the write, in the order of their price: the approvers, the object, its owner, our rights,
 * the policy, the server's rehearsal, the budget, and last, so that it is seconds old, the cluster's identity.
 */
export const recheck = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  now: number,
  signal?: AbortSignal,
): Promise<Open | Closed | Turn> => {
  const { plan, life } = record
  const eligible = await stillEligible(doctor, record)
  if (eligible.length < plan.rule.quorum)
    return closed('refuse', 'approval-withdrawn', 'Too few of those who approved may still approve. Nothing was done.')
  const turn = await otherDrain(doctor, record)
  if (turn !== undefined) return turn
  const moved = await otherRevision(hands.writer, record, signal)
  if (moved !== undefined) return moved
  const changed =
    stepsOf(plan)[stepNow(life)]?.fingerprint === null
      ? await stepGates(doctor, hands, record, now, signal)
      : await objectGates(doctor, hands, atStep(plan, stepNow(life)), now, signal)
  if (changed !== undefined) return changed
  const spent = await overBudget(doctor, plan)
  if (spent !== undefined) return spent
  const identity = await hands.writer.identify(signal)
  const wrong = await wrongCluster(doctor, plan, identity)
  return wrong ?? { kind: 'open', eligible, identity }
}

/** Those who approved and may approve at this moment (SAFETY T29). */
const stillEligible = async (doctor: Doctor, { plan, life }: PlanRecord): Promise<readonly string[]> => {
  const checked = await Promise.all(
    life.approvals.map(async ({ by }) => {
      const person = await mayApprove(by.id, plan, directoryOf(doctor))
      const able = !isRefusal(person) && (await personMayNot(doctor, plan.cluster, person, plan.change)) === undefined
      return able ? [by.id] : []
    }),
  )
  return checked.flat()
}

const objectGates = async (
  doctor: Doctor,
  { reader, writer }: Hands,
  plan: Plan,
  now: number,
  signal?: AbortSignal,
): Promise<Closed | undefined> => {
  const read = await readOrAbsent(plan.change.kind === 'cluster-write' ? writer : reader, plan.target, signal)
  if (isRefusal(read)) return closed('refuse', read.code, read.reason)
  const { object, absent } = read
  const name = refText(plan.target)
  const makes = plan.fingerprint === absentMark
  if (absent && !makes) return closed('stale', 'target-gone', `${name} does not exist (any more).`)
  if (makes && !absent) return closed('stale', 'target-changed', `${name} exists by now. Nothing was done.`)
  if (!makes && object.metadata.uid !== plan.target.uid)
    return closed('stale', 'target-replaced', `${name} was replaced by another object of that name. Nothing was done.`)
  if (plan.change.kind === 'cluster-write') {
    // The status moves all the time while something is broken; anything else that moved makes the plan another plan.
    if (!makes && fingerprint(object) !== plan.fingerprint)
      return closed(
        'stale',
        'target-changed',
        `${name} was changed${lastChange(object)} after this was shown. Nothing was done.`,
      )
    const owner = deliveredBy(object)
    if (owner !== undefined && !outsideGit.has(plan.action))
      return closed('stale', 'git-owned', `${deliveryText(owner)} owns ${name} now. Nothing was done.`)
  }
  const forbidden = await cannotWrite(writer, plan.change, signal)
  if (forbidden !== undefined) return closed('refuse', forbidden.code, forbidden.reason)
  const denied = await policyGate(doctor, reader, plan, object, now, signal)
  if (denied !== undefined) return denied
  if (plan.change.kind === 'merge') return mergeMoved(doctor, plan.change)
  return plan.change.kind === 'pull-request' ? filesMoved(doctor, plan.change) : rehearse(writer, plan, signal)
}

/** A pull request is made against the files that were shown: each must still read the same at the head of its base. */
const filesMoved = async (
  doctor: Doctor,
  change: Extract<Change, { kind: 'pull-request' }>,
): Promise<Closed | undefined> => {
  const { git } = doctor
  if (git === undefined) return closed('refuse', 'no-git', 'There is no Git host set up any more. Nothing was done.')
  const head = await git.headOf(change.repository, change.base)
  if (head.kind !== 'ok')
    return closed('refuse', 'base-unreadable', `Branch ${change.base} could not be read. Nothing was done.`)
  for (const { path, before } of change.edits) {
    const read = await git.readFile(change.repository, path, change.base)
    if (read.kind === 'unreadable')
      return closed('refuse', 'file-unreadable', `${path} could not be read (${read.reason}). Nothing was done.`)
    if ((read.kind === 'ok' ? read.value.text : '') !== before)
      return closed(
        'stale',
        'base-moved',
        `${path} was changed in ${change.base} after this was shown. Nothing was done.`,
      )
  }
  // What renders the object may lie in files that are not edited, so a proof holds for its commit only.
  if (head.value !== change.baseSha)
    return closed('stale', 'base-moved', `${change.base} has moved on after this was shown. Nothing was done.`)
  return undefined
}

const rehearse = async (writer: ClusterWriter, plan: Plan, signal?: AbortSignal): Promise<Closed | undefined> => {
  if (plan.change.kind !== 'cluster-write') return undefined
  const preview = await previewOf(writer, plan.change, plan.target, signal)
  if (isRefusal(preview))
    return closed(
      preview.code === 'dry-run-unreadable' ? 'refuse' : 'stale',
      preview.code,
      `${preview.reason} Nothing was done.`,
    )
  const same =
    preview.kind === 'previewed' && plan.preview.kind === 'previewed'
      ? preview.diffHash === plan.preview.diffHash
      : preview.kind === plan.preview.kind
  return same
    ? undefined
    : closed('stale', 'diff-changed', 'The server would now change something else than was shown. Nothing was done.')
}

/** Counts a plan once against the budgets of its namespace and cluster; a plan that is resumed was counted already. */
const overBudget = async (doctor: Doctor, plan: Plan): Promise<Closed | undefined> => {
  if (!(await doctor.store.once(`budget-${plan.id}`, 86_400))) return undefined
  const { perNamespace, perCluster } = doctor.limits
  const namespace = plan.target.namespace ?? '-'
  const [here, there] = await Promise.all([
    doctor.store.count(`effects-${plan.cluster}-${namespace}`, perNamespace.seconds),
    doctor.store.count(`effects-${plan.cluster}`, perCluster.seconds),
  ])
  if (here > perNamespace.effects)
    return closed(
      'refuse',
      'budget-namespace',
      `${perNamespace.effects} changes in ${Math.round(perNamespace.seconds / 60)} minutes are the limit for ${namespace}. Nothing was done.`,
    )
  if (there > perCluster.effects)
    return closed(
      'refuse',
      'budget-cluster',
      `${perCluster.effects} changes in ${Math.round(perCluster.seconds / 60)} minutes are the limit for ${plan.cluster}. Nothing was done.`,
    )
  return undefined
}

/** Signals that disagree lock the cluster until a person unlocks it; signals that cannot be read only refuse. */
const wrongCluster = async (doctor: Doctor, plan: Plan, identity: ClusterIdentity): Promise<Closed | undefined> => {
  if (identity.kind !== 'confirmed')
    return closed('refuse', 'identity-uncertain', `Which cluster this is could not be confirmed. Nothing was done.`)
  const different = identityMismatch(plan.identity, identity)
  if (different.length === 0) return undefined
  const reason = `its identity changed (${different.join(', ')})`
  await setFreeze(doctor, plan.cluster, true, theDoctor, reason, 'cluster-lock')
  return closed(
    'refuse',
    'identity-mismatch',
    `This is not the cluster that was shown: ${different.join(', ')} differ. Nothing was done, and changes of ${plan.cluster} are locked until somebody who may approve looked into it and says /doctor unfreeze ${plan.cluster}.`,
  )
}

const lastChange = (object: {
  readonly metadata: {
    readonly managedFields?: readonly {
      readonly manager?: string
      readonly time?: string
      readonly subresource?: string
    }[]
  }
}): string => {
  const last = (object.metadata.managedFields ?? [])
    .filter((field) => field.time !== undefined && field.subresource === undefined)
    .sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1))[0]
  return last === undefined ? '' : ` (last by ${last.manager ?? 'somebody'} at ${last.time?.slice(11, 19)} UTC)`
}
