import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { ControlPlane } from './control-plane.ts'

/** Requests to a real API server as its administrator. Throws what the server says where it refuses. */
export type Rest = (method: string, path: string, body?: object, type?: string) => Promise<Record<string, unknown>>

/** The administrator's way to a control plane, on kept-alive connections. */
export const restOf = (plane: Pick<ControlPlane, 'kubeconfig' | 'url'>): { readonly rest: Rest; close(): void } => {
  const config = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[]
    readonly users: readonly { readonly user: Readonly<Record<string, string>> }[]
  }
  const text = (value: string | undefined) => Buffer.from(value ?? '', 'base64').toString('utf8')
  const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user]
  const agent = new Agent({
    keepAlive: true,
    ca: text(cluster?.['certificate-authority-data']),
    cert: text(user?.['client-certificate-data']),
    key: text(user?.['client-key-data']),
  })
  const rest: Rest = (method, path, body, type = 'application/json') =>
    new Promise((resolve, reject) => {
      const bytes = body === undefined ? '' : JSON.stringify(body)
      // Node states no length for the body of a DELETE by itself, and the next request on the connection would be garbage.
      const headers = { 'content-type': type, 'content-length': String(Buffer.byteLength(bytes)) }
      const sent = request(`${plane.url}${path}`, { method, agent, headers }, (response) => {
        let answer = ''
        response.on('data', (chunk) => (answer += chunk))
        response.on('end', () => {
          const refusal = new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 300)}`)
          if ((response.statusCode ?? 500) >= 300) return reject(refusal)
          resolve(JSON.parse(answer) as Record<string, unknown>)
        })
      })
      sent.on('error', reject)
      sent.end(bytes)
    })
  return { rest, close: () => agent.destroy() }
}

type Pod = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] }
  readonly status: { readonly phase?: string; readonly containerStatuses?: readonly unknown[] }
}

/**
 * What a kubelet would write for the pods of one node: those whose images are there run and are ready, the others wait in
 * ImagePullBackOff with the words of containerd; what is deleted goes. Ends with `stop`.
 */
export const startKubelet = async (rest: Rest, node: string, pullable: (image: string) => boolean) => {
  const room = { cpu: '8', memory: '16Gi', pods: '110' }
  await rest('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node, labels: { 'kubernetes.io/hostname': node } },
  })
  let stopped = false
  const beat = async () => {
    const at = stamp()
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: at, lastTransitionTime: at },
    ]
    await rest(
      'PATCH',
      `/api/v1/nodes/${node}/status`,
      { status: { conditions, capacity: room, allocatable: room } },
      merge,
    )
  }
  const look = async () => {
    const list = await rest('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`)
    for (const pod of list['items'] as readonly Pod[]) await tend(rest, pod, pullable).catch(() => undefined)
  }
  const loop = async () => {
    for (let n = 0; !stopped; n += 1) {
      if (n % 40 === 0) await beat().catch(() => undefined)
      await look().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
  }
  const done = loop()
  return {
    stop: async () => {
      stopped = true
      await done
    },
  }
}

const merge = 'application/strategic-merge-patch+json'
const stamp = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

const tend = async (rest: Rest, pod: Pod, pullable: (image: string) => boolean): Promise<void> => {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`
  if (pod.metadata.deletionTimestamp !== undefined) {
    await rest('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
    return
  }
  if ((pod.status.containerStatuses ?? []).length > 0) return
  const ready = pod.spec.containers.every((container) => pullable(container.image))
  const at = stamp()
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: at,
  })
  await rest(
    'PATCH',
    `${path}/status`,
    {
      status: {
        phase: ready ? 'Running' : 'Pending',
        startTime: at,
        podIP: '10.0.0.7',
        conditions: [
          condition('PodScheduled', true),
          condition('Initialized', true),
          condition('ContainersReady', ready),
          condition('Ready', ready),
        ],
        containerStatuses: pod.spec.containers.map(({ name, image }) => ({
          name,
          image,
          imageID: ready ? `sha256:${name}` : '',
          ready,
          started: ready,
          restartCount: 0,
          state: ready
            ? { running: { startedAt: at } }
            : {
                waiting: {
                  reason: 'ImagePullBackOff',
                  message: `Back-off pulling image "${image}": ${notFound(image)}`,
                },
              },
        })),
      },
    },
    merge,
  )
  if (!ready) await tell(rest, pod, at)
}

const notFound = (image: string): string =>
  `ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`

const tell = async (rest: Rest, pod: Pod, at: string): Promise<void> => {
  const { name, namespace, uid } = pod.metadata
  const image = pod.spec.containers[0]?.image ?? ''
  await rest('POST', `/api/v1/namespaces/${namespace}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, fieldPath: 'spec.containers{app}' },
    reason: 'Failed',
    message: `Failed to pull image "${image}": ${notFound(image)}`,
    type: 'Warning',
    count: 4,
    firstTimestamp: at,
    lastTimestamp: at,
    source: { component: 'kubelet', host: 'node-1' },
  })
}
