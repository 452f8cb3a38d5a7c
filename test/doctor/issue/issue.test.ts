import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubHost } from '../../../src/adapters/github/git-host.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { changeIncident } from '../../../src/doctor/incident/incident-store.ts'
import { hearOfFailure, hearOfLabel } from '../../../src/doctor/issue/hear-of-issue.ts'
import { issue, issueTimes } from '../../../src/doctor/issue/issue.ts'
import { readIssue } from '../../../src/doctor/issue/issue-store.ts'
import type { Diagnosis } from '../../../src/domain/diagnosis.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { verifyAudit } from '../../../src/memory/verify-audit.ts'
import type { GitHost } from '../../../src/ports.ts'
import { parseNotice } from '../../../src/sources/argocd.ts'
import { emulatedGitHub } from '../../adapters/github/emulated.ts'
import { openWard, type Ward } from '../ward.ts'

const repository = 'doctor-bot/deploy'
let ward: Ward
let doctor: Doctor
let git: GitHost
let call: (path: string, body?: object) => Promise<any>
let close: () => Promise<void>

beforeAll(async () => {
  const github = await emulatedGitHub('deploy')
  close = () => github.close()
  call = async (path, body) =>
    (
      await fetch(`${github.url}${path}`, {
        headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      })
    ).json()
  ward = await openWard({ GITHUB_TOKEN: 't', GITHUB_API_URL: github.url, GITHUB_ISSUES: repository })
  git = githubHost(openGitHub({ token: 't', apiUrl: github.url }, 0))
  doctor = { ...ward.doctor, git }
})
afterAll(async () => {
  await ward?.close()
  await close?.()
})
beforeEach(() => {
  ward.waiting.length = 0
  ward.crash = undefined
})

const alertsOf = (app: string, more: object = {}) => {
  const parsed = parseNotice(
    {
      app_name: app,
      cluster: 'prod-eu1',
      namespace: 'shop',
      health_status: 'Degraded',
      sync_status: 'OutOfSync',
      message: 'one or more objects failed to apply: <!-- doctor:fp=x --> @acme/everybody ```',
      resources: [{ kind: 'Deployment', namespace: 'shop', name: 'web', health: 'Degraded' }],
      revision: 'abc1234',
      ...more,
    },
    new Date().toISOString(),
  )
  if (parsed.kind !== 'alerts') throw new Error(JSON.stringify(parsed))
  return parsed.alerts
}

/** A failed deployment with its incident, told as a webhook tells it. */
const failing = async (app: string, more: object = {}) => {
  const alerts = alertsOf(app, more)
  const fingerprint = alerts[0]?.fingerprint ?? ''
  const at = new Date(doctor.clock.now()).toISOString()
  const incident: Incident = {
    id: `i-${app}`,
    fingerprint,
    state: 'escalated',
    title: `Argo CD application ${app} is Degraded fixes #1`,
    severity: 'critical',
    cluster: 'prod-eu1',
    namespace: 'shop',
    source: 'argocd',
    openedBy: 'argocd',
    openedAt: at,
    updatedAt: at,
    seen: 1,
    plans: [],
    attempts: [],
  }
  await doctor.store.put('incident', incident.id, incident, 0)
  await hearOfFailure(doctor, alerts, incident.id)
  return { alerts, fingerprint, incident: incident.id }
}
const issuesOf = async (app: string, state = 'open') =>
  (await call(`/repos/${repository}/issues?state=${state}&per_page=100`)).filter(
    (one: { body: string; title: string }) => one.title.includes(` ${app} `),
  )
const commentsOf = async (number: number): Promise<string[]> =>
  (await call(`/repos/${repository}/issues/${number}/comments`)).map((one: { body: string }) => one.body)
const seen = (incident: string, count: number) =>
  changeIncident(doctor, incident, (known) => ({ ...known, seen: count }))

it('files one structured issue of a failed deployment, with its write on the record before it left', async () => {
  const { fingerprint, incident } = await failing('shop')
  expect(ward.waiting.map(({ job }) => job)).toEqual([{ v: 1, kind: 'issue', fingerprint }])
  await issue(doctor, fingerprint)
  const [one, ...more] = await issuesOf('shop')
  expect(more).toEqual([])
  expect(one.labels.map((label: { name: string }) => label.name)).toEqual([
    'argocd-deployment-failure',
    'automated',
    'bug',
  ])
  for (const part of [
    '| Application | shop |',
    '| Revision | abc1234 |',
    '- Deployment shop/web Degraded',
    '## Error',
    'kubectl get pods -n shop',
  ])
    expect(one.body).toContain(part)
  expect(`${one.title}${one.body}`).not.toMatch(/<!-- doctor:fp=x|#1\b/)
  expect(one.title).not.toMatch(/fixes #/)
  const entries = await doctor.audit.read({ incident })
  expect(entries.map(({ kind, data }) => [kind, data?.['path']])).toEqual([
    ['effect.intended', `/repos/${repository}/issues`],
    ['effect.done', `/repos/${repository}/issues`],
  ])
  expect(await verifyAudit(`${ward.folder}/audit`)).toMatchObject({ sound: true })
})

it('leads back to the thread, by an address that can end no link', async () => {
  for (const [app, url, shown] of [
    ['linked', 'https://acme.slack.com/archives/C0ONCALL/p1763690000000100', true],
    ['oddly', 'https://acme.slack.com/x)[y](https://evil.example', false],
  ] as const) {
    const { fingerprint, incident } = await failing(app)
    await changeIncident(doctor, incident, (known) => ({ ...known, thread: { channel: 'C0ONCALL', ts: '1.2' } }))
    await issue({ ...doctor, chat: { ...doctor.chat, permalink: async () => url } }, fingerprint)
    const [one] = await issuesOf(app)
    expect(one.body.includes(`[The thread in Slack](${url})`)).toBe(shown)
    expect(one.body).not.toContain('evil.example')
  }
})

it('labels what no Argo CD told of as what it is, and finds it again', async () => {
  const { alerts } = await failing('plain')
  const [alert] = alerts
  if (alert === undefined) throw new Error('no alert')
  const { app: _, ...labels } = alert.labels
  const fingerprint = 'e'.repeat(64)
  const own = { ...alert, source: 'deployment' as const, fingerprint, labels }
  await hearOfFailure(doctor, [own], 'i-plain')
  for (const _ of [1, 2]) await issue(doctor, fingerprint)
  const found = (await call(`/repos/${repository}/issues?labels=deployment-failure`)).filter((one: { body: string }) =>
    one.body.includes(`fp=${fingerprint.slice(0, 32)}`),
  )
  expect(found).toHaveLength(1)
  expect(found[0].body).not.toContain('argocd app')
})

it('comments at most every ten minutes, however often it fails', async () => {
  const { fingerprint, alerts, incident } = await failing('often')
  await issue(doctor, fingerprint)
  const [{ number }] = await issuesOf('often')
  await Promise.all(Array.from({ length: 100 }, () => hearOfFailure(doctor, alerts, incident)))
  await seen(incident, 1_001)
  ward.waiting.length = 0
  await issue(doctor, fingerprint)
  expect(await commentsOf(number)).toEqual([])
  expect(ward.waiting).toMatchObject([{ job: { kind: 'issue' }, delay: expect.any(Number) }])
  ward.clock.offset += issueTimes.between
  await issue(doctor, fingerprint)
  await issue(doctor, fingerprint)
  await seen(incident, 1_002)
  await issue(doctor, fingerprint)
  expect(await commentsOf(number)).toEqual([expect.stringContaining('Still failing: 1001 signals')])
  expect(await issuesOf('often')).toHaveLength(1)
})

it.each(['issue.intended', 'issue.made'])('is one issue although the process died at %s', async (point) => {
  const app = point.replace('.', '-')
  const { fingerprint } = await failing(app)
  ward.crash = point
  await expect(issue(doctor, fingerprint)).rejects.toThrow(point)
  await issue(doctor, fingerprint)
  ward.clock.offset += issueTimes.settled
  await issue(doctor, fingerprint)
  expect(await issuesOf(app)).toHaveLength(1)
  expect(await readIssue(doctor, fingerprint)).toMatchObject({ state: 'filed' })
})

it('is one issue although the answer was lost and the list lags', async () => {
  const { fingerprint } = await failing('lost')
  let lag = true
  const slow: GitHost = {
    ...git,
    openIssue: async (...asked) => {
      await git.openIssue(...asked)
      return { kind: 'unknown', message: 'no answer' }
    },
    findIssue: async (...asked) => (lag ? { kind: 'absent' } : git.findIssue(...asked)),
  }
  await issue({ ...doctor, git: slow }, fingerprint)
  await issue({ ...doctor, git: slow }, fingerprint)
  ward.clock.offset += issueTimes.settled
  lag = false
  await issue({ ...doctor, git: slow }, fingerprint)
  expect(await issuesOf('lost')).toHaveLength(1)
  expect(await readIssue(doctor, fingerprint)).toMatchObject({ state: 'filed', number: expect.any(Number) })
})

it('closes with a note after a while of health, and a new failure is a new issue', async () => {
  const { fingerprint, incident, alerts } = await failing('well')
  await issue(doctor, fingerprint)
  const [{ number }] = await issuesOf('well')
  await hearOfFailure(doctor, alertsOf('well', { health_status: 'Healthy', sync_status: 'Synced' }), incident)
  await issue(doctor, fingerprint)
  expect(await issuesOf('well')).toHaveLength(1)
  ward.clock.offset += issueTimes.healthy
  await issue(doctor, fingerprint)
  expect(await issuesOf('well')).toEqual([])
  expect(await commentsOf(number)).toEqual([expect.stringContaining('so this is closed')])
  await hearOfFailure(doctor, alerts, incident)
  await issue(doctor, fingerprint)
  expect((await issuesOf('well')).map((one: { number: number }) => one.number)).not.toContain(number)
})

const diagnosis = (summary: string): Diagnosis =>
  ({
    version: 1,
    cluster: 'prod-eu1',
    at: new Date().toISOString(),
    verdict: 'critical',
    coverage: { checked: ['pods'], unavailable: [{ source: 'events', reason: 'forbidden' }] },
    rootCauses: [
      {
        code: 'image-not-found',
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
        confidence: 0.95,
        severity: 'critical',
        summary,
        explanation: [],
        evidence: [{ id: 'e1', kind: 'event', text: 'manifest unknown @acme/ops' }],
        affected: [],
        fix: ['Set the image back'],
        prevention: [],
        contributingFactors: [],
        proposals: [],
        facts: {},
      },
    ],
    findings: [],
    next: [],
  }) as unknown as Diagnosis

it('answers the label with one diagnosis comment, on our issue and on a person’s', async () => {
  const { fingerprint, incident } = await failing('asked')
  await issue(doctor, fingerprint)
  const [{ number }] = await issuesOf('asked')
  expect(await hearOfLabel(doctor, { repository, number, fingerprint: 'other' })).toBe(true)
  await issue(doctor, fingerprint)
  expect(await commentsOf(number)).toEqual([])
  await changeIncident(doctor, incident, (known) => ({ ...known, diagnosis: diagnosis('web:2 does not exist') }))
  ward.crash = 'issue.commented'
  await expect(issue(doctor, fingerprint)).rejects.toThrow('issue.commented')
  await issue(doctor, fingerprint)
  await issue(doctor, fingerprint)
  const [text, ...more] = await commentsOf(number)
  expect(more).toEqual([])
  for (const part of [
    'web:2 does not exist (95 %)',
    'e1: manifest unknown',
    'Set the image back',
    'Could not be read: events (forbidden)',
  ])
    expect(text).toContain(part)
  expect(text).not.toContain('@acme')

  const own = await call(`/repos/${repository}/issues`, { title: 'cluster-doctor: approve everything', body: 'now' })
  const asked = { repository, number: own.number, fingerprint: 'f'.repeat(64) }
  expect(await hearOfLabel(doctor, asked)).toBe(false)
  expect(await hearOfLabel(doctor, asked, incident)).toBe(true)
  await issue(doctor, asked.fingerprint)
  expect(await commentsOf(own.number)).toHaveLength(1)
  expect(ward.waiting.map(({ job }) => job.kind).filter((kind) => kind !== 'issue')).toEqual([])
})

it('writes nothing where it failed and was well again before anybody looked', async () => {
  const { fingerprint, incident } = await failing('blip')
  await hearOfFailure(doctor, alertsOf('blip', { health_status: 'Healthy', sync_status: 'Synced' }), incident)
  await issue(doctor, fingerprint)
  expect(await issuesOf('blip', 'all')).toEqual([])
})
