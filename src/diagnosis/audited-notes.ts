import { changes } from '../domain/audited-change.ts'
import type { ChangeNote } from '../domain/finding.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refText } from '../domain/object.ts'
import { referencesOf } from '../domain/pod-references.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** A change as an audit log tells it, with whose it is. `itself`: of the objects, not of what they read. */
export type AuditedNote = ChangeNote & { readonly at: string; readonly by: string; readonly itself: boolean }

const done = { create: 'created', update: 'changed', patch: 'changed', delete: 'deleted' } as const

/** What the API server's audit log says was done to the root, to these objects, and to what their pods name: also what is gone. */
export const auditedNotes = (
  root: ObjectRef,
  objects: readonly KubeObject[],
  view: ClusterView,
): readonly AuditedNote[] => {
  if (view.auditedChanges === undefined) return []
  const own = [root, ...objects.map(refOf)]
  const named = objects.flatMap((object) =>
    referencesOf(view.workloadOf(object).template?.spec).map(({ kind, name }) => {
      const { namespace } = object.metadata
      return namespace === undefined ? { kind, name } : { kind, name, namespace }
    }),
  )
  return view.auditedChanges.flatMap((change): readonly AuditedNote[] => {
    const itself = own.find((ref) => changes(change, ref))
    const ref = itself ?? named.find((one) => changes(change, one))
    if (ref === undefined) return []
    const what = `${refText({ apiVersion: '', ...ref })} was ${done[change.verb]}`
    const object = itself === undefined ? {} : { object: itself }
    return [{ what, at: change.at, by: change.user, itself: itself !== undefined, ...object }]
  })
}

/** The change with who made it, where the audit log has a write to its object from that minute: a name says more than a program's. */
export const withPerson = <T extends ChangeNote>(
  change: T | undefined,
  root: ObjectRef,
  view: ClusterView,
): T | undefined => {
  if (change?.at === undefined) return change
  const { at, object = root } = change
  const near = (when: string) => Math.abs((timeOf(when) ?? 0) - (timeOf(at) ?? 0)) <= 60_000
  const write = view.auditedChanges?.findLast((one) => changes(one, object) && near(one.at))
  return write === undefined ? change : { ...change, by: write.user }
}
