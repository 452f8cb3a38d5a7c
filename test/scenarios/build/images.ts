import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { deploymentNamed, podsIn, running, waiting } from './failing.ts'
import { container, type Doc, event, namespace, obj } from './objects.ts'

const group = 'images'
const shop = [namespace('shop'), obj('v1', 'ServiceAccount', 'shop', 'default')]
const around = [...cluster(), ...shop, ...healthyApp('shop', 'storefront')]
const secretOf = (name: string): Doc =>
  obj('v1', 'Secret', 'shop', name, { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } })

const pulling = (
  name: string,
  image: string,
  error: string,
  options: {
    readonly status?: boolean
    readonly podSpec?: Doc
    readonly events?: (pod: Doc) => readonly Doc[]
    readonly replicas?: number
  } = {},
): readonly Doc[] =>
  waiting({
    namespace: 'shop',
    name,
    container: container('app', { image }),
    reason: 'ImagePullBackOff',
    message:
      options.status === true
        ? `Back-off pulling image "${image}": ErrImagePull: ${error}`
        : `Back-off pulling image "${image}"`,
    ...(options.podSpec === undefined ? {} : { podSpec: options.podSpec }),
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    events: (pod) => [
      event({
        about: pod,
        reason: 'Pulling',
        type: 'Normal',
        message: `Pulling image "${image}"`,
        first: 20,
        last: 2,
        count: 6,
        fieldPath: 'spec.containers{app}',
      }),
      event({
        about: pod,
        reason: 'Failed',
        message: `Failed to pull image "${image}": ${error}`,
        first: 20,
        last: 2,
        count: 6,
        fieldPath: 'spec.containers{app}',
      }),
      event({
        about: pod,
        reason: 'Failed',
        message: 'Error: ErrImagePull',
        first: 20,
        last: 2,
        count: 6,
        fieldPath: 'spec.containers{app}',
      }),
      event({
        about: pod,
        reason: 'BackOff',
        type: 'Normal',
        message: `Back-off pulling image "${image}"`,
        first: 19,
        last: 1,
        count: 40,
        fieldPath: 'spec.containers{app}',
      }),
      ...(options.events?.(pod) ?? []),
    ],
  })

const notFound = (image: string): string =>
  `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`

writeCase(
  group,
  'image-not-found-plain',
  [
    ...around,
    ...pulling('checkout', 'registry.example.com/checkout:2.14.0', notFound('registry.example.com/checkout:2.14.0')),
  ],
  {
    verdict: 'fault',
    codes: ['image-not-found'],
    objects: [deploymentNamed('shop', 'checkout')],
    mustMention: [['registry.example.com/checkout:2.14.0'], ['does not exist', 'not found']],
    mustNotCode: ['image-pull-unauthorized', 'image-registry-unreachable'],
  },
)

writeCase(
  group,
  'image-not-found-hidden',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'cart',
      container: container('app', { image: 'registry.example.com/cart:5.1.3' }),
      replicas: 2,
    }),
    ...pulling(
      'cart-worker',
      'registry.example.com/catr:5.1.3',
      'Error response from daemon: manifest for registry.example.com/catr:5.1.3 not found: manifest unknown: manifest unknown',
      { replicas: 2 },
    ),
    ...running({
      namespace: 'shop',
      name: 'orders',
      replicas: 1,
      log: `2026-11-20T09:58:01Z WARN cart-worker has no capacity, 12 messages queued\n2026-11-20T09:59:01Z INFO polling\n`,
    }),
  ],
  {
    verdict: 'fault',
    codes: ['image-not-found'],
    objects: [deploymentNamed('shop', 'cart-worker')],
    mustMention: [['registry.example.com/cart:5.1.3', 'did you mean']],
    mustNotCode: ['app-errors'],
  },
)

const slow = waiting({
  namespace: 'shop',
  name: 'reports',
  since: 1,
  container: container('app', { image: 'registry.example.com/reports:9.0.0' }),
  reason: 'ContainerCreating',
  events: (pod) => [
    event({
      about: pod,
      reason: 'Pulling',
      type: 'Normal',
      message: 'Pulling image "registry.example.com/reports:9.0.0"',
      first: 1,
      last: 1,
      count: 1,
    }),
  ],
})
writeCase(group, 'image-pulling-lookalike', [...around, ...slow], {
  verdict: 'healthy',
  mustNotCode: ['image-not-found', 'image-registry-unreachable'],
})

const recovered = running({
  namespace: 'shop',
  name: 'search',
  container: container('app', { image: 'registry.example.com/search:1.2.0' }),
})
writeCase(
  group,
  'image-pull-recovered-lookalike',
  [
    ...around,
    ...recovered,
    ...podsIn(recovered).map((pod) =>
      event({
        about: pod,
        reason: 'Failed',
        message: `Failed to pull image "registry.example.com/search:1.2.0": ${notFound('registry.example.com/search:1.2.0')}`,
        first: 50,
        last: 45,
        count: 3,
      }),
    ),
  ],
  { verdict: 'healthy', mustNotCode: ['image-not-found'] },
)

const denied = (image: string): string =>
  `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Aacme%2Fbilling%3Apull&service=ghcr.io: 403 Forbidden`
writeCase(
  group,
  'image-pull-unauthorized-plain',
  [
    ...around,
    secretOf('ghcr-pull'),
    ...pulling('billing', 'ghcr.io/acme/billing:3.0.1', denied('ghcr.io/acme/billing:3.0.1'), {
      status: true,
      podSpec: { imagePullSecrets: [{ name: 'ghcr-pull' }] },
    }),
  ],
  {
    verdict: 'fault',
    codes: ['image-pull-unauthorized'],
    objects: [deploymentNamed('shop', 'billing')],
    mustMention: [['ghcr.io/acme/billing:3.0.1'], ['403', 'refuse']],
    mustNotCode: ['missing-image-pull-secret', 'image-not-found'],
  },
)

writeCase(
  group,
  'missing-image-pull-secret-plain',
  [
    ...around,
    secretOf('ghcr-credentials'),
    ...pulling('billing', 'ghcr.io/acme/billing:3.0.1', denied('ghcr.io/acme/billing:3.0.1'), {
      podSpec: { imagePullSecrets: [{ name: 'ghcr-credential' }] },
      events: (pod) => [
        event({
          about: pod,
          reason: 'FailedToRetrieveImagePullSecret',
          message:
            'Unable to retrieve some image pull secrets (ghcr-credential); attempting to pull the image may not succeed.',
          count: 12,
        }),
      ],
    }),
  ],
  {
    verdict: 'fault',
    codes: ['missing-image-pull-secret'],
    objects: [{ kind: 'Secret', namespace: 'shop', name: 'ghcr-credential' }],
    mustMention: [['ghcr-credentials']],
    mustNotCode: ['image-pull-unauthorized'],
  },
)

const account = obj('v1', 'ServiceAccount', 'shop', 'billing', { imagePullSecrets: [{ name: 'harbor-pull' }] })
writeCase(
  group,
  'missing-image-pull-secret-hidden',
  [
    ...around,
    account,
    secretOf('other-registry'),
    ...pulling(
      'billing',
      'harbor.example.com/team/billing:8',
      'failed to resolve reference "harbor.example.com/team/billing:8": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
      { podSpec: { serviceAccountName: 'billing' } },
    ),
  ],
  {
    verdict: 'fault',
    codes: ['missing-image-pull-secret'],
    objects: [{ kind: 'Secret', namespace: 'shop', name: 'harbor-pull' }],
    mustMention: [['harbor-pull']],
    mustNotCode: ['image-pull-unauthorized', 'image-not-found'],
  },
)

writeCase(
  group,
  'missing-image-pull-secret-lookalike',
  [
    ...around,
    secretOf('used-elsewhere'),
    ...running({
      namespace: 'shop',
      name: 'search',
      container: container('app', { image: 'docker.io/library/nginx:1.27' }),
      podSpec: { imagePullSecrets: [{ name: 'left-over' }] },
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['missing-image-pull-secret'] },
)

writeCase(
  group,
  'image-registry-unreachable-hidden',
  [
    ...around,
    ...pulling(
      'notifier',
      'docker.io/acme/notifier:1.9',
      'failed to pull and unpack image "docker.io/acme/notifier:1.9": failed to resolve reference "docker.io/acme/notifier:1.9": failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token?scope=repository%3Aacme%2Fnotifier%3Apull&service=registry.docker.io": net/http: TLS handshake timeout',
    ),
  ],
  {
    verdict: 'fault',
    codes: ['image-registry-unreachable'],
    objects: [deploymentNamed('shop', 'notifier')],
    mustMention: [['TLS handshake timeout']],
    mustNotCode: ['image-pull-unauthorized', 'image-not-found'],
  },
)

writeCase(
  group,
  'image-rate-limited-plain',
  [
    ...around,
    ...pulling(
      'mailer',
      'acme/mailer:4.2',
      'failed to pull and unpack image "docker.io/acme/mailer:4.2": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/acme/mailer/manifests/sha256:77aa401b40347ab429ce1f9b4015aa429ab1f9b4015aa40347ab429ce1f9b401: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    ),
  ],
  {
    verdict: 'fault',
    codes: ['image-rate-limited'],
    objects: [deploymentNamed('shop', 'mailer')],
    mustMention: [['rate limit', 'limits the rate']],
    mustNotCode: ['image-pull-unauthorized', 'image-registry-unreachable'],
  },
)

writeCase(
  group,
  'image-name-invalid-plain',
  [
    ...around,
    ...waiting({
      namespace: 'shop',
      name: 'payments',
      container: container('app', { image: 'registry.example.com/Payments:1.0.0:latest' }),
      reason: 'InvalidImageName',
      message:
        'Failed to apply default image tag "registry.example.com/Payments:1.0.0:latest": couldn\'t parse image name "registry.example.com/Payments:1.0.0:latest": invalid reference format: repository name (Payments) must be lowercase',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['image-name-invalid'],
    objects: [deploymentNamed('shop', 'payments')],
    mustMention: [['registry.example.com/Payments:1.0.0:latest']],
    mustNotCode: ['image-not-found'],
  },
)

writeCase(
  group,
  'image-never-present-plain',
  [
    ...around,
    ...waiting({
      namespace: 'shop',
      name: 'probe',
      container: container('app', { image: 'local/probe:dev', imagePullPolicy: 'Never' }),
      reason: 'ErrImageNeverPull',
      message: 'Container image "local/probe:dev" is not present with pull policy of Never',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['image-never-present'],
    objects: [deploymentNamed('shop', 'probe')],
    mustMention: [['local/probe:dev'], ['Never']],
    mustNotCode: ['image-not-found'],
  },
)

writeCase(
  group,
  'image-platform-mismatch-plain',
  [
    ...around,
    ...pulling(
      'thumbs',
      'registry.example.com/thumbs:1',
      'rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.com/thumbs:1": no match for platform in manifest: not found',
    ),
  ],
  {
    verdict: 'fault',
    codes: ['image-platform-mismatch'],
    objects: [deploymentNamed('shop', 'thumbs')],
    mustNotCode: ['image-not-found'],
  },
)
