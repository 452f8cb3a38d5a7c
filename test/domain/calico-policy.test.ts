import { describe, expect, it } from 'vitest'
import { calicoApplied, kubernetesOrder } from '../../src/domain/calico-policy.ts'
import { calicoSelects } from '../../src/domain/calico-selector.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { type Flow, type FlowEnd, networkPolicyApplied } from '../../src/domain/network-policy.ts'
import { tieredBlock } from '../../src/domain/policy-verdict.ts'

describe('calicoSelects', () => {
  const labels = { app: 'web', 'acme.example/tier': 'front-end', not: 'x' }
  it.each([
    ['', true],
    ['all()', true],
    ['global()', false],
    ["app == 'web'", true],
    ['app == "api"', false],
    ["app != 'api' && has(acme.example/tier)", true],
    ["team != 'x'", true],
    ["app in {'api', 'web'}", true],
    ["app not in {'api','web'}", false],
    ["team not in {'a'}", true],
    ["acme.example/tier starts with 'front'", true],
    ["acme.example/tier ends with 'end' && app contains 'e'", true],
    ["!has(team) && (app == 'api' || app == 'web')", true],
    ["app == 'api' || has(team) && has(app)", false],
    ["!(app == 'web')", false],
    ["not == 'x'", true],
  ])('reads %s', (selector, expected) => {
    expect(calicoSelects(selector, labels)).toBe(expected)
  })

  it.each([
    'app =',
    "app == 'web' &&",
    "app in {'a'",
    'app ==web',
    "(app == 'a'",
    "app == 'a')",
    'has(app',
    '@@',
    '!'.repeat(500),
  ])('concludes nothing from %s', (selector) => {
    expect(calicoSelects(selector, labels)).toBeUndefined()
  })
})

const pod = (namespace: string, app: string, ip: string): FlowEnd => ({
  kind: 'pod',
  namespace,
  namespaceLabels: { 'kubernetes.io/metadata.name': namespace },
  labels: { app },
  addresses: [ip],
  ports: [{ name: 'pg', containerPort: 5432 }],
  hostNetwork: false,
})
const flow: Flow = {
  from: pod('etl', 'loader', '10.0.0.1'),
  to: pod('data', 'db', '10.0.0.2'),
  port: 5432,
  protocol: 'TCP',
}
const policy = (name: string, spec: object, namespace?: string): KubeObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: namespace === undefined ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec,
})
const tiers = new Map([
  ['security', 10],
  ['default', 1_000_000],
])
const block = (direction: 'ingress' | 'egress', policies: readonly KubeObject[], one: Flow = flow) =>
  tieredBlock(policies.flatMap((each) => calicoApplied(each, direction, one, tiers) ?? []))
const allowAll = policy('allow', { order: 500, types: ['Egress'], egress: [{ action: 'Allow' }] })
const deny = (order: number, rule: object = {}, tier = 'default') =>
  policy('deny', { order, tier, types: ['Egress'], egress: [{ action: 'Deny', ...rule }] })

describe('Calico policies', () => {
  it('asks them in their order', () => {
    expect(block('egress', [deny(10), allowAll])?.policy.metadata.name).toBe('deny')
    expect(block('egress', [deny(900), allowAll])).toBeUndefined()
    expect(block('egress', [deny(900, {}, 'security'), allowAll])?.but).toBe('denied')
  })

  it('denies at the end of a tier, unless a rule passed on', () => {
    const dns = policy('dns', { tier: 'security', types: ['Egress'], egress: [{ action: 'Allow', protocol: 'UDP' }] })
    expect(block('egress', [dns, allowAll])?.policy.metadata.name).toBe('dns')
    const pass = policy('dns', { tier: 'security', types: ['Egress'], egress: [{ action: 'Pass' }] })
    expect(block('egress', [pass, allowAll])).toBeUndefined()
    expect(block('egress', [])).toBeUndefined()
  })

  it('keeps a selector of a namespaced policy in its namespace', () => {
    const own = policy(
      'in',
      { types: ['Ingress'], ingress: [{ action: 'Allow', source: { selector: "app == 'loader'" } }] },
      'data',
    )
    expect(block('ingress', [own])?.policy.metadata.name).toBe('in')
    const wide = policy(
      'in',
      { types: ['Ingress'], ingress: [{ action: 'Allow', source: { namespaceSelector: 'all()' } }] },
      'data',
    )
    expect(block('ingress', [wide])).toBeUndefined()
    expect(block('ingress', [policy('other', { selector: "app == 'x'", types: ['Ingress'] }, 'data')])).toBeUndefined()
  })

  it.each([
    [{ destination: { ports: ['5000:6000'] }, protocol: 'TCP' }, true],
    [{ destination: { ports: ['pg'] }, protocol: 6 }, true],
    [{ destination: { ports: [5433] }, protocol: 'TCP' }, false],
    [{ destination: { notPorts: [5432] }, protocol: 'TCP' }, false],
    [{ destination: { nets: ['10.0.0.0/24'] } }, true],
    [{ destination: { notNets: ['10.0.0.2/32'] } }, false],
    [{ notProtocol: 'TCP' }, false],
    [{ destination: { notSelector: "app == 'db'" } }, false],
  ])('holds %j', (rule, denied) => {
    expect(block('egress', [deny(1, rule), allowAll]) !== undefined).toBe(denied)
  })

  it('concludes nothing where service accounts, network sets or an unreadable selector decide', () => {
    const outside: Flow = { ...flow, to: { kind: 'outside', address: '198.51.100.4' } }
    expect(block('egress', [deny(1, { destination: { selector: "kind == 'blocked'" } })], outside)).toBeUndefined()
    expect(block('egress', [deny(1, { source: { serviceAccounts: { names: ['a'] } } })])).toBeUndefined()
    expect(block('egress', [deny(1, { destination: { selector: 'app =' } })])).toBeUndefined()
    const some = policy('some', {
      serviceAccountSelector: "role == 'a'",
      types: ['Egress'],
      egress: [{ action: 'Deny' }],
    })
    expect(block('egress', [some])).toBeUndefined()
  })

  it('places NetworkPolicies of Kubernetes at order 1000', () => {
    const own = networkPolicyApplied(
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'np', namespace: 'etl' },
        spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
      },
      'egress',
      flow,
    )
    const calico = (order: number) => calicoApplied(deny(order), 'egress', flow, tiers)
    const both = (order: number) =>
      tieredBlock([
        ...(own === undefined ? [] : [{ ...own, ...kubernetesOrder }]),
        ...[calico(order)].flatMap((one) => one ?? []),
      ])
    expect(both(2000)).toBeUndefined()
    expect(both(10)?.policy.metadata.name).toBe('deny')
  })
})
