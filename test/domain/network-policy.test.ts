import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NetworkPolicy } from '../../src/domain/kubernetes.ts'
import { type Flow, type FlowEnd, networkPolicyApplied, policyDirections } from '../../src/domain/network-policy.ts'
import { type PolicyBlock, unionBlock } from '../../src/domain/policy-verdict.ts'

const pod = (namespace: string, app: string, ip: string): FlowEnd => ({
  kind: 'pod',
  namespace,
  namespaceLabels: { 'kubernetes.io/metadata.name': namespace, team: namespace },
  labels: { app },
  addresses: [ip],
  ports: [{ name: 'pg', containerPort: 5432 }],
  hostNetwork: false,
})
const policy = (
  name: string,
  spec: NetworkPolicy['spec'],
  creationTimestamp = '2026-11-20T09:00:00Z',
): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop', creationTimestamp },
  ...(spec === undefined ? {} : { spec }),
})
const web = pod('shop', 'web', '10.0.0.1')
const db = pod('shop', 'db', '10.0.0.2')
const flow = (over: Partial<Flow> = {}): Flow => ({ from: web, to: db, port: 5432, protocol: 'TCP', ...over })
const ingress = (...rules: NonNullable<NonNullable<NetworkPolicy['spec']>['ingress']>) =>
  policy('db', { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'], ingress: rules })
const blockOf = (
  policies: readonly NetworkPolicy[],
  direction: 'ingress' | 'egress',
  one: Flow,
): PolicyBlock | undefined => unionBlock(policies.flatMap((each) => networkPolicyApplied(each, direction, one) ?? []))
const passes = (policies: readonly NetworkPolicy[], direction: 'ingress' | 'egress', one: Flow): boolean =>
  blockOf(policies, direction, one) === undefined

describe('networkPolicyApplied', () => {
  it('defaults the policy types as the API does', () => {
    expect(policyDirections(policy('a', {}))).toEqual(['ingress'])
    expect(policyDirections(policy('a', { egress: [{}] }))).toEqual(['ingress', 'egress'])
    expect(policyDirections(policy('a', { policyTypes: ['Egress'] }))).toEqual(['egress'])
  })

  it.each([
    ['no rule', ingress(), false],
    ['an empty rule', ingress({}), true],
    ['the pod by label', ingress({ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }), true],
    ['another label', ingress({ from: [{ podSelector: { matchLabels: { app: 'api' } } }] }), false],
    ['its namespace', ingress({ from: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }] }), true],
    [
      'pod and namespace both',
      ingress({ from: [{ namespaceSelector: { matchLabels: { team: 'x' } }, podSelector: {} }] }),
      false,
    ],
    ['its address', ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] }), true],
    ['all but its address', ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.1/32'] } }] }), false],
    ['the port', ingress({ ports: [{ port: 5432 }] }), true],
    ['the port by name', ingress({ ports: [{ port: 'pg' }] }), true],
    ['a port range', ingress({ ports: [{ port: 5000, endPort: 6000 }] }), true],
    ['a range that ends before', ingress({ ports: [{ port: 5000, endPort: 5431 }] }), false],
    ['another protocol', ingress({ ports: [{ port: 5432, protocol: 'UDP' }] }), false],
    ['all ports of a protocol', ingress({ ports: [{ protocol: 'TCP' }] }), true],
  ])('judges ingress with %s', (_, one, allowed) => {
    expect(passes([one], 'ingress', flow())).toBe(allowed)
  })

  it('adds policies up, and leaves alone what no policy selects', () => {
    expect(passes([ingress(), ingress({})], 'ingress', flow())).toBe(true)
    expect(passes([ingress()], 'ingress', flow({ from: db, to: web }))).toBe(true)
    expect(passes([ingress()], 'egress', flow())).toBe(true)
    expect(passes([ingress()], 'ingress', flow({ from: db }))).toBe(true)
  })

  it('says which policy is to blame, the near miss first', () => {
    const deny = policy('deny', { podSelector: {}, policyTypes: ['Ingress'] }, '2026-11-20T09:30:00Z')
    const near = ingress({ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 5433 }] })
    const block = blockOf([deny, near], 'ingress', flow())
    expect(block).toMatchObject({ but: 'port', ports: ['TCP 5433'], isolating: ['deny', 'db'] })
    expect(block?.policy.metadata.name).toBe('db')
    expect(blockOf([deny], 'ingress', flow())?.policy.metadata.name).toBe('deny')
  })

  it('never lets a further rule deny what was allowed', () => {
    const label = fc.constantFrom('web', 'api', 'db')
    const rule = fc.record({
      from: fc.array(
        label.map((app) => ({ podSelector: { matchLabels: { app } } })),
        { maxLength: 2 },
      ),
    })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), rule, (rules, more) => {
        if (passes([ingress(...rules)], 'ingress', flow()))
          expect(passes([ingress(...rules, more)], 'ingress', flow())).toBe(true)
      }),
    )
  })
})
