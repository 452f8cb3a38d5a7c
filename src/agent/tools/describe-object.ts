import { z } from 'zod'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { refText } from '../../domain/object.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import { shownObject } from '../shown-object.ts'
import { defineTool, kindName, namespaceName, objectName } from '../tool.ts'
import { nothingOf, objectIn, type Workbench } from '../workbench.ts'
import { eventLine } from './list-events.ts'

/** Kinds whose objects hold what must not be read, or that make something when they are read. */
const closed = /^(secrets?|tokenreviews?|tokenrequests?)$/i

/** One object as YAML with its events: live where there is a cluster, else as the files have it. */
export const describeObject = defineTool({
  name: 'describe_object',
  description:
    'One object as YAML (spec and status, secrets redacted) with its latest events. Any kind that the cluster serves, custom ones too, but no Secret.',
  input: z.strictObject({ kind: kindName, namespace: namespaceName.optional(), name: objectName }),
  doing: ({ kind, namespace, name }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  look: async (bench, { kind, namespace, name }, signal) => {
    if (closed.test(kind))
      return refused('not-read', 'Secrets are never read; list_objects says which exist, as far as that is known.')
    const seen = objectIn(bench.view, kind, namespace, name)
    const object = await fresh(bench, seen, { kind, name, ...(namespace === undefined ? {} : { namespace }) }, signal)
    if ('reason' in object) return object as Refusal
    const ref = refOf(object)
    const events = bench.view.eventsFor(ref).slice(-12).map(eventLine)
    return {
      title: refText(ref),
      text: `${shownObject(object)}${events.length === 0 ? '' : `\nEvents, the latest last:\n${events.join('\n')}`}`,
    }
  },
})

type Asked = { readonly kind: string; readonly namespace?: string; readonly name: string }

/** The object as the API serves it now: whole, where a view only holds what checks read. */
const fresh = async (
  { view, reader }: Workbench,
  seen: KubeObject | undefined,
  asked: Asked,
  signal: AbortSignal,
): Promise<KubeObject | Refusal> => {
  const ref = seen === undefined ? await refFor(reader, asked, signal) : refOf(seen)
  if (reader === undefined || ref === undefined)
    return seen ?? refused('not-read', `There is no such object among what was read. ${nothingOf(view, asked.kind)}`)
  if (closed.test(ref.kind)) return refused('not-read', 'Secrets are never read.')
  const { uid: _, ...named } = ref
  const read = await reader.get(named, signal)
  if (read.kind === 'ok') return read.value
  if (read.kind === 'absent') return refused('not-read', `${refText(ref)} does not exist (any more).`)
  return (
    seen ?? refused('not-read', `${refText(ref)} could not be read (${read.reason}); whether it exists is not known.`)
  )
}

const refFor = async (
  reader: Workbench['reader'],
  { kind, namespace, name }: Asked,
  signal: AbortSignal,
): Promise<ObjectRef | undefined> => {
  const served = await reader?.resources(signal)
  if (served?.kind !== 'ok') return undefined
  const low = kind.toLowerCase()
  const type = served.value.find(
    (one) => !one.resource.includes('/') && (one.kind.toLowerCase() === low || one.resource === low),
  )
  if (type === undefined || (type.namespaced && namespace === undefined)) return undefined
  return {
    apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
    kind: type.kind,
    name,
    ...(type.namespaced && namespace !== undefined ? { namespace } : {}),
  }
}
