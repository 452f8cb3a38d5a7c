import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../../src/adapters/kubernetes/kubeconfig.ts'
import { withMintedTokens } from '../../../src/adapters/kubernetes/minted-token.ts'
import { openWriter } from '../../../src/adapters/kubernetes/writer.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'

let cluster: SimulatedCluster
let folder: string
beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
  folder = mkdtempSync(join(tmpdir(), 'minted-'))
  writeFileSync(join(folder, 'reader'), cluster.kubeconfig('reader'))
  // What the executor's own account may do then: mint tokens for that one account, and nothing else that writes.
  for (const object of [
    {
      kind: 'Role',
      rules: [
        { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['doctor-writer'], verbs: ['create'] },
      ],
    },
    {
      kind: 'RoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'mints' },
      subjects: [{ kind: 'ServiceAccount', name: 'doctor-reader', namespace: 'cluster-doctor' }],
    },
  ])
    cluster.store.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      metadata: { name: 'mints', namespace: 'cluster-doctor' },
      ...object,
    } as never)
})
afterAll(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true, force: true })
})

const context = () => {
  const [one] = loadContexts({ kubeconfig: join(folder, 'reader'), contexts: [], allowExec: false }).contexts
  if (one === undefined) throw new Error('the kubeconfig of the simulation was refused')
  return one
}
const patchDeployments = { verb: 'patch', group: 'apps', resource: 'deployments' }
const minted = () => cluster.requests.filter((one) => one.path.endsWith('/serviceaccounts/doctor-writer/token')).length

describe('minted tokens', () => {
  it('let a writer write that could not with its own credentials, on a cluster that is known', async () => {
    const own = openWriter(context())
    expect(await own.canI(patchDeployments)).toMatchObject({ kind: 'ok', value: { allowed: false } })
    const credentials = withMintedTokens(context(), { namespace: 'cluster-doctor', name: 'doctor-writer' })
    const writer = openWriter(credentials)
    expect(await writer.canI(patchDeployments)).toMatchObject({ kind: 'ok', value: { allowed: true } })
    expect((await writer.identify()).kind).toBe('confirmed')
    expect(minted()).toBe(1)
    for (const one of [own, writer, credentials]) one.close()
  })

  it('are minted anew two minutes before they end, once for all who wait', async () => {
    let time = Date.now()
    const credentials = withMintedTokens(context(), { namespace: 'cluster-doctor', name: 'doctor-writer' }, () => time)
    const before = minted()
    const tokens = async () =>
      (await Promise.all([1, 2, 3].map(() => credentials.credentials()))).map((one) => one.headers)
    const [first] = await tokens()
    expect(minted() - before).toBe(1)
    time += 7 * 60_000
    expect((await tokens())[0]).toEqual(first)
    time += 61_000
    expect((await tokens())[0]).not.toEqual(first)
    expect(minted() - before).toBe(2)
    credentials.close()
  })

  it('are all there is: without one nothing is read, and nothing written', async () => {
    const credentials = withMintedTokens(context(), { namespace: 'cluster-doctor', name: 'somebody-else' })
    const writer = openWriter(credentials)
    expect(await writer.canI(patchDeployments)).toMatchObject({ kind: 'unreadable' })
    expect(await writer.identify()).toMatchObject({ kind: 'uncertain' })
    expect(await writer.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })).toMatchObject({
      kind: 'unreadable',
    })
    for (const one of [writer, credentials]) one.close()
  })
})
