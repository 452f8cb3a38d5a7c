import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { withMintedTokens } from '../../src/adapters/kubernetes/minted-token.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { openWriter } from '../../src/adapters/kubernetes/writer.ts'
import { checkRights } from '../../src/main/rights.ts'
import { assets, type ControlPlane, startControlPlane } from '../kube/control-plane.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const asWriter = ['--as', 'system:serviceaccount:cluster-doctor:doctor-writer']
const asReader = ['--as', 'system:serviceaccount:cluster-doctor:doctor-reader']
/** What a plan writes: a change under its own mark. */
const scale = (replicas: number, plan: string) =>
  JSON.stringify({ metadata: { annotations: { 'cluster-doctor.dev/plan': plan } }, spec: { replicas } })

describe.runIf(assets !== undefined)('the manifests on a real API server', () => {
  let cluster: ControlPlane
  const kubectl = (...args: string[]) => cluster.kubectl(args)

  beforeAll(async () => {
    cluster = await startControlPlane({ controllers: true })
    await kubectl('apply', '-f', join(manifests, 'namespace.yaml'))
    for (const namespace of ['shop', 'kube-system']) {
      await kubectl('create', 'namespace', namespace)
      await kubectl('create', 'deployment', 'web', '-n', namespace, '--image=registry.acme.dev/web:1')
    }
  })
  afterAll(() => cluster?.stop())

  it('are accepted whole in a server dry run, and then for real', async () => {
    expect(await kubectl('apply', '-k', manifests, '--dry-run=server')).toMatchObject({ code: 0, stderr: '' })
    expect(await kubectl('apply', '-k', manifests)).toMatchObject({ code: 0, stderr: '' })
  })

  it('let the writer do what the catalogue has', async () => {
    expect(
      (
        await kubectl(
          'patch',
          'deploy',
          'web',
          '-n',
          'shop',
          '--type=merge',
          '-p',
          scale(2, 'abcdef012345'),
          ...asWriter,
        )
      ).stderr,
    ).toBe('')
    expect(
      (
        await kubectl('auth', 'can-i', 'create', 'pods', '--subresource=eviction', '-n', 'shop', ...asWriter)
      ).stdout.trim(),
    ).toBe('yes')
    expect((await kubectl('get', 'namespace', 'kube-system', '-o', 'name', ...asWriter)).code).toBe(0)
  })

  it('keep the writer out of kube-system by the admission policy, though RBAC would let it', async () => {
    let answer = { code: 0, stdout: '', stderr: '' }
    // A policy takes a moment to be in force after it was made.
    for (let attempt = 0; attempt < 40 && answer.code === 0; attempt += 1) {
      answer = await kubectl(
        'patch',
        'deploy',
        'web',
        '-n',
        'kube-system',
        '--type=merge',
        '-p',
        scale(attempt + 2, `abcdef0123${attempt + 10}`),
        ...asWriter,
      )
      if (answer.code === 0) await sleep(500)
    }
    expect(answer.stderr).toContain('may not touch kube-system')
  })

  it.each([
    ['delete a Deployment', ['delete', 'deploy', 'web', '-n', 'shop']],
    ['delete a pod', ['delete', 'pod', '--all', '-n', 'shop']],
    ['delete a namespace', ['delete', 'namespace', 'shop']],
    ['delete a node', ['delete', 'node', 'any']],
    ['create a Deployment', ['create', 'deployment', 'x', '--image=x', '-n', 'shop']],
    ['read Secrets', ['get', 'secrets', '-A']],
    ['read the token of an account', ['create', 'token', 'default', '-n', 'shop']],
    ['give itself a role', ['create', 'clusterrolebinding', 'x', '--clusterrole=cluster-admin', '--user=x']],
    ['run a command in a pod', ['exec', 'any', '-n', 'shop', '--', 'id']],
  ])('do not let the writer %s', async (_, args) => {
    expect((await kubectl(...args, ...asWriter)).code).not.toBe(0)
  })

  it.each(['pods', 'deployments.apps', 'nodes', 'configmaps', 'secrets'])(
    'do not let the reader change %s',
    async (resource) => {
      for (const verb of ['create', 'update', 'patch', 'delete', 'deletecollection'])
        expect((await kubectl('auth', 'can-i', verb, resource, '-A', ...asReader)).stdout.trim()).toBe('no')
    },
  )

  it('let the reader read all but Secrets', async () => {
    for (const resource of ['pods', 'events', 'nodes', 'configmaps', 'networkpolicies.networking.k8s.io'])
      expect((await kubectl('auth', 'can-i', 'list', resource, '-A', ...asReader)).stdout.trim()).toBe('yes')
    expect((await kubectl('auth', 'can-i', 'list', 'secrets', '-A', ...asReader)).stdout.trim()).toBe('no')
    expect((await kubectl('auth', 'can-i', 'get', 'nodes', '--subresource=proxy', ...asReader)).stdout.trim()).toBe(
      'no',
    )
  })

  it('give no account of ours too much, seen with tokens that were minted for ten minutes', async () => {
    const [context] = loadContexts({ kubeconfig: cluster.kubeconfig, contexts: [], allowExec: false }).contexts
    if (context === undefined) throw new Error('the kubeconfig was refused')
    const as = (name: string) => withMintedTokens(context, { namespace: 'cluster-doctor', name })
    const [reader, writer] = [openReader(as('doctor-reader')), openWriter(as('doctor-writer'))]
    expect(await writer.canI({ verb: 'patch', group: 'apps', resource: 'deployments' })).toMatchObject({
      value: { allowed: true },
    })
    const rights = { readers: new Map([['real', reader]]), writers: new Map([['real', writer]]) }
    expect(await checkRights(rights)).toEqual({ problems: [], unknown: [] })
    const admin = openWriter(context)
    const { problems } = await checkRights({ readers: new Map(), writers: new Map([['real', admin]]) })
    expect(problems).toEqual([expect.stringContaining("the writer's credentials may * *, deletecollection pods")])
    for (const one of [reader, writer, admin]) one.close()
  })
})
