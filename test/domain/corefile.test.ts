import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCorefile, zoneHolds } from '../../src/domain/corefile.ts'

describe('readCorefile', () => {
  it('reads zones, plugins, arguments and their blocks', () => {
    const servers = readCorefile(`
# comment
.:53 corp.example:53 {
    errors # trailing
    kubernetes Cluster.local. in-addr.arpa {
       pods insecure
       ttl 30
    }
    forward . 10.0.0.2 10.0.0.3
}
dns://internal.example {
    forward . 10.1.1.1 {
      max_concurrent 10
    }
}`)
    expect(servers.map((server) => server.zones)).toEqual([['.', 'corp.example'], ['internal.example']])
    expect(servers[0]?.plugins.map((plugin) => plugin.name)).toEqual(['errors', 'kubernetes', 'forward'])
    expect(servers[0]?.plugins[1]).toEqual({
      name: 'kubernetes',
      args: ['Cluster.local.', 'in-addr.arpa'],
      body: ['pods insecure', 'ttl 30'],
    })
    expect(servers[1]?.plugins[0]?.args).toEqual(['.', '10.1.1.1'])
  })

  it('holds names in zones by whole labels', () => {
    expect(zoneHolds('.', 'svc.cluster.local')).toBe(true)
    expect(zoneHolds('cluster.local', 'svc.cluster.local')).toBe(true)
    expect(zoneHolds('r.local', 'cluster.local')).toBe(false)
  })

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', '\n', ' ', 'a', '#', '.') }), (text) =>
        Array.isArray(readCorefile(text)),
      ),
    )
  })
})
