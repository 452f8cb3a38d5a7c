import type { Ground } from '../registry/context.ts'
import { forbidden } from '../registry/errors.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { quantity, quantityText } from '../schema/quantity.ts'
import { type Fields, fieldsAt, type KubeObject, listAt, type OpenObject } from '../types.ts'

/** Amounts by resource name. */
export type Amounts = Readonly<Record<string, number>>

/** Refuses what would exceed a ResourceQuota; the returned function books the use once the object is stored. */
export function quota(ground: Ground, { resource, after }: AdmissionChange): () => void {
  const namespace = after.metadata.namespace
  if (namespace === undefined) return () => {}
  const asked = chargeOf(after)
  const bookings: (() => void)[] = []
  for (const entry of ground.storage.list('resourcequotas', namespace)) {
    const hard = fieldsAt(fieldsAt(entry, 'spec'), 'hard')
    const names = Object.keys(hard)
      .filter((name) => (asked[name] ?? 0) > 0)
      .sort()
    if (after.kind === 'Pod') mustSpecify(resource, after, entry, hard)
    if (names.length === 0) continue
    const used = { ...usedAmounts(entry) }
    const over = names.filter((name) => (used[name] ?? 0) + (asked[name] ?? 0) > quantity(hard[name]) + 1e-9)
    if (over.length > 0) {
      const text = (amounts: (name: string) => string): string =>
        over.map((name) => `${name}=${amounts(name)}`).join(',')
      throw forbidden(
        resource,
        after.metadata.name,
        `exceeded quota: ${entry.metadata.name}, requested: ${text((name) => quantityText(name, asked[name] ?? 0))}, used: ${text((name) => quantityText(name, used[name] ?? 0))}, limited: ${text((name) => String(hard[name]))}`,
      )
    }
    bookings.push(() => {
      const status: Fields = {
        hard: { ...hard },
        used: Object.fromEntries(
          Object.keys(hard).map((name) => [name, quantityText(name, (used[name] ?? 0) + (asked[name] ?? 0))]),
        ),
      }
      const current = ground.storage.get('resourcequotas', namespace, entry.metadata.name)
      if (current !== undefined) ground.storage.put('resourcequotas', { ...current, status } as KubeObject)
    })
  }
  return () => {
    for (const book of bookings) book()
  }
}

function usedAmounts(entry: KubeObject): Amounts {
  const used = fieldsAt(fieldsAt(entry, 'status'), 'used')
  return Object.fromEntries(Object.entries(used).map(([name, value]) => [name, quantity(value)]))
}

const computeNames = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

function mustSpecify(
  resource: { group: string; plural: string },
  pod: OpenObject,
  entry: KubeObject,
  hard: Fields,
): void {
  const wanted = Object.keys(hard)
    .filter((name) => computeNames.includes(name))
    .sort()
  const missing = new Map<string, string[]>()
  for (const container of listAt(fieldsAt(pod, 'spec'), 'containers')) {
    for (const name of wanted) {
      if (containerAmount(container, name) !== undefined) continue
      const holder = String((container as Fields)['name'])
      missing.set(name, [...(missing.get(name) ?? []), holder])
    }
  }
  if (missing.size === 0) return
  const text = [...missing].map(([name, containers]) => `${name} for: ${containers.join(',')}`).join('; ')
  throw forbidden(resource, pod.metadata.name, `failed quota: ${entry.metadata.name}: must specify ${text}`)
}

function containerAmount(container: unknown, name: string): number | undefined {
  const resources = fieldsAt(container, 'resources')
  const [part, resource] = name.startsWith('limits.')
    ? ['limits', name.slice(7)]
    : ['requests', name.replace('requests.', '')]
  const value = fieldsAt(resources, part)[resource]
  return value === undefined ? undefined : quantity(value)
}

const countKeys: Readonly<Record<string, string>> = {
  Pod: 'pods',
  Service: 'services',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  ReplicationController: 'replicationcontrollers',
  ResourceQuota: 'resourcequotas',
}

const objectCounts: Readonly<Record<string, string>> = {
  Deployment: 'count/deployments.apps',
  ReplicaSet: 'count/replicasets.apps',
  StatefulSet: 'count/statefulsets.apps',
  Job: 'count/jobs.batch',
  CronJob: 'count/cronjobs.batch',
}

/** What one object costs of each quota resource. Finished pods cost nothing. */
export function chargeOf(object: OpenObject): Amounts {
  const key = countKeys[object.kind]
  if (key === undefined) {
    const counted = objectCounts[object.kind]
    return counted === undefined ? {} : { [counted]: 1 }
  }
  const amounts: Record<string, number> = { [key]: 1, [`count/${key}`]: 1 }
  const spec = fieldsAt(object, 'spec')
  if (object.kind === 'PersistentVolumeClaim')
    amounts['requests.storage'] = quantity(fieldsAt(fieldsAt(spec, 'resources'), 'requests')['storage'] ?? 0)
  if (object.kind === 'Service' && spec['type'] === 'LoadBalancer') amounts['services.loadbalancers'] = 1
  if (object.kind !== 'Pod') return amounts
  const phase = fieldsAt(object, 'status')['phase']
  if (phase === 'Succeeded' || phase === 'Failed') return { [`count/${key}`]: 1 }
  for (const container of listAt(spec, 'containers')) {
    for (const part of ['requests', 'limits']) {
      for (const [name, value] of Object.entries(fieldsAt(fieldsAt(container, 'resources'), part))) {
        const amount = quantity(value)
        amounts[`${part}.${name}`] = (amounts[`${part}.${name}`] ?? 0) + amount
        if (part === 'requests') amounts[name] = (amounts[name] ?? 0) + amount
      }
    }
  }
  return amounts
}

/** Sums of what a namespace uses of the resources that a quota limits, written as the API writes them. */
export function usageOf(ground: Ground, namespace: string, hard: Fields): Record<string, string> {
  const kinds = [
    'pods',
    'services',
    'secrets',
    'configmaps',
    'persistentvolumeclaims',
    'resourcequotas',
    'deployments.apps',
    'replicasets.apps',
    'statefulsets.apps',
    'jobs.batch',
    'cronjobs.batch',
  ]
  const total: Record<string, number> = {}
  for (const kind of kinds) {
    for (const object of ground.storage.list(kind, namespace)) {
      for (const [name, amount] of Object.entries(chargeOf(object as OpenObject)))
        total[name] = (total[name] ?? 0) + amount
    }
  }
  return Object.fromEntries(Object.keys(hard).map((name) => [name, quantityText(name, total[name] ?? 0)]))
}
