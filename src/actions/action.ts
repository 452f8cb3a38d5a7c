import type { z } from 'zod'
import type { BlastRadius, Change } from '../domain/change.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import type { Risk, SuccessCheck, Undo } from '../domain/plan.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import { some } from '../domain/words.ts'

/** What stands around a target and decides how a change is made and what it can hurt: whole objects, as the API serves them. */
export type Related = {
  readonly pods: readonly KubeObject[]
  readonly replicaSets: readonly KubeObject[]
  readonly controllerRevisions: readonly KubeObject[]
  readonly autoscalers: readonly KubeObject[]
  readonly disruptionBudgets: readonly KubeObject[]
  readonly services: readonly KubeObject[]
  /** The rest is read only for the actions that need it. All pods of the namespace, whatever selects them. */
  readonly namespacePods?: readonly KubeObject[]
  readonly configMaps?: readonly KubeObject[]
  readonly storageClasses?: readonly KubeObject[]
  readonly jobs?: readonly KubeObject[]
  readonly ingresses?: readonly KubeObject[]
  readonly claims?: readonly KubeObject[]
  readonly volumes?: readonly KubeObject[]
  readonly nodes?: readonly KubeObject[]
  /** The records of the Helm release that the target stands for. */
  readonly releaseRecords?: readonly KubeObject[]
  /** What an action `reads` by name, as far as it is there. */
  readonly named?: readonly KubeObject[]
  /** The kinds above that could not be read. An action that needs one of them refuses. */
  readonly unread: readonly (keyof Omit<Related, 'unread'>)[]
}

/** What an action is drafted from: only data. `at` is the plan's createdAt, `mark` goes into the plan annotation. */
export type DraftContext = {
  readonly target: KubeObject
  /** The object is not there: `target` only names it. Only actions that create ever see this. */
  readonly absent?: boolean
  /** Images that may be put into a pod to look around, by digest. */
  readonly debugImages?: readonly string[]
  readonly related: Related
  readonly mark: string
  readonly at: string
}

/** What an action would do: exactly one change, its price, its proof and its way back. */
export type Draft = {
  readonly change: Change
  readonly risk: Risk
  readonly blast: BlastRadius
  readonly success: SuccessCheck
  readonly undo: Undo
  readonly summary: string
}

/**
 * One entry of the catalogue, pure: its file is `src/actions/<id>.ts` and exports `action`. Equal context and input give
 * equal bytes. It refuses what it cannot do safely; it never reads a clock or the network.
 */
export type Action = {
  readonly id: string
  readonly title: string
  /** `Kind.group` of what it applies to: `Deployment.apps`, `Node`. */
  readonly kinds: readonly string[]
  /** Why it is never for a kind, for people, where there is more to say than that its table has not got it. */
  readonly never?: (apiVersion: string, kind: string) => string | undefined
  readonly needs: readonly (keyof Omit<Related, 'unread'>)[]
  /** What it needs besides for targets of this kind. */
  readonly needsOf?: (kind: string) => readonly (keyof Omit<Related, 'unread'>)[]
  /** Objects that it must see besides, by name, told from what is known by then. Must not throw on any input. */
  readonly reads?: (context: Pick<DraftContext, 'target' | 'related'>, input: unknown) => readonly ObjectRef[]
  /** May be asked for an object that is not there yet. */
  readonly creates?: boolean
  /** Is for objects that are being deleted, which every other action refuses. */
  readonly terminating?: boolean
  /** The input's strict schema, for verbs, runbooks and the model's tool table. */
  readonly input: z.ZodType
  draft(context: DraftContext, input: unknown): Draft | Refusal
}

/** The parts that an action file writes; `draft` gets its input parsed. */
export type ActionDefinition<S extends z.ZodType> = Omit<Action, 'draft' | 'input'> & {
  readonly input: S
  readonly draft: (context: DraftContext, input: z.output<S>) => Draft | Refusal
}

/** `Deployment.apps` for an object: the kind and the group, without the version. */
export const kindOf = (object: { readonly apiVersion: string; readonly kind: string }): string => {
  const slash = object.apiVersion.indexOf('/')
  return slash < 0 ? object.kind : `${object.kind}.${object.apiVersion.slice(0, slash)}`
}

/** Why an action is not for objects of a kind, said before anything is read; undefined where it is. */
export const unfitKind = (
  { title, kinds, never }: Pick<Action, 'title' | 'kinds' | 'never'>,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Refusal | undefined => {
  if (kinds.includes(kindOf({ apiVersion, kind }))) return undefined
  const why = never?.(apiVersion, kind)
  const names = kinds.map((one) => one.replace(/\..*/, ''))
  return refused(
    'kind-not-supported',
    why === undefined
      ? `${title} is not for a ${kind}. It is for ${some(names, 20)}.`
      : `${title} is never for a ${kind}: ${why}.`,
  )
}

/** Makes an action whose guards come first: the kind fits, the input parses, everything it needs was read. */
export const defineAction = <S extends z.ZodType>(definition: ActionDefinition<S>): Action => ({
  ...definition,
  draft: (context, input) => {
    const { target, related } = context
    const unfit = unfitKind(definition, target)
    if (unfit !== undefined) return unfit
    const parsed = definition.input.safeParse(input)
    if (!parsed.success)
      return refused('input-invalid', `The input of ${definition.id} is not valid: ${said(parsed.error)}.`)
    if (target.metadata.deletionTimestamp !== undefined && definition.terminating !== true)
      return refused('being-deleted', `${target.kind} ${target.metadata.name} is being deleted.`)
    const needs = [...definition.needs, ...(definition.needsOf?.(target.kind) ?? [])]
    const missing = needs.filter((need) => related.unread.includes(need))
    if (missing.length > 0)
      return refused('related-unread', `${missing.join(', ')} could not be read, so what this would hurt is not known.`)
    return definition.draft(context, parsed.data)
  },
})

const said = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
    .join('; ')
