import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer } from '../../src/doctor/answer.ts'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { setFreeze } from '../../src/doctor/freeze.ts'
import { plan } from '../../src/doctor/plan.ts'
import { pressBreakGlass } from '../../src/doctor/plans/break-glass.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import type { BreakGlass } from '../../src/domain/break-glass.ts'
import type { PlanRequest } from '../../src/domain/job.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { openWard, pressOn, recordOf, requestFor, rolled, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard({
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: 'secret-of-slack',
    SLACK_CHANNEL: 'CONCALL',
  })
  for (const name of ['web', 'api', 'cart']) seedDeployment(ward, name)
  seedDeployment(ward, 'dns', 'kube-system')
})
afterAll(() => ward.close())

const target = (name: string, namespace = 'shop') => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })
const planOf = async (action: string, name: string, input: object = {}, more: Partial<PlanRequest> = {}) =>
  recordOf(await plan(ward.doctor, requestFor(action, input as never, { target: target(name), ...more })))
const named = ({ plan: { hash } }: PlanRecord) => `${hash.slice(0, 4)}…${hash.slice(-2)}`

/** What a person reads who types this line. */
const type = async (line: string, user = 'UANA', inThread?: string) => {
  const replyTo = { channel: 'CTYPED', user }
  const job = { v: 1, kind: 'answer', text: line, user: { id: user, name: user }, replyTo } as const
  await answer(ward.doctor, inThread === undefined ? job : { ...job, inThread }, AbortSignal.timeout(10_000))
  const said = ward.chat.said.findLast((one) => one.channel === 'CTYPED')
  return ((said?.message.blocks ?? []) as { text?: { text?: string }; elements?: { text?: string }[] }[])
    .map((block) => block.text?.text ?? block.elements?.map((one) => one.text).join(' '))
    .join('\n')
}

describe('plans', () => {
  it('lists what is open, with who may approve and until when', async () => {
    expect(await type('plans')).toContain('No plan waits')
    const record = await planOf('restart-rollout', 'web')
    const text = await type('plans')
    expect(text).toContain(`\`${named(record)}\``)
    for (const part of ['waits: 0 of 1 approvals', 'Deployment shop/web', 'uana, uben, ureq', 'UTC (30 min)'])
      expect(text).toContain(part)
    await decide(ward.doctor, pressOn(record, 'deny', 'UANA'))
    expect(await type('plans')).toContain('No plan waits')
  })
})

describe('why-not', () => {
  it('explains a plan gate by gate and rule by rule, to the person who asks', async () => {
    const record = await planOf('scale-workload', 'api', { replicas: 3 }, { requester: { id: 'UREQ', name: 'Req' } })
    const ana = await type(`why-not ${named(record)}`)
    expect(ana).toContain('In the way now: approvals.')
    for (const part of [
      '✗ approvals: 0 of 1, by nobody yet.',
      '✓ your approval: You may approve it.',
      '✓ the cluster: It is the cluster that it says it is.',
      '✓ the policy: It asks for one approval.',
      '✓ catalogue permits it',
      '– frozen does not apply (forbid): not so: context.frozen',
      '– protected-namespace does not apply (forbid): not so: ["kube-system"',
    ])
      expect(ana).toContain(part)
    expect(await type(`why-not ${record.plan.hash.slice(0, 8)}`, 'UREQ')).toContain(
      '✗ your approval: You asked for this',
    )
    expect(await type(`why-not ${named(record)}`, 'UOUT')).toContain('✗ your approval: You are not among')
    await setFreeze(ward.doctor, 'prod-eu1', true, { id: 'UANA', name: 'Ana' }, 'release')
    expect(await type(`why-not ${named(record)}`)).toMatch(
      /In the way now: .*no freeze.*[\s\S]*✗ frozen forbids it: Changes are frozen/,
    )
    await setFreeze(ward.doctor, 'prod-eu1', false, { id: 'UANA', name: 'Ana' }, 'done')
    ward.cluster.store.patch('deployments.apps', 'shop', 'api', { spec: { replicas: 4 } } as never)
    expect(await type(`why-not ${named(record)}`)).toContain('✗ the object: It was changed after it was shown.')
    await decide(ward.doctor, pressOn(record, 'deny', 'UBEN'))
    expect(await type(`why-not ${named(record)}`)).toMatch(/It has ended \(denied\).*uben said no/)
  })

  it('explains a change that nobody has planned, without planning it', async () => {
    const cards = ward.chat.said.filter((one) => JSON.stringify(one.message).includes('doctor.approve')).length
    expect(await type('why-not restart kube-system/dns')).toMatch(
      /✗ the policy: The namespace belongs[\s\S]*✗ protected-namespace forbids it: .* Two people can lift it: break-glass protected-namespace/,
    )
    expect(await type('why-not scale cart to 3 -n shop')).toContain('Nothing stands in the way now.')
    expect(await type('why-not set-image shop/cart image=other/cart:9')).toContain('It asks for 2 different people.')
    expect(await type('why-not scale shop/cart 2')).toMatch(/✗ (the action|the dry run)/)
    expect(await type('why-not restart shop/nothing')).toContain('does not exist')
    expect(await type('why-not cordon no-such-node')).toContain('Node no-such-node does not exist')
    expect(await type('why-not expand pvc/data')).toContain('In which namespace is data?')
    expect(await type('why-not expand-volume pvc/data -n shop')).toContain(
      'PersistentVolumeClaim shop/data does not exist',
    )
    expect(await type('why-not explode shop/cart')).toContain('neither a plan nor an action')
    expect(await type('why-not ffff')).toContain('There is no plan')
    expect(await type('why-not')).toContain('Say what')
    expect(ward.chat.said.filter((one) => JSON.stringify(one.message).includes('doctor.approve'))).toHaveLength(cards)
  })

  it('in a thread explains what was refused there last', async () => {
    const incident = 'i-0000000000'
    const place = { channel: 'CONCALL', ts: '1.5' }
    await ward.doctor.store.put(
      'incident',
      incident,
      { id: incident, cluster: 'prod-eu1', thread: place, state: 'open', plans: [], attempts: [] },
      0,
    )
    await plan(ward.doctor, requestFor('restart-rollout', {}, { target: target('dns', 'kube-system'), incident }))
    const text = await type('why-not', 'UANA', incident)
    expect(text).toMatch(/✗ when it was asked \(\d\d:\d\d UTC\): The policy says no/)
    expect(text).toContain('✗ protected-namespace forbids it')
  })
})

describe('undo', () => {
  it('plans the way back of a change by its name, for who may decide about it', async () => {
    const record = await planOf('scale-workload', 'cart', { replicas: 3 })
    expect(await type(`undo ${named(record)}`)).toContain('Nothing was changed by this plan')
    await decide(ward.doctor, pressOn(record, 'approve', 'UANA'))
    ward.clock.waits = () => rolled(ward, 'cart')
    await execute(ward.doctor, record.plan.id)
    expect(await type('undo')).toContain(`undo ${named(record)}`)
    expect(await type(`undo ${named(record)}`, 'UOUT')).toContain('not among those')
    const waiting = ward.waiting.length
    expect(await type(`undo ${named(record)}`)).toContain('is being planned')
    expect(ward.waiting.slice(waiting).map((one) => one.job)).toMatchObject([
      {
        kind: 'plan',
        request: {
          action: 'scale-workload',
          input: { replicas: 2 },
          reason: { summary: expect.stringContaining('Way back') },
        },
      },
    ])
  })
})

describe('a break-glass', () => {
  const last = async () => (await ward.doctor.store.list<BreakGlass>('break-glass', 1))[0]?.value as BreakGlass
  const press = async (user: string, action: string, glass: BreakGlass, more: object = {}) => {
    const { channel, ts } = glass.card as { channel: string; ts: string }
    await pressBreakGlass(ward.doctor, {
      action,
      value: glass.id,
      user: { id: user, name: user },
      channel,
      message: ts,
      ...more,
    } as never)
    return ward.chat.said.at(-1)?.message.text ?? ''
  }
  const grant = 'doctor.break-glass.grant'
  const wished = () => plan(ward.doctor, requestFor('restart-rollout', {}, { target: target('dns', 'kube-system') }))

  it('is refused where nobody may, for rules that cannot be lifted, and without a reason', async () => {
    expect(await type('break-glass protected-namespace DNS is down', 'UOUT')).toContain('not among those')
    expect(await type('break-glass frozen DNS is down')).toMatch(
      /“frozen” cannot be lifted. These can: .*protected-namespace/,
    )
    expect(await type('break-glass catalogue,protected-namespace because')).toContain('“catalogue” cannot be lifted')
    expect(await type('break-glass protected-namespace')).toContain('Say why')
    expect(await type('break-glass protected-namespace now --minutes 600')).toContain('from 1 to 60')
    expect(await type('break-glass')).toContain('Nothing is lifted now')
    expect(await last()).toBeUndefined()
  })

  it('lifts the rule only once a second person granted it on its message, and is loud about it', async () => {
    expect(await type('break-glass protected-namespace DNS is down -n kube-system --minutes 20')).toContain(
      'once somebody else who may approve grants it',
    )
    const glass = await last()
    const shown = ward.chat.said.find((one) => one.ts === glass.card?.ts)
    expect(shown?.channel).toBe('CONCALL')
    expect(shown?.message.text).toContain('DNS is down')
    expect(await wished()).toMatchObject({ code: 'forbidden' })
    expect(await press('UANA', grant, glass)).toContain('somebody else')
    expect(await press('UOUT', grant, glass)).toContain('not among those')
    expect(await press('UBEN', grant, glass, { message: '9.9' })).toContain('no such break-glass')
    expect(await wished()).toMatchObject({ code: 'forbidden' })
    expect(await press('UBEN', grant, glass)).toContain('Granted: protected-namespace lifted for 20 minutes')
    expect(await press('UBEN', grant, glass)).toContain('can no longer be granted')
    seedDeployment(ward, 'issuer', 'cert-manager')
    const elsewhere = requestFor('restart-rollout', {}, { target: target('issuer', 'cert-manager') })
    expect(await plan(ward.doctor, elsewhere)).toMatchObject({ code: 'forbidden' })
    expect(await type('break-glass')).toMatch(/protected-namespace +prod-eu1 · kube-system/)
    const entries = await ward.doctor.audit.read({ kinds: ['break-glass.asked', 'break-glass.granted'] })
    expect(entries.map((entry) => [entry.kind, entry.actor])).toEqual([
      ['break-glass.asked', 'UANA'],
      ['break-glass.granted', 'UBEN'],
    ])
    expect(entries[1]?.data).toMatchObject({ reason: 'DNS is down', rules: ['protected-namespace'], askedBy: 'UANA' })
  })

  it('makes a plan possible that needs two approvals, and no plan any more once it ended', async () => {
    const record = recordOf(await wished())
    expect(record.plan.rule).toMatchObject({
      quorum: 2,
      determining: ['break-glass:protected-namespace', 'catalogue'].sort().reverse(),
    })
    await decide(ward.doctor, pressOn(record, 'approve', 'UANA'))
    expect(await decide(ward.doctor, pressOn(record, 'approve', 'UBEN'))).toMatchObject({ kind: 'approved' })
    expect(await press('UANA', 'doctor.break-glass.end', await last())).toContain('The rules hold again')
    const before = writesOf(ward).length
    await execute(ward.doctor, record.plan.id)
    expect(await readPlan(ward.doctor, record.plan.id)).toMatchObject({ life: { state: 'refused' } })
    expect(writesOf(ward)).toHaveLength(before)
    expect(await wished()).toMatchObject({ code: 'forbidden' })
  })

  it('cannot be granted after ten minutes, nor hold longer than it says, nor without the record', async () => {
    await type('break-glass protected-namespace again -n kube-system --minutes 1')
    const glass = await last()
    const audit = { ...ward.doctor.audit, append: () => Promise.reject(new Error('ENOSPC')) }
    const blind = { ...ward.doctor, audit }
    const { channel, ts } = glass.card as { channel: string; ts: string }
    const pressed = { action: grant, value: glass.id, user: { id: 'UBEN', name: 'Ben' }, channel, message: ts }
    await expect(pressBreakGlass(blind, pressed as never)).rejects.toThrow('ENOSPC')
    expect(await wished()).toMatchObject({ code: 'forbidden' })
    expect(await press('UBEN', grant, glass)).toContain('Granted')
    ward.clock.offset += 61_000
    expect(await wished()).toMatchObject({ code: 'forbidden' })
    await type('break-glass protected-namespace once more -n kube-system')
    const late = { ...(await last()), asked: { by: glass.asked.by, at: new Date(Date.now() - 601_000).toISOString() } }
    await ward.doctor.store.put('break-glass', late.id, late, 2)
    expect(await press('UBEN', grant, late)).toContain('can no longer be granted')
  })
})
