import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openWriter } from '../../src/adapters/kubernetes/writer.ts'
import { kubeconfigText } from '../../src/demo/cluster/kubeconfig.ts'
import { startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { ClusterIdentity } from '../../src/domain/cluster.ts'
import { issuePermit } from '../../src/policy/permit.ts'
import { seedDeployment } from '../doctor/ward.ts'
import { channel } from '../flows/world.ts'
import { openStage, type Stage } from './stage.ts'

const kubeSystem = '/api/v1/namespaces/kube-system'
const impostor = {
  kind: 'body',
  text: JSON.stringify({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', uid: '00000000-0000-4000-8000-000000000000' },
  }),
} as const

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

describe('promise 5: the right cluster', () => {
  it('no card where only one kind of signal can be read', async () => {
    const workload = stage.workload()
    const back = stage.cluster.faults.fail({ path: kubeSystem, effect: { kind: 'status', code: 403 } })
    await expect(stage.card(workload)).rejects.toThrow(/could not be confirmed/)
    back()
    expect(stage.writes(workload)).toEqual([])
  })

  it('a cluster that stops being identifiable after the approval is not written to', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    stage.at.set('execute.gates-passed', () => {
      stage.cluster.faults.fail({ path: kubeSystem, effect: { kind: 'drop' } })
    })
    await stage.press(card, 'U0ANA')
    const { life } = await stage.settled(card)
    stage.at.clear()
    stage.cluster.faults.clear()
    expect(life).toMatchObject({ state: 'failed', effect: 'none' })
    expect(stage.writes(workload)).toEqual([])
  })

  it('another cluster in the last instant is noticed on the connection that would write', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    stage.at.set('execute.armed', () => {
      stage.cluster.faults.fail({ path: kubeSystem, effect: impostor })
    })
    await stage.press(card, 'U0ANA')
    const { life } = await stage.settled(card)
    stage.at.clear()
    stage.cluster.faults.clear()
    expect(life).toMatchObject({ state: 'failed', effect: 'none', outcome: { code: 'IdentityMismatch' } })
    expect(stage.writes(workload)).toEqual([])
  })

  it('another cluster behind the address locks it, until an approver looked and says so by its name', async () => {
    const workload = stage.workload()
    const [card, next] = [await stage.card(workload), await stage.card(stage.workload())]
    const back = stage.cluster.faults.fail({ path: kubeSystem, effect: impostor })
    await stage.press(card, 'U0ANA')
    expect((await stage.settled(card)).life).toMatchObject({ effect: 'none', outcome: { code: 'identity-mismatch' } })
    back()
    await stage.press(next, 'U0ANA')
    await expect.poll(() => stage.told('U0ANA').at(-1)).toMatch(/frozen/i)
    const say = async (user: string, text: string, answer: RegExp) => {
      await stage.slack.as(user).command(`/doctor ${text}`, channel)
      await stage.slack.waitFor((message) => message.ephemeral_to === user && answer.test(message.text))
    }
    await say('U0ANA', 'unfreeze', /prod-eu1 stays as it is/)
    await say('U0BEN', 'unfreeze prod-eu1', /Only those who may approve/)
    await say('U0DAN', 'unfreeze prod-eu1 it was a test of mine', /No longer frozen/)
    await stage.press(next, 'U0ANA')
    expect((await stage.settled(next)).life.state).toBe('verified')
    expect(stage.writes(workload)).toEqual([])
    const kinds = (await stage.app.doctor.audit.read({})).map((entry) => entry.kind)
    expect(kinds).toEqual(expect.arrayContaining(['cluster.locked', 'cluster.unlocked']))
  })
})

describe('a cluster that another one took the address of', () => {
  it('gets nothing, although its certificate is trusted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-swap-'))
    const first = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
    const port = Number(new URL(first.url).port)
    const { namespace, name } = { namespace: 'shop', name: 'checkout' }
    seedDeployment({ cluster: first }, name, namespace)
    const seen = async (identify: () => Promise<ClusterIdentity>) => {
      const identity = await identify()
      if (identity.kind !== 'confirmed') throw new Error(identity.reason)
      return identity
    }
    const writerOf = (cluster: typeof first, caPem: string) => {
      const file = join(folder, `kubeconfig-${Math.random()}`)
      writeFileSync(file, kubeconfigText('prod-eu1', cluster.url, caPem, 'writer', cluster.token('writer')))
      const [context] = loadContexts({ kubeconfig: file, contexts: [], allowExec: false }).contexts
      if (context === undefined) throw new Error('the kubeconfig was refused')
      return openWriter(context)
    }
    const one = writerOf(first, first.caPem)
    const identity = await seen(one.identify)
    one.close()
    await first.close()
    const second = await startSimulatedCluster({ name: 'prod-eu1', controllers: false, port })
    seedDeployment({ cluster: second }, name, namespace)
    const plan = { ...(await somePlan()), identity }
    for (const trusted of [first.caPem, `${first.caPem}\n${second.caPem}`]) {
      const writer = writerOf(second, trusted)
      const result = await writer.write(issuePermit(plan, identity, 1, Date.now()))
      expect(result).toMatchObject({ kind: 'rejected', status: 0, reason: 'IdentityMismatch' })
      writer.close()
    }
    expect(second.requests.filter((request) => request.method !== 'GET')).toEqual([])
    await second.close()
    rmSync(folder, { recursive: true, force: true })
  })
})

/** The sealed plan of the stage's own cluster: its request would be fine there. */
const somePlan = async () => {
  const workload = stage.workload()
  return (await stage.record(await stage.card(workload))).plan
}
