import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runDiagnose } from '../../src/cli/diagnose.ts'
import { runLook } from '../../src/cli/look.ts'

const folder = mkdtempSync(join(tmpdir(), 'look-'))
const file = join(folder, 'snapshot.yaml')
writeFileSync(
  file,
  `kind: SnapshotInfo
apiVersion: clusterdoctor.dev/v1alpha1
cluster: prod-eu1
now: 2026-11-20T10:00:00Z
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: app, image: 'web:latest' }] }
---
apiVersion: v1
kind: Pod
metadata: { name: lone, namespace: shop }
spec: { containers: [{ name: app, image: 'a:1' }] }
status: { phase: Running, conditions: [{ type: Ready, status: 'True' }] }
---
apiVersion: clusterdoctor.dev/v1alpha1
kind: ContainerLog
metadata: { namespace: shop, name: lone }
container: app
text: |
  2026-11-20T09:59:00Z ERROR order 7 failed, password=hunter2hunter2
  2026-11-20T09:59:30Z ERROR order 8 failed, password=hunter2hunter2
`,
)
afterAll(() => rmSync(folder, { recursive: true }))

const run = async (...words: readonly string[]) => {
  let [out, err] = ['', '']
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), colour: false }
  const code =
    words[0] === 'diagnose'
      ? await runDiagnose([...words.slice(1), '--snapshot', file], io)
      : await runLook([...words, '--snapshot', file], io)
  return { code, out, err }
}

describe('doctor hygiene', () => {
  it('prints a score, and says no below the least that is asked for', async () => {
    const { code, out } = await run('hygiene')
    expect([code, out.split('\n')[0]]).toEqual([0, 'Hygiene of prod-eu1: 0 of 100 (F)'])
    expect(out).toContain('web:latest')
    expect((await run('hygiene', '--min-score', '1')).code).toBe(1)
    expect((await run('hygiene', '--min-score', '0')).code).toBe(0)
  })
  it('is JSON and Markdown where asked for', async () => {
    const { out } = await run('hygiene', '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({ version: 1, cluster: 'prod-eu1', total: { grade: 'F' } })
    expect((await run('hygiene', '-o', 'markdown')).out).toMatch(/^## Hygiene of prod-eu1/)
  })
  it('cannot tell where nothing is there to judge', async () => {
    expect((await run('hygiene', '-n', 'nowhere')).code).toBe(2)
  })
  it.each([[['--min-score', '101']], [['-o', 'yaml']], [['--depth', '2']], [['--context', 'x']]])(
    'refuses %j as usage',
    async (words) => expect((await run('hygiene', ...words)).code).toBe(64),
  )
})

describe('doctor graph', () => {
  it('draws, and says what is not there', async () => {
    expect((await run('graph', 'deploy/web')).out).toMatch(/^✗ Deployment shop\/web \(0 of 1 ready\)/)
    expect((await run('graph', 'deploy/web', '-o', 'mermaid')).out).toMatch(/^flowchart LR\n/)
    expect((await run('graph', 'deploy/wbe')).code).toBe(1)
    expect((await run('graph')).code).toBe(64)
    expect((await run('graph', '--help')).code).toBe(0)
  })
})

describe('doctor patterns', () => {
  it('clusters what was logged, redacted', async () => {
    const { code, out } = await run('patterns', '-n', 'shop')
    expect(code).toBe(0)
    expect(out).toMatch(/ERROR order 8 failed.*\(2×/)
    expect(out).not.toContain('hunter2')
    expect((await run('patterns', '--since', 'soon')).code).toBe(64)
    expect((await run('patterns', '--since', '10s')).out).toMatch(/^No log lines in prod-eu1/)
  })
})

describe('doctor diagnose --output k8sgpt-json', () => {
  it('is one JSON document in K8sGPT’s shape', async () => {
    const { out } = await run('diagnose', '-o', 'k8sgpt-json')
    expect(Object.keys(JSON.parse(out))).toEqual(['provider', 'errors', 'status', 'problems', 'results'])
  })
})
