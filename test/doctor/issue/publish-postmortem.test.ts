import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubHost } from '../../../src/adapters/github/git-host.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { issue } from '../../../src/doctor/issue/issue.ts'
import { publishPostmortem } from '../../../src/doctor/issue/publish-postmortem.ts'
import { note } from '../../../src/doctor/record.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { emulatedGitHub } from '../../adapters/github/emulated.ts'
import { Crash, openWard, person, type Ward } from '../ward.ts'

const repository = 'doctor-bot/deploy'
let ward: Ward
let doctor: Doctor
let call: (path: string) => Promise<any>
let close: () => Promise<void>

beforeAll(async () => {
  const github = await emulatedGitHub('deploy')
  close = () => github.close()
  call = async (path) => (await fetch(`${github.url}${path}`, { headers: { authorization: 'Bearer t' } })).json()
  ward = await openWard({ GITHUB_TOKEN: 't', GITHUB_API_URL: github.url, GITHUB_ISSUES: repository })
  doctor = { ...ward.doctor, git: githubHost(openGitHub({ token: 't', apiUrl: github.url }, 0)) }
})
afterAll(async () => {
  await ward?.close()
  await close?.()
})
beforeEach(() => {
  ward.waiting.length = 0
  ward.crash = undefined
})

const ended = async (id: string): Promise<string> => {
  const at = '2026-11-20T10:00:00.000Z'
  const incident: Incident = {
    id,
    fingerprint: id,
    state: 'resolved',
    title: `${id} was down @everybody fixes #1`,
    severity: 'critical',
    cluster: 'prod-eu1',
    namespace: 'shop',
    source: 'alertmanager',
    openedBy: 'alertmanager',
    openedAt: at,
    updatedAt: at,
    endedAt: '2026-11-20T10:05:00.000Z',
    seen: 3,
    thread: { channel: 'CONCALL', ts: `9.${id}` },
    plans: [],
    attempts: [],
  }
  await doctor.store.put('incident', id, incident, 0)
  await note(doctor, { kind: 'incident.noted', incident: id, actor: 'UANA', data: { note: 'token=hunter2hunter2' } })
  return id
}
const work = async (): Promise<void> => {
  for (const { job } of ward.waiting.splice(0)) if (job.kind === 'issue') await issue(doctor, job.fingerprint)
}
const issues = async (id: string) =>
  (await call(`/repos/${repository}/issues?state=all&per_page=100`)).filter(
    (one: { title: string; pull_request?: unknown }) => one.title.includes(id) && one.pull_request === undefined,
  )
const pulls = async (id: string) =>
  (await call(`/repos/${repository}/pulls?state=all&per_page=100`)).filter((one: { title: string }) =>
    one.title.includes(id),
  )
const told = (id: string) =>
  ward.chat.said.filter(({ thread }) => thread === `9.${id}`).map(({ message }) => message.text)

it('writes the draft as one issue, says where it is, and has its write on the record before it left', async () => {
  const id = await ended('i-asissue00000')
  expect(await publishPostmortem(doctor, 'UANA', id, 'issue')).toContain('becomes an issue of doctor-bot/deploy')
  await work()
  expect(await publishPostmortem(doctor, 'UBEN', id, 'issue')).toContain('It is there already: http')
  await work()
  const [one, ...more] = await issues(id)
  expect(more).toEqual([])
  expect(one.labels.map((label: { name: string }) => label.name)).toEqual(['postmortem', 'automated'])
  expect(one.body).toContain('## Timeline')
  expect(`${one.title}${one.body}`).not.toMatch(/(?<!\\)#1\b|@everybody|hunter2/)
  expect(told(id)).toEqual([expect.stringContaining('The draft of the review is an issue')])
  const entries = await doctor.audit.read({ incident: id, kinds: ['effect.intended', 'effect.done'] })
  expect(entries.map(({ kind }) => kind)).toEqual(['effect.intended', 'effect.done'])
})

it('proposes the draft as one new file by a pull request, once also where the process died with the answer', async () => {
  const id = await ended('i-aspull000000')
  expect(await publishPostmortem(doctor, 'UANA', id, 'pr')).toContain('becomes a pull request')
  const before = [...ward.waiting]
  ward.crash = 'issue.made'
  await work().catch((error: unknown) => expect(error).toBeInstanceOf(Crash))
  ward.waiting.push(...before)
  await work()
  const [one, ...more] = await pulls(id)
  expect(more).toEqual([])
  expect(one.head.ref).toMatch(/^doctor\/[0-9a-f]{12}$/)
  const path = `postmortems/2026-11-20-${id}.md`
  const file = await call(`/repos/${repository}/contents/${path}?ref=${one.head.ref}`)
  expect(Buffer.from(file.content, 'base64').toString()).toContain('## Root cause')
  expect((await call(`/repos/${repository}/contents/${path}`)).message).toBe('Not Found')
  expect(told(id)).toHaveLength(1)
})

it('refuses strangers, what is not there, and where no repository is set up', async () => {
  const id = await ended('i-refused00000')
  ward.chat.people.set('UGUEST', person('UGUEST', { guest: true }))
  expect(isRefusal(await publishPostmortem(doctor, 'UGUEST', id, 'issue'))).toBe(true)
  expect(await publishPostmortem(doctor, 'UANA', 'i-nothing00000', 'pr')).toMatchObject({ code: 'incident-unknown' })
  const { github: _, ...config } = doctor.config
  expect(await publishPostmortem({ ...doctor, config }, 'UANA', id, 'issue')).toMatchObject({ code: 'no-repository' })
  expect(ward.waiting).toEqual([])
})

it('writes nothing but drafts of reviews, from branches of its own', async () => {
  const proposal = { branch: 'doctor/0123456789ab', path: 'postmortems/x.md', text: 'x', title: 'x', body: 'x' }
  for (const more of [{ branch: 'main' }, { path: '.github/workflows/x.yml' }, { path: 'postmortems/../x.md' }])
    expect(await doctor.git?.openDocument(repository, { ...proposal, ...more })).toMatchObject({ kind: 'rejected' })
})
