import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { seedDeployment } from '../doctor/ward.ts'
import { openStage, type Shown, type Stage, type Workload } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

const deployment = ({ namespace, name }: Workload) => ['deployments.apps', namespace, name] as const
const scaled = (workload: Workload) =>
  stage.cluster.store.patch(...deployment(workload), { spec: { replicas: 7 } } as never)

/** Presses Approve after `change`, and expects that nothing is written and a fresh card comes instead. */
const isStale = async (card: Shown, workload: Workload, code: string): Promise<PlanRecord> => {
  await stage.press(card, 'U0ANA')
  const record = await stage.settled(card)
  expect(record.life).toMatchObject({ state: 'stale', effect: 'none', outcome: { code } })
  expect(stage.writes(workload)).toEqual([])
  return record
}

describe('promise 4: what is written is what was shown', () => {
  it('sends byte for byte what was rehearsed and sealed', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const { plan } = await stage.record(card)
    await stage.press(card, 'U0ANA')
    await stage.settled(card)
    if (plan.change.kind !== 'cluster-write') throw new Error('it writes to the cluster')
    const { method, path, contentType, body } = plan.change.request
    expect(stage.writes(workload)).toMatchObject([
      { method, path, contentType, body, query: 'fieldManager=cluster-doctor' },
    ])
    const rehearsed = stage.cluster.requests.filter((one) => one.dryRun && one.path === path)
    expect(rehearsed.length).toBeGreaterThanOrEqual(2)
    expect(new Set(rehearsed.map((one) => `${one.contentType} ${one.body}`))).toEqual(
      new Set([`${contentType} ${body}`]),
    )
  })

  it('a change between the card and the press makes it stale, and a card of what is there now comes', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    scaled(workload)
    await isStale(card, workload, 'target-changed')
    await stage.slack.waitFor(
      (message) =>
        message.ts !== card.ts &&
        JSON.stringify(message.blocks).includes('doctor.approve') &&
        JSON.stringify(message.blocks).includes(workload.namespace),
    )
  })

  it('another object of the same name is not the one that was shown', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    stage.cluster.store.delete(...deployment(workload))
    seedDeployment(stage, workload.name, workload.namespace)
    await isStale(card, workload, 'target-replaced')
  })

  it('an object that is gone is gone', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    stage.cluster.store.delete(...deployment(workload))
    await isStale(card, workload, 'target-gone')
  })

  it('a change in the last instant, after every gate, is stopped by the server itself', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    stage.at.set('execute.armed', () => scaled(workload))
    await stage.press(card, 'U0ANA')
    const { life } = await stage.settled(card)
    stage.at.clear()
    expect(life).toMatchObject({ state: 'failed', effect: 'none' })
    expect(stage.writes(workload).map((one) => one.status)).not.toContain(200)
    const spec = JSON.stringify(stage.cluster.store.get(...deployment(workload)))
    expect(spec).toContain('"replicas":7')
    expect(spec).not.toContain('cluster-doctor.dev/plan')
  })

  it('a server that would now do something else than it rehearsed gets nothing to do', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const now = stage.cluster.store.get(...deployment(workload)) as unknown as { readonly spec: object }
    const other = { ...now, spec: { ...now.spec, paused: true } }
    const back = stage.cluster.faults.fail({
      method: 'PATCH',
      path: new RegExp(`/namespaces/${workload.namespace}/deployments/`),
      effect: { kind: 'body', text: JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', ...other }) },
    })
    await isStale(card, workload, 'diff-changed')
    back()
  })
})
