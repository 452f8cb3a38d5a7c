import { parse } from 'yaml'
import { isRefusal } from '../../domain/refusal.ts'
import { editYaml } from '../../gitops/edit-yaml.ts'
import { fieldChanges } from '../../gitops/field-changes.ts'
import type { Fault, FaultCluster } from '../cluster/faults/fault.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../cluster/types.ts'
import { pathOf } from './manifests.ts'
import type { DemoGit } from './start.ts'

/**
 * Breaks or heals what Git owns where a person would: by a commit to `main`. The fault's own manifests say what is wanted;
 * Argo CD brings them to the cluster.
 */
export const commitFault = async (
  git: DemoGit,
  cluster: FaultCluster,
  act: Fault['inject'],
  otherwise: string,
): Promise<void> => {
  const applied: Fields[] = []
  const capture: FaultCluster['store']['apply'] = (manifest) => {
    applied.push(manifest)
    return manifest as unknown as ReturnType<FaultCluster['store']['apply']>
  }
  act({ ...cluster, store: { ...cluster.store, apply: capture } })
  const { files } = await git.main()
  const edited = new Map<string, string>()
  for (const object of applied) {
    const path = pathOf(object)
    const text = files.get(path)
    const after = text === undefined ? undefined : edit(text, object)
    if (after !== undefined && after !== text) edited.set(path, after)
  }
  if (edited.size > 0) await git.commit(messageOf(applied) ?? otherwise, edited)
}

/** The file with the object as it is wanted; comments and order stay. */
const edit = (text: string, object: Fields): string => {
  const { name, namespace } = object['metadata'] as { readonly name: string; readonly namespace?: string }
  const wanted = { kind: String(object['kind']), name, ...(namespace === undefined ? {} : { namespace }) }
  const after = editYaml(text, wanted, fieldChanges(parse(text), object))
  if (isRefusal(after)) throw new Error(after.reason)
  return after
}

/** The commit's message as the Application that the fault would have written tells it: `abc1234 message (author)`. */
const messageOf = (applied: readonly Fields[]): string | undefined => {
  const application = applied.find((object) => object['kind'] === 'Application')
  const info = listAt(application, 'info')
    .filter(isFields)
    .find((each) => each['name'] === 'commit')
  return /^\w+ (.+) \([^()]*\)$/.exec(String(fieldsAt({ info }, 'info')['value'] ?? ''))?.[1]
}
