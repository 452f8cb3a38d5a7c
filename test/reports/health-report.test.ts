import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../src/domain/diagnosis.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { healthReport } from '../../src/reports/health-report.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { documentMessage } from '../../src/views/document-blocks.ts'
import { documentMarkdown } from '../../src/views/document-markdown.ts'
import { reportDocument } from '../../src/views/report.ts'

const now = '2026-11-20T10:00:00Z'
const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name },
  status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
})
const meta = (name: string, uid: string, extra = {}) => ({ name, namespace: 'shop', uid, ...extra })
const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image, resources: { requests: { cpu: '1', memory: '1Gi' } } }] },
})
const set = (revision: number, image: string, at: string) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: meta(`web-${revision}`, `rs-${revision}`, {
    creationTimestamp: at,
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web', controller: true }],
  }),
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template(image) },
})
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name, name, {
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-2', uid: 'rs-2', controller: true }],
  }),
  spec: { nodeName: 'a', ...template('web:2').spec },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
})
const objects = [
  { apiVersion: 'clusterdoctor.dev/v1alpha1', kind: 'SnapshotInfo', cluster: 'prod', now },
  node('a'),
  node('b'),
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web', 'web'),
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template('web:2') },
    status: { readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  },
  set(1, 'web:1', '2026-11-01T00:00:00Z'),
  set(2, 'web:2', '2026-11-20T08:00:00Z'),
  pod('web-2-x'),
  pod('web-2-y'),
]
const healthy: Diagnosis = {
  version: 1,
  cluster: 'prod',
  at: now,
  verdict: 'healthy',
  coverage: { checked: ['pods'], unavailable: [] },
  rootCauses: [],
  findings: [],
  next: [],
}
const incident = {
  cluster: 'prod',
  openedAt: '2026-11-20T02:00:00Z',
  endedAt: '2026-11-20T02:06:00Z',
} as unknown as Incident

const view = async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'report-')), 'snapshot.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  return createView((await loadSnapshot(file)).view)
}

describe('healthReport', () => {
  it('counts workloads, nodes, rollouts of the last day, incidents and room', async () => {
    const report = healthReport(await view(), healthy, [incident, { ...incident, openedAt: '2026-11-01T00:00:00Z' }])
    expect(report.namespaces).toEqual([{ name: 'shop', workloads: 1, healthy: 1, pods: 2, notReady: 0 }])
    expect(report.nodes).toEqual({ total: 2, ready: 2, cordoned: 0 })
    expect(report.rollouts).toMatchObject([{ revision: '2', change: 'web:1 → web:2', state: 'complete' }])
    expect(report.incidents).toEqual({ opened: 1, open: 0, minutes: 6 })
    expect(report.utilisation[0]).toEqual({ resource: 'cpu', allocatable: 8, requested: 2 })
    expect(report.recommendations).toEqual([
      expect.stringContaining('Spread shop/web'),
      expect.stringContaining('metrics-server'),
    ])
  })

  it('reads the same in Markdown and in Slack, and never calls an unread source well', async () => {
    const report = healthReport(
      await view(),
      {
        ...healthy,
        verdict: 'inconclusive',
        coverage: { checked: [], unavailable: [{ source: 'events', reason: 'forbidden' }] },
      },
      [],
    )
    const markdown = documentMarkdown(reportDocument(report))
    expect(markdown).toContain('inconclusive: 1 of 1 namespace healthy')
    expect(markdown).toContain('Could not be read: events (forbidden)')
    expect(markdown).not.toContain('Nothing is wrong')
    expect(documentMessage(reportDocument(report)).blocks.length).toBeLessThanOrEqual(50)
  })
})
