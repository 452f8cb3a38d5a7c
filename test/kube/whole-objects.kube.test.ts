import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectPath } from '../../src/adapters/kubernetes/paths.ts'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import type { ObjectRef } from '../../src/domain/object.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, person, pressOn, recordOf, requestFor, type Ward } from '../doctor/ward.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const image = 'registry.acme.dev/web:1'
const debugImage = `registry.acme.dev/busybox@sha256:${'c'.repeat(64)}`
type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace: string }
  [field: string]: unknown
}

const metadata = (name: string, namespace = 'shop') => ({ name, namespace })
const pods = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'app', image, resources: { requests: { cpu: '0.05' } } }],
  },
})
const settings = (data: object): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata('settings'),
  data,
})
const deployment = (name: string, replicas = 2): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata(name),
  spec: { replicas, selector: { matchLabels: { app: name } }, template: pods(name) },
})
/** One of each kind that the API server fills in by lot or in its own way. */
const kinds: readonly Manifest[] = [
  settings({ mode: 'slow' }),
  deployment('web'),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('web'),
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: metadata('lone'), spec: pods('lone').spec },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata('once'),
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } } },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata('nightly'),
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } } } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata('data'),
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata('web'),
    spec: {
      minReplicas: 2,
      maxReplicas: 4,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata('web'),
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata('web'),
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata('web'),
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: metadata('small'),
    spec: { limits: [{ type: 'Container', max: { memory: '8Gi' } }] },
  },
  { apiVersion: 'v1', kind: 'ResourceQuota', metadata: metadata('quota'), spec: { hard: { pods: '100' } } },
]
const refIn = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): ObjectRef => ({
  apiVersion,
  kind,
  name,
  namespace,
})
const title = (one: Manifest) => `${one.kind} ${one.metadata.name}`

describe.runIf(assets !== undefined)('whole objects and drains on a real API server, with the optional rights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-whole-'))
  let plane: ControlPlane
  let ward: Ward
  let admin: ReturnType<typeof restOf>
  const kubelets: { stop(): Promise<void> }[] = []
  let rest: Rest

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true, scheduler: true })
    admin = restOf(plane)
    rest = admin.rest
    const kustomization = {
      kind: 'Kustomization',
      resources: [relative(folder, manifests)],
      components: ['whole-objects', 'debug', 'exec'].map((name) => relative(folder, join(manifests, 'optional', name))),
    }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    const applied = await plane.kubectl(['apply', '-k', folder])
    if (applied.code !== 0) throw new Error(applied.stderr)
    await plane.kubectl(['delete', 'deploy,sts', '--all', '-n', 'cluster-doctor'])
    for (const node of ['node-1', 'node-2']) kubelets.push(await startKubelet(rest, node, () => true))
    await rest('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
    await until(async () => (await plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'shop'])).code === 0)
    const kubeconfig = async (account: string) => {
      const token = await plane.kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
      const file = join(folder, account)
      const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
      writeFileSync(file, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
      return file
    }
    ward = await openWard(
      { DOCTOR_DEBUG_IMAGES: debugImage },
      { reader: await kubeconfig('doctor-reader'), writer: await kubeconfig('doctor-writer') },
    )
    for (const id of ['UANA', 'UBEN']) ward.chat.people.set(id, person(id))
  }, 120_000)
  afterAll(async () => {
    await ward?.close()
    for (const kubelet of kubelets) await kubelet.stop()
    admin?.close()
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Waiting takes a fifth of the time; `ahead` is how much of it was left out. */
  let ahead = 0
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
  const wanted = (action: string, target: ObjectRef, input: object = {}) =>
    plan(
      doctor(),
      requestFor(action, input as never, {
        target,
        requester: person('UREQ'),
        reason: { summary: 'asked for', evidence: [] },
      }),
    )
  const apply = (manifest: Manifest) => wanted('apply-object', refIn(manifest), { manifest })
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
  const done = async (outcome: unknown): Promise<PlanRecord> => {
    const record = await approved(outcome)
    await execute(doctor(), record.plan.id)
    const after = await now(record)
    expect(after.life).toMatchObject({ state: 'verified', effect: 'done' })
    return after
  }
  const exists = async (ref: ObjectRef) =>
    rest('GET', objectPath(ref)).then(
      (object) => (object['metadata'] as { deletionTimestamp?: string }).deletionTimestamp === undefined,
      () => false,
    )

  it.each(kinds.map((one) => [title(one), one] as const))('makes a %s', async (_, manifest) => {
    const made = await done(await apply(manifest))
    expect(await exists(refIn(manifest))).toBe(true)
    expect(made.plan.summary).toMatch(/^Create /)
    expect(await apply(manifest)).toMatchObject({ code: 'already-there' })
  })

  it('changes what it made, takes away what the next manifest leaves out, and goes back', async () => {
    const target = refIn(settings({}))
    await done(await apply(settings({ mode: 'fast', more: '1' })))
    const last = await done(await apply(settings({ more: '2' })))
    expect((await rest('GET', objectPath(target)))['data']).toEqual({ more: '2' })
    const back = await undo(doctor(), pressOn(last, 'undo', 'UANA'))
    if (isRefusal(back)) throw new Error(back.reason)
    await done(await plan(doctor(), { ...back, requester: person('UREQ') }))
    expect((await rest('GET', objectPath(target)))['data']).toEqual({ mode: 'fast', more: '1' })
  })

  it('never forces: the field of another manager is refused with its name', async () => {
    await rest(
      'PATCH',
      '/api/v1/namespaces/shop/configmaps/settings?fieldManager=kubectl',
      { data: { mode: 'mine' } },
      'application/merge-patch+json',
    )
    const refused = await apply(settings({ mode: 'fast', more: '1' }))
    expect(refused).toMatchObject({ code: 'dry-run-rejected' })
    expect(JSON.stringify(refused)).toContain('kubectl')
  })

  it('says before anyone is asked that a field is none', async () => {
    expect(await apply({ ...settings({}), metadata: metadata('odd'), spec: { x: 1 } })).toMatchObject({
      code: 'dry-run-rejected',
    })
  })

  it('makes nothing where somebody else was quicker', async () => {
    const manifest: Manifest = { ...settings({ mode: 'fast' }), metadata: metadata('raced') }
    const record = await approved(await apply(manifest))
    let made = false
    const late: Doctor = {
      ...doctor(),
      crashpoint: async () => undefined,
      audit: {
        ...ward.doctor.audit,
        append: async (event) => {
          // After every gate, between the intent and the request.
          if (event.kind === 'effect.intended' && !made) {
            made = true
            await rest('POST', '/api/v1/namespaces/shop/configmaps', {
              metadata: { name: 'raced' },
              data: { theirs: '1' },
            })
          }
          return ward.doctor.audit.append(event)
        },
      },
    }
    await execute(late, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'failed', effect: 'none', outcome: { code: 'Conflict' } })
    expect((await rest('GET', '/api/v1/namespaces/shop/configmaps/raced'))['data']).toEqual({ theirs: '1' })
  })

  it('puts a container into a running pod, which is seen through like any other change', async () => {
    await until(async () => (await podNamed('lone')).status.phase === 'Running')
    const target = { apiVersion: 'v1', kind: 'Pod', ...metadata('lone') }
    const record = await approved(await wanted('debug-pod', target, { check: { kind: 'dns', host: 'web' } }))
    const container = `doctor-${record.plan.id.slice(0, 12)}`
    const ended = {
      name: container,
      image: debugImage,
      imageID: '',
      lastState: {},
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode: 0 } },
    }
    const kubelet = (async () => {
      await until(async () => JSON.stringify(await podNamed('lone')).includes(container))
      await rest(
        'PATCH',
        '/api/v1/namespaces/shop/pods/lone/status',
        { status: { ephemeralContainerStatuses: [ended] } },
        'application/merge-patch+json',
      )
    })()
    await execute(doctor(), record.plan.id)
    await kubelet
    expect((await now(record)).life).toMatchObject({ state: 'verified', effect: 'done' })
  })

  it('drains a node: PodDisruptionBudget respected, what is left says so, the other node takes the pods', async () => {
    await until(async () => (await available('web')) === 2)
    // A bare pod is named and refused first.
    const target: ObjectRef = { apiVersion: 'v1', kind: 'Node', name: await nodeOf('lone') }
    expect(await wanted('drain-node', target, { within: 120 })).toMatchObject({ code: 'bare-pods' })
    const record = await approved(await wanted('drain-node', target, { within: 120, bare: true }))
    const steps = record.plan.change.kind === 'sequence' ? record.plan.change.steps.length : 0
    expect(steps).toBeGreaterThanOrEqual(2)
    for (let round = 0; round < 200; round += 1) {
      const { life } = await now(record)
      if (!['approved', 'armed', 'unknown', 'applied'].includes(life.state)) break
      await execute(doctor(), record.plan.id)
      await sleep(200)
    }
    expect((await now(record)).life).toMatchObject({ state: 'verified', effect: 'done', step: steps - 1 })
    const left = (await rest('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${target.name}`))['items'] as object[]
    expect(left).toEqual([])
    await until(async () => (await available('web')) === 2)
    await done(await wanted('uncordon-node', target))
  })

  it.each(
    kinds
      .filter((one) => !['Pod'].includes(one.kind))
      .toReversed()
      .map((one) => [title(one), one] as const),
  )('deletes a %s only when it is approved: its rehearsal deletes nothing', async (_, manifest) => {
    const target = refIn(manifest)
    const record = await approved(await wanted('delete-object', target))
    expect(await exists(target)).toBe(true)
    await execute(doctor(), record.plan.id)
    expect(await exists(target)).toBe(false)
  })

  const asWriter = ['--as', 'system:serviceaccount:cluster-doctor:doctor-writer']
  const yaml = (object: object) => JSON.stringify(object)
  const marked = (manifest: Manifest, more: object = {}) => ({
    ...manifest,
    metadata: { ...manifest.metadata, annotations: { 'cluster-doctor.dev/plan': '0123456789ab' } },
    ...more,
  })
  const bad = (spec: object) =>
    marked({
      ...deployment('bad'),
      spec: {
        ...(deployment('bad')['spec'] as object),
        template: { metadata: pods('bad').metadata, spec: { ...pods('bad').spec, ...spec } },
      },
    })
  const ephemeral = (more: object) =>
    JSON.stringify({
      spec: {
        ephemeralContainers: [
          {
            name: 'doctor-0123456789ab',
            image: debugImage,
            securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true },
            ...more,
          },
        ],
      },
    })
  it.each([
    ['make what bears no mark of a plan', ['create', '-f', '-'], settings({}), /mark each change/],
    [
      'make something in kube-system',
      ['create', '-f', '-'],
      marked({ ...settings({}), metadata: metadata('x', 'kube-system') }),
      /namespaces of the system/,
    ],
    [
      'make something in its own namespace',
      ['create', '-f', '-'],
      marked({ ...settings({}), metadata: metadata('x', 'cluster-doctor') }),
      /namespaces of the system/,
    ],
    [
      'give a Service addresses of others',
      ['create', '-f', '-'],
      marked({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata('x'),
        spec: { externalIPs: ['10.9.9.9'], ports: [{ port: 80 }] },
      }),
      /no external addresses/,
    ],
    [
      'make a privileged pod',
      ['create', '-f', '-'],
      bad({ containers: [{ name: 'a', image, securityContext: { privileged: true } }] }),
      /could leave its container/,
    ],
    [
      'make a pod with more capabilities',
      ['create', '-f', '-'],
      bad({ containers: [{ name: 'a', image, securityContext: { capabilities: { add: ['NET_ADMIN'] } } }] }),
      /could leave its container/,
    ],
    [
      'make a pod on the node’s network',
      ['create', '-f', '-'],
      bad({ hostNetwork: true }),
      /could leave its container/,
    ],
    [
      'make a pod with the node’s files',
      ['create', '-f', '-'],
      bad({ volumes: [{ name: 'r', hostPath: { path: '/' } }] }),
      /could leave its container/,
    ],
    [
      'make a Secret',
      ['create', '-f', '-'],
      { apiVersion: 'v1', kind: 'Secret', metadata: metadata('x') },
      /cannot create/,
    ],
    [
      'make a Role',
      ['create', '-f', '-'],
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: metadata('x'), rules: [] },
      /cannot create/,
    ],
    [
      'make a ServiceAccount',
      ['create', '-f', '-'],
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('x') },
      /cannot create/,
    ],
    [
      'make a namespace',
      ['create', '-f', '-'],
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
      /cannot create/,
    ],
    [
      'put a container by tag into a pod',
      [
        'patch',
        'pod',
        'any',
        '-n',
        'shop',
        '--subresource=ephemeralcontainers',
        '--type=strategic',
        '-p',
        ephemeral({ image: 'busybox:1' }),
      ],
      {},
      /only images by digest/,
    ],
    [
      'put a privileged container into a pod',
      [
        'patch',
        'pod',
        'any',
        '-n',
        'shop',
        '--subresource=ephemeralcontainers',
        '--type=strategic',
        '-p',
        ephemeral({ securityContext: { privileged: true } }),
      ],
      {},
      /no container with privileges/,
    ],
    [
      'delete without saying which one',
      ['delete', '--raw', '/api/v1/namespaces/shop/configmaps/theirs'],
      {},
      /uid of what it deletes/,
    ],
    ['delete a collection', ['delete', '--raw', '/api/v1/namespaces/shop/configmaps'], {}, /cannot deletecollection/],
    ['delete a namespace', ['delete', '--raw', '/api/v1/namespaces/shop'], {}, /cannot delete/],
    [
      'give a command input',
      ['exec', '-i', '-n', 'shop', 'any', '-c', 'app', '--', 'id'],
      {},
      /no input and no terminal/,
    ],
    ['attach to a container', ['attach', '-n', 'shop', 'any', '-c', 'app'], {}, /cannot (create|get)/],
    ['forward a port', ['port-forward', '-n', 'shop', 'any', '8080:80'], {}, /cannot (create|get)/],
  ])('still does not let the writer %s', async (_, args, input, why) => {
    await rest('POST', '/api/v1/namespaces/shop/configmaps', { metadata: { name: 'theirs' } }).catch(() => undefined)
    await rest('POST', '/api/v1/namespaces/shop/pods', { metadata: { name: 'any' }, spec: pods('any').spec }).catch(
      () => undefined,
    )
    const answer = await plane.kubectl([...asWriter, ...args], yaml(input))
    expect(answer.code).not.toBe(0)
    expect(answer.stderr + answer.stdout).toMatch(why)
  })

  it('does let it run a command as far as the kubelet, which this cluster has not', async () => {
    const answer = await plane.kubectl([...asWriter, 'exec', '-n', 'shop', 'any', '-c', 'app', '--', 'id'])
    expect(answer.stderr).toMatch(/no preferred addresses|error dialing backend/)
    const [writer] = [...ward.doctor.writers.values()]
    const query = [
      ['command', 'id'],
      ['container', 'app'],
      ['stderr', 'true'],
      ['stdout', 'true'],
    ] as const
    const path = '/api/v1/namespaces/shop/pods/any/exec'
    expect(
      await writer?.dryRun({ method: 'GET', path, query, contentType: '', body: '' }, refIn(settings({}))),
    ).toMatchObject({ kind: 'cannot-preview' })
    const target = { apiVersion: 'v1', kind: 'Pod', ...metadata('any') }
    await until(async () => (await podNamed('any')).status.phase === 'Running')
    const record = await approved(await wanted('exec-in-pod', target, { command: ['id'] }))
    await execute(doctor(), record.plan.id)
    expect((await now(record)).life.state).not.toBe('verified')
  })

  const available = async (name: string): Promise<number> =>
    (
      (await rest('GET', `/apis/apps/v1/namespaces/shop/deployments/${name}`))['status'] as {
        availableReplicas?: number
      }
    ).availableReplicas ?? 0
  const podNamed = async (name: string) =>
    (await rest('GET', `/api/v1/namespaces/shop/pods/${name}`)) as { status: { phase?: string } }
  const nodeOf = async (pod: string): Promise<string> =>
    ((await rest('GET', `/api/v1/namespaces/shop/pods/${pod}`))['spec'] as { nodeName: string }).nodeName
})

const until = async (what: () => Promise<boolean>, ms = 40_000): Promise<void> => {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await what().catch(() => false)) return
    await sleep(150)
  }
  throw new Error('it did not happen in time')
}
