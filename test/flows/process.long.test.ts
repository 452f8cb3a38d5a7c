import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { startLocalSlack } from '../../src/demo/slack/start.ts'
import { freePort } from '../free-port.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-process-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

const run = (args: readonly string[], env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [resolve('src/cli.ts'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: join(folder, 'none'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const code = new Promise<number | null>((done) => child.once('close', (exit) => done(exit)))
  return { child, code, output: () => text }
}

const until = async (what: () => Promise<boolean>, ms = 40_000) => {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await what().catch(() => false)) return
    await sleep(25)
  }
  throw new Error('it did not happen in time')
}

describe('doctor start', () => {
  it('lists every mistake at once, tells no secret, and exits 78', async () => {
    const wrong = run(['start'], {
      PORT: 'abc',
      SLACK_BOT_TOKEN: 'xapp-wrong-kind-of-secret',
      REDIS_URL: 'http://example.com',
      DOCTOR_PLAN_TTL: '5',
    })
    expect(await wrong.code).toBe(78)
    for (const name of ['PORT', 'SLACK_BOT_TOKEN', 'REDIS_URL', 'DOCTOR_PLAN_TTL'])
      expect(wrong.output()).toContain(name)
    expect(wrong.output()).not.toMatch(/wrong-kind-of-secret|\.ts:\d+/)
  })

  it('exits 69 with one line when Redis does not answer, and never shows its password', async () => {
    const port = String(await freePort())
    const away = run(['start'], {
      REDIS_URL: `redis://:hunter2@127.0.0.1:${port}`,
      DOCTOR_DATA_DIR: join(folder, 'away'),
    })
    expect(await away.code).toBe(69)
    expect(away.output()).toContain(`127.0.0.1:${port}`)
    expect(away.output()).not.toMatch(/hunter2|\.ts:\d+/)
  })

  it('exits 78 when Slack refuses the token, and for a role that there is not', async () => {
    const slack = await startLocalSlack()
    const refused = run(['start'], {
      SLACK_BOT_TOKEN: 'xoxb-not-the-token',
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      PORT: '0',
      DOCTOR_DATA_DIR: join(folder, 'refused'),
    })
    expect(await refused.code).toBe(78)
    expect(refused.output()).toMatch(/SLACK_BOT_TOKEN was refused/)
    await slack.close()
    expect(await run(['start', '--role', 'king'], {}).code).toBe(64)
  })

  it('is ready, keeps what it took over a kill, and leaves within seconds of SIGTERM with 0', async () => {
    const port = String(await freePort())
    const env = {
      PORT: port,
      DOCTOR_DATA_DIR: join(folder, 'kept'),
      ALERTMANAGER_WEBHOOK_TOKEN: 'tok',
      LOG_LEVEL: 'warn',
    }
    const url = `http://127.0.0.1:${port}`
    const begin = Date.now()
    const first = run(['start'], env)
    await until(async () => (await fetch(`${url}/readyz`)).ok)
    expect(Date.now() - begin).toBeLessThan(30_000)
    const post = async () => {
      const alert = {
        version: '4',
        status: 'firing',
        groupKey: 'g',
        alerts: [{ labels: { alertname: 'A' }, startsAt: '2026-01-01T00:00:00Z' }],
      }
      const response = await fetch(`${url}/webhooks/alertmanager`, {
        method: 'POST',
        body: JSON.stringify(alert),
        headers: { 'content-type': 'application/json', authorization: 'Bearer tok' },
      })
      expect(response.status).toBe(202)
      return ((await response.json()) as { id: string }).id
    }
    const id = await post()
    await sleep(1_100)
    first.child.kill('SIGKILL')
    await first.code
    await sleep(300)
    const second = run(['start'], env)
    await until(async () => (await fetch(`${url}/readyz`)).ok)
    expect(await post()).toBe(id)
    const asked = Date.now()
    second.child.kill('SIGTERM')
    expect(await second.code).toBe(0)
    expect(Date.now() - asked).toBeLessThan(25_000)
    expect(second.output()).not.toMatch(/Error:/)
  })
})

writeFileSync(join(folder, 'none'), '')
