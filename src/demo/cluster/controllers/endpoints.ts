import { mapSelector } from '../registry/label-selector.ts'
import { type Fields, type KubeObject, same } from '../types.ts'
import type { Controller } from './control-loops.ts'
import { controllerRef, type Hands, keyOf, splitKey } from './hands.ts'
import { isReady, type Node, type Pod, type Service } from './objects.ts'

const slices = 'endpointslices.discovery.k8s.io'

/** Endpoints and EndpointSlices of Services with a selector, from the pods it selects and whether they are ready. */
export function endpointsController(hands: Hands): Controller {
  return {
    name: 'endpoints',
    watches: {
      services: (service) => [keyOf(service)],
      pods: (pod, change) => {
        const before = change?.previous as Pod | undefined
        if (change?.type === 'MODIFIED' && before !== undefined && sameEndpoint(before, pod as Pod)) return []
        return hands
          .list<Service>('services', pod.metadata.namespace)
          .filter((service) => selects(service, pod) || (before !== undefined && selects(service, before)))
          .map(keyOf)
      },
    },
    reconcile: (key) => {
      const service = hands.get<Service>('services', ...splitKey(key))
      if (service === undefined) {
        const [namespace, name] = splitKey(key)
        const leftover = hands.get('endpoints', namespace, name)
        if (leftover !== undefined) hands.remove('endpoints', leftover)
      } else if (service.spec.selector !== undefined && Object.keys(service.spec.selector).length > 0)
        sync(hands, service)
      return undefined
    },
  }
}

const selects = (service: Service, pod: KubeObject): boolean => mapSelector(service.spec.selector)(pod.metadata.labels)

const sameEndpoint = (a: Pod, b: Pod): boolean =>
  isReady(a) === isReady(b) &&
  a.status.podIP === b.status.podIP &&
  a.status.phase === b.status.phase &&
  a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
  same(a.metadata.labels, b.metadata.labels) &&
  a.spec.nodeName === b.spec.nodeName

function sync(hands: Hands, service: Service): void {
  const pods = hands
    .list<Pod>('pods', service.metadata.namespace)
    .filter(
      (pod) =>
        selects(service, pod) &&
        pod.status.podIP !== undefined &&
        pod.status.phase !== 'Succeeded' &&
        pod.status.phase !== 'Failed',
    )
  writeSlice(hands, service, pods)
  writeEndpoints(hands, service, pods)
}

/** A service port as the pod serves it; undefined where the pod has no port of that name. */
function targetOf(pod: Pod, target: number | string): number | undefined {
  if (typeof target === 'number') return target
  return pod.spec.containers.flatMap((container) => container.ports ?? []).find((port) => port.name === target)
    ?.containerPort
}

function writeSlice(hands: Hands, service: Service, pods: readonly Pod[]): void {
  const { namespace, name } = service.metadata
  const groups = new Map<string, { ports: Fields[]; pods: Pod[] }>()
  for (const pod of pods) {
    const ports = (service.spec.ports ?? []).flatMap((port) => {
      const number = targetOf(pod, port.targetPort)
      return number === undefined ? [] : [{ name: port.name ?? '', protocol: port.protocol, port: number }]
    })
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { ports, pods: [] as Pod[] }
    group.pods.push(pod)
    groups.set(key, group)
  }
  if (groups.size === 0) groups.set('', { ports: [], pods: [] })
  const held = hands
    .list<KubeObject & Fields>(slices, namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
  const wanted = [...groups.values()].map(({ ports, pods: members }) => ({
    addressType: 'IPv4',
    endpoints: members.map((pod) => endpointOf(hands, service, pod)),
    ports: ports.length === 0 ? null : ports,
  }))
  for (const [index, body] of wanted.entries()) {
    const existing = held[index]
    if (existing === undefined) {
      hands.create(slices, namespace, {
        metadata: {
          generateName: `${name}-`,
          labels: {
            ...service.metadata.labels,
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
            'kubernetes.io/service-name': name,
          },
          ownerReferences: [controllerRef(service)],
        },
        ...body,
      })
    } else if (
      !same(
        { endpoints: existing['endpoints'], ports: existing['ports'] ?? null },
        { endpoints: body.endpoints, ports: body.ports },
      )
    ) {
      hands.update(slices, existing, (object) => void Object.assign(object, body))
    }
  }
  for (const extra of held.slice(wanted.length)) hands.remove(slices, extra)
}

function endpointOf(hands: Hands, service: Service, pod: Pod): Fields {
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const serving = isReady(pod)
  const zone = hands.get<Node>('nodes', undefined, pod.spec.nodeName ?? '')?.metadata.labels?.[
    'topology.kubernetes.io/zone'
  ]
  return {
    addresses: [pod.status.podIP],
    conditions: {
      ready: (serving && !terminating) || service.spec.publishNotReadyAddresses === true,
      serving,
      terminating,
    },
    ...(pod.spec.hostname === undefined ? {} : { hostname: pod.spec.hostname }),
    nodeName: pod.spec.nodeName,
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(zone === undefined ? {} : { zone }),
  }
}

function writeEndpoints(hands: Hands, service: Service, pods: readonly Pod[]): void {
  const { namespace, name } = service.metadata
  const live = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)
  const address = (pod: Pod): Fields => ({
    ip: pod.status.podIP,
    nodeName: pod.spec.nodeName,
    targetRef: { kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  })
  const open = live.filter((pod) => isReady(pod) || service.spec.publishNotReadyAddresses === true)
  const closed = live.filter((pod) => !open.includes(pod))
  const sample = live[0]
  const ports =
    sample === undefined
      ? []
      : (service.spec.ports ?? []).flatMap((port) => {
          const number = targetOf(sample, port.targetPort)
          return number === undefined
            ? []
            : [{ ...(port.name === undefined ? {} : { name: port.name }), port: number, protocol: port.protocol }]
        })
  const subsets =
    live.length === 0
      ? undefined
      : [
          {
            ...(open.length === 0 ? {} : { addresses: open.map(address) }),
            ...(closed.length === 0 ? {} : { notReadyAddresses: closed.map(address) }),
            ports,
          },
        ]
  const existing = hands.get<KubeObject & Fields>('endpoints', namespace, name)
  if (existing === undefined) {
    hands.create('endpoints', namespace, {
      metadata: {
        name,
        labels: { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
      },
      ...(subsets === undefined ? {} : { subsets }),
    })
    return
  }
  if (same(existing['subsets'], subsets)) return
  hands.update('endpoints', existing, (object) => {
    if (subsets === undefined) delete object['subsets']
    else object['subsets'] = subsets
  })
}
