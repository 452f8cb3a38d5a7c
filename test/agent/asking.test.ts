import { describe, expect, it } from 'vitest'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { askAboutUnexplained, askModel, asQuestion } from '../../src/doctor/model/ask-model.ts'
import { openProgress } from '../../src/doctor/model/tell-progress.ts'
import { withAPerson } from '../../src/doctor/plans/with-a-person.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { Job } from '../../src/domain/job.ts'
import { refused } from '../../src/domain/refusal.ts'

const now = Date.parse('2026-11-20T10:00:00Z')

/** As much of a doctor as asking needs; time stands still but for `clock`. */
const made = (more: { readonly agent?: boolean; readonly counted?: number } = {}) => {
  const jobs: Job[] = []
  const sent: string[] = []
  const clock = { at: now }
  const say = async (_channel: string, ts: string, message: { readonly text: string }) =>
    void sent.push(`${ts} ${message.text}`)
  const doctor = {
    ...(more.agent === false ? {} : { agent: { model: { name: 'claude-sonnet-5-5' } } }),
    jobs: { add: async (job: Job) => void jobs.push(job) },
    store: { count: async () => more.counted ?? 1 },
    clock: { now: () => clock.at },
    log: { info: () => undefined, warn: () => undefined },
    chat: {
      post: async (channel: string, message: { readonly text: string }) => {
        sent.push(`post ${message.text}`)
        return { channel, ts: 'ts1' }
      },
      update: say,
      respond: async (url: string, message: { readonly text: string }) => void sent.push(`${url} ${message.text}`),
    },
  } as unknown as Doctor
  return { doctor, jobs, sent, clock }
}

const incident = (more: object = {}): Incident =>
  ({
    id: 'i-0123456789',
    cluster: 'prod-eu1',
    source: 'alertmanager',
    rounds: 2,
    diagnosis: { verdict: 'inconclusive', rootCauses: [] },
    ...more,
  }) as unknown as Incident
const explained = { verdict: 'critical', rootCauses: [{}] }
const healthy = { verdict: 'healthy', rootCauses: [] }

describe('the doctor asks by itself', () => {
  it.each<[string, object, boolean]>([
    ['about an alert that stays unexplained at the second look', {}, true],
    ['not at the first look', { rounds: 1 }, false],
    ['not where an analyzer explains it', { diagnosis: explained }, false],
    ['not where it ended', { endedAt: '2026-11-20T09:59:00Z' }, false],
    ['about an alert although nothing wrong was found', { diagnosis: healthy }, true],
    ['at once where a person waits', { source: 'slack', rounds: 1 }, true],
    ['not a person’s look that found all well', { source: 'slack', diagnosis: healthy }, false],
    ['but their question all the same', { source: 'slack', diagnosis: healthy, question: 'why?', endedAt: 'x' }, true],
    ['not again within half an hour', { consultedAt: '2026-11-20T09:31:00Z' }, false],
    ['again after that', { consultedAt: '2026-11-20T09:29:00Z' }, true],
  ])('%s', async (_, more, asks) => {
    const { doctor, jobs } = made()
    await askAboutUnexplained(doctor, incident(more))
    expect(jobs.map(({ kind }) => kind)).toEqual(asks ? ['consult'] : [])
    const without = made({ agent: false })
    await askAboutUnexplained(without.doctor, incident(more))
    expect(without.jobs).toEqual([])
  })

  it('not more than twenty times an hour, but always for a person', async () => {
    const { doctor, jobs } = made({ counted: 21 })
    await askAboutUnexplained(doctor, incident())
    expect(jobs).toEqual([])
    await askAboutUnexplained(doctor, incident({ source: 'slack' }))
    expect(jobs).toHaveLength(1)
  })
})

describe('a person asks', () => {
  const job = {
    v: 1,
    kind: 'answer',
    text: '',
    user: { id: 'U1', name: 'u' },
    replyTo: { channel: 'C1', user: 'U1' },
  } as const
  it('thirty times an hour, where there is a model', async () => {
    const question = { cluster: 'prod-eu1', question: 'why?' }
    expect(await askModel(made().doctor, job, question)).toBeUndefined()
    expect(await askModel(made({ counted: 31 }).doctor, job, question)).toMatchObject({ code: 'too-often' })
    expect(await askModel(made({ agent: false }).doctor, job, question)).toMatchObject({ code: 'no-model' })
  })

  it.each<[string, boolean]>([
    ['why is checkout slow since noon?', true],
    ["what's wrong with payments?", true],
    ['is anything broken in the shop right now', true],
    ['why does it restart', true],
    ['top of the hour errors in payments, where from?', true],
    ['ask why is checkout slow?', false],
    ["ask what's wrong with checkout", true],
    ['why payments/checkout', false],
    ['pods -n payments', false],
    ['status of logs? pods look bad', false],
    ['diagnos payments/checkout now', false],
    ['poods of payments', false],
    ['approve it', false],
    ['hello', false],
    ['', false],
  ])('%j: %s', (line, asks) => {
    expect(asQuestion(made().doctor, line) !== undefined).toBe(asks)
    expect(asQuestion(made({ agent: false }).doctor, line)).toBeUndefined()
  })
})

describe('a proposal of a model', () => {
  const rule = { quorum: 0, approvers: ['U1'], policyVersion: 'v', determining: ['p'] }
  it('needs a person where a policy asks for none, and changes no other verdict', () => {
    const allow = { kind: 'allow', rule } as const
    expect(withAPerson({ proposedBy: 'model' }, allow)).toEqual({
      kind: 'needs-approval',
      rule: { ...rule, quorum: 1 },
    })
    expect(withAPerson({}, allow)).toBe(allow)
    const two = { kind: 'needs-approval', rule: { ...rule, quorum: 2 } } as const
    expect(withAPerson({ proposedBy: 'model' }, two)).toBe(two)
    const no = { kind: 'deny', code: 'x', reasons: [], determining: [] } as const
    expect(withAPerson({ proposedBy: 'model' }, no)).toBe(no)
    const refusal = refused('frozen', 'Frozen.')
    expect(withAPerson({ proposedBy: 'model' }, refusal)).toBe(refusal)
  })
})

describe('the progress of a consultation', () => {
  const job = { v: 1, kind: 'consult', id: 'a', cluster: 'prod-eu1' } as const
  it('is one message, edited at most once in three seconds, that becomes the answer', async () => {
    const { doctor, sent, clock } = made()
    const progress = await openProgress(doctor, job, incident({ thread: { channel: 'C1', ts: 't' } }))
    for (let second = 0; second < 10; second += 1) {
      clock.at += 1_000
      progress.step(`the log of pod-${second}`)
      await new Promise(setImmediate)
    }
    await progress.end({ text: 'the answer' })
    expect(sent.filter((one) => one.startsWith('post'))).toHaveLength(1)
    expect(sent).toHaveLength(5)
    expect(sent[1]).toContain(': the log of pod-0, the log of pod-1, the log of pod-2…')
    expect(sent[3]).toContain(': … the log of pod-3')
    expect(sent.at(-1)).toBe('ts1 the answer')
  })

  it('is two private messages to a command, and a chat that is away fails nothing', async () => {
    const { doctor, sent } = made()
    const replyTo = { channel: 'C1', user: 'U1', responseUrl: 'https://hooks' }
    const progress = await openProgress(doctor, { ...job, replyTo }, undefined)
    progress.step('pods')
    await progress.end({ text: 'the answer' })
    expect(sent.map((one) => one.split(' ')[0])).toEqual(['https://hooks', 'https://hooks'])
    const away = made()
    const editing = await openProgress(away.doctor, job, incident({ thread: { channel: 'C1', ts: 't' } }))
    const chat = away.doctor.chat as { update: unknown }
    chat.update = () => Promise.reject(new Error('away'))
    away.clock.at += 10_000
    editing.step('pods')
    chat.update = async () => undefined
    await editing.end({ text: 'the answer' })
  })
})
