import { describe, expect, it } from 'vitest'
import { listeningPorts } from '../../../src/analyzers/reading/listening-ports.ts'
import type { Pod } from '../../../src/domain/kubernetes.ts'
import { createView } from '../../../src/snapshot/create-view.ts'

const pod = (container: object): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'web', ...container }] },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }) as Pod

const portsOf = (of: Pod, text: string) =>
  listeningPorts(
    createView({
      cluster: 'c',
      now: '2026-11-20T10:00:00Z',
      coverage: { checked: [], unavailable: [] },
      read: 'files',
      objects: [of],
      logs: [{ namespace: 'shop', pod: 'web', container: 'web', previous: false, text }],
    }),
    of,
  )

describe('listeningPorts', () => {
  it.each([
    ['server listening on :8080', 8080],
    ['Listening at http://0.0.0.0:3000', 3000],
    ['Tomcat started on port(s): 8081 (http) with context path', 8081],
    ['Tomcat started on port 8081 (http)', 8081],
    ['INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)', 8000],
    ['Now listening on: http://[::]:5000', 5000],
    [' * Running on http://127.0.0.1:5001', 5001],
    ['[INFO] Listening at: http://0.0.0.0:9000 (1)', 9000],
    ['ready to accept connections on port 6379, listening on port 6379', 6379],
    ['Example app listening on port 3000!', 3000],
  ])('%s', (line, port) => {
    expect(portsOf(pod({}), `boot\n${line}\n`).logged.map((one) => one.port)).toEqual([port])
  })

  it.each([
    'metrics listening on :9090',
    'failed to listen on :8080',
    'connecting to upstream listening on 10.0.0.1:5432',
    'listening for events since 2026',
  ])('does not take for the app’s own: %s', (line) => {
    expect(portsOf(pod({}), line).logged).toEqual([])
  })

  it('reads probes, declared ports and settings, but not what the app connects to', () => {
    const found = portsOf(
      pod({
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { port: 'http' } },
        env: [
          { name: 'PORT', value: '3000' },
          { name: 'DB_PORT', value: '5432' },
        ],
        args: ['--listen-address=:9000'],
      }),
      '',
    )
    expect(found).toMatchObject({ declared: [8080], probed: [8080], configured: [3000, 9000], declaresAll: true })
  })
})
