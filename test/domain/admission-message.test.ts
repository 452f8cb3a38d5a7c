import { describe, expect, it } from 'vitest'
import { parseRefusal } from '../../src/domain/admission-message.ts'

describe('parseRefusal', () => {
  it.each([
    [
      'Error creating: pods "a-1" is forbidden: exceeded quota: compute, requested: limits.memory=1Gi,requests.cpu=500m, used: limits.memory=7Gi,requests.cpu=3800m, limited: limits.memory=8Gi,requests.cpu=4',
      {
        kind: 'quota-exceeded',
        quota: 'compute',
        requested: { 'limits.memory': '1Gi', 'requests.cpu': '500m' },
        limited: { 'limits.memory': '8Gi', 'requests.cpu': '4' },
      },
    ],
    [
      'pods "a" is forbidden: failed quota: mem: must specify limits.memory for: app,proxy',
      { kind: 'quota-requires', quota: 'mem', missing: 'limits.memory for: app,proxy' },
    ],
    [
      'pods "a" is forbidden: failed quota: mem: must specify limits.memory,requests.memory',
      { kind: 'quota-requires', quota: 'mem' },
    ],
    [
      'pods "a" is forbidden: [maximum cpu usage per Container is 2, but limit is 2500m, minimum memory usage per Container is 64Mi, but request is 32Mi]',
      {
        kind: 'limit-range',
        rules: [
          { bound: 'max', resource: 'cpu', type: 'Container', allowed: '2' },
          { bound: 'min', resource: 'memory', type: 'Container', allowed: '64Mi' },
        ],
      },
    ],
    [
      'pods "a" is forbidden: maximum memory usage per Container is 1Gi.  No limit is specified',
      { kind: 'limit-range', rules: [{ bound: 'max', resource: 'memory', allowed: '1Gi' }] },
    ],
    [
      'pods "a" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
      { kind: 'limit-range', rules: [{ bound: 'ratio', resource: 'cpu', allowed: '2' }] },
    ],
    [
      'pods "a" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
      { kind: 'pod-security', level: 'restricted:latest' },
    ],
    [
      'pods "a-" is forbidden: unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount]',
      { kind: 'pod-security', level: 'security context constraint' },
    ],
    [
      'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Deployment/shop/cart was blocked due to the following policies',
      { kind: 'webhook-denied', webhook: 'validate.kyverno.svc-fail' },
    ],
    [
      "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'no-latest-all' denied request: image tag latest is not allowed",
      {
        kind: 'policy-denied',
        policy: 'no-latest',
        binding: 'no-latest-all',
        reason: 'image tag latest is not allowed',
      },
    ],
    [
      'Internal error occurred: failed calling webhook "w.example.com": failed to call webhook: Post "https://w-svc.policy.svc:443/m?timeout=10s": context deadline exceeded',
      { kind: 'webhook-unavailable', webhook: 'w.example.com', service: { name: 'w-svc', namespace: 'policy' } },
    ],
    [
      'failed calling webhook "w.example.com": Post https://w-svc.policy.svc:443/m?timeout=30s: no endpoints available for service "w-svc"',
      { kind: 'webhook-unavailable', webhook: 'w.example.com', service: { name: 'w-svc', namespace: 'policy' } },
    ],
    [
      'pods "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
      { kind: 'namespace-terminating', namespace: 'shop' },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseRefusal(text)).toMatchObject(expected)
  })

  it('finds no refusal in other troubles', () => {
    for (const text of [
      undefined,
      '',
      'Back-off restarting failed container',
      'pods "a" is forbidden: error looking up service account shop/cart: serviceaccount "cart" not found',
    ]) {
      expect(parseRefusal(text)).toBeUndefined()
    }
  })
})
