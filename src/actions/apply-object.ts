import { z } from 'zod'
import { at, listAt, textAt } from '../domain/at.ts'
import { firstMissing } from '../domain/contains.ts'
import { diffObjects } from '../domain/diff.ts'
import { expectedOf, mustBeNew } from '../domain/expected.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { checkedManifest, type Manifest, neverWritten, podSpecOf } from '../domain/manifest.ts'
import { type ObjectRef, refText, sameRef } from '../domain/object.ts'
import { appliedBy, leftOut } from '../domain/owned-fields.ts'
import type { Undo } from '../domain/plan.ts'
import { both, manifestOf, priorOf } from '../domain/prior.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { count, some } from '../domain/words.ts'
import { fieldManager, writePath } from '../domain/write-path.ts'
import { type Action, type Draft, type DraftContext, defineAction } from './action.ts'
import { planAnnotation } from './change/patch.ts'
import { wholeKinds } from './change/whole.ts'
import { blastOfRollout, rolloutSucceeds, workloadKinds } from './change/workload.ts'

const input = z.strictObject({ manifest: z.record(z.string(), z.unknown()) })

/**
 * Makes an object what a manifest says, by server-side apply, never forced: a field that somebody else set is theirs, and the
 * server refuses. Says first whether it creates or updates; a create never touches what is there, an update only this uid.
 */
export const action: Action = defineAction({
  id: 'apply-object',
  title: 'Apply',
  kinds: wholeKinds,
  never: neverWritten,
  needs: [],
  creates: true,
  input,
  draft: (context, wanted) => {
    const checked = checkedManifest(wanted.manifest)
    if (isRefusal(checked)) return checked
    const { manifest, ref } = checked
    if (!sameRef(ref, refOf(context.target)) || ref.apiVersion !== context.target.apiVersion)
      return refused(
        'manifest-elsewhere',
        `The manifest is of ${refText(ref)}, not of ${refText(refOf(context.target))}.`,
      )
    return context.absent === true ? create(context, manifest, ref) : update(context, manifest, ref)
  },
})

const create = (context: DraftContext, manifest: Manifest, ref: ObjectRef): Draft | Refusal => {
  const change = applyOf(manifest, ref, context.mark, { resourceVersion: mustBeNew })
  if (isRefusal(change)) return change
  const summary = `Create ${refText(ref)}`
  return {
    change,
    risk: runs(manifest) ? 'high' : 'medium',
    blast: {
      pods: podsWanted(manifest),
      workloads: runs(manifest) ? 1 : 0,
      services: 0,
      objects: [ref],
      notes: notesOf(manifest),
    },
    success: successOf(manifest, ref, context.mark),
    undo: {
      kind: 'action',
      action: 'delete-object',
      target: ref,
      input: {},
      summary: 'delete it again',
    },
    summary,
  }
}

const update = (context: DraftContext, manifest: Manifest, ref: ObjectRef): Draft | Refusal => {
  const { target, related, mark } = context
  const expected = expectedOf(target)
  if (expected === undefined) return refused('no-uid', 'The object was read without its uid, so it cannot be pinned.')
  if (firstMissing(manifest, target) === undefined && takenAway(target, manifest).length === 0)
    return refused('already-there', `${refText(ref)} is so already.`)
  const change = applyOf(manifest, ref, mark, expected)
  if (isRefusal(change)) return change
  const rolls = (workloadKinds as readonly string[]).includes(`${ref.kind}.apps`)
  const blast = rolls
    ? blastOfRollout(target, related)
    : { pods: 0, workloads: 0, services: 0, objects: [refOf(target)], notes: [] as readonly string[] }
  return {
    change,
    risk: runs(manifest) || guards.has(ref.kind) ? 'high' : 'medium',
    blast: {
      ...blast,
      notes: [
        ...upsertNotes(target),
        ...takenNotes(target, manifest),
        ...blast.notes,
        ...driftNotes(target, manifest),
        ...notesOf(manifest),
      ],
    },
    success: successOf(manifest, ref, mark),
    undo: wayBack(target, manifest, ref),
    summary: `Update ${refText(ref)}`,
  }
}

/** Kinds that let traffic through or keep it out, or bind data. */
const guards: ReadonlySet<string> = new Set(['Service', 'Ingress', 'NetworkPolicy', 'PersistentVolumeClaim'])

const applyOf = (manifest: Manifest, ref: ObjectRef, mark: string, expected: object) => {
  const path = writePath(ref)
  if (isRefusal(path)) return path
  const marked = markedAs(manifest, mark)
  const body = JSON.stringify({ ...marked, metadata: { ...marked.metadata, ...expected } })
  return {
    kind: 'cluster-write',
    request: {
      method: 'PATCH',
      path,
      query: [
        ['fieldManager', fieldManager],
        ['fieldValidation', 'Strict'],
      ],
      contentType: 'application/apply-patch+yaml',
      body,
    },
  } as const
}

const markedAs = (manifest: Manifest, mark: string): Manifest => {
  const annotations = { ...manifest.metadata.annotations, [planAnnotation]: mark }
  return { ...manifest, metadata: { ...manifest.metadata, annotations } }
}

const successOf = (manifest: Manifest, ref: ObjectRef, mark: string): Draft['success'] => {
  if ((workloadKinds as readonly string[]).includes(`${ref.kind}.apps`)) return rolloutSucceeds(manifest)
  return { kind: 'holds', target: ref, fields: markedAs(manifest, mark), within: 30 }
}

const runs = (object: KubeObject): boolean => podSpecOf(object) !== undefined

const podsWanted = (manifest: Manifest): number => {
  if (!runs(manifest)) return 0
  const replicas = at(manifest, 'spec', 'replicas')
  return typeof replicas === 'number' ? replicas : 1
}

/** What its pods may reach beyond themselves: the reader of a card should see it without opening the YAML. */
const notesOf = (manifest: Manifest): readonly string[] => {
  const pod = podSpecOf(manifest)
  if (pod === undefined) return []
  const account = textAt(pod, 'serviceAccountName')
  const secrets = secretsOf(pod)
  return [
    ...(account === undefined || account === 'default' ? [] : [`runs as ServiceAccount ${account}`]),
    ...(secrets.length === 0 ? [] : [`reads ${secrets.length === 1 ? 'Secret' : 'Secrets'} ${some(secrets)}`]),
    ...(manifest.kind === 'Pod' ? ['a bare pod: nothing makes it again'] : []),
  ]
}

const secretsOf = (pod: unknown): readonly string[] => {
  const containers = [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')]
  const names = [
    ...containers.flatMap((container) => [
      ...listAt(container, 'env').map((entry) => textAt(entry, 'valueFrom', 'secretKeyRef', 'name')),
      ...listAt(container, 'envFrom').map((entry) => textAt(entry, 'secretRef', 'name')),
    ]),
    ...listAt(pod, 'volumes').map((volume) => textAt(volume, 'secret', 'secretName')),
  ]
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

const upsertNotes = (target: KubeObject): readonly string[] => [
  `it exists already${target.metadata.creationTimestamp === undefined ? '' : ` since ${target.metadata.creationTimestamp.slice(0, 10)}`}: this updates it`,
]

/** The third side of the diff: what was changed in the cluster since the object was last applied, and would stay or go. */
const driftNotes = (target: KubeObject, manifest: Manifest): readonly string[] => {
  const text = target.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']
  const applied = text === undefined ? undefined : parsed(text)
  if (applied === undefined) return []
  const drifted = diffObjects(applied, manifestOf(target)).shown
  const lost = drifted.filter((line) => line.op === '-').map((line) => pathIn(line.text))
  const changed = changedPaths(manifest, target)
  const overwritten = lost.filter((path) => changed.has(path))
  return lost.length === 0
    ? []
    : [
        `${count(lost.length, 'field')} changed in the cluster since it was last applied: ${some(lost)}`,
        ...(overwritten.length === 0 ? [] : [`this overwrites ${some(overwritten)}`]),
      ]
}

const changedPaths = (manifest: Manifest, target: KubeObject): ReadonlySet<string> =>
  new Set(
    diffObjects(manifestOf(target), manifest)
      .shown.filter((line) => line.op === '+')
      .map((line) => pathIn(line.text)),
  )

const pathIn = (line: string): string => line.slice(0, line.indexOf(': '))

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const takenNotes = (target: KubeObject, manifest: Manifest): readonly string[] => {
  const taken = takenAway(target, manifest)
  return taken.length === 0 ? [] : [`takes away what the last apply set: ${some(taken)}`]
}

/** What an earlier apply of ours set and this one does not name: the server takes it away. */
const takenAway = (target: KubeObject, manifest: Manifest): readonly string[] =>
  leftOut(target, fieldManager, markedAs(manifest, ''))

const oursNow = (target: KubeObject): Manifest | undefined => {
  const ours = appliedBy(target, fieldManager) as Partial<KubeObject> | undefined
  if (ours === undefined) return undefined
  const { apiVersion, kind, metadata } = target
  const { name, namespace } = metadata
  const named = { ...ours.metadata, name, ...(namespace === undefined ? {} : { namespace }) }
  return manifestOf({ ...ours, apiVersion, kind, metadata: named })
}

const wayBack = (target: KubeObject, manifest: Manifest, ref: ObjectRef): Undo => {
  const back = both(priorOf(manifest, target), oursNow(target)) as Manifest
  const checked = checkedManifest(back)
  return isRefusal(checked)
    ? { kind: 'none', reason: `what it was before cannot be applied: ${checked.reason}` }
    : {
        kind: 'action',
        action: 'apply-object',
        target: ref,
        input: { manifest: back },
        summary: 'set the old values again',
      }
}
