import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, person, pressOn, recordOf, requestFor, type Ward } from '../doctor/ward.ts'
import { executable } from '../executable.ts'
import { chartFiles } from './chart.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'

const helm = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'helm'))
  .find(executable)
const manifests = join(import.meta.dirname, '../../manifests')

/** Releases of both kinds: those of Helm 4, written by server-side apply, and those written as all of Helm 3 does. */
const kinds = [
  ['by server-side apply', 'ssa', []],
  ['by patches of its own', 'csa', ['--server-side=false']],
] as const

describe.runIf(assets !== undefined && helm !== undefined)('releases that the real helm made, rolled back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-helm-'))
  let plane: ControlPlane
  let ward: Ward
  let admin: ReturnType<typeof restOf>
  let rest: Rest
  let kubelet: { stop(): Promise<void> }

  const run = (args: readonly string[]): Promise<{ code: number; text: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, KUBECONFIG: plane.kubeconfig, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder }
      execFile(helm ?? '', ['-n', 'shop', ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : 1, text: error === null ? stdout : `${stdout}${stderr}` }),
      )
    })
  const helmed = async (...args: readonly string[]): Promise<string> => {
    const { code, text } = await run(args)
    if (code !== 0) throw new Error(text)
    return text
  }
  const chart = join(folder, 'chart')

  beforeAll(async () => {
    for (const [path, text] of Object.entries(chartFiles)) {
      mkdirSync(join(chart, path, '..'), { recursive: true })
      writeFileSync(join(chart, path), text)
    }
    plane = await startControlPlane({ controllers: true, scheduler: true })
    admin = restOf(plane)
    rest = admin.rest
    const kustomization = {
      kind: 'Kustomization',
      resources: [relative(folder, manifests)],
      components: ['whole-objects', 'helm'].map((name) => relative(folder, join(manifests, 'optional', name))),
    }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    const applied = await plane.kubectl(['apply', '-k', folder])
    if (applied.code !== 0) throw new Error(applied.stderr)
    await plane.kubectl(['delete', 'deploy,sts', '--all', '-n', 'cluster-doctor'])
    kubelet = await startKubelet(rest, 'node-1', (image) => !image.endsWith(':bad'))
    await rest('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
    const account = '--serviceaccount=cluster-doctor:doctor-writer'
    await plane.kubectl([
      'create',
      'rolebinding',
      'cluster-doctor-helm',
      '-n',
      'shop',
      '--clusterrole=cluster-doctor-helm',
      account,
    ])
    const token = await plane.kubectl(['create', 'token', 'doctor-writer', '-n', 'cluster-doctor', '--duration=1h'])
    const file = join(folder, 'writer')
    const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
    writeFileSync(file, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
    // As the executor is deployed: it plans, writes and verifies with the rights of its one account.
    ward = await openWard({}, { reader: file, writer: file })
    for (const id of ['UANA', 'UBEN']) ward.chat.people.set(id, person(id))
  }, 120_000)
  afterAll(async () => {
    await ward?.close()
    await kubelet?.stop()
    admin?.close()
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Waiting takes a fifth of the time; `ahead` is how much of it was left out. */
  let ahead = 0
  beforeEach(() => {
    ahead = 0
  })
  const doctor = (): Doctor => ({
    ...ward.doctor,
    clock: {
      now: () => Date.now() + ahead,
      sleep: async (ms) => {
        await sleep(ms / 5)
        ahead += (ms * 4) / 5
      },
    },
  })
  const wanted = (release: string, input: object = {}) =>
    plan(
      doctor(),
      requestFor('helm-rollback', input as never, {
        target: { apiVersion: 'helm.sh/v3', kind: 'HelmRelease', namespace: 'shop', name: release },
        requester: person('UREQ'),
        reason: { summary: 'asked for', evidence: [] },
      }),
    )
  const now = async (record: PlanRecord) => {
    const read = await readPlan(ward.doctor, record.plan.id)
    if (isRefusal(read)) throw new Error(read.reason)
    return read
  }
  const approved = async (outcome: unknown): Promise<PlanRecord> => {
    const record = recordOf(outcome)
    if (record.plan.risk === 'high') ahead += 3_200
    for (const user of ['UANA', 'UBEN'].slice(0, record.plan.rule.quorum)) {
      const decided = await decide(doctor(), pressOn(await now(record), 'approve', user))
      if (isRefusal(decided)) throw new Error(decided.reason)
    }
    return record
  }
  const through = async (record: PlanRecord): Promise<PlanRecord> => {
    for (let round = 0; round < 100; round += 1) {
      const { life } = await now(record)
      if (!['approved', 'armed', 'unknown', 'applied'].includes(life.state)) break
      await execute(doctor(), record.plan.id)
    }
    return now(record)
  }
  const done = async (outcome: unknown): Promise<PlanRecord> => {
    const after = await through(await approved(outcome))
    expect(`${after.life.state}: ${after.life.outcome?.note}`).toMatch(/^verified: /)
    return after
  }
  const history = async (release: string) =>
    (
      JSON.parse(await helmed('history', release, '-o', 'json')) as {
        revision: number
        status: string
        description: string
      }[]
    ).map(({ revision, status, description }) => [revision, status, description])

  describe.each(kinds)('%s', (_, name, flags) => {
    const set = (...values: readonly string[]) => values.flatMap((value) => ['--set', value])

    it('puts every object back, records the revision as Helm does, and Helm goes on from there', async () => {
      await helmed('install', name, chart, ...flags, ...set('image=registry.acme.dev/web:1'))
      await helmed('upgrade', name, chart, ...set('image=registry.acme.dev/web:bad', 'extra=true', 'mode=fast'))
      expect(JSON.parse(await helmed('get', 'metadata', name, '-o', 'json'))).toMatchObject({
        applyMethod: name,
      })
      const first = await helmed('get', 'manifest', name, '--revision', '1')
      const record = await done(await wanted(name))
      expect(record.plan.summary).toContain('back to revision 1')
      expect(await history(name)).toEqual([
        [1, 'superseded', 'Install complete'],
        [2, 'superseded', 'Upgrade complete'],
        [3, 'deployed', 'Rollback to 1'],
      ])
      expect(await helmed('get', 'manifest', name)).toBe(first)
      expect(JSON.parse(await helmed('status', name, '-o', 'json'))).toMatchObject({
        version: 3,
        info: { status: 'deployed' },
      })
      expect(JSON.parse(await helmed('get', 'values', name, '-o', 'json'))).toEqual({
        image: 'registry.acme.dev/web:1',
      })
      // What Helm itself would change to make the revision so: nothing.
      const deployment = await rest('GET', `/apis/apps/v1/namespaces/shop/deployments/${name}`)
      expect(JSON.stringify(deployment)).toContain('registry.acme.dev/web:1')
      const extra = await plane.kubectl(['get', 'configmap', `${name}-extra`, '-n', 'shop'])
      expect(extra.stderr).toContain('not found')
      await helmed('upgrade', name, chart, ...set('image=registry.acme.dev/web:2', 'mode=slow'))
      expect((await history(name)).at(-1)).toEqual([4, 'deployed', 'Upgrade complete'])
      expect(JSON.stringify(await rest('GET', `/apis/apps/v1/namespaces/shop/deployments/${name}`))).toContain('web:2')
      expect((await rest('GET', `/api/v1/namespaces/shop/configmaps/${name}-settings`))['data']).toEqual({
        mode: 'slow',
      })
    })

    it('goes back to where it was by its undo', async () => {
      const record = await done(await wanted(name, { revision: 1 }))
      const back = await undo(doctor(), pressOn(record, 'undo', 'UANA'))
      if (isRefusal(back)) throw new Error(back.reason)
      await done(await plan(doctor(), { ...back, requester: person('UREQ') }))
      expect((await history(name)).at(-1)).toEqual([6, 'deployed', 'Rollback to 4'])
      expect((await rest('GET', `/api/v1/namespaces/shop/configmaps/${name}-settings`))['data']).toEqual({
        mode: 'slow',
      })
    })
  })

  const compared = [
    'statefulset',
    'cronjob',
    'hpa',
    'ingress',
    'networkpolicy',
    'pdb',
    'configmap',
    'deployment',
    'service',
  ]
  /** All that a release is made of as it is in the cluster, under one name, without what a server and people's marks add. */
  const stateOf = async (release: string): Promise<unknown> => {
    const { stdout } = await plane.kubectl(['get', compared.join(','), '-n', 'shop', '-o', 'json'])
    const { items } = JSON.parse(stdout) as { items: KubeObject[] }
    const own = items.filter(({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === release)
    const plain = own.map(({ kind, metadata: { name, labels, annotations }, ...rest }) => {
      const { 'cluster-doctor.dev/plan': _, 'deployment.kubernetes.io/revision': __, ...kept } = annotations ?? {}
      const { status: ___, ...body } = rest as {
        status?: unknown
        spec?: { clusterIP?: string; clusterIPs?: string[] }
      }
      const { clusterIP: ____, clusterIPs: _____, ...spec } = body.spec ?? {}
      return { kind, name, labels, annotations: kept, ...body, spec }
    })
    return JSON.parse(JSON.stringify(plain).replaceAll(release, 'release'))
  }

  it.each(kinds)(
    'leaves the cluster as helm’s own rollback does, by-hand changes included: %s',
    async (_, method, flags) => {
      const fast = ['--set', 'rich=true,mode=fast,extra=true,image=registry.acme.dev/web:2']
      for (const release of [`${method}-ours`, `${method}-theirs`]) {
        await helmed('install', release, chart, ...flags, '--set', 'rich=true')
        await helmed('upgrade', release, chart, ...fast)
        const byHand = (kind: string, patch: object) =>
          plane.kubectl(['patch', kind, '-n', 'shop', '--field-manager=by-hand', '-p', JSON.stringify(patch)])
        const added = await byHand(`deployment/${release}`, {
          metadata: { labels: { team: 'a' }, annotations: { note: 'by hand' } },
          spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'ADDED', value: 'by hand' }] }] } } },
        })
        expect(added.stderr).toBe('')
        await byHand(`configmap/${release}-rich`, { data: { added: 'by hand' } })
      }
      await done(await wanted(`${method}-ours`, { revision: 1 }))
      await helmed('rollback', `${method}-theirs`, '1')
      expect(await stateOf(`${method}-ours`)).toEqual(await stateOf(`${method}-theirs`))
      // Where Helm patches, a list that the chart no longer has goes whole, and with it what somebody added.
      const left = JSON.stringify(await stateOf(`${method}-ours`)).match(/by hand/g)
      expect(left).toHaveLength(method === 'ssa' ? 3 : 2)
    },
  )

  it('is the cure of an upgrade that failed: the failed revision stays on record, what was deployed comes back', async () => {
    await helmed('install', 'failing', chart, '--set', 'image=registry.acme.dev/web:1')
    const upgrade = await run([
      'upgrade',
      'failing',
      chart,
      '--set',
      'image=registry.acme.dev/web:bad',
      '--wait',
      '--timeout=2s',
    ])
    expect(upgrade.code).toBe(1)
    expect((await history('failing')).at(-1)?.[1]).toBe('failed')
    await done(await wanted('failing'))
    expect((await history('failing')).map(([revision, status]) => [revision, status])).toEqual([
      [1, 'superseded'],
      [2, 'failed'],
      [3, 'deployed'],
    ])
    const live = JSON.stringify(await rest('GET', '/apis/apps/v1/namespaces/shop/deployments/failing'))
    expect(live).toContain('web:1')
  })

  it('stops where Helm makes a revision meanwhile, says what it did, and leaves the release to Helm', async () => {
    await helmed('install', 'raced', chart)
    await helmed('upgrade', 'raced', chart, '--set', 'mode=fast,extra=true')
    const record = await approved(await wanted('raced'))
    await execute(doctor(), record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'approved', step: 1 })
    await helmed('upgrade', 'raced', chart, '--set', 'mode=theirs', '--force-conflicts')
    const after = await through(record)
    expect(after.life).toMatchObject({ state: 'stale', effect: 'done', outcome: { code: 'release-moved' } })
    expect((await history('raced')).at(-1)).toEqual([3, 'deployed', 'Upgrade complete'])
    const settings = await rest('GET', '/api/v1/namespaces/shop/configmaps/raced-settings')
    expect(settings['data']).toEqual({ mode: 'theirs' })
  })

  it('leaves a field that somebody else took to them: the server says whose it is, and nothing is planned', async () => {
    await helmed('install', 'taken', chart)
    await helmed('upgrade', 'taken', chart, '--set', 'mode=fast')
    await plane.kubectl([
      'patch',
      'configmap',
      'taken-settings',
      '-n',
      'shop',
      '--type=merge',
      '--field-manager=by-hand',
      '-p',
      '{"data":{"mode":"mine"}}',
    ])
    const refused = await wanted('taken')
    expect(refused).toMatchObject({ code: 'dry-run-rejected' })
    expect(JSON.stringify(refused)).toContain('by-hand')
  })

  it('refuses what it never writes, and shows nothing of what a Secret holds', async () => {
    await helmed('install', 'secretive', chart, '--set', 'secret=first-password')
    await helmed('upgrade', 'secretive', chart, '--set', 'secret=second-password')
    const refused = await wanted('secretive')
    expect(refused).toMatchObject({ code: 'kind-not-writable' })
    expect(JSON.stringify(refused)).not.toContain('password"')
    await helmed('upgrade', 'secretive', chart, '--set', 'secret=second-password,mode=fast')
    const record = recordOf(await wanted('secretive', { revision: 2 }))
    const shown = record.plan.preview.kind === 'previewed' ? record.plan.preview.diff.map(({ text }) => text) : []
    expect(shown).toContain('data.release: (not shown)')
    expect(shown).toContain('data.mode: slow')
  })

  it('does not run hooks, and goes past them only where that was said', async () => {
    await helmed('install', 'hooked', chart, '--set', 'hook=true')
    await helmed('upgrade', 'hooked', chart, '--set', 'mode=fast')
    expect(await wanted('hooked')).toMatchObject({ code: 'has-hooks' })
    await done(await wanted('hooked', { noHooks: true }))
    expect((await plane.kubectl(['get', 'jobs', '-n', 'shop', '-o', 'name'])).stdout).not.toContain('migrate')
  })

  const asWriter = ['--as', 'system:serviceaccount:cluster-doctor:doctor-writer', '-n', 'shop']
  const secret = (name: string, more: object = {}, metadata: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'shop',
      labels: { owner: 'helm', name: 'evil', version: '1', status: 'deployed' },
      annotations: { 'cluster-doctor.dev/plan': '0123456789ab' },
      ...metadata,
    },
    type: 'helm.sh/release.v1',
    data: { release: 'eA==' },
    ...more,
  })
  const name = 'sh.helm.release.v1.evil.v1'
  it.each<[what: string, object: object, said: RegExp]>([
    ['a Secret of another type', secret(name, { type: 'Opaque' }), /no Secret but the record/],
    ['a Secret of another name', secret('password'), /no Secret but the record/],
    ['more than a release', secret(name, { data: { release: 'eA==', more: 'eA==' } }), /no Secret but the record/],
    ['what bears no mark of a plan', secret(name, {}, { annotations: {} }), /mark each change/],
    [
      'a revision that is at work',
      secret(name, {}, { labels: { owner: 'helm', name: 'evil', version: '1', status: 'pending-upgrade' } }),
      /record a new revision as deployed/,
    ],
  ])('keeps the writer’s credentials from making %s', async (_, object, said) => {
    const made = await plane.kubectl(['create', '-f', '-', ...asWriter], JSON.stringify(object))
    expect(made.stderr).toMatch(said)
  })

  it('keeps the writer’s credentials from changing any other Secret, deleting one, and namespaces that are not bound', async () => {
    await plane.kubectl(['create', 'secret', 'generic', 'theirs', '-n', 'shop', '--from-literal=a=b'])
    const patch = '{"metadata":{"annotations":{"cluster-doctor.dev/plan":"0123456789ab"}},"data":{"a":"eA=="}}'
    const patched = await plane.kubectl(['patch', 'secret', 'theirs', '--type=merge', '-p', patch, ...asWriter])
    expect(patched.stderr).toMatch(/no Secret but the record/)
    expect((await plane.kubectl(['delete', 'secret', 'theirs', ...asWriter])).stderr).toContain('forbidden')
    const label = '{"metadata":{"labels":{"name":"other"},"annotations":{"cluster-doctor.dev/plan":"0123456789ab"}}}'
    const record = await plane.kubectl([
      'patch',
      'secret',
      'sh.helm.release.v1.hooked.v1',
      '--type=merge',
      '-p',
      label,
      ...asWriter,
    ])
    expect(record.stderr).toMatch(/no Secret but the record/)
    const elsewhere = await plane.kubectl(['get', 'secrets', ...asWriter.slice(0, 2), '-n', 'default'])
    expect(elsewhere.stderr).toContain('forbidden')
  })
})
