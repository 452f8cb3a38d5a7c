import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runConfigCheck } from '../../src/cli/config-check.ts'
import { runPolicy } from '../../src/cli/policy.ts'
import { readPolicyCases } from '../../src/cli/policy-cases.ts'
import { defaultPolicy } from '../../src/policy/default-policy.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8')
const fenced = (language: string): string =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]).join('\n')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const run = async (...argv: string[]) => {
  const [out, err]: [string[], string[]] = [[], []]
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), colour: false }
  const code = await runPolicy(argv, io)
  return { code, out: out.join(''), err: err.join('') }
}

describe('doctor policy', () => {
  it('shows the shipped policy, and finds it valid', async () => {
    expect((await run('show')).out.trim()).toBe(defaultPolicy.trim())
    expect(await run('test')).toMatchObject({ code: 0, out: expect.stringContaining('The policy is valid') })
  })

  it('finds the examples of the documentation true', async () => {
    const cases = file('documented.yaml', fenced('yaml'))
    expect(await run('test', '--cases', cases)).toMatchObject({ code: 0, out: expect.stringContaining('2 of 2 cases') })
    file('documented.cedar', `${defaultPolicy}\n${fenced('cedar')}`)
    file(
      'cases.yaml',
      `- { name: at night, request: { action: restart-rollout, namespace: shop, at: '2026-11-18T22:00:00Z' }, expect: deny, rule: office-hours }
- { name: by day, request: { action: restart-rollout, namespace: shop }, expect: needs-approval }`,
    )
    expect(await run('test', folder, '--timezone', 'Europe/Berlin')).toMatchObject({ code: 0, err: '' })
  })

  it('says which case is not as expected, and what was', async () => {
    const cases = file(
      'wrong.yaml',
      '- { name: anything goes, request: { action: set-image, risk: high }, expect: allow }',
    )
    const { code, err } = await run('test', '--cases', cases)
    expect(code).toBe(1)
    expect(err).toBe('anything goes: expected allow, got needs-approval with 2 by high-risk-needs-two\n')
    const wrong = (text: string) =>
      run('test', '--cases', file('more.yaml', `- { name: a, request: { action: set-image }, ${text} }`))
    expect((await wrong('expect: needs-approval, quorum: 2')).err).toContain(
      'expected 2 approvals, got needs-approval with 1',
    )
    expect((await wrong('expect: needs-approval, rule: frozen')).err).toContain('expected rule frozen')
  })

  it.each([
    ['an unknown field', '- { name: a, request: { action: set-image, namepace: x }, expect: deny }', 'namepace'],
    ['an unknown verdict', '- { name: a, request: { action: set-image }, expect: maybe }', '0.expect'],
    ['not YAML', '- { name: a', 'line 1'],
    ['a key twice', '- { name: a, name: b, request: { action: x }, expect: deny }', 'line 1'],
    ['no list', 'name: a', 'the file'],
  ])('refuses cases with %s, with the place', (_, text, place) => {
    expect(readPolicyCases(text)).toContain(place)
  })

  it('is checked with the configuration, as at a start', async () => {
    const bad = mkdtempSync(join(tmpdir(), 'policy-bad-'))
    writeFileSync(join(bad, 'own.cedar'), 'permit (principal, action, resource);')
    const said: string[] = []
    const io = {
      out: (text: string) => void said.push(text),
      err: (text: string) => void said.push(text),
      colour: false,
    }
    vi.stubEnv('DOCTOR_POLICY', bad)
    expect(await runConfigCheck(io)).toBe(78)
    expect(said.join('')).toContain('DOCTOR_POLICY own.cedar')
    vi.unstubAllEnvs()
    expect(await runConfigCheck(io)).toBe(0)
    expect(said.join('')).toContain('Policy: the shipped one')
    rmSync(bad, { recursive: true })
  })

  it('names what is wrong with a policy, and takes nothing but its own words', async () => {
    const bad = mkdtempSync(join(tmpdir(), 'policy-bad-'))
    writeFileSync(join(bad, 'own.cedar'), '@id("a") permit (principal, action == Doctor::Action::"explode", resource);')
    expect(await run('test', bad)).toMatchObject({ code: 1, err: expect.stringContaining('own.cedar: a: ') })
    rmSync(bad, { recursive: true })
    expect((await run('test', '--cases', join(folder, 'nothing.yaml'))).code).toBe(1)
    for (const argv of [['test', '--timezone', 'Mars/Base'], ['test', 'a', 'b'], ['explain'], []])
      expect((await run(...argv)).code).toBe(64)
  })
})
