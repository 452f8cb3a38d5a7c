import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadActions } from '../../src/actions/load.ts'
import { runRunbooks } from '../../src/cli/runbooks.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { driftOf, type ServedType } from '../../src/runbooks/drift.ts'
import { loadRunbooks } from '../../src/runbooks/load.ts'

const actions = await loadActions()
const shipped = loadRunbooks(join(import.meta.dirname, '../../runbooks'), actions).runbooks
const type = (group: string, resource: string, kind: string, ...shortNames: string[]): ServedType => ({
  group,
  version: 'v1',
  resource,
  kind,
  singular: kind.toLowerCase(),
  shortNames,
})

describe('drift', () => {
  const rollback = shipped.filter((runbook) => runbook.id === 'roll-back-bad-image')

  it('is none where the cluster serves what the runbook names', () => {
    expect(driftOf(rollback, actions, [type('apps', 'deployments', 'Deployment', 'deploy')])).toEqual([])
  })

  it('is none for an add-on that the cluster has not, and one for a part of it that is gone', () => {
    const renew = shipped.filter((runbook) => runbook.id === 'renew-issued-certificate')
    expect(renew).toHaveLength(1)
    expect(driftOf(renew, actions, [type('', 'pods', 'Pod')])).toEqual([])
    expect(driftOf(renew, actions, [type('cert-manager.io', 'issuers', 'Issuer')])).not.toEqual([])
  })

  it('names the action whose kinds are gone, and the resource of a command that is not served', () => {
    const gone = driftOf(rollback, actions, [type('', 'pods', 'Pod', 'po')])
    expect(gone.map(({ what }) => what).join('\n')).toMatch(/rollback-rollout works on Deployment\.apps.*none of which/)
    const asks = shipped.filter((runbook) => runbook.id === 'free-quota')
    expect(driftOf(asks, actions, [type('', 'pods', 'Pod', 'po')]).map(({ what }) => what)).toContain(
      'a command asks for resourcequota, which the cluster does not serve',
    )
    expect(driftOf(asks, actions, [type('', 'resourcequotas', 'ResourceQuota', 'quota')])).not.toContainEqual(
      expect.objectContaining({ what: expect.stringContaining('resourcequota') }),
    )
  })
})

describe('doctor runbooks drift', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-drift-'))
  const before = process.env['KUBECONFIG']
  let cluster: SimulatedCluster
  beforeAll(async () => {
    cluster = await startSimulatedCluster({ name: 'prod-eu1' })
    writeFileSync(join(folder, 'config'), cluster.kubeconfig('reader'))
    process.env['KUBECONFIG'] = join(folder, 'config')
  })
  afterAll(async () => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const run = async (...args: string[]) => {
    const said: string[] = []
    const keep = (text: string): void => void said.push(text)
    const code = await runRunbooks(['drift', ...args], { colour: false, out: keep, err: keep })
    return { code, text: said.join('') }
  }

  it('says that the shipped runbooks fit a cluster', async () => {
    const { code, text } = await run()
    expect(text).toMatch(/runbooks fit prod-eu1/)
    expect(code).toBe(0)
  })

  it('is a 1 and a sentence where the context is not there, or the words are wrong', async () => {
    expect(await run('--context', 'nowhere')).toMatchObject({ code: 1, text: expect.stringContaining('nowhere') })
    expect((await run('--everything')).code).toBe(64)
  })
})
