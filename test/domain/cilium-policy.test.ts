import { describe, expect, it } from 'vitest'
import { ciliumApplied } from '../../src/domain/cilium-policy.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import type { Flow, FlowEnd } from '../../src/domain/network-policy.ts'
import { unionBlock } from '../../src/domain/policy-verdict.ts'

const pod = (namespace: string, app: string, ip: string, hostNetwork = false): FlowEnd => ({
  kind: 'pod',
  namespace,
  namespaceLabels: { 'kubernetes.io/metadata.name': namespace, team: namespace },
  labels: { app },
  addresses: [ip],
  ports: [{ name: 'http', containerPort: 8080 }],
  hostNetwork,
})
const web = pod('shop', 'web', '10.0.0.1')
const flow: Flow = { from: web, to: pod('shop', 'api', '10.0.0.2'), port: 8080, protocol: 'TCP' }
const out = (address?: string): Flow => ({
  ...flow,
  to: address === undefined ? { kind: 'outside' } : { kind: 'outside', address },
  port: 443,
})
const policy = (spec: object, namespace: string | undefined = 'shop'): KubeObject => ({
  apiVersion: 'cilium.io/v2',
  kind: namespace === undefined ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy',
  metadata: { name: 'p', ...(namespace === undefined ? {} : { namespace }) },
  spec,
})
const clusterwide = (spec: object): KubeObject => ({
  ...policy(spec),
  kind: 'CiliumClusterwideNetworkPolicy',
  metadata: { name: 'p' },
})
const blocks = (direction: 'ingress' | 'egress', one: Flow, ...policies: readonly KubeObject[]): boolean =>
  unionBlock(policies.flatMap((each) => ciliumApplied(each, direction, one))) !== undefined
const ingress = (...rules: readonly object[]) =>
  policy({ endpointSelector: { matchLabels: { app: 'api' } }, ingress: rules })
const egress = (...rules: readonly object[]) => policy({ endpointSelector: {}, egress: rules })

describe('Cilium policies', () => {
  it.each([
    ['the endpoint', { fromEndpoints: [{ matchLabels: { app: 'web' } }] }, false],
    ['the endpoint with its source', { fromEndpoints: [{ matchLabels: { 'k8s:app': 'web' } }] }, false],
    ['another endpoint', { fromEndpoints: [{ matchLabels: { app: 'cron' } }] }, true],
    ['every endpoint of its namespace', { fromEndpoints: [{}] }, false],
    ['nothing at all', {}, true],
    ['an empty list of endpoints', { fromEndpoints: [] }, true],
    ['another namespace', { fromEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'x' } }] }, true],
    [
      'a label of the namespace',
      { fromEndpoints: [{ matchLabels: { 'io.cilium.k8s.namespace.labels.team': 'shop' } }] },
      false,
    ],
    ['the cluster', { fromEntities: ['cluster'] }, false],
    ['the world', { fromEntities: ['world'] }, true],
    ['its address as a range', { fromCIDR: ['10.0.0.0/8'] }, true],
    ['the port', { toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }] }] }, false],
    ['the port by name', { toPorts: [{ ports: [{ port: 'http' }] }] }, false],
    ['a range of ports', { toPorts: [{ ports: [{ port: '8000', endPort: 8100 }] }] }, false],
    ['another protocol', { toPorts: [{ ports: [{ port: '8080', protocol: 'UDP' }] }] }, true],
    [
      'a path, which is told after the connection',
      { toPorts: [{ ports: [{ port: '8080' }], rules: { http: [{ path: '/x' }] } }] },
      false,
    ],
    ['pings', { icmps: [{ fields: [{ type: 8 }] }] }, true],
  ])('judges ingress that names %s', (_, rule, blocked) => {
    expect(blocks('ingress', flow, ingress(rule))).toBe(blocked)
  })

  it('lets a deny rule win, and isolates only where it says so', () => {
    const denied = clusterwide({
      endpointSelector: {},
      egressDeny: [{ toCIDRSet: [{ cidr: '10.99.0.0/16', except: ['10.99.1.0/24'] }] }],
      egress: [{ toEntities: ['all'] }],
    })
    expect(blocks('egress', out('10.99.4.1'), denied)).toBe(true)
    expect(blocks('egress', out('10.99.1.1'), denied)).toBe(false)
    expect(
      blocks('egress', flow, policy({ endpointSelector: {}, egress: [{}], enableDefaultDeny: { egress: false } })),
    ).toBe(false)
    expect(blocks('egress', flow, policy({ endpointSelector: {}, ingress: [{}] }))).toBe(false)
    expect(
      blocks('egress', flow, {
        ...egress({}),
        spec: {},
        specs: [{ endpointSelector: {}, egress: [{}] }],
      } as KubeObject),
    ).toBe(true)
  })

  it('concludes nothing from what a dump does not show', () => {
    const fqdn = egress({ toFQDNs: [{ matchName: 'api.example.com' }] })
    expect(blocks('egress', out(), fqdn)).toBe(false)
    expect(blocks('egress', flow, fqdn)).toBe(true)
    expect(blocks('egress', flow, egress({ toServices: [{ k8sService: { serviceName: 'api' } }] }))).toBe(false)
    expect(blocks('egress', flow, egress({ toGroups: [{}] }))).toBe(false)
    expect(
      blocks('egress', { ...flow, to: pod('shop', 'agent', '10.1.1.1', true) }, egress({ toCIDR: ['192.0.2.0/24'] })),
    ).toBe(false)
    const byAccount = policy({
      endpointSelector: { matchLabels: { 'io.cilium.k8s.policy.serviceaccount': 'a' } },
      egress: [{}],
    })
    expect(blocks('egress', flow, byAccount)).toBe(false)
    expect(blocks('egress', { ...flow, from: pod('shop', 'web', '10.0.0.1', true) }, egress({}))).toBe(false)
  })
})
