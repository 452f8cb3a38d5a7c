import { outsideGit } from '../actions/change/outside-git.ts'
import { deliveredBy } from '../domain/delivered-by.ts'
import type { Proposal, RootCause } from '../domain/diagnosis.ts'
import type { Attempt } from '../domain/incident.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { type ObjectRef, refText, sameRef } from '../domain/object.ts'
import type { Precondition, Runbook, Step } from '../domain/runbook.ts'
import { within } from '../domain/time.ts'
import { type Facts, fill } from './fill.ts'
import { secondsOf } from './schema.ts'

/** What matching may look at beside the cause: what was tried, and the cluster as it was read. A ClusterView is such a view. */
export type MatchContext = {
  readonly attempts?: readonly Attempt[]
  readonly view: {
    readonly cluster: string
    readonly now: string
    find(ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>): KubeObject | undefined
  }
}

const mostOffers = 3
const risks = { low: 0, medium: 1, high: 2 } as const

/**
 * The proposals that the runbooks have for a cause, the least risky first and of those what takes a fresh change back, at
 * most three. Decided by code, facts and what was tried, never by text. What Git delivers is only ever offered as a pull
 * request.
 */
export const offers = (runbooks: readonly Runbook[], cause: RootCause, context: MatchContext): readonly Proposal[] =>
  runbooks
    .filter((runbook) => runbook.codes.includes(cause.code))
    .sort((a, b) => freshness(a) - freshness(b) || (a.id < b.id ? -1 : 1))
    .flatMap((runbook) => proposalOf(runbook, cause, context) ?? [])
    .filter((proposal, index, all) => all.findIndex((other) => sameWish(other, proposal)) === index)
    .sort((a, b) => risks[a.risk] - risks[b.risk])
    .slice(0, mostOffers)

const freshness = (runbook: Runbook): number =>
  runbook.preconditions.some((one) => one.kind === 'changed-within') ? 0 : 1

/** What a person should do about a cause, with commands to copy: the human steps of the runbooks that name its code. */
export const advice = (
  runbooks: readonly Runbook[],
  cause: RootCause,
  context: MatchContext,
): readonly { readonly text: string; readonly commands: readonly string[]; readonly runbook: string }[] =>
  runbooks
    .filter((runbook) => runbook.codes.includes(cause.code))
    .flatMap((runbook) =>
      runbook.steps.flatMap((step) => {
        if (step.kind !== 'human') return []
        const facts = factsOf(cause, undefined, context)
        const text = fill(step.text, facts)
        const commands = step.commands.map((command) => fill(command, facts))
        return typeof text === 'string'
          ? [{ text, commands: commands.filter((one) => typeof one === 'string'), runbook: runbook.id }]
          : []
      }),
    )

const proposalOf = (runbook: Runbook, cause: RootCause, context: MatchContext): Proposal | undefined => {
  const step = runbook.steps.find((one) => one.kind === 'action')
  const target = step === undefined ? undefined : targetOf(step, cause)
  if (step === undefined || target === undefined) return undefined
  const object = context.view.find(target)
  if (!runbook.preconditions.every((one) => holds(one, cause, target, object, context))) return undefined
  const facts = factsOf(cause, target, context)
  const input = fill(step.input, facts)
  const summary = fill(step.summary, facts)
  if (typeof input !== 'object' || input === null || typeof summary !== 'string') return undefined
  const wish = { action: step.action, input: input as Readonly<Record<string, unknown>> }
  const owner = object === undefined ? undefined : deliveredBy(object)
  return owner === undefined || outsideGit.has(step.action)
    ? { ...wish, risk: runbook.risk, summary, runbook: runbook.id, target }
    : {
        action: 'open-pull-request',
        input: { wish },
        risk: 'low',
        summary: `Pull request: ${summary}`,
        runbook: runbook.id,
        target,
      }
}

const workloads: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet']

const targetOf = (step: Extract<Step, { kind: 'action' }>, cause: RootCause): ObjectRef | undefined => {
  if (step.target === 'object') return cause.object
  const hurt = cause.affected.filter((ref) => workloads.includes(ref.kind))
  // With several workloads hurt, changing one of them is not the answer.
  return hurt.length === 1 ? hurt[0] : undefined
}

const holds = (
  condition: Precondition,
  cause: RootCause,
  target: ObjectRef,
  object: KubeObject | undefined,
  { attempts = [], view }: MatchContext,
): boolean => {
  switch (condition.kind) {
    case 'object-kind':
      return condition.in.includes(target.kind)
    case 'fact': {
      const known = Object.hasOwn(cause.facts, condition.name)
      if (condition.equals === undefined) return known === condition.exists
      return known && cause.facts[condition.name] === condition.equals
    }
    case 'not-tried':
      return !attempts.some(
        (attempt) =>
          attempt.action === condition.action &&
          attempt.cluster === view.cluster &&
          sameRef(attempt.target, target) &&
          within(attempt.at, view.now, secondsOf(condition.within)),
      )
    case 'changed-within': {
      const { change } = cause
      if (change?.at === undefined || !within(change.at, view.now, secondsOf(condition.within))) return false
      return change.object === undefined || isPartOf(change.object, target)
    }
    case 'earlier-revision':
      return hasEarlierRevision(cause, target, object)
  }
}

/** A workload itself, or the ReplicaSet or revision of it that the change made. */
const isPartOf = (changed: ObjectRef, target: ObjectRef): boolean =>
  sameRef(changed, target) ||
  (['ReplicaSet', 'ControllerRevision'].includes(changed.kind) &&
    changed.namespace === target.namespace &&
    changed.name.startsWith(`${target.name}-`))

const hasEarlierRevision = (cause: RootCause, target: ObjectRef, object: KubeObject | undefined): boolean => {
  if (sameRef(cause.object, target) && Object.hasOwn(cause.facts, 'previousRevision')) return true
  const number = Number(object?.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
  const status = object?.status as { readonly currentRevision?: string; readonly updateRevision?: string } | undefined
  const half = status?.currentRevision !== undefined && status.currentRevision !== status.updateRevision
  return number >= 2 || half
}

const factsOf = (cause: RootCause, target: ObjectRef | undefined, { view }: MatchContext): Facts => ({
  ...cause.facts,
  object: refText(cause.object),
  kind: cause.object.kind.toLowerCase(),
  name: cause.object.name,
  cluster: view.cluster,
  ...(cause.object.namespace === undefined ? {} : { namespace: cause.object.namespace }),
  ...(target === undefined ? {} : { target: refText(target), targetName: target.name }),
})

const sameWish = (a: Proposal, b: Proposal): boolean =>
  a.action === b.action && sameRef(a.target, b.target) && JSON.stringify(a.input) === JSON.stringify(b.input)
