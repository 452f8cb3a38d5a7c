import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAsk } from '../../src/cli/ask.ts'
import { modelSettings } from '../../src/config.ts'
import { conclude, key, type MessagesApi, startMessagesApi, use } from './messages-api.ts'

const dump = `apiVersion: v1
kind: Pod
metadata: { name: checkout-1, namespace: payments, annotations: { note: 'password=Zq5aB3dE5gH7jK9mN1pQ2rS4tU' } }
spec: { containers: [{ name: app, image: 'registry.acme.dev/checkout:2.8.2' }] }
status: { phase: Running, containerStatuses: [{ name: app, ready: true, restartCount: 0, image: '', imageID: '' }] }
`
let api: MessagesApi
let folder: string
beforeAll(async () => {
  api = await startMessagesApi()
  folder = mkdtempSync(join(tmpdir(), 'ask-'))
  writeFileSync(join(folder, 'pods.yaml'), dump)
})
afterAll(async () => {
  await api?.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = async (...argv: string[]) => {
  const [out, err]: [string[], string[]] = [[], []]
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), colour: false }
  const code = await runAsk(argv, io, modelSettings({ ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: api.url }))
  return { code, out: out.join(''), err: err.join('') }
}
const quote = (id: string) => [{ id, quote: 'registry.acme.dev/checkout:2.8.2' }]

describe('doctor ask', () => {
  it('answers about files with quotes, says what it reads, and sends no secret', async () => {
    api.play = ({ messages }, n) =>
      n === 0
        ? use(['describe_object', { kind: 'Pod', namespace: 'payments', name: 'checkout-1' }])
        : conclude({
            answer: [
              {
                text: 'It runs 2.8.2',
                evidence: quote(/id=\\"(t\d+)\\" source=\\"Pod/.exec(JSON.stringify(messages))?.[1] ?? ''),
              },
            ],
          })
    const { code, out, err } = await ask('which version of checkout runs?', '--snapshot', folder, '-n', 'payments')
    expect(out).toMatch(/It runs 2\.8\.2 \(t\d\)/)
    expect(out).toMatch(/t\d Pod payments\/checkout-1: “registry\.acme\.dev\/checkout:2\.8\.2”/)
    expect(err).toContain('reading Pod payments/checkout-1…')
    expect(code).toBe(0)
    expect(api.received.join('')).not.toContain('Zq5aB3dE5gH7')
    expect(api.received.join('')).toContain('[redacted:')
  })

  it('exits 2 where nobody could tell, with one sentence', async () => {
    api.play = () => ({ status: 401, type: 'authentication_error' })
    const refused = await ask('why?', '--snapshot', folder)
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.out).toContain('Claude could not help: the API key was refused.')
    api.play = () => conclude({ missing: ['the log of checkout'] })
    const unknown = await ask('why?', '--snapshot', folder, '-o', 'json')
    expect(unknown.code).toBe(2)
    expect(JSON.parse(unknown.out)).toMatchObject({ kind: 'concluded', missing: ['the log of checkout'] })
  })

  it('says what is wrong with a line, and works without a key as far as it can', async () => {
    expect(await ask()).toMatchObject({ code: 64 })
    expect(await ask('why?', '--output', 'xml')).toMatchObject({ code: 64 })
    expect(await ask('why?', '--snapshot', join(folder, 'none'))).toMatchObject({ code: 64 })
    expect(await ask('--help')).toMatchObject({ code: 0 })
    const err: string[] = []
    const io = { out: () => undefined, err: (text: string) => void err.push(text), colour: false }
    expect(await runAsk(['why?'], io, modelSettings({}))).toBe(2)
    expect(err.join('')).toContain('ANTHROPIC_API_KEY')
  })
})
