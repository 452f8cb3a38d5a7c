import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, startApp } from '../bench/storm/app.ts'
import { startRedis } from '../bench/storm/redis.ts'
import { eventOf } from '../bench/storm/send.ts'

/**
 * What is accepted while Redis is away, at full length (SAFETY F1): events from senders that send each again until it is
 * accepted, while Redis is killed and started, and the gateway is killed with -9 as it appends and as it plays back. Exits 1
 * unless every event counts exactly once. `--events N` makes it shorter.
 */
const at = process.argv.indexOf('--events')
const events = at < 0 ? 10_000 : Number(process.argv[at + 1])
const senders = 25
const troubles = 50
const secret = 'spool-pagerduty-secret'
const sealKey = 'cd'.repeat(32)
const folder = mkdtempSync(join(tmpdir(), 'doctor-spool-'))
const spoolDir = join(folder, 'data', 'spool')
const redis = await startRedis(folder)
const start = (): Promise<App> =>
  startApp(
    {
      REDIS_URL: redis.url,
      DOCTOR_DATA_DIR: join(folder, 'data'),
      DOCTOR_SEAL_KEY: sealKey,
      DOCTOR_SPOOL_MB: '64',
      KUBECONFIG: join(folder, 'none'),
      PAGERDUTY_WEBHOOK_SECRET: secret,
      LOG_LEVEL: 'silent',
    },
    'gateway',
  )
let app: App | undefined = await start()
let accepted = 0
let kept = 0
let again = 0
const keptMs: number[] = []

const deliver = async (body: string, signature: string): Promise<boolean> => {
  const url = app?.url
  if (url === undefined) return false
  const begin = performance.now()
  try {
    const response = await fetch(`${url}/webhooks/pagerduty`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-pagerduty-signature': signature },
      signal: AbortSignal.timeout(10_000),
    })
    const answer = (await response.json()) as { kept?: unknown }
    if (response.status !== 202) return false
    if (answer.kept !== undefined) {
      kept += 1
      keptMs.push(performance.now() - begin)
    }
    return true
  } catch {
    return false
  }
}
let next = 0
const sender = async (): Promise<void> => {
  while (next < events) {
    const body = JSON.stringify({ event: eventOf(next++ % troubles) })
    const signature = `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
    while (!(await deliver(body, signature))) {
      again += 1
      await sleep(100)
    }
    accepted += 1
  }
}
const share = async (part: number): Promise<void> => {
  while (accepted < events * part) await sleep(5)
}
const killApp = async (): Promise<void> => {
  const dying = app
  app = undefined
  await dying?.kill()
}
const waits = (): number =>
  readdirSync(spoolDir)
    .filter((name) => name.endsWith('.journal'))
    .reduce((sum, name) => sum + statSync(join(spoolDir, name)).size, 0)

const sending = Promise.all(Array.from({ length: senders }, sender))
for (const round of [0.1, 0.4, 0.7]) {
  await share(round)
  redis.kill()
  await share(round + 0.2)
  // In the middle of appending.
  await killApp()
  await redis.start()
  const left = waits()
  app = await start()
  await sleep(400)
  // In the middle of playing back, with more coming.
  await killApp()
  app = await start()
  console.log(`  ${accepted} accepted; ${Math.round(left / 1024)} KB were on disk when the gateway was killed`)
}
await sending
const since = Date.now()
while (waits() > 0 && Date.now() - since < 300_000) await sleep(50)
const drained = (Date.now() - since) / 1_000
const incidents = await redis.incidents(sealKey)
const counted = incidents.reduce((sum, incident) => sum + incident.seen, 0)
const p99 = keptMs.toSorted((a, b) => a - b)[Math.floor(keptMs.length * 0.99)] ?? 0
await killApp()
await redis.stop()
rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
console.log(`${events} events over ${troubles} troubles, ${senders} senders; 3 kills of Redis, 6 of the gateway`)
console.log(`  kept on disk first ${kept}, answered within ${Math.round(p99)} ms (p99); sent again ${again} times`)
console.log(`  everything taken in ${drained.toFixed(1)} s after the last was accepted`)
console.log(`  counted ${counted} in ${incidents.length} incidents`)
const holds = counted === events && incidents.length === troubles && kept > events / 4 && p99 < 500
console.log(holds ? 'holds' : 'MISSED')
process.exit(holds ? 0 : 1)
