import { z } from 'zod'
import { at, numberAt } from '../domain/at.ts'
import { canonical } from '../domain/canonical.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, type DraftContext, defineAction } from './action.ts'
import { patchRequest } from './change/patch.ts'
import { blastOfRollout, cannotRoll, controls, rolloutSucceeds, specOf, workloadKinds } from './change/workload.ts'

const revisionAnnotation = 'deployment.kubernetes.io/revision'

type Revision = { readonly number: number; readonly template: unknown; readonly name: string }

/**
 * Puts the pod template of an older revision back, as `kubectl rollout undo` does: nothing but the template changes.
 * Refuses at the first revision, while paused, and where the older template is what runs already.
 */
export const action: Action = defineAction({
  id: 'rollback-rollout',
  title: 'Roll back',
  kinds: [...workloadKinds],
  needs: ['replicaSets', 'controllerRevisions'],
  input: z.strictObject({ revision: z.int().min(1).max(1e9).optional() }),
  draft: (context, input) => {
    const { target, related, mark } = context
    const stuck = cannotRoll(target)
    if (stuck !== undefined) return stuck
    const current = specOf(target).template
    const revisions = revisionsOf(context)
    const running = revisions.find((revision) => same(revision.template, current))
    const chosen = choose(target, revisions, running, current, input.revision)
    if (isRefusal(chosen)) return chosen
    const request = patchRequest(target, mark, [
      { op: 'test', path: '/spec/template', value: current },
      { op: 'replace', path: '/spec/template', value: chosen.template },
    ])
    if (isRefusal(request)) return request
    const from = running?.number
    return {
      change: { kind: 'cluster-write', request },
      risk: 'medium',
      blast: blastOfRollout(target, related),
      success: rolloutSucceeds(target),
      undo:
        from === undefined
          ? { kind: 'none', reason: 'the revision that runs now is not kept in the history' }
          : {
              kind: 'action',
              action: 'rollback-rollout',
              target: refOf(target),
              input: { revision: from },
              summary: `roll forward to revision ${from} again`,
            },
      summary: `Roll ${refText(refOf(target))} back to revision ${chosen.number}${from === undefined ? '' : ` (now ${from})`}`,
    }
  },
})

const choose = (
  target: KubeObject,
  revisions: readonly Revision[],
  running: Revision | undefined,
  current: unknown,
  wanted: number | undefined,
): Revision | Refusal => {
  const name = refText(refOf(target))
  if (wanted !== undefined) {
    const found = revisions.find((revision) => revision.number === wanted)
    if (found === undefined)
      return refused('revision-unknown', `${name} keeps no revision ${wanted} (kept: ${numbers(revisions)}).`)
    return same(found.template, current)
      ? refused('already-there', `${name} already runs the template of revision ${wanted}.`)
      : found
  }
  const older = revisions.filter(
    (revision) => revision.number < (running?.number ?? Number.POSITIVE_INFINITY) && !same(revision.template, current),
  )
  return older.at(-1) ?? refused('no-previous-revision', `${name} has no earlier revision to go back to.`)
}

const numbers = (revisions: readonly Revision[]): string =>
  revisions.map((revision) => revision.number).join(', ') || 'none'

/** The kept revisions, oldest first. */
const revisionsOf = ({ target, related }: DraftContext): readonly Revision[] => {
  const found =
    target.kind === 'Deployment'
      ? related.replicaSets.filter((set) => controls(target, set)).map(fromReplicaSet)
      : related.controllerRevisions.filter((revision) => controls(target, revision)).map(fromControllerRevision)
  return found.filter((revision) => revision.number > 0).sort((a, b) => a.number - b.number)
}

const fromReplicaSet = (set: KubeObject): Revision => ({
  number: Number(set.metadata.annotations?.[revisionAnnotation] ?? 0) || 0,
  template: withoutHash(at(set, 'spec', 'template')),
  name: set.metadata.name,
})

const fromControllerRevision = (revision: KubeObject): Revision => {
  const template = at(revision, 'data', 'spec', 'template')
  // The patch directive belongs to the stored revision, not to the template.
  const { $patch: _, ...kept } = (template ?? {}) as Record<string, unknown>
  return { number: numberAt(revision, 'revision') ?? 0, template: kept, name: revision.metadata.name }
}

/** A ReplicaSet's template without the label that the Deployment controller added to it. */
const withoutHash = (template: unknown): unknown => {
  const labels = at(template, 'metadata', 'labels')
  if (typeof labels !== 'object' || labels === null) return template
  const { 'pod-template-hash': _, ...kept } = labels as Record<string, unknown>
  const whole = template as { readonly metadata: Record<string, unknown> }
  return { ...whole, metadata: { ...whole.metadata, labels: kept } }
}

const same = (a: unknown, b: unknown): boolean => canonical(plain(a)) === canonical(plain(b))

// An absent value and a null creationTimestamp mean the same to the API server.
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (key, item) => (key === 'creationTimestamp' ? undefined : item)))
