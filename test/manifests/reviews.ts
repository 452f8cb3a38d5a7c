import { jsonPatch, mergePatch } from '../../src/demo/cluster/registry/json-patch.ts'
import type { WriteRequest } from '../../src/domain/change.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { accessOf } from '../../src/domain/write-path.ts'
import { drafted } from '../actions/objects.ts'
import { type Forbidden, forbidden } from '../kube/forbidden.ts'
import { drafts } from './drafts.ts'

/** An admission request as a webhook is sent it, and what a policy must say of it: nothing, or something like `why`. */
export type Review = { readonly what: string; readonly request: object; readonly why?: RegExp }

const writer = 'system:serviceaccount:cluster-doctor:doctor-writer'
const operations = { PATCH: 'UPDATE', PUT: 'UPDATE', POST: 'CREATE', DELETE: 'DELETE', GET: 'CONNECT' } as const

const requestOf = (
  { method, path }: { readonly method: keyof typeof operations; readonly path: string },
  objects: { readonly object?: unknown; readonly oldObject?: unknown },
): object => {
  const parts = path.replace(/\?.*/, '').split('/').filter(Boolean)
  const [group, rest] = parts[0] === 'api' ? ['', parts.slice(2)] : [parts[1] ?? '', parts.slice(3)]
  const inside = rest[0] === 'namespaces' && rest.length > 2
  const [resource, , subResource] = inside ? rest.slice(2) : rest
  return {
    operation: operations[method],
    userInfo: { username: writer },
    resource: { group, version: 'v1', resource },
    ...(subResource === undefined ? {} : { subResource }),
    ...(inside ? { namespace: rest[1] } : {}),
    ...objects,
  }
}

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'x:1' }] } }
/** What the forbidden requests are about, as it is before them, by the resource in their path. */
const before: Readonly<Record<string, object>> = {
  deployments: { spec: { replicas: 2, template, strategy: { type: 'RollingUpdate' } } },
  cronjobs: { spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } } } },
  jobs: { spec: { parallelism: 1, template } },
  services: { spec: { type: 'ClusterIP', selector: { app: 'web' } } },
  horizontalpodautoscalers: { spec: { minReplicas: 1, maxReplicas: 2, scaleTargetRef: { name: 'search' } } },
  nodes: { spec: { podCIDR: '10.0.0.0/24' } },
  applications: {
    spec: { source: { repoURL: 'https://git.acme.dev/shop' } },
    status: { health: { status: 'Degraded' } },
  },
  certificates: { spec: { secretName: 'web' }, status: { revision: 1, conditions: [] } },
  certificatesigningrequests: { spec: { signerName: 'x' } },
}

const denied = (one: Forbidden): Review => {
  const { resource = '' } = /\/(?<resource>[a-z]+)\/[^/]+(?:\/[a-z]+)?(?:\?.*)?$/.exec(one.path)?.groups ?? {}
  const oldObject = { metadata: { name: 'x', annotations: { theirs: 'x' } }, ...before[resource] }
  const object = one.method === 'PATCH' ? mergePatch(oldObject as never, one.body as never) : one.body
  const objects = one.method === 'DELETE' ? { oldObject } : { object, ...(one.method === 'POST' ? {} : { oldObject }) }
  // What RBAC refuses no policy is asked about; it must say no all the same, in whatever words.
  const why = String(one.why).includes('cannot') ? /^the doctor's writer may/ : one.why
  return { what: one.what, request: requestOf(one, objects), why }
}

const allowed = (...draft: (typeof drafts)[number]): Review => {
  const [action, target] = draft
  const { change } = drafted(...draft)
  if (change.kind !== 'cluster-write') throw new Error('not a write to a cluster')
  const { request } = change
  return { what: action, request: requestOf(request, objectsOf(request, target)) }
}

const objectsOf = (request: WriteRequest, target: KubeObject): object => {
  const oldObject = JSON.parse(JSON.stringify(target)) as KubeObject
  const body = JSON.parse(request.body) as never
  if (accessOf(request)?.verb === 'create') return { object: body }
  const object = jsonPatch(JSON.parse(JSON.stringify(oldObject)) as never, body)
  return { object, oldObject }
}

/** Requests with the writer's credentials that the shipped policy refuses, each with its reason there. */
export const refusedReviews: readonly Review[] = forbidden
  // To read is no admission, and who may sign what is the API server's own to say.
  .filter(({ method, why }) => method !== 'GET' && !String(why).includes('user not permitted'))
  .map(denied)

/** What the catalogue sends. */
export const allowedReviews: readonly Review[] = drafts.map((draft) => allowed(...draft))
