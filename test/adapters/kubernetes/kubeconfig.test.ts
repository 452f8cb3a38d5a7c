import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { kubeconfigView, loadContexts } from '../../../src/adapters/kubernetes/kubeconfig.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Part = { server?: string; cluster?: object; user?: object; name?: string }
const write = (file: string, parts: readonly Part[], current?: string): string => {
  const named = parts.map((part, index) => ({ name: part.name ?? `c${index}`, ...part }))
  const path = join(folder, file)
  writeFileSync(
    path,
    stringify({
      'current-context': current ?? named[0]?.name,
      clusters: named.map((one, index) => ({
        name: `${one.name}-${index}`,
        cluster: { server: one.server ?? 'https://127.0.0.1:6443', ...one.cluster },
      })),
      users: named.map((one, index) => ({ name: `${one.name}-${index}`, user: one.user ?? { token: 'secret-token' } })),
      contexts: named.map((one, index) => ({
        name: one.name,
        context: { cluster: `${one.name}-${index}`, user: `${one.name}-${index}` },
      })),
    }),
  )
  return path
}
const load = (kubeconfig: string, contexts: readonly string[] = [], allowExec = false) =>
  loadContexts({ kubeconfig, contexts, allowExec })

describe('loadContexts', () => {
  it('takes the current context, or those that are named', () => {
    const path = write('two', [{ name: 'a' }, { name: 'b' }], 'b')
    expect(load(path).contexts.map((one) => one.name)).toEqual(['b'])
    expect(load(path, ['a', 'b']).contexts.map((one) => one.name)).toEqual(['a', 'b'])
  })

  it.each<[string, Part, string]>([
    ['plain http', { server: 'http://127.0.0.1:8080' }, 'not https'],
    ['no TLS verification', { cluster: { 'insecure-skip-tls-verify': true } }, 'insecure-skip-tls-verify'],
    [
      'an exec plugin where that is not allowed',
      { user: { exec: { command: 'aws', apiVersion: 'client.authentication.k8s.io/v1' } } },
      'exec plugin',
    ],
    ['a server that is no URL', { server: 'nowhere' }, 'not a URL'],
  ])('refuses %s, with a sentence', (_, part, message) => {
    const { contexts, problems } = load(write('bad', [part]))
    expect(contexts).toEqual([])
    expect(problems.join(' ')).toContain(message)
  })

  it('allows an exec plugin where that is allowed', () => {
    expect(
      load(
        write('exec', [{ user: { exec: { command: 'true', apiVersion: 'client.authentication.k8s.io/v1' } } }]),
        [],
        true,
      ).contexts,
    ).toHaveLength(1)
  })

  it('names a context that is not there, with those that are', () => {
    expect(load(write('one', [{ name: 'prod' }]), ['prdo']).problems).toEqual([
      'There is no context prdo in the kubeconfig; it has prod.',
    ])
  })

  it('refuses a name that stands twice, since it is not clear which cluster it means', () => {
    expect(
      load(write('twice', [{ name: 'prod' }, { name: 'prod', server: 'https://10.0.0.1' }]), ['prod']).problems.join(
        ' ',
      ),
    ).toContain('stands twice')
  })

  it('merges files as kubectl does: the first wins, and says so', () => {
    const [a, b] = [
      write('first', [{ name: 'prod', server: 'https://one' }]),
      write('second', [{ name: 'prod', server: 'https://two' }, { name: 'dev' }]),
    ]
    const { contexts, problems } = load(`${a}:${b}`, ['prod', 'dev'])
    expect(contexts.map((one) => one.server)).toEqual(['https://one', 'https://127.0.0.1:6443'])
    expect(problems).toEqual(['Context prod stands in two kubeconfig files; the first is used.'])
  })

  it.each([['a file that is not there', join('/nowhere', 'config'), 'does not exist']])(
    'says what is wrong with %s',
    (_, path, message) => {
      expect(load(path).problems.join(' ')).toContain(message)
    },
  )

  it('names the line of broken YAML', () => {
    const path = join(folder, 'broken')
    writeFileSync(path, 'clusters:\n  - name: a\n    cluster: {server: https://x\n')
    expect(load(path).problems.join(' ')).toMatch(/broken:\d+/)
  })

  it('reads a token file anew each time, since tokens rotate', async () => {
    const token = join(folder, 'token')
    writeFileSync(token, 'one')
    const [context] = load(write('file', [{ user: { tokenFile: token } }])).contexts
    expect(await context?.credentials()).toMatchObject({ headers: { Authorization: 'Bearer one' } })
  })
})

describe('kubeconfigView', () => {
  it('shows what kind of credentials there are and never a credential', () => {
    const path = write('view', [
      { user: { token: 'very-secret' } },
      { user: { 'client-certificate-data': 'AAAA', 'client-key-data': 'BBBB' } },
    ])
    const view = kubeconfigView(path)
    expect(view.map((row) => row.credentials)).toEqual(['token', 'client certificate'])
    expect(JSON.stringify(view)).not.toMatch(/very-secret|AAAA|BBBB/)
  })
})
