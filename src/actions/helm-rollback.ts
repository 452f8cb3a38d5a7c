import { z } from 'zod'
import { numberAt, textAt, trueAt } from '../domain/at.ts'
import { objectsOf } from '../domain/helm/objects.ts'
import { isPending, type Revision, releaseKind, revisionsOf } from '../domain/helm/revision.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { Manifest } from '../domain/manifest.ts'
import { type ObjectRef, refKey, refText, sameRef } from '../domain/object.ts'
import type { SuccessCheck, Undo } from '../domain/plan.ts'
import { both } from '../domain/prior.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { timeOf } from '../domain/time.ts'
import { count, some } from '../domain/words.ts'
import { type Action, type Draft, type DraftContext, defineAction, kindOf } from './action.ts'
import { type Between, driftOf, objectSteps, rollable, type Touched } from './change/helm/object-steps.ts'
import { recordSteps } from './change/helm/record-steps.ts'
import { smokeChecks } from './change/helm/smoke.ts'
import { workloadKinds } from './change/workload.ts'

const input = z.strictObject({
  /** The revision to go back to; without it, the newest one before the current that was deployed. */
  revision: z.number().int().min(1).max(999_999_999).optional(),
  /** A revision that a rollback may have left half-made: what it has and the wanted one has not goes too. */
  leaving: z.number().int().min(1).max(999_999_999).optional(),
  /** Go back although the revision has hooks for it, which are not run. */
  noHooks: z.boolean().default(false),
})

/** A release that says that Helm is at work counts as left behind after this, in ms. */
const atWork = 600_000

/** More than this is not one decision that somebody can read. */
const mostObjects = 60

/** How long all of it may take to be ready, and how long it must stay so, in seconds. */
const within = 600
const steady = 20

/**
 * Rolls a Helm release back as Helm does, by its stored records: every object that differs becomes what the target revision
 * says, then a new revision is recorded as deployed. Each request is computed and shown before; hooks are never run.
 */
export const action: Action = defineAction({
  id: 'helm-rollback',
  title: 'Helm rollback',
  kinds: [kindOf(releaseKind)],
  needs: ['releaseRecords', 'named'],
  input,
  reads: ({ related }, raw) => {
    const parsed = input.safeParse(raw)
    const chosen = parsed.success ? choose(related.releaseRecords ?? [], parsed.data) : undefined
    if (chosen === undefined || isRefusal(chosen)) return []
    const objects = bothSides(chosen)
    if (isRefusal(objects)) return []
    const refs = [...objects.before, ...objects.wanted].map(({ ref }) => ref).filter(rollable)
    return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
  },
  draft: (context, { noHooks, ...asked }) => {
    const chosen = choose(context.related.releaseRecords ?? [], asked)
    if (isRefusal(chosen)) return chosen
    const { current, target } = chosen
    const busy = stillAtWork(current, context.at)
    if (busy !== undefined) return busy
    const hooks = rollbackHooks(target)
    if (hooks.length > 0 && !noHooks)
      return refused(
        'has-hooks',
        `Revision ${target.version} of ${refText(refOf(context.target))} has ${hooks.length === 1 ? 'a hook' : 'hooks'} for a rollback that the doctor does not run: ${some(hooks)}. Roll it back with helm itself, or say --no-hooks.`,
      )
    const objects = bothSides(chosen)
    if (isRefusal(objects)) return objects
    const found = new Map((context.related.named ?? []).map((object) => [refKey(refOf(object)), object]))
    const live = (ref: ObjectRef) => found.get(refKey(ref))
    const notes = hooks.length === 0 ? [] : [`hooks that are NOT run: ${some(hooks)}`]
    return drafted(context, chosen, { current, target, ...objects, live, mark: context.mark }, notes)
  },
})

/** The hooks that Helm would run for a rollback to this revision, by kind and name. */
const rollbackHooks = ({ hooks }: Revision): readonly string[] =>
  hooks
    .filter(({ events }) => events.some((event) => /^(?:pre|post)-rollback$/.test(event)))
    .map((hook) => `${hook.kind} ${hook.name}`)

type Chosen = {
  readonly revisions: readonly Revision[]
  readonly current: Revision
  readonly target: Revision
  /** What may be there in part, where a rollback to it stopped on its way. */
  readonly leaving?: Revision
}

type Sides = Pick<Between, 'before' | 'wanted'>

/** The objects as they may be now, and as they shall be. What a stopped rollback set or made counts as being there. */
const bothSides = ({ current, target, leaving }: Chosen): Sides | Refusal => {
  const [before, wanted, left] = [
    objectsOf(current),
    objectsOf(target),
    leaving === undefined ? [] : objectsOf(leaving),
  ]
  if (isRefusal(before)) return before
  if (isRefusal(wanted)) return wanted
  if (isRefusal(left)) return left
  const others = left.filter(({ ref }) => rollable(ref) && !before.some((one) => sameRef(one.ref, ref)))
  const joined = before.map((one) => {
    const other = rollable(one.ref) ? left.find(({ ref }) => sameRef(ref, one.ref)) : undefined
    return other === undefined ? one : { ...one, manifest: both(one.manifest, other.manifest) as Manifest }
  })
  return { before: [...joined, ...others], wanted }
}

type Wanted = { readonly revision?: number | undefined; readonly leaving?: number | undefined }

/** The newest revision and the one to go back to. */
const choose = (records: readonly KubeObject[], { revision: wanted, leaving }: Wanted): Chosen | Refusal => {
  const revisions = revisionsOf(records)
  if (isRefusal(revisions)) return revisions
  const [current, ...older] = revisions
  if (current === undefined) return refused('no-release', 'There is no record of this release.')
  const good = older.find(({ status }) => status === 'deployed' || status === 'superseded')
  const target = wanted === undefined ? good : revisions.find(({ version }) => version === wanted)
  if (target === undefined)
    return wanted === undefined
      ? refused('no-earlier-revision', `${current.release} has no earlier revision that was ever deployed.`)
      : refused(
          'revision-unknown',
          `${current.release} has no revision ${wanted}; there are ${some(
            revisions.map(({ version }) => String(version)),
            10,
          )}.`,
        )
  if (isPending(target) || target.status === 'uninstalled' || current.status.startsWith('uninstall'))
    return refused(
      'not-a-way-back',
      `Revision ${target.version} is ${target.status} and the release ${current.status}.`,
    )
  const left = revisions.find(({ version }) => version === leaving)
  return { revisions, current, target, ...(left === undefined ? {} : { leaving: left }) }
}

const stillAtWork = (current: Revision, at: string): Refusal | undefined => {
  const [since, now] = [timeOf(current.at), timeOf(at)]
  const young = since === undefined || now === undefined || now - since < atWork
  return isPending(current) && young
    ? refused('helm-at-work', `Helm is at work on this release (${current.status} since ${current.at ?? 'a while'}).`)
    : undefined
}

const drafted = (
  context: DraftContext,
  { revisions, current, target, leaving }: Chosen,
  between: Between,
  notes: readonly string[],
): Draft | Refusal => {
  const touched = objectSteps(between)
  if (isRefusal(touched)) return touched
  if (touched.length === 0 && target.version === current.version)
    return refused('already-there', `${current.release} is at revision ${current.version} already.`)
  if (touched.length > mostObjects)
    return refused('too-many-objects', `${touched.length} objects differ; one plan changes at most ${mostObjects}.`)
  const records = recordSteps(revisions, target, context)
  if (isRefusal(records)) return records
  const ref = releaseRef(current)
  // What a stopped rollback did is no drift.
  const drift = leaving === undefined ? driftOf(between) : []
  const pods = touched.filter(({ ref: one }) => isWorkload(one))
  const deleted = touched.filter(({ wanted }) => wanted === undefined)
  return {
    change: { kind: 'sequence', steps: [...touched.map(({ step }) => step), ...records] },
    risk: deleted.length > 0 || notes.length > 0 ? 'high' : 'medium',
    blast: {
      pods: pods.reduce((sum, one) => sum + podsOf(one), 0),
      workloads: pods.length,
      services: touched.filter(({ ref: one }) => one.kind === 'Service').length,
      objects: touched.map((one) => one.ref),
      notes: [
        `from revision ${current.version} (${current.chart}, ${current.status}) to ${target.version} (${target.chart})`,
        ...(deleted.length === 0 ? [] : [`DELETES ${some(deleted.map((one) => refText(one.ref)))}`]),
        ...notes,
        ...(drift.length === 0 ? [] : [`changed by others since revision ${current.version}: ${some(drift)}`]),
      ],
    },
    success: successOf(between, touched, records[0]?.target ?? ref),
    undo: wayBack(current, target, ref),
    summary: `Roll ${refText(ref)} back to revision ${target.version} (${count(touched.length, 'object')})`,
  }
}

/** Back to where it was; to what Helm never finished there is no way. */
const wayBack = (current: Revision, target: Revision, ref: ObjectRef): Undo =>
  isPending(current)
    ? { kind: 'none', reason: `revision ${current.version} was never finished (${current.status})` }
    : {
        kind: 'action',
        action: 'helm-rollback',
        target: ref,
        input: {
          revision: current.version,
          leaving: target.version,
          ...(rollbackHooks(current).length === 0 ? {} : { noHooks: true }),
        },
        summary: `bring revision ${current.version} (${current.chart}, ${current.status}) back`,
      }

const releaseRef = ({ release, namespace }: Revision): ObjectRef => ({ ...releaseKind, name: release, namespace })

const isWorkload = ({ apiVersion, kind }: ObjectRef): boolean =>
  (workloadKinds as readonly string[]).includes(kindOf({ apiVersion, kind }))

const podsOf = ({ live, wanted }: Touched): number =>
  Math.max(
    numberAt(live, 'spec', 'replicas') ?? numberAt(live, 'status', 'desiredNumberScheduled') ?? 0,
    numberAt(wanted, 'spec', 'replicas') ?? (wanted === undefined ? 0 : 1),
  )

type OneCheck = Extract<SuccessCheck, { kind: 'all' }>['checks'][number]

/** Helm shows the new revision as deployed, each object is as its manifest says, all rollouts are through, and Services serve. */
const successOf = (between: Between, touched: readonly Touched[], record: ObjectRef): SuccessCheck => {
  const { uid: _, ...named } = record
  const gone = touched.flatMap(({ ref, wanted, live }): readonly OneCheck[] =>
    wanted === undefined ? [{ kind: 'gone', target: ref, uid: live?.metadata.uid ?? '', within }] : [],
  )
  const there = between.wanted.filter(({ ref }) => rollable(ref) && between.current.namespace === ref.namespace)
  const held = there.map(
    ({ ref, manifest }): OneCheck => ({ kind: 'holds', target: ref, fields: steadyFields(ref, manifest), within }),
  )
  const rolled = touched.flatMap(({ ref, wanted }): readonly OneCheck[] =>
    isWorkload(ref) && wanted !== undefined && rolls(wanted)
      ? [{ kind: 'rollout-complete', target: ref, within, steady }]
      : [],
  )
  const labels = { status: 'deployed', version: versionIn(named.name) }
  const recorded: OneCheck = { kind: 'holds', target: named, fields: { metadata: { labels } }, within }
  const checks = [recorded, ...gone, ...held, ...rolled, ...smokeChecks(between, within)]
  return { kind: 'all', checks, within, steady }
}

/** An autoscaler may set the number of replicas anew at once; that it was set is the check of its step. */
const steadyFields = (ref: ObjectRef, manifest: Manifest): Readonly<Record<string, unknown>> => {
  if (!isWorkload(ref)) return manifest
  const { replicas: _, ...spec } = (manifest['spec'] ?? {}) as Readonly<Record<string, unknown>>
  return { ...manifest, spec }
}

/** Whether a changed template leads to new pods by itself. */
const rolls = (manifest: Manifest): boolean =>
  !trueAt(manifest, 'spec', 'paused') && textAt(manifest, 'spec', 'updateStrategy', 'type') !== 'OnDelete'

const versionIn = (name: string): string => name.slice(name.lastIndexOf('.v') + 2)
