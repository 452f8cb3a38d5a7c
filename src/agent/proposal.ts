import type { z } from 'zod'
import type { ModelProposal } from '../domain/consultation.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { groupOf, refText } from '../domain/object.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { RawConclusion } from './conclusion.ts'
import { schemaOf } from './tool.ts'
import { objectIn } from './workbench.ts'

/** An action of the catalogue as far as a model is concerned with it. */
export type CatalogueEntry = {
  readonly id: string
  readonly title: string
  /** `Kind.group` of what it applies to. */
  readonly kinds: readonly string[]
  readonly input: z.ZodType
}

/**
 * The actions that a model may name; that another one exists does not make it one of these. Left out is what takes free text,
 * opens rights, deletes, or hurts much at once. What Git owns becomes a pull request by itself, whatever was proposed.
 */
const forModels = new Set([
  'cordon-node',
  'evict-pod',
  'expand-volume',
  'pause-rollout',
  'refresh-application',
  'renew-certificate',
  'restart-rollout',
  'resume-cronjob',
  'resume-job',
  'resume-rollout',
  'rollback-rollout',
  'scale-workload',
  'set-autoscaler-bounds',
  'set-env',
  'set-image',
  'set-resources',
  'suspend-cronjob',
  'suspend-job',
  'uncordon-node',
])

/** The lines by which a model knows the catalogue: the same bytes every time. */
export const actionLines = (catalogue: readonly CatalogueEntry[]): readonly string[] =>
  catalogue
    .filter(({ id }) => forModels.has(id))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((action) => {
      const line = lines.get(action) ?? lineOf(action)
      lines.set(action, line)
      return line
    })

/** Describing a schema takes longer than a turn of ours; an action never changes. */
const lines = new WeakMap<CatalogueEntry, string>()

const lineOf = ({ id, title, kinds, input }: CatalogueEntry): string => {
  const properties = (schemaOf(input) as { readonly properties?: unknown }).properties ?? {}
  return `- ${id}: ${title}; on ${kinds.join(', ')}; input ${JSON.stringify(properties).slice(0, 800)}`
}

/**
 * Takes a proposal only where the catalogue has the action, the cluster has the object, and the input holds nothing that a
 * model could have made up: numbers, amounts, and words that stand in the object or in its older revisions (SAFETY I8).
 */
export const checkProposal = (
  raw: NonNullable<RawConclusion['proposal']>,
  catalogue: readonly CatalogueEntry[],
  view: ClusterView,
): ModelProposal | Refusal => {
  const action = catalogue.find(({ id }) => id === raw.action && forModels.has(id))
  if (action === undefined)
    return refused('action-unknown', 'It proposed an action that is not in the catalogue for models.')
  const { kind, namespace, name } = raw.target
  const object = objectIn(view, kind, namespace, name)
  if (object === undefined) return refused('target-gone', 'It proposed to change an object that is not there.')
  const ref = refOf(object)
  const group = groupOf(ref.apiVersion)
  if (!action.kinds.includes(group === '' ? ref.kind : `${ref.kind}.${group}`))
    return refused('kind-not-supported', `It proposed ${action.id} on ${refText(ref)}, which does not apply to it.`)
  const input = action.input.safeParse(raw.input)
  if (!input.success) return refused('input-invalid', `It proposed ${action.id} with an input that is not valid.`)
  const known = knownWords(object, view)
  const declared = new Set(namesIn(schemaOf(action.input)))
  const strange =
    leaves(input.data).some((leaf) => typeof leaf === 'string' && !known.has(leaf) && !amount.test(leaf)) ||
    keysIn(input.data).some((key) => !declared.has(key) && !known.has(key))
  if (strange)
    return refused(
      'input-unknown',
      `It proposed ${action.id} with a value that does not stand in ${refText(ref)} or its revisions.`,
    )
  return { action: action.id, target: ref, input: input.data as Readonly<Record<string, unknown>> }
}

/** A canonical amount of CPU or memory. */
const amount = /^[1-9]\d{0,5}(?:m|Ki|Mi|Gi)?$/

/** Every text of the specs of an object and of what it owned before. */
const knownWords = (object: KubeObject, view: ClusterView): ReadonlySet<unknown> => {
  const { uid } = object.metadata
  const older = (['ReplicaSet', 'ControllerRevision'] as const)
    .flatMap((kind): readonly KubeObject[] => view.list(kind))
    .filter(({ metadata }) => uid !== undefined && metadata.ownerReferences?.some((owner) => owner.uid === uid))
  return new Set([object, ...older].flatMap((one) => leaves({ ...one, metadata: undefined, status: undefined })))
}

const leaves = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value]

const keysIn = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, item]) => [key, ...keysIn(item)])
    : []

/** The names of all fields that a JSON Schema declares: keys that are not made up. */
const namesIn = (schema: unknown): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties } = schema as { readonly properties?: object }
  return [...Object.keys(properties ?? {}), ...Object.values(schema).flatMap(namesIn)]
}
