import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { type FailingOptions, running } from './failing.ts'
import { container, type Doc, event, namespace, obj } from './objects.ts'

/** Healthy workloads with something about them that looks like a fault of images or references. */
const group = 'not-these'
const around = [
  ...cluster(),
  namespace('shop'),
  obj('v1', 'ServiceAccount', 'shop', 'default'),
  obj('v1', 'ConfigMap', 'shop', 'catalog', { data: { THEME: 'dark' } }),
  ...healthyApp('shop', 'storefront'),
]

const well = (
  code: string,
  main: Doc,
  more: Partial<FailingOptions> & { readonly also?: readonly Doc[] } = {},
): void => {
  const { also = [], ...options } = more
  writeCase(
    group,
    `${code}-lookalike`,
    [...around, ...also, ...running({ namespace: 'shop', name: 'catalog', container: main, since: 50, ...options })],
    { verdict: 'healthy', mustNotCode: [code] },
  )
}

/** A pull that failed when the pod was new and went well soon after. */
const failedOnce = (message: string) => (pod: Doc) => [
  event({ about: pod, reason: 'Failed', message, first: 50, last: 49, count: 2, fieldPath: 'spec.containers{app}' }),
  event({
    about: pod,
    reason: 'Pulled',
    type: 'Normal',
    message: 'Successfully pulled image "docker.io/acme/catalog:3.1.0" in 2.1s',
    first: 48,
    last: 48,
    fieldPath: 'spec.containers{app}',
  }),
]
const image = 'docker.io/acme/catalog:3.1.0'

well('image-rate-limited', container('app', { image }), {
  events: failedOnce(
    `Failed to pull image "${image}": failed to copy: httpReadSeeker: failed open: unexpected status code 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
  ),
})
well('image-platform-mismatch', container('app', { image }), {
  events: failedOnce(
    `Failed to pull image "${image}": no matching manifest for linux/amd64 in the manifest list entries`,
  ),
})
well(
  'image-name-invalid',
  container('app', { image: `registry.shop.example:5000/a_b/c--d/catalog__x@sha256:${'4f'.repeat(32)}` }),
)
well('image-never-present', container('app', { image: 'catalog:built-on-the-node', imagePullPolicy: 'Never' }))
well(
  'missing-configmap-key',
  container('app', {
    image,
    env: [{ name: 'ACCENT', valueFrom: { configMapKeyRef: { name: 'catalog', key: 'ACCENT', optional: true } } }],
  }),
)
// The two classes of the system are always there, whether a dump holds them or not.
well('missing-priority-class', container('app', { image }), {
  podSpec: { priorityClassName: 'system-cluster-critical', priority: 2_000_000_000 },
})
well('missing-runtime-class', container('app', { image }), {
  podSpec: { runtimeClassName: 'gvisor' },
  also: [obj('node.k8s.io/v1', 'RuntimeClass', undefined, 'gvisor', { handler: 'runsc' })],
})
