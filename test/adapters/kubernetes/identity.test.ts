import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadContexts } from '../../../src/adapters/kubernetes/kubeconfig.ts'
import { openWriter } from '../../../src/adapters/kubernetes/writer.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-identity-'))
let cluster: SimulatedCluster
let writer: ReturnType<typeof openWriter>
beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
  writeFileSync(join(folder, 'writer'), cluster.kubeconfig('writer'))
  const [context] = loadContexts({ kubeconfig: join(folder, 'writer'), contexts: [], allowExec: false }).contexts
  if (context === undefined) throw new Error('the kubeconfig was refused')
  writer = openWriter(context)
})
afterAll(async () => {
  writer?.close()
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

it('a cluster is the same one on a new connection, whatever the old one’s session remembers', async () => {
  const first = await writer.identify()
  expect(first.signals.map((signal) => signal.name)).toContain('api-ca-spki')
  for (let again = 0; again < 3; again += 1) {
    cluster.faults.fail({ effect: { kind: 'drop' }, times: 1 })
    await writer.identify().catch(() => undefined)
    expect(await writer.identify()).toEqual(first)
  }
})
