import { type DeleteOptions, deleteObject } from '../registry/delete.ts'
import { ApiError, notFound, type Status } from '../registry/errors.ts'
import { labelSelector } from '../registry/label-selector.ts'
import { resourceOf } from '../registry/resources.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'
import type { Api, Call } from './api.ts'
import { contextOf, readObject } from './body.ts'
import type { Served } from './read.ts'
import { json, type Reply } from './reply.ts'
import { isTrue, type RequestInfo } from './request-info.ts'
import { methodNotAllowed } from './write.ts'

/** POST pods/NAME/eviction: deletes the pod unless a disruption budget forbids it (429), or several claim it (500). */
export function evict(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  if (info.method !== 'POST') throw methodNotAllowed()
  const { namespace = '', name = '' } = target
  const context = contextOf(info, call, 'CreateOptions')
  const body = readObject(call, { group: 'policy', version: 'v1', kind: 'Eviction' }, context)
  const named = fieldsAt(body, 'metadata')['name']
  if (named !== name) throw new ApiError(400, 'BadRequest', 'name in URL does not match name in Eviction object')
  const pods = resourceOf('pods')
  const pod = api.ground.storage.get('pods', namespace, name)
  if (pod === undefined) throw notFound(pods, name)
  const options = fieldsAt(body, 'deleteOptions') as DeleteOptions & { dryRun?: string[] }
  const dryRun = context.dryRun || options.dryRun?.includes('All') === true || isTrue(info.query.get('dryRun'))
  if (!ignoresBudgets(pod)) spendBudget(api, pod, dryRun)
  deleteObject(api.ground, pods, namespace, name, options, { ...context, dryRun })
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  return json(201, status)
}

function ignoresBudgets(pod: KubeObject): boolean {
  const phase = fieldsAt(pod, 'status')['phase']
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  )
}

function spendBudget(api: Api, pod: KubeObject, dryRun: boolean): void {
  const { storage } = api.ground
  const budgets = storage
    .list('poddisruptionbudgets.policy', pod.metadata.namespace)
    .filter((budget) => labelSelector(fieldsAt(budget, 'spec')['selector'])(pod.metadata.labels))
  const [budget, second] = budgets
  if (budget === undefined) return
  if (second !== undefined)
    throw new ApiError(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  const status = fieldsAt(budget, 'status')
  if (
    !isReady(pod) &&
    Number(status['currentHealthy'] ?? 0) >= Number(status['desiredHealthy'] ?? 0) &&
    Number(status['desiredHealthy'] ?? 0) > 0
  )
    return
  if (Number(status['observedGeneration'] ?? 0) < (budget.metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${budget.metadata.name} is still being processed by the server.`)
  const allowed = Number(status['disruptionsAllowed'] ?? 0)
  if (allowed <= 0) {
    throw tooMany(
      `The disruption budget ${budget.metadata.name} needs ${status['desiredHealthy']} healthy pods and has ${status['currentHealthy']} currently`,
    )
  }
  if (dryRun) return
  const disrupted: Fields = { ...fieldsAt(status, 'disruptedPods'), [pod.metadata.name]: api.ground.clock.stamp() }
  storage.put('poddisruptionbudgets.policy', {
    ...budget,
    status: { ...status, disruptionsAllowed: allowed - 1, disruptedPods: disrupted },
  } as KubeObject)
}

function tooMany(why: string): ApiError {
  return new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: why }],
  })
}

function isReady(pod: KubeObject): boolean {
  return listAt(fieldsAt(pod, 'status'), 'conditions').some(
    (entry) => isFields(entry) && entry['type'] === 'Ready' && entry['status'] === 'True',
  )
}
