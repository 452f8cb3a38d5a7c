import { describe, expect, it } from 'vitest'
import { argoFault, argoFix } from '../../src/domain/argo-message.ts'

describe('argoFault', () => {
  it.each([
    [
      'one or more objects failed to apply, reason: namespaces "shop-prd" not found',
      { kind: 'namespace-missing', namespace: 'shop-prd' },
    ],
    ['application references project payments which does not exist', { kind: 'project-missing', project: 'payments' }],
    [
      'unable to find destination server: there are no clusters with this name: prod-eu2',
      { kind: 'cluster-unknown', cluster: 'prod-eu2' },
    ],
    [
      "application destination server 'https://k' and namespace 'x' do not match any of the allowed destinations in project 'default'",
      { kind: 'not-permitted' },
    ],
    [
      'rpc error: code = Unknown desc = failed to list refs: authentication required',
      { kind: 'repository', detail: 'auth' },
    ],
    ['rpc error: code = Unknown desc = apps/web: app path does not exist', { kind: 'repository', detail: 'path' }],
    ["unable to resolve 'v9' to a commit SHA", { kind: 'repository', detail: 'revision' }],
    ['dial tcp: lookup git.example.com on 10.96.0.10:53: no such host', { kind: 'repository', detail: 'unreachable' }],
    [
      '`helm template . --name-template web` failed exit status 1: Error: parse error at (web/templates/x.yaml:3)',
      { kind: 'manifest' },
    ],
    ['no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1"', { kind: 'crd-missing' }],
    ['Deployment.apps "web" is invalid: spec.selector: Invalid value: field is immutable', { kind: 'immutable' }],
    ['admission webhook "policy.example" denied the request: no', { kind: 'webhook' }],
    ['services is forbidden: User "x" cannot create resource', { kind: 'forbidden' }],
    ['something new', { kind: 'other' }],
  ])('%s', (message, fault) => {
    expect(argoFault(message)).toMatchObject(fault)
    expect(argoFix(argoFault(message), 'web').length).toBeGreaterThan(10)
  })
})
