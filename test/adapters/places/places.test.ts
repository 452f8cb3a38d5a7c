import { createHash, createHmac } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { jira } from '../../../src/adapters/jira/jira.ts'
import { outgoingWebhook } from '../../../src/adapters/outgoing/webhook.ts'
import { evidenceStore } from '../../../src/adapters/s3/evidence.ts'
import type { IncidentNews } from '../../../src/domain/incident-news.ts'
import type { PlaceContext } from '../../../src/ports/places.ts'
import { type Reply, type Seen, startWire } from './wire.ts'

const news = (more: Partial<IncidentNews> = {}): IncidentNews => ({
  version: 1,
  id: 'i-abc-0123456789ab',
  incident: 'i-abc',
  state: 'investigating',
  title: 'payments/checkout is failing',
  severity: 'critical',
  cluster: 'prod-eu1',
  namespace: 'payments',
  workload: 'checkout',
  source: 'pagerduty',
  openedAt: '2026-11-21T09:00:00.000Z',
  ...more,
})
const signal = new AbortController().signal
const context = (more: Partial<PlaceContext> = {}): PlaceContext => ({
  begin: async () => undefined,
  evidence: async () => ({ story: 'what happened' }),
  signal,
  ...more,
})

let close: (() => Promise<void>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})
const wire = async (answer: (request: Seen) => Reply) => {
  const made = await startWire(answer)
  close = made.close
  return made
}
/** The same outside for each place: what is away is tried again, what says no is not, and nothing is followed elsewhere. */
const outcomes = async (place: (url: string) => { tell(one: IncidentNews, how: PlaceContext): Promise<unknown> }) => {
  let status = 500
  const { url, seen } = await wire(() => ({
    status,
    headers: status === 302 ? { location: 'http://127.0.0.1:9/' } : {},
  }))
  const ended = news({ state: 'resolved', endedAt: '2026-11-21T09:10:00.000Z' })
  const tell = () => place(url).tell(ended, context({ before: { ref: 'OPS-7' } }))
  for (status of [500, 503, 429]) await expect(tell()).rejects.toThrow(`answered ${status}`)
  for (status of [400, 401, 403, 404, 302]) expect(await tell()).toMatchObject({ kind: 'refused' })
  expect(seen.length).toBe(8)
}

describe('a webhook of somebody’s own', () => {
  const secret = 'a-secret-of-the-receiver'
  it('gets the news signed over its time, and the same id when it is sent again', async () => {
    const { url, seen } = await wire(() => ({ status: 204 }))
    const place = outgoingWebhook({ url: `${url}/hook`, secret })
    expect(await place.tell(news(), context())).toEqual({ kind: 'done' })
    const [request] = seen
    const time = String(request?.headers['x-doctor-timestamp'])
    expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(5)
    const expected = createHmac('sha256', secret).update(`${time}.${request?.body}`).digest('hex')
    expect(request?.headers['x-doctor-signature']).toBe(`v1=${expected}`)
    expect(request?.headers['x-doctor-delivery']).toBe('i-abc-0123456789ab')
    expect(JSON.parse(request?.body ?? '')).toEqual(news())
  })
  it('is tried again where it is away, and not where it says no', () =>
    outcomes((url) => outgoingWebhook({ url, secret })))
  it('is away where nothing listens, and the error holds no secret', async () => {
    await expect(outgoingWebhook({ url: 'http://127.0.0.1:9/x', secret }).tell(news(), context())).rejects.toThrow(
      /^the webhook cannot be reached \(/,
    )
  })
})

describe('Jira', () => {
  const access = { project: 'OPS', issueType: 'Task', done: 'Done', email: 'bot@acme.dev', token: 'jira-token' }
  /** As Jira answers: issues by label, transitions by the issue's status. */
  const jiraOf = async () => {
    const issues: { key: string; labels: string[]; fields: Record<string, unknown>; status: string }[] = []
    const state = { lose: false }
    const { url, seen } = await wire(({ method, path, headers, body }) => {
      const [where = '', query] = path.replace('/rest/api/2', '').split('?')
      const expected = `Basic ${Buffer.from('bot@acme.dev:jira-token').toString('base64')}`
      if (headers.authorization !== expected) return { status: 401 }
      const sent = body === '' ? {} : (JSON.parse(body) as Record<string, Record<string, unknown>>)
      if (method === 'GET' && where === '/search/jql') {
        const label = /labels = "([^"]+)"/.exec(new URLSearchParams(query).get('jql') ?? '')?.[1] ?? ''
        return { status: 200, body: { issues: issues.filter(({ labels }) => labels.includes(label)) } }
      }
      if (method === 'POST' && where === '/issue') {
        const fields = sent['fields'] ?? {}
        const allowed = ['project', 'issuetype', 'labels', 'summary', 'description']
        if (Object.keys(fields).some((name) => !allowed.includes(name))) return { status: 400 }
        issues.push({ key: `OPS-${issues.length + 1}`, labels: fields['labels'] as string[], fields, status: 'Open' })
        if (state.lose) return { status: 502 }
        return { status: 201, body: { id: '1', key: `OPS-${issues.length}` } }
      }
      const issue = issues.find(({ key }) => where.startsWith(`/issue/${key}`))
      if (issue === undefined) return { status: 404 }
      if (method === 'PUT') Object.assign(issue.fields, sent['fields'])
      if (method === 'GET')
        return {
          status: 200,
          body: {
            transitions:
              issue.status === 'Open'
                ? [
                    { id: '11', name: 'Start', to: { name: 'In Progress' } },
                    { id: '31', name: 'Close it', to: { name: 'Done' } },
                  ]
                : [],
          },
        }
      if (method === 'POST' && sent['transition']?.['id'] === '31') issue.status = 'Done'
      return { status: 204 }
    })
    return { place: jira({ ...access, url }), issues, state, seen }
  }

  it('has one issue for an incident: made, kept current, done when it ends', async () => {
    const { place, issues } = await jiraOf()
    let begun = 0
    const begin = async () => {
      begun += 1
    }
    const made = await place.tell(news(), context({ begin }))
    expect(made).toEqual({ kind: 'done', ref: 'OPS-1' })
    expect(begun).toBe(1)
    expect(issues[0]?.labels).toEqual(['cluster-doctor', 'cluster-doctor-i-abc'])
    const before = { ref: 'OPS-1' }
    const cause = {
      code: 'oom-killed',
      object: 'Deployment payments/checkout',
      summary: 'it needs more',
      confidence: 0.9,
    }
    await place.tell(news({ cause }), context({ before }))
    expect(issues[0]?.fields['description']).toContain(
      'it needs more (oom-killed at Deployment payments/checkout, 90 %)',
    )
    const ended = { state: 'resolved', endedAt: '2026-11-21T09:10:00.000Z' } as const
    expect(await place.tell(news(ended), context({ before }))).toEqual({ kind: 'done', ref: 'OPS-1' })
    expect(issues.map(({ status }) => status)).toEqual(['Done'])
    expect(await place.tell(news(ended), context({ before }))).toEqual({ kind: 'done', ref: 'OPS-1' })
  })

  it('is not made twice where its answer was lost', async () => {
    const { place, issues, state } = await jiraOf()
    state.lose = true
    await expect(place.tell(news(), context())).rejects.toThrow('Jira answered 502')
    state.lose = false
    const before = { begun: Date.now() }
    expect(await place.tell(news(), context({ before }))).toEqual({ kind: 'done', ref: 'OPS-1' })
    expect(issues).toHaveLength(1)
  })

  it('waits out that a search lags behind before it makes an issue again', async () => {
    const { place, issues } = await jiraOf()
    const tell = (begun: number) => place.tell(news(), context({ before: { begun } }))
    await expect(tell(Date.now() - 5_000)).rejects.toThrow('may have made the issue already')
    expect(issues).toEqual([])
    expect(await tell(Date.now() - 90_000)).toEqual({ kind: 'done', ref: 'OPS-1' })
  })

  it('gets text as text: no markup, no mention, no secret', async () => {
    const { place, issues } = await jiraOf()
    await place.tell(
      news({ title: '{noformat}h1. [~admin] password=hunter2-hunter2', workload: 'x{noformat}y' }),
      context(),
    )
    const { description, summary } = (issues[0]?.fields ?? {}) as { description: string; summary: string }
    expect(description.match(/\{noformat\}/g)).toHaveLength(2)
    expect(`${description}${summary}`).not.toContain('hunter2')
  })

  it('needs no issue for what ended before it was told of', async () => {
    const { place, issues } = await jiraOf()
    await place.tell(news({ state: 'resolved', endedAt: '2026-11-21T09:10:00.000Z' }), context())
    expect(issues).toEqual([])
  })

  it('is tried again where it is away, and not where it says no', () => outcomes((url) => jira({ ...access, url })))
})

describe('an S3-compatible store', () => {
  const keys = {
    region: 'eu-central-1',
    accessKey: 'AKIDEXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  }
  /** Signature Version 4 as a store checks it: from what arrived, with its own copy of the key. */
  const right = ({ method, path, headers, body }: Seen): boolean => {
    const match =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        headers.authorization ?? '',
      )
    const [, key, day = '', region = '', signed = '', signature] = match ?? []
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    const mac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest()
    const time = String(headers['x-amz-date'])
    if (key !== keys.accessKey || region !== keys.region || !time.startsWith(day)) return false
    if (Math.abs(Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')) - Date.now()) > 900_000)
      return false
    if (headers['x-amz-content-sha256'] !== hash(body)) return false
    if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => signed.split(';').includes(name))) return false
    const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}`)
    const request = [method, path, '', ...lines, '', signed, hash(body)].join('\n')
    const text = ['AWS4-HMAC-SHA256', time, `${day}/${region}/s3/aws4_request`, hash(request)].join('\n')
    const signing = mac(mac(mac(mac(`AWS4${keys.secretKey}`, day), region), 's3'), 'aws4_request')
    return createHmac('sha256', signing).update(text).digest('hex') === signature
  }
  const store = async () => {
    const objects = new Map<string, unknown>()
    const { url, seen } = await wire((request) => {
      if (!right(request)) return { status: 403 }
      objects.set(request.path, JSON.parse(request.body))
      return { status: 200 }
    })
    return { url: `${url}/evidence/doctor`, objects, seen }
  }
  const ended = news({ state: 'resolved', endedAt: '2026-11-21T09:10:00.000Z', cluster: 'arn:aws:eks/prod eu' })

  it('gets the case of an incident that ended, rightly signed, at a path that says what it is', async () => {
    const { url, objects } = await store()
    const place = evidenceStore({ ...keys, url })
    expect(await place.tell(ended, context())).toMatchObject({ kind: 'done' })
    const [[path, kept] = []] = [...objects]
    expect(path).toBe('/evidence/doctor/arn-aws-eks-prod-eu/2026-11/i-abc.json')
    expect(kept).toMatchObject({ version: 1, incident: { incident: 'i-abc' }, case: { story: 'what happened' } })
  })
  it('gets nothing before the end', async () => {
    const { url, seen } = await store()
    await evidenceStore({ ...keys, url }).tell(news(), context())
    expect(seen).toEqual([])
  })
  it('refuses another key', async () => {
    const { url } = await store()
    const other = evidenceStore({ ...keys, secretKey: 'another', url })
    expect(await other.tell(ended, context())).toMatchObject({ kind: 'refused' })
  })
  it('is tried again where it is away, and not where it says no', () =>
    outcomes((url) => evidenceStore({ ...keys, url: `${url}/evidence` })))
})
