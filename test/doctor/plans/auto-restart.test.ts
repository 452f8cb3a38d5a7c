import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { loadAnalyzers } from '../../../src/analyzers/load.ts'
import { loadConfig } from '../../../src/config.ts'
import { node } from '../../../src/demo/cluster/world/nodes.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { changeIncident } from '../../../src/doctor/incident/incident-store.ts'
import { investigate } from '../../../src/doctor/investigate.ts'
import { readIssue } from '../../../src/doctor/issue/issue-store.ts'
import { plan } from '../../../src/doctor/plan.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { openWard, recordOf, type Ward } from '../ward.ts'

let ward: Ward
let doctor: Doctor
beforeAll(async () => {
  ward = await openWard({ GITHUB_TOKEN: 't', GITHUB_ISSUES: 'acme/deploy', DOCTOR_AUTO_RESTART: '4/1h' })
  ward.cluster.images.set('reg.dev/web:crash', {
    starts: () => ({ exitCode: 2, after: 300, lines: ['panic: runtime error: index out of range [3] with length 3'] }),
  })
  const labels = { 'cluster-doctor.dev/mode': 'auto' }
  for (const name of ['auto', 'asks'])
    ward.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, ...(name === 'auto' ? { labels } : {}) },
    })
  ward.cluster.store.apply(node(1, '2026-11-20T10:00:00Z'))
  ward.cluster.controllers.tick(1_000)
  doctor = { ...ward.doctor, analyzers: await loadAnalyzers() }
})
afterAll(() => ward.close())
beforeEach(() => {
  ward.waiting.length = 0
})

/** A workload that crashes from its first revision on, until one of its containers restarted so often. */
const crashing = (name: string, namespace: string, restarts: number, replicas = 1): void => {
  ward.cluster.store.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'reg.dev/web:crash' }] },
      },
    },
  })
  // The back-off of a kubelet doubles from 10 s on; what counts is how often it came round.
  for (let steps = 0; steps < 400 && restartsOf(name, namespace) < restarts; steps += 1)
    ward.cluster.controllers.tick(2_000)
  // It crashes once more and waits for its next start.
  ward.cluster.controllers.tick(2_000)
  ward.clock.offset = ward.cluster.now() - Date.now()
}

const restartsOf = (name: string, namespace: string): number =>
  Math.max(
    0,
    ...ward.cluster.store
      .list('pods', namespace)
      .filter((pod) => pod.metadata.name.startsWith(name))
      .map((pod) => (pod as any).status?.containerStatuses?.[0]?.restartCount ?? 0),
  )

const open = async (name: string, namespace: string): Promise<string> => {
  const at = new Date(doctor.clock.now()).toISOString()
  const incident: Incident = {
    id: `i-${name}`,
    fingerprint: `f-${name}`,
    state: 'open',
    title: `${name} crashes`,
    severity: 'critical',
    cluster: 'prod-eu1',
    namespace,
    focus: { kind: 'Deployment', name },
    source: 'alertmanager',
    openedBy: 'alertmanager',
    openedAt: at,
    updatedAt: at,
    seen: 1,
    thread: { channel: 'CONCALL', ts: `9.${name}` },
    plans: [],
    attempts: [],
  }
  await doctor.store.put('incident', incident.id, incident, 0)
  await doctor.chat.post('CONCALL', { text: name }, { key: incident.id })
  const { ts } = ward.chat.said.at(-1) ?? { ts: '' }
  await doctor.store.put('incident', incident.id, { ...incident, thread: { channel: 'CONCALL', ts } }, 1)
  return incident.id
}

const look = async (id: string, by: Doctor = doctor) => {
  ward.waiting.length = 0
  await investigate(by, id, AbortSignal.timeout(10_000))
  return ward.waiting.flatMap(({ job }) => (job.kind === 'plan' ? [job.request] : []))
}
const saidIn = (id: string) =>
  ward.chat.said.filter(({ message }) => message.text.includes('I do not restart') && message.text.includes(id))

it('gives a crash loop one fresh start in a window, by itself where the policy lets it, and then writes an issue', async () => {
  crashing('api', 'auto', 2)
  const id = await open('api', 'auto')
  const [request, ...more] = await look(id)
  expect(more).toEqual([])
  expect(request).toMatchObject({ action: 'evict-pod', target: { kind: 'Pod' }, reason: { code: 'app-crash' } })
  if (request === undefined) throw new Error('nothing was wanted')
  const made = recordOf(await plan(doctor, request))
  expect(made.plan.rule.quorum).toBe(0)
  expect(made.life.state).toBe('approved')
  expect(saidIn('api')).toEqual([])
  // The pod was evicted and the next one crashes like it.
  await changeIncident(doctor, id, (incident) => ({ ...incident, state: 'investigating' }))
  expect(await look(id)).toEqual([])
  expect(saidIn('api')).toHaveLength(1)
  expect(saidIn('api')[0]?.message.text).toContain('within 60 minutes already. An issue is written instead.')
  expect((await readIssue(doctor, 'f-api'))?.notice?.title).toContain('Deployment auto/api crashes again and again')
})

it('asks people where the policy does not let it, and restarts all of what crashes as a whole', async () => {
  crashing('shop', 'asks', 2, 2)
  const [request] = await look(await open('shop', 'asks'))
  expect(request).toMatchObject({ action: 'restart-rollout', target: { kind: 'Deployment', name: 'shop' } })
  if (request === undefined) throw new Error('nothing was wanted')
  expect(recordOf(await plan(doctor, request)).plan.rule.quorum).toBe(1)
})

it('leaves what restarted too often to an issue', async () => {
  crashing('late', 'auto', 4)
  expect(await look(await open('late', 'auto'))).toEqual([])
  expect(saidIn('late')[0]?.message.text).toContain('the bound is 4')
  expect((await readIssue(doctor, 'f-late'))?.state).toBe('wanted')
})

it('does nothing of it where it is not switched on', async () => {
  const { autoRestart: _, ...config } = doctor.config
  const off: Doctor = { ...doctor, config }
  crashing('off', 'auto', 2)
  expect(await look(await open('off', 'auto'), off)).toEqual([])
  expect(saidIn('off')).toEqual([])
  expect(await readIssue(doctor, 'f-off')).toBeUndefined()
})

it('takes its bounds from one setting, and refuses what is none', () => {
  const bounds = (value: string) => loadConfig({ DOCTOR_AUTO_RESTART: value })
  expect(bounds('5/1h')).toMatchObject({ kind: 'valid', config: { autoRestart: { restarts: 5, seconds: 3600 } } })
  for (const value of ['0/1h', '5', '5/1d', 'on']) expect(bounds(value).kind).toBe('invalid')
})
