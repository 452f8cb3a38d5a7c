import { ApiError, notFound } from '../registry/errors.ts'
import { parseLabelSelector } from '../registry/label-selector.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'
import type { Api } from './api.ts'
import type { Served } from './read.ts'
import { json, type Reply, text } from './reply.ts'
import type { RequestInfo } from './request-info.ts'
import { methodNotAllowed } from './write.ts'

const version = 'metrics.k8s.io/v1beta1'

/** metrics.k8s.io as metrics-server serves it; 503 while its APIService says that it is not available. */
export function metrics(api: Api, info: RequestInfo, target: Served): Reply {
  if (info.method !== 'GET') throw methodNotAllowed()
  if (!isAvailable(api)) return text(503, 'service unavailable\n')
  const nodes = target.plural === 'nodes'
  const measure = (object: KubeObject): Fields | undefined =>
    nodes ? api.agents.nodeMetrics(object) : api.agents.podMetrics(object)
  const kind = nodes ? 'NodeMetrics' : 'PodMetrics'
  if (target.name !== undefined) {
    const object = api.ground.storage.get(nodes ? 'nodes' : 'pods', target.namespace, target.name)
    const measured = object === undefined ? undefined : measure(object)
    if (measured === undefined)
      throw notFound(
        { group: 'metrics.k8s.io', plural: target.plural },
        nodes ? target.name : `${target.namespace}/${target.name}`,
      )
    return json(200, { kind, apiVersion: version, ...measured })
  }
  const match = parseLabelSelector(info.query.get('labelSelector') ?? '')
  const items = api.ground.storage
    .list(nodes ? 'nodes' : 'pods', target.namespace)
    .flatMap((object) => (match(object.metadata.labels) ? (measure(object) ?? []) : []))
  return json(200, { kind: `${kind}List`, apiVersion: version, metadata: {}, items })
}

function isAvailable(api: Api): boolean {
  const service = api.ground.storage.get('apiservices.apiregistration.k8s.io', undefined, 'v1beta1.metrics.k8s.io')
  const condition = listAt(fieldsAt(service, 'status'), 'conditions')
    .filter(isFields)
    .find((entry) => entry['type'] === 'Available')
  return service !== undefined && condition?.['status'] === 'True'
}

/** GET nodes/NAME/proxy/…: the node's log files and its kubelet's summary. */
export function nodeProxy(api: Api, info: RequestInfo, target: Served): Reply {
  const node = api.registry.get(target.resource, undefined, target.name ?? '')
  if (info.method !== 'GET') throw methodNotAllowed()
  const ready = listAt(fieldsAt(node, 'status'), 'conditions')
    .filter(isFields)
    .find((entry) => entry['type'] === 'Ready')
  if (ready?.['status'] === 'Unknown') {
    const address = listAt(fieldsAt(node, 'status'), 'addresses').filter(isFields)[0]?.['address'] ?? ''
    throw new ApiError(
      503,
      'ServiceUnavailable',
      `error trying to reach service: dial tcp ${address}:10250: connect: connection refused`,
    )
  }
  if (target.rest === 'stats/summary') return json(200, api.agents.statsSummary(node))
  if (target.rest === 'healthz') return text(200, 'ok')
  if (target.rest !== 'logs' && !target.rest.startsWith('logs/')) return text(404, '404 page not found\n')
  const found = api.agents.nodeLogs(node, target.rest.slice(5))
  return found === undefined ? text(404, '404 page not found\n') : text(200, found)
}
