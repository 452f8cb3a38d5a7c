import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPipelines } from '../../src/adapters/github/pipelines.ts'
import { type DemoGit, repository, startGit } from '../../src/demo/git/start.ts'
import { closeServer, listenLocally } from '../../src/demo/local-server.ts'
import { source } from '../../src/sources/github.ts'
import type { Parsed } from '../../src/sources/source.ts'

const secret = 'local-secret'
let git: DemoGit
let ears: Server
const heard: Parsed[] = []
beforeAll(async () => {
  ears = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const headers = request.headers as Record<string, string>
    if (source.verify(headers, body, secret))
      heard.push(source.parse(JSON.parse(body.toString()), headers, new Date().toISOString()))
    response.writeHead(202).end()
  })
  git = await startGit({ checkTakesMs: 20 })
  git.connect({ url: await listenLocally(ears), secret })
})
afterAll(async () => {
  await git?.close()
  await closeServer(ears)
})

const alerts = () => heard.flatMap((one) => (one.kind === 'alerts' ? one.alerts : []))

it('verifies each commit on main, and tells by webhook, jobs and log why one is not sound', async () => {
  await git.commit('break it', new Map([['platform/notifications.yaml', 'kind: [Deployment']]))
  await expect.poll(() => alerts().filter(({ status }) => status === 'firing')).toHaveLength(1)
  const [alert] = alerts().filter(({ status }) => status === 'firing')
  expect(alert).toMatchObject({ title: `Workflow Verify of ${repository} failed`, link: { run: repository } })
  const pipelines = openPipelines({ apiUrl: git.url, token: git.token })
  const run = await pipelines?.run(repository, Number(alert?.link?.id))
  if (run?.kind !== 'ok') throw new Error(JSON.stringify(run))
  const steps = await pipelines?.failedSteps(run.value)
  expect(steps).toMatchObject({
    kind: 'ok',
    value: [
      {
        job: 'manifests',
        step: 'Parse the manifests',
        log: expect.stringContaining('error: platform/notifications.yaml'),
      },
    ],
  })
  expect(await (await fetch(run.value.url ?? '')).text()).toContain('platform/notifications.yaml')
  expect((await fetch(`${git.url}/repos/${repository}/actions/runs`)).status).toBe(404)
  await git.commit('mend it', new Map([['platform/notifications.yaml', 'kind: Deployment\n']]))
  await expect.poll(() => alerts().at(-1)?.status).toBe('resolved')
})
