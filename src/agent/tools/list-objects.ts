import { z } from 'zod'
import type { KubeObject, Pod } from '../../domain/kubernetes.ts'
import { count } from '../../domain/words.ts'
import { defineTool, kindName, namespaceName } from '../tool.ts'
import { kindIn, nothingOf } from '../workbench.ts'

const most = 60

/** Lists the objects of a kind with their state in a few words, or the kinds that were read. */
export const listObjects = defineTool({
  name: 'list_objects',
  description:
    'Objects of one kind with their state, one a line, as they were read when this investigation began. Without a kind: which kinds were read and how many there are of each.',
  input: z.strictObject({
    kind: kindName.optional(),
    namespace: namespaceName.optional(),
    name_contains: z.string().max(100).optional(),
  }),
  doing: ({ kind, namespace }) =>
    kind === undefined ? 'which kinds there are' : `${kind}s${namespace === undefined ? '' : ` of ${namespace}`}`,
  look: ({ view }, { kind, namespace, name_contains }) => {
    if (kind === undefined) {
      const lines = view.kinds.map(
        (own) => `${own}: ${view.list(own).length}${view.complete(own) ? '' : ' (not all read)'}`,
      )
      return { title: `kinds of ${view.cluster}`, text: lines.join('\n') }
    }
    const own = kindIn(view, kind)
    const found = (own === undefined ? [] : view.list(own)).filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (name_contains === undefined || metadata.name.includes(name_contains)),
    )
    const title = `${own ?? kind} list${namespace === undefined ? '' : ` of ${namespace}`}`
    if (found.length === 0)
      return { title, text: own === undefined ? nothingOf(view, kind) : noneHere(view.complete(own)) }
    const rest = found.length > most ? [`… and ${found.length - most} more`] : []
    return { title, text: [`${count(found.length, 'object')}:`, ...found.slice(0, most).map(line), ...rest].join('\n') }
  },
})

const noneHere = (complete: boolean): string =>
  complete ? 'None there.' : 'None of those that were read; not all could be read.'

const line = (object: KubeObject): string => {
  const { namespace, name, creationTimestamp } = object.metadata
  const where = namespace === undefined ? name : `${namespace}/${name}`
  return `${where}  ${stateOf(object)}${creationTimestamp === undefined ? '' : `  created ${creationTimestamp}`}`
}

const stateOf = (object: KubeObject): string => (object.kind === 'Pod' ? podState(object as Pod) : otherState(object))

const podState = ({ spec, status, metadata }: Pod): string => {
  const containers = (status?.containerStatuses ?? []).map(({ name, ready, restartCount, state, lastState }) => {
    const why = state?.waiting?.reason ?? state?.terminated?.reason
    const before = lastState?.terminated
    const last = before === undefined ? '' : ` (before: ${before.reason ?? 'ended'} exit ${before.exitCode ?? '?'})`
    return `${name} ${ready === true ? 'ready' : (why ?? 'not ready')} restarts ${restartCount ?? 0}${last}`
  })
  const leaving = metadata.deletionTimestamp === undefined ? '' : ` terminating since ${metadata.deletionTimestamp}`
  return `${status?.phase ?? 'no phase'}${status?.reason === undefined ? '' : ` ${status.reason}`}${leaving} on ${spec?.nodeName ?? 'no node'}; ${containers.join('; ')}`
}

type Loose = {
  readonly replicas?: unknown
  readonly readyReplicas?: unknown
  readonly phase?: unknown
  readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly reason?: string }[]
}

const otherState = ({ spec, status }: KubeObject): string => {
  const [wanted, is] = [(spec ?? {}) as Loose, (status ?? {}) as Loose]
  const parts = [
    ...(typeof wanted.replicas === 'number' ? [`${String(is.readyReplicas ?? 0)} of ${wanted.replicas} ready`] : []),
    ...(typeof is.phase === 'string' ? [is.phase] : []),
    ...(Array.isArray(is.conditions)
      ? is.conditions
          .slice(0, 8)
          .map(({ type, status: value, reason }) => `${type}=${value}${reason ? ` (${reason})` : ''}`)
      : []),
  ]
  return parts.join(', ')
}
