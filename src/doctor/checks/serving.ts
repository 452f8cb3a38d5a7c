import { at, listAt, textAt } from '../../domain/at.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import type { SuccessCheck } from '../../domain/plan.ts'
import { labelsText } from '../../domain/selector.ts'
import { count } from '../../domain/words.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'
import { itemsOf } from '../plans/live.ts'
import type { Progress } from './success.ts'

const slices: ResourceType = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
}
const pods: ResourceType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }

/**
 * Whether a Service serves: behind it are ready endpoints, and each of them is a pod with the labels that it selects now, so
 * that what the endpoint controller has not yet taken away does not count.
 */
export const servesProgress = async (
  reader: Pick<ClusterReader, 'list'>,
  { target, selector }: Extract<SuccessCheck, { kind: 'serves' }>,
  signal?: AbortSignal,
): Promise<Progress> => {
  const list = async (type: ResourceType, labelSelector: string): Promise<readonly KubeObject[] | undefined> => {
    const read = await reader.list(type, {
      accept: 'application/json',
      labelSelector,
      ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
      ...(signal === undefined ? {} : { signal }),
    })
    return read.kind === 'ok' ? itemsOf(read.value.body, type) : undefined
  }
  const [behind, meant] = await Promise.all([
    list(slices, `kubernetes.io/service-name=${target.name}`),
    list(pods, labelsText(selector)),
  ])
  if (behind === undefined || meant === undefined)
    return { kind: 'waiting', text: 'what is behind it could not be read' }
  const names = new Set(meant.map((pod) => pod.metadata.name))
  const ready = behind
    .flatMap((slice) => listAt(slice, 'endpoints'))
    .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
    .map((endpoint) => textAt(endpoint, 'targetRef', 'name') ?? '')
  const old = ready.filter((name) => !names.has(name))
  if (old.length > 0) return { kind: 'waiting', text: `${old[0] || 'an endpoint'} is still behind it` }
  return ready.length === 0
    ? { kind: 'waiting', text: 'no ready pod is behind it yet' }
    : { kind: 'met', text: `${count(ready.length, 'ready pod')} ${ready.length === 1 ? 'is' : 'are'} behind it` }
}
