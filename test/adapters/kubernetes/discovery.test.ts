import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../../src/adapters/kubernetes/reader.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-discovery-'))
let cluster: SimulatedCluster
let reader: ReturnType<typeof openReader>

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
  writeFileSync(join(folder, 'reader'), cluster.kubeconfig('reader'))
  const [context] = loadContexts({ kubeconfig: join(folder, 'reader'), contexts: [], allowExec: false }).contexts
  if (context === undefined) throw new Error('the kubeconfig was refused')
  reader = openReader(context)
})
afterAll(async () => {
  reader?.close()
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

const kindsOf = (read: Awaited<ReturnType<typeof reader.resources>>) =>
  read.kind === 'ok' ? read.value.map(({ group, kind }) => `${group}/${kind}`) : [read.kind]
const asked = () => cluster.requests.map(({ path }) => path)

describe('what a server serves', () => {
  it('costs no request for the core group where only the others are wanted, and is asked for once', async () => {
    const groups = kindsOf(await reader.resources(undefined, 'groups'))
    expect(groups).toContain('apps/Deployment')
    expect(groups.some((one) => one.startsWith('/'))).toBe(false)
    expect(asked().filter((path) => /^\/api(?:\/v1)?$/.test(path))).toEqual([])
    const all = kindsOf(await reader.resources())
    expect(all).toEqual(expect.arrayContaining(['/Pod', ...groups]))
    const before = asked().length
    expect(kindsOf(await reader.resources(undefined, 'groups'))).toEqual(all)
    expect(asked()).toHaveLength(before)
  })
})
