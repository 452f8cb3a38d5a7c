import { describe, expect, it } from 'vitest'
import { connectionFailures, serviceNameOf } from '../../src/domain/connection-failure.ts'

describe('connectionFailures', () => {
  it.each([
    [
      'dial tcp: lookup db.shop.svc.cluster.local on 10.96.0.10:53: no such host',
      'resolve',
      'db.shop.svc.cluster.local',
    ],
    ['Error: getaddrinfo EAI_AGAIN redis', 'resolve', 'redis'],
    ['dial tcp 10.96.3.4:5432: i/o timeout', 'timeout', '10.96.3.4'],
    ['Error: connect ECONNREFUSED 10.96.1.2:6379', 'refused', '10.96.1.2'],
    ['2026-11-20T09:57:15Z FATAL Error: connect ETIMEDOUT 10.96.9.9:3307', 'timeout', '10.96.9.9'],
    ['2026-11-20T09:57:15Z Error: connect EHOSTUNREACH 10.96.9.9:3307 (mysql:3307)', 'timeout', 'mysql'],
    ['connection to server at "db.shop" (10.96.4.4), port 5432 failed: Connection timed out', 'timeout', 'db.shop'],
  ])('%s', (line, kind, host) => {
    expect(connectionFailures(`ok\n${line}\n`)).toMatchObject([{ kind, host, line }])
  })
  it('is silent about lines that tell of no failure', () => {
    expect(connectionFailures('connected to host db:5432\nrequest timeout is 30s\n')).toEqual([])
  })
})

describe('serviceNameOf', () => {
  it.each([
    ['db', { namespace: 'shop', name: 'db', certain: false }],
    ['db.data', { namespace: 'data', name: 'db', certain: false }],
    ['db-0.db.data.svc.cluster.local', { namespace: 'data', name: 'db', certain: true }],
    ['api.example.com', undefined],
    ['10.0.0.1', undefined],
    ['localhost', undefined],
  ])('%s', (host, meant) => {
    expect(serviceNameOf(host, 'shop')).toEqual(meant)
  })
})
