import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { node } from '../../../src/demo/cluster/world/nodes.ts'
import { hearOfDeployment } from '../../../src/doctor/deploy/hear-of-deployment.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { handle } from '../../../src/doctor/handle.ts'
import { readIssue } from '../../../src/doctor/issue/issue-store.ts'
import type { DeployCheck } from '../../../src/domain/deployment.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import type { Job } from '../../../src/domain/job.ts'
import { Crash, openWard, type Ward } from '../ward.ts'

const sha = 'c0ffee1234567890c0ffee1234567890c0ffee12'
let ward: Ward
beforeAll(async () => {
  ward = await openWard({
    GITHUB_TOKEN: 't',
    GITHUB_ISSUES: 'acme/deploy',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_APP_TOKEN: 'xapp-1',
    SLACK_CHANNEL: 'CONCALL',
  })
  const calm = { greets: ['listening'], chatter: { every: 5_000, lines: ['GET /healthz 200'] } }
  for (const tag of ['1', '3', '4', `main-${sha.slice(0, 8)}`]) ward.cluster.images.set(`reg.dev/web:${tag}`, calm)
  ward.cluster.images.set('reg.dev/web:loud', {
    greets: ['listening'],
    chatter: { every: 5_000, lines: ['ERROR cannot reach ledger: connection refused'] },
  })
  ward.cluster.images.set('reg.dev/web:crash', { starts: () => ({ exitCode: 3, after: 200, lines: ['panic: boom'] }) })
  ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  for (const number of [1, 2]) ward.cluster.store.apply(node(number, '2026-11-20T10:00:00Z'))
  ward.cluster.controllers.tick(1_000)
})
afterAll(() => ward.close())
beforeEach(() => {
  ward.waiting.length = 0
  ward.crash = undefined
})

/** Time passes, for the cluster and for the doctor alike, without anybody waiting for it. */
const pass = (seconds: number): void => {
  for (let left = seconds; left > 0; left -= 10) ward.cluster.controllers.tick(Math.min(10, left) * 1_000)
  ward.clock.offset = ward.cluster.now() - Date.now()
}

const deploy = (name: string, tag: string): void => {
  ward.cluster.store.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: `reg.dev/web:${tag}` }] },
      },
    },
  })
}

const work = (job: Job, by: Doctor = ward.doctor): Promise<void> => handle(by, job, AbortSignal.timeout(20_000))
const look = (): Promise<void> => work({ v: 1, kind: 'rollouts' })

/** Does what waits of the checks, each after its delay; the other jobs stay. */
const settle = async (by: Doctor = ward.doctor): Promise<void> => {
  for (let rounds = 0; rounds < 12; rounds += 1) {
    const index = ward.waiting.findIndex(({ job }) => job.kind === 'deployed' || job.kind === 'rollouts')
    const [next] = index < 0 ? [] : ward.waiting.splice(index, 1)
    if (next === undefined) return
    pass(Math.ceil(next.delay / 1000))
    await work(next.job, by)
  }
}

const checks = async (name: string): Promise<readonly DeployCheck[]> =>
  (await ward.doctor.store.list<DeployCheck>('deploy-check', 500))
    .map(({ value }) => value)
    .filter((one) => one.target.name === name)
const incidents = async (name: string): Promise<readonly Incident[]> =>
  (await ward.doctor.store.list<Incident>('incident', 500))
    .map(({ value }) => value)
    .filter((one) => one.focus?.name === name)
const plansAsked = () => ward.waiting.flatMap(({ job }) => (job.kind === 'plan' ? [job.request] : []))
const saidOf = (name: string) =>
  ward.chat.said.map(({ message }) => JSON.stringify(message)).filter((text) => text.includes(name))

/** A workload that runs well and was seen to. */
const running = async (name: string, tag = '1'): Promise<void> => {
  deploy(name, tag)
  pass(60)
  await look()
}

describe('after a rollout', () => {
  it('says nothing of one that is as well as before, nor of the first look', async () => {
    await running('calm')
    expect(await checks('calm')).toEqual([])
    deploy('calm', '3')
    pass(10)
    await look()
    await settle()
    expect((await checks('calm'))[0]).toMatchObject({
      verdict: 'healthy',
      phase: 'ended',
      images: ['app: reg.dev/web:1 → reg.dev/web:3'],
      before: { wanted: 2, available: 2 },
      after: { wanted: 2, available: 2, restarts: 0 },
    })
    expect(await incidents('calm')).toEqual([])
    expect(saidOf('calm')).toEqual([])
    const record = await ward.doctor.audit.read({ kinds: ['deployment.checked'] })
    expect(record.filter(({ data }) => JSON.stringify(data?.['target']).includes('calm'))).toHaveLength(1)
  })

  it('opens one case with an issue and the way back where its pods do not come up', async () => {
    await running('crashing')
    deploy('crashing', 'crash')
    pass(10)
    await look()
    await look()
    expect(await checks('crashing')).toHaveLength(1)
    await settle()
    const [incident, ...more] = await incidents('crashing')
    expect(more).toEqual([])
    expect(incident).toMatchObject({ source: 'deployment', severity: 'critical', namespace: 'shop' })
    expect((await readIssue(ward.doctor, incident?.fingerprint ?? ''))?.state).toBe('wanted')
    expect(saidOf('crashing').some((text) => text.includes('is worse than before its rollout'))).toBe(true)
    expect(plansAsked()).toMatchObject([
      { action: 'rollback-rollout', incident: incident?.id, target: { name: 'crashing' }, requester: { id: 'doctor' } },
    ])
    const story = await ward.doctor.audit.read({ incident: incident?.id ?? '', kinds: ['deployment.checked'] })
    expect(story.map(({ data }) => data?.['verdict'])).toEqual(['unhealthy'])
    // A rollout that is well again ends the case.
    deploy('crashing', '4')
    pass(30)
    await look()
    await settle()
    expect((await incidents('crashing'))[0]?.endedAt).toBeDefined()
    expect((await readIssue(ward.doctor, incident?.fingerprint ?? ''))?.healthySince).toBeDefined()
  })

  it('sees new errors in the logs of pods that call themselves ready, against what the old pods said', async () => {
    await running('noisy')
    deploy('noisy', 'loud')
    await settleRollout('noisy')
    const [check] = await checks('noisy')
    expect(check?.worse?.map(({ what }) => what)).toEqual(['errors'])
    expect(check?.worse?.[0]?.text).toContain('cannot reach ledger')
    expect((await incidents('noisy'))[0]?.severity).toBe('warning')
  })

  it('is told in the case that monitoring opened before, and asks for no second plan', async () => {
    await running('known')
    const at = new Date(ward.doctor.clock.now()).toISOString()
    const open = {
      id: 'i-known',
      fingerprint: 'f',
      state: 'awaiting-approval',
      title: 'known is down',
      severity: 'critical',
      cluster: 'prod-eu1',
      namespace: 'shop',
      focus: { name: 'known' },
      source: 'alertmanager',
      openedBy: 'x',
      openedAt: at,
      updatedAt: at,
      seen: 1,
      thread: { channel: 'CONCALL', ts: '9.known' },
      plans: ['p'],
      attempts: [],
    } as const satisfies Incident
    await ward.doctor.store.put('incident', open.id, open, 0)
    deploy('known', 'crash')
    pass(10)
    await look()
    await settle()
    expect((await incidents('known')).map(({ id }) => id)).toEqual(['i-known'])
    expect(ward.chat.said.some(({ thread, message }) => thread === '9.known' && message.text.includes('worse'))).toBe(
      true,
    )
    expect(plansAsked()).toEqual([])
  })

  it('offers no way back of a way back, and none where a newer rollout came', async () => {
    await running('back', 'crash')
    deploy('back', '1')
    pass(10)
    await look()
    deploy('back', 'crash')
    pass(10)
    await look()
    await settle()
    const found = await checks('back')
    expect(found.map(({ verdict }) => verdict).toSorted()).toEqual(['superseded', 'unhealthy'])
    expect(plansAsked()).toEqual([])
  })

  it('offers no way back where only a restart was asked for', async () => {
    await running('again', 'crash')
    ward.cluster.store.patch('deployments.apps', 'shop', 'again', {
      spec: {
        template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T12:00:00Z' } } },
      },
    } as never)
    pass(10)
    await look()
    await settle()
    expect((await checks('again'))[0]).toMatchObject({ verdict: 'unhealthy', revertible: false })
    expect(plansAsked()).toEqual([])
  })

  it('goes on after a crash at any step, and tells it once', async () => {
    await running('hurt')
    deploy('hurt', 'crash')
    pass(10)
    await look()
    const told = saidOf('hurt').length
    for (const place of ['deployed.next', 'deployed.told']) {
      ward.crash = place
      const before = [...ward.waiting]
      await settle().catch((error: unknown) => expect(error).toBeInstanceOf(Crash))
      expect(ward.crash).toBeUndefined()
      // The queue gives the job again.
      ward.waiting.push(...before)
    }
    await settle()
    expect(await incidents('hurt')).toHaveLength(1)
    expect(saidOf('hurt').filter((text) => text.includes('worse than before its rollout'))).toHaveLength(1)
    expect(told).toBe(0)
    expect(new Set(plansAsked().map(({ incident }) => incident)).size).toBe(1)
  })

  it('hears of a deployment at the Git host, finds what carries its commit, and checks that once', async () => {
    await running('tagged')
    const news = {
      ...{ repository: 'acme/web', deployment: 7, statusId: 70, sha, ref: 'main', environment: 'production' },
      at: new Date(ward.doctor.clock.now()).toISOString(),
    }
    expect(await hearOfDeployment(ward.doctor)({ ...news, state: 'in_progress' })).toBe(false)
    expect(await hearOfDeployment(ward.doctor)({ ...news, state: 'success' })).toBe(true)
    await work(ward.waiting.splice(0, 1)[0]?.job as Job)
    expect(await checks('tagged')).toEqual([])
    deploy('tagged', `main-${sha.slice(0, 8)}`)
    pass(10)
    await look()
    await settle()
    await settle()
    const found = await checks('tagged')
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ verdict: 'healthy', news: { deployment: 7, environment: 'production' } })
  })

  it('compares how fast requests are answered, where a Prometheus says so', async () => {
    const asked: string[] = []
    const metricsQuery: NonNullable<Doctor['metricsQuery']> = async (view, { query, minutes }) => {
      asked.push(query)
      const end = Date.parse(view.now)
      const points = Array.from({ length: minutes * 4 }, (_, index): readonly [string, number] => {
        const at = end - index * 15_000
        return [new Date(at).toISOString(), at < end - 330_000 ? 0.12 : 0.9]
      })
      return { kind: 'ok', value: [{ metric: '', labels: {}, points: points.toReversed() }] }
    }
    await running('slow')
    deploy('slow', '3')
    await settleRollout('slow', { ...ward.doctor, metricsQuery })
    const [check] = await checks('slow')
    expect(check?.worse).toMatchObject([
      { what: 'latency', text: '95 % of requests within 900 ms, 120 ms before', grave: false },
    ])
    expect(asked[0]).toContain('namespace="shop",pod=~"slow-')
  })

  it('never calls healthy what it could not read', async () => {
    await running('hidden')
    deploy('hidden', '3')
    pass(30)
    await look()
    const over = ward.cluster.faults.fail({ path: /\/namespaces\/shop\/pods$/, effect: { kind: 'status', code: 403 } })
    await settle()
    over()
    expect((await checks('hidden'))[0]?.verdict).toBe('unknown')
    expect(await incidents('hidden')).toEqual([])
  })
})

/** The rollout is seen while pods of before still run, then gets through. */
const settleRollout = async (name: string, by: Doctor = ward.doctor): Promise<void> => {
  ward.cluster.controllers.tick(1_000)
  await look()
  const first = ward.waiting.findIndex(({ job }) => job.kind === 'deployed')
  const [job] = ward.waiting.splice(first, 1)
  expect(job, name).toBeDefined()
  await work(job?.job as Job, by)
  await settle(by)
}
