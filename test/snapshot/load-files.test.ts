import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createView } from '../../src/snapshot/create-view.ts'
import { loadSnapshot, SnapshotUnreadable } from '../../src/snapshot/load-files.ts'

const folders: string[] = []
const folder = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), 'snapshot-'))
  folders.push(root)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

const pod = (name: string, namespace = 'shop'): string => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace} }
status: { phase: Running, startTime: 2026-11-20T09:00:00Z }
`

describe('loadSnapshot', () => {
  it('reads YAML, JSON, lists and dumps below a folder, and logs by their place', async () => {
    const root = folder({
      'pods.yaml': `${pod('a')}---\n${pod('b')}`,
      'deep/list.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }],
      }),
      'shop/services.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'ServiceList',
        items: [{ metadata: { name: 's', namespace: 'shop' } }],
      }),
      'shop/a/logs.txt':
        '==== START logs for container app of pod shop/a ====\nhello\n==== END logs for container app of pod shop/a ====\n',
      'logs/shop/b/app.log': 'now',
      'logs/shop/b/app.previous.log': 'before',
      'namespaces/shop/pods/c/app/app/logs/current.log': 'gathered',
      'empty.json': JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: null }),
      'README.md': 'not read',
    })
    const { view, problems } = await loadSnapshot(root)
    expect(problems).toEqual([])
    const read = createView(view)
    expect(read.all('Pod').map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
    expect(read.all('Service')[0]).toMatchObject({ apiVersion: 'v1', kind: 'Service' })
    expect(read.all('Node')).toHaveLength(1)
    expect(read.logs('shop', 'a')).toMatchObject([{ container: 'app', text: 'hello\n' }])
    expect(read.logs('shop', 'b').map((log) => [log.previous, log.text])).toEqual([
      [false, 'now'],
      [true, 'before'],
    ])
    expect(read.logs('shop', 'c')).toMatchObject([{ text: 'gathered' }])
    expect(read.cluster).toBe('snapshot')
    expect(read.now).toBe('2026-11-20T09:00:00Z')
    expect(read.coverage.checked).toEqual(['logs', 'nodes', 'pods', 'services'])
  })

  it('reads a dump that went to one file', async () => {
    const root = folder({
      'dump.json': `${JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: [{ metadata: { name: 'a', namespace: 'shop' } }] }, null, 2)}
==== START logs for container app of pod shop/a ====
{"level":"error"}
==== END logs for container app of pod shop/a ====
${JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', items: [{ metadata: { name: 'n' } }] })}`,
    })
    const { view, problems } = await loadSnapshot(join(root, 'dump.json'))
    expect(problems).toEqual([])
    expect(view.objects.map(({ kind }) => kind)).toEqual(['Pod', 'Node'])
    expect(view.logs).toMatchObject([{ pod: 'a', text: '{"level":"error"}\n' }])
  })

  it('names file and line of what is wrong and reads the rest', async () => {
    const root = folder({
      'bad.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: x\n',
      'good.yaml': pod('a'),
      'html.json': '<html>captive portal</html>',
      'nameless.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {}\n',
      'values.yaml': 'replicas: 3\n',
      'twice.yaml': 'apiVersion: v1\nkind: Pod\nkind: Node\nmetadata: { name: x }\n',
      'refused.json': JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Forbidden',
        message: 'secrets is forbidden',
        details: { kind: 'secrets' },
        code: 403,
      }),
    })
    const { view, problems } = await loadSnapshot(root)
    expect(view.objects).toHaveLength(1)
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'bad.yaml:4',
      'html.json:1',
      'nameless.yaml:1',
      'twice.yaml:3',
      'values.yaml:1',
    ])
    expect(view.coverage.unavailable.map(({ source, reason }) => `${source} ${reason}`)).toEqual([
      'Pod shop/a malformed',
      'bad.yaml:4 malformed',
      'html.json:1 malformed',
      'nameless.yaml:1 malformed',
      'secrets forbidden',
      'twice.yaml:3 malformed',
    ])
  })

  it('never keeps a value of a Secret, of a redacted setting or of last-applied', async () => {
    const root = folder({
      's.yaml': `apiVersion: v1
kind: Secret
metadata:
  name: keys
  namespace: shop
  annotations: { kubectl.kubernetes.io/last-applied-configuration: '{"data":{"k":"aHVudGVyMg=="}}' }
type: Opaque
data: { k: aHVudGVyMg== }
stringData: { plain: hunter2 }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { url: 'postgres://app:hunter2@db/shop', DB_PASSWORD: hunter2, mode: fast }
---
apiVersion: v1
kind: Pod
metadata: { name: a, namespace: shop }
spec: { containers: [{ name: app, env: [{ name: API_TOKEN, value: hunter2 }, { name: MODE, value: fast }] }] }
---
apiVersion: clusterdoctor.dev/v1alpha1
kind: ContainerLog
metadata: { namespace: shop, name: a }
container: app
text: 'login password=hunter2'
`,
    })
    const { view } = await loadSnapshot(root)
    const text = JSON.stringify(view)
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('aHVudGVyMg')
    expect(view.objects[0]).toMatchObject({ kind: 'Secret', type: 'Opaque', keys: ['k', 'plain'] })
    expect(text).toContain('"mode":"fast"')
  })

  it('reads the documents of clusterdoctor.dev', async () => {
    const root = folder({
      'x.yaml': `apiVersion: clusterdoctor.dev/v1alpha1
kind: SnapshotInfo
cluster: prod-eu1
kubernetesVersion: v1.31.4
now: 2026-11-20T10:00:00Z
unavailable: [{ source: Secret, reason: Forbidden }, { source: metrics, reason: timed out }]
---
apiVersion: clusterdoctor.dev/v1alpha1
kind: MetricSeries
metric: m
labels: { pod: a }
points: [[2026-11-20T09:55:00Z, 2], [2026-11-20T09:50:00Z, 1], [x, 3]]
---
apiVersion: clusterdoctor.dev/v1alpha1
kind: Alert
source: pagerduty
labels: { alertname: X, namespace: shop, deployment: web, severity: critical }
annotations: { summary: broken }
startsAt: 2026-11-20T09:48:00Z
---
apiVersion: clusterdoctor.dev/v1alpha1
kind: WorkflowRun
repository: acme/shop
workflow: deploy.yml
conclusion: failure
failedSteps: [{ job: deploy, step: helm, log: boom }]
---
apiVersion: clusterdoctor.dev/v1alpha1
kind: ContainerLog
metadata: { namespace: shop, name: a }
container: app
error: container is waiting to start
`,
    })
    const { view, problems } = await loadSnapshot(root)
    expect(problems).toEqual([])
    expect(view).toMatchObject({
      cluster: 'prod-eu1',
      kubernetesVersion: 'v1.31.4',
      now: '2026-11-20T10:00:00Z',
      coverage: {
        unavailable: [
          { source: 'metrics', reason: 'timeout' },
          { source: 'pods', reason: 'not-in-snapshot' },
          { source: 'secrets', reason: 'forbidden' },
        ],
      },
      metrics: [
        {
          metric: 'm',
          points: [
            ['2026-11-20T09:50:00Z', 1],
            ['2026-11-20T09:55:00Z', 2],
          ],
        },
      ],
      alerts: [
        { source: 'pagerduty', title: 'broken', severity: 'critical', workload: { kind: 'Deployment', name: 'web' } },
      ],
      workflowRuns: [{ repository: 'acme/shop', failedSteps: [{ log: 'boom' }] }],
      logs: [{ text: '', error: 'container is waiting to start' }],
    })
  })

  it('follows no link out of the folder and changes nothing', async () => {
    const outside = folder({ 'secret.yaml': pod('outside') })
    const root = folder({ 'a.yaml': pod('a') })
    symlinkSync(join(outside, 'secret.yaml'), join(root, 'link.yaml'))
    symlinkSync(outside, join(root, 'folder'))
    const before = readdirSync(root).map((name) => [name, statSync(join(root, name)).mtimeMs])
    const { view } = await loadSnapshot(root)
    expect(view.objects.map(({ metadata }) => metadata.name)).toEqual(['a'])
    expect(readdirSync(root).map((name) => [name, statSync(join(root, name)).mtimeMs])).toEqual(before)
  })

  it('refuses a path that is not there with a sentence', async () => {
    await expect(loadSnapshot(join(tmpdir(), 'nowhere-at-all'))).rejects.toThrow(SnapshotUnreadable)
    const { problems } = await loadSnapshot(folder({}))
    expect(problems).toEqual([{ file: '.', message: 'holds no Kubernetes object' }])
  })
})
