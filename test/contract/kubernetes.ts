import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, applyPatch, jsonPatch, mergePatch, openApi, strategicPatch } from './api.ts'

const deployment = (name: string, replicas = 2) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'app',
            image: 'registry.acme.dev/app:1',
            env: [{ name: 'A', value: '1' }],
            ports: [{ containerPort: 8080 }],
          },
        ],
      },
    },
  },
})
const pod = (name: string, labels: Record<string, string> = { app: name }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'app', image: 'registry.acme.dev/app:1' }], schedulerName: 'nobody' },
})

/**
 * What the product relies on an API server for. The same checks run on the simulated API and on a real kube-apiserver:
 * where they differ, the simulation is wrong.
 */
export const kubernetesContract = (
  setup: () => Promise<{ readonly kubeconfig: string; readonly stop: () => Promise<void> }>,
): void => {
  let api: Api
  let stop: () => Promise<void>
  const ns = `contract-${randomBytes(3).toString('hex')}`
  const deployments = `/apis/apps/v1/namespaces/${ns}/deployments`
  const pods = `/api/v1/namespaces/${ns}/pods`

  beforeAll(async () => {
    const started = await setup()
    stop = started.stop
    api = openApi(started.kubeconfig)
    const made = await api.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: ns },
    })
    expect(made.status).toBe(201)
    // Pods want their ServiceAccount, which a controller makes where one runs.
    await api.call('POST', `/api/v1/namespaces/${ns}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    })
  })
  afterAll(async () => {
    api?.close()
    await stop?.()
  })

  describe('objects', () => {
    it('gives a new object its uid, version, generation and time', async () => {
      const { status, body } = await api.call('POST', deployments, deployment('made'))
      expect(status).toBe(201)
      expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
      expect(body.metadata.resourceVersion).toMatch(/^\d+$/)
      expect(body.metadata.generation).toBe(1)
      expect(Date.parse(body.metadata.creationTimestamp)).toBeGreaterThan(0)
      expect(body.spec.progressDeadlineSeconds).toBe(600)
      expect(body.spec.strategy.rollingUpdate).toEqual({ maxSurge: '25%', maxUnavailable: '25%' })
      expect(body.spec.template.spec.containers[0].imagePullPolicy).toBe('IfNotPresent')
    })
    it('answers an unknown name with a Status that names it', async () => {
      const { status, body } = await api.call('GET', `${deployments}/nobody`)
      expect(status).toBe(404)
      expect(body).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        reason: 'NotFound',
        message: 'deployments.apps "nobody" not found',
        details: { name: 'nobody', group: 'apps', kind: 'deployments' },
        code: 404,
      })
    })
    it('answers an unknown path with plain text', async () => {
      const { status, text } = await api.call('GET', '/apis/nothing.example/v1/things')
      expect(status).toBe(404)
      expect(text).toContain('404 page not found')
    })
    it('refuses a second object of the name', async () => {
      const { status, body } = await api.call('POST', deployments, deployment('made'))
      expect(status).toBe(409)
      expect(body).toMatchObject({ reason: 'AlreadyExists', message: 'deployments.apps "made" already exists' })
    })
    it('makes a name from generateName', async () => {
      const { body } = await api.call('POST', pods, {
        ...pod('x'),
        metadata: { generateName: 'gen-', labels: { gen: '1' } },
      })
      expect(body.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/)
    })
    it.each([
      ['upper case', 'Bad'],
      ['a dot first', '.x'],
      ['an underscore', 'a_b'],
    ])('refuses a name with %s', async (_, name) => {
      const { status, body } = await api.call('POST', pods, pod(name, { app: 'x' }))
      expect(status).toBe(422)
      expect(body.reason).toBe('Invalid')
      expect(body.details.causes[0].field).toBe('metadata.name')
    })
    it('refuses a namespace that does not exist', async () => {
      const { status, body } = await api.call('POST', '/api/v1/namespaces/nowhere-at-all/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
      })
      expect(status).toBe(404)
      expect(body.message).toBe('namespaces "nowhere-at-all" not found')
    })
    it('bumps the generation with the spec, not with labels', async () => {
      await api.call('POST', deployments, deployment('gen'))
      const labelled = await api.call(
        'PATCH',
        `${deployments}/gen`,
        { metadata: { labels: { extra: 'yes' } } },
        mergePatch,
      )
      expect(labelled.body.metadata.generation).toBe(1)
      const scaled = await api.call('PATCH', `${deployments}/gen`, { spec: { replicas: 5 } }, mergePatch)
      expect(scaled.body.metadata.generation).toBe(2)
    })
  })

  describe('preconditions', () => {
    it('refuses a PUT of an older version', async () => {
      const made = await api.call('POST', deployments, deployment('put'))
      await api.call('PATCH', `${deployments}/put`, { spec: { replicas: 4 } }, mergePatch)
      const { status, body } = await api.call('PUT', `${deployments}/put`, made.body)
      expect(status).toBe(409)
      expect(body.reason).toBe('Conflict')
      expect(body.message).toContain(
        'the object has been modified; please apply your changes to the latest version and try again',
      )
    })
    it('takes resourceVersion in a merge patch as a precondition', async () => {
      const { status } = await api.call(
        'PATCH',
        `${deployments}/put`,
        { metadata: { resourceVersion: '1' }, spec: { replicas: 9 } },
        mergePatch,
      )
      expect(status).toBe(409)
    })
    it('refuses a JSON Patch whose test fails, and changes nothing', async () => {
      const before = await api.call('GET', `${deployments}/put`)
      const patch = [
        { op: 'test', path: '/spec/replicas', value: 77 },
        { op: 'replace', path: '/spec/replicas', value: 1 },
      ]
      const { status, body } = await api.call('PATCH', `${deployments}/put`, patch, jsonPatch)
      expect(status).toBe(422)
      expect(body.reason).toBe('Invalid')
      const after = await api.call('GET', `${deployments}/put`)
      // Controllers may write its status meanwhile; the spec is what must not have moved.
      expect(after.body.metadata.generation).toBe(before.body.metadata.generation)
    })
    it('carries out a JSON Patch whose tests hold', async () => {
      const { body } = await api.call('GET', `${deployments}/put`)
      const patch = [
        { op: 'test', path: '/metadata/resourceVersion', value: body.metadata.resourceVersion },
        { op: 'test', path: '/spec/replicas', value: body.spec.replicas },
        { op: 'replace', path: '/spec/replicas', value: 3 },
      ]
      const done = await api.call('PATCH', `${deployments}/put?fieldManager=cluster-doctor`, patch, jsonPatch)
      expect(done.status).toBe(200)
      expect(done.body.spec.replicas).toBe(3)
      expect(done.body.metadata.managedFields.some((entry: any) => entry.manager === 'cluster-doctor')).toBe(true)
    })
    it('deletes only the uid that was meant', async () => {
      await api.call('POST', pods, pod('uid'))
      const wrong = await api.call('DELETE', `${pods}/uid`, {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
      })
      expect(wrong.status).toBe(409)
      expect(wrong.body).toMatchObject({ reason: 'Conflict' })
      expect(wrong.body.message).toMatch(/UID in (the )?precondition.*00000000-0000-0000-0000-000000000000/)
      const { body } = await api.call('GET', `${pods}/uid`)
      const right = await api.call('DELETE', `${pods}/uid`, {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds: 0,
        preconditions: { uid: body.metadata.uid },
      })
      expect(right.status).toBe(200)
    })
  })

  describe('patches', () => {
    it('merges containers by name and environment by name in a strategic merge patch', async () => {
      await api.call('POST', deployments, deployment('smp'))
      const patch = {
        spec: {
          template: {
            spec: { containers: [{ name: 'app', image: 'registry.acme.dev/app:2', env: [{ name: 'B', value: '2' }] }] },
          },
        },
      }
      const { body } = await api.call('PATCH', `${deployments}/smp`, patch, strategicPatch)
      const container = body.spec.template.spec.containers[0]
      expect(container.image).toBe('registry.acme.dev/app:2')
      expect(container.env.map((item: any) => item.name).sort()).toEqual(['A', 'B'])
      expect(container.ports[0].containerPort).toBe(8080)
    })
    it('deletes a list entry by $patch', async () => {
      const patch = {
        spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'A', $patch: 'delete' }] }] } } },
      }
      const { body } = await api.call('PATCH', `${deployments}/smp`, patch, strategicPatch)
      expect(body.spec.template.spec.containers[0].env.map((item: any) => item.name)).toEqual(['B'])
    })
    it('replaces lists whole in a merge patch and removes with null', async () => {
      const { body } = await api.call(
        'PATCH',
        `${deployments}/smp`,
        { metadata: { labels: { app: null, kept: 'no' } } },
        mergePatch,
      )
      expect(body.metadata.labels).toEqual({ kept: 'no' })
    })
    it('refuses a content type that is no patch', async () => {
      const { status } = await api.call('PATCH', `${deployments}/smp`, {}, 'application/json')
      expect(status).toBe(415)
    })
    it('refuses to change a selector', async () => {
      const { status, body } = await api.call(
        'PATCH',
        `${deployments}/smp`,
        { spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } } },
        mergePatch,
      )
      expect(status).toBe(422)
      expect(JSON.stringify(body)).toContain('field is immutable')
    })
    it('refuses negative replicas and malformed quantities', async () => {
      expect((await api.call('PATCH', `${deployments}/smp`, { spec: { replicas: -1 } }, mergePatch)).status).toBe(422)
      const patch = {
        spec: { template: { spec: { containers: [{ name: 'app', resources: { limits: { memory: '100mm' } } }] } } },
      }
      expect((await api.call('PATCH', `${deployments}/smp`, patch, strategicPatch)).status).toBe(422)
    })
    it('applies server-side, and names the other owner in a conflict', async () => {
      const mine = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa' }, data: { color: 'red' } }
      const path = `/api/v1/namespaces/${ns}/configmaps/ssa`
      const made = await api.call('PATCH', `${path}?fieldManager=one`, mine, applyPatch)
      expect(made.status).toBe(201)
      const other = await api.call(
        'PATCH',
        `${path}?fieldManager=two`,
        { ...mine, data: { color: 'blue' } },
        applyPatch,
      )
      expect(other.status).toBe(409)
      expect(other.body.message).toContain('conflict with "one": .data.color')
      const forced = await api.call(
        'PATCH',
        `${path}?fieldManager=two&force=true`,
        { ...mine, data: { color: 'blue' } },
        applyPatch,
      )
      expect(forced.body.data.color).toBe('blue')
    })
    it('drops an applied field that its manager no longer applies', async () => {
      const path = `/api/v1/namespaces/${ns}/configmaps/ssa-drop`
      const apply = (data: Record<string, string>) =>
        api.call(
          'PATCH',
          `${path}?fieldManager=one`,
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa-drop' }, data },
          applyPatch,
        )
      await apply({ a: '1', b: '2' })
      expect((await apply({ a: '1' })).body.data).toEqual({ a: '1' })
    })
    it('wants a field manager for server-side apply', async () => {
      const { status } = await api.call(
        'PATCH',
        `/api/v1/namespaces/${ns}/configmaps/ssa`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa' } },
        applyPatch,
      )
      expect([400, 422]).toContain(status)
    })
  })

  describe('dry run', () => {
    it('answers as if and keeps nothing', async () => {
      await api.call('POST', deployments, deployment('dry'))
      const before = await api.call('GET', `${deployments}/dry`)
      const tried = await api.call('PATCH', `${deployments}/dry?dryRun=All`, { spec: { replicas: 7 } }, mergePatch)
      expect(tried.status).toBe(200)
      expect(tried.body.spec.replicas).toBe(7)
      const after = await api.call('GET', `${deployments}/dry`)
      expect(after.body.spec).toEqual(before.body.spec)
      expect(after.body.metadata.generation).toBe(before.body.metadata.generation)
    })
    it('validates as the write would', async () => {
      expect(
        (await api.call('PATCH', `${deployments}/dry?dryRun=All`, { spec: { replicas: -1 } }, mergePatch)).status,
      ).toBe(422)
      expect((await api.call('POST', `${deployments}?dryRun=All`, deployment('dry'))).status).toBe(409)
    })
    it('refuses a dry run of another name', async () => {
      expect(
        (await api.call('PATCH', `${deployments}/dry?dryRun=Some`, { spec: { replicas: 7 } }, mergePatch)).status,
      ).toBe(422)
    })
  })

  describe('scale and eviction', () => {
    it('reads and patches the scale', async () => {
      await api.call('POST', deployments, deployment('scaled', 2))
      const { body } = await api.call('GET', `${deployments}/scaled/scale`)
      expect(body).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 2 } })
      const patched = await api.call('PATCH', `${deployments}/scaled/scale`, { spec: { replicas: 6 } }, mergePatch)
      expect(patched.body.spec.replicas).toBe(6)
      expect((await api.call('GET', `${deployments}/scaled`)).body.spec.replicas).toBe(6)
    })
    it('evicts with a uid precondition, and rehearses it', async () => {
      await api.call('POST', pods, pod('evicted'))
      const { body } = await api.call('GET', `${pods}/evicted`)
      const eviction = (uid: string) => ({
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'evicted', namespace: ns },
        deleteOptions: { preconditions: { uid }, gracePeriodSeconds: 0 },
      })
      expect((await api.call('POST', `${pods}/evicted/eviction?dryRun=All`, eviction(body.metadata.uid))).status).toBe(
        201,
      )
      expect((await api.call('GET', `${pods}/evicted`)).status).toBe(200)
      expect(
        (await api.call('POST', `${pods}/evicted/eviction`, eviction('11111111-1111-1111-1111-111111111111'))).status,
      ).toBe(409)
      expect((await api.call('POST', `${pods}/evicted/eviction`, eviction(body.metadata.uid))).status).toBe(201)
      expect((await api.call('GET', `${pods}/evicted`)).status).toBe(404)
    })
    it('writes status only through the subresource', async () => {
      await api.call('POST', pods, pod('status'))
      await api.call('PATCH', `${pods}/status`, { status: { phase: 'Running' } }, mergePatch)
      expect((await api.call('GET', `${pods}/status`)).body.status.phase).toBe('Pending')
      await api.call('PATCH', `${pods}/status/status`, { status: { phase: 'Running' } }, mergePatch)
      expect((await api.call('GET', `${pods}/status`)).body.status.phase).toBe('Running')
    })
  })

  describe('lists', () => {
    beforeAll(async () => {
      for (const index of [1, 2, 3, 4, 5])
        await api.call('POST', pods, pod(`listed-${index}`, { listed: 'yes', tier: index % 2 === 0 ? 'even' : 'odd' }))
    })
    const names = (body: any): string[] => body.items.map((item: any) => item.metadata.name)
    it.each([
      ['listed=yes,tier=even', ['listed-2', 'listed-4']],
      ['tier in (odd),listed', ['listed-1', 'listed-3', 'listed-5']],
      ['listed,tier notin (odd)', ['listed-2', 'listed-4']],
      ['listed=yes,!tier', []],
      ['listed=yes,tier!=even', ['listed-1', 'listed-3', 'listed-5']],
    ])('selects by label %s', async (selector, expected) => {
      const { body } = await api.call('GET', `${pods}?labelSelector=${encodeURIComponent(selector)}`)
      expect(body.kind).toBe('PodList')
      expect(names(body)).toEqual(expected)
    })
    it('selects by the fields a kind supports and refuses others', async () => {
      expect(names((await api.call('GET', `${pods}?fieldSelector=metadata.name%3Dlisted-3`)).body)).toEqual([
        'listed-3',
      ])
      expect(
        names((await api.call('GET', `${pods}?labelSelector=listed&fieldSelector=status.phase%3DPending`)).body),
      ).toHaveLength(5)
      const bad = await api.call('GET', `${pods}?fieldSelector=spec.unheardof%3Dx`)
      expect(bad.status).toBe(400)
    })
    it('pages with limit and continue', async () => {
      const first = await api.call('GET', `${pods}?labelSelector=listed&limit=2`)
      expect(names(first.body)).toEqual(['listed-1', 'listed-2'])
      const second = await api.call(
        'GET',
        `${pods}?labelSelector=listed&limit=2&continue=${encodeURIComponent(first.body.metadata.continue)}`,
      )
      expect(names(second.body)).toEqual(['listed-3', 'listed-4'])
      const last = await api.call(
        'GET',
        `${pods}?labelSelector=listed&limit=2&continue=${encodeURIComponent(second.body.metadata.continue)}`,
      )
      expect(names(last.body)).toEqual(['listed-5'])
      expect(last.body.metadata.continue ?? '').toBe('')
    })
    it('gives metadata only when asked', async () => {
      const { body } = await api.call('GET', `${pods}?labelSelector=listed`, undefined, undefined, {
        accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      })
      expect(body.kind).toBe('PartialObjectMetadataList')
      expect(body.items[0].spec).toBeUndefined()
      expect(body.items[0].metadata.name).toBe('listed-1')
    })
    it('gives a table when asked', async () => {
      const { body } = await api.call('GET', `${pods}?labelSelector=listed`, undefined, undefined, {
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      })
      expect(body.kind).toBe('Table')
      expect(body.columnDefinitions.map((column: any) => column.name).slice(0, 5)).toEqual([
        'Name',
        'Ready',
        'Status',
        'Restarts',
        'Age',
      ])
      expect(body.rows).toHaveLength(5)
    })
  })

  describe('what else is relied on', () => {
    it('says what these credentials may', async () => {
      const { status, body } = await api.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'patch', group: 'apps', resource: 'deployments', namespace: ns } },
      })
      expect(status).toBe(201)
      expect(body.status.allowed).toBe(true)
    })
    it('says what a ServiceAccount without rights may not, and lets it do nothing', async () => {
      const account = `/api/v1/namespaces/${ns}/serviceaccounts/default/token`
      const { body } = await api.call('POST', account, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 600 },
      })
      const headers = { authorization: `Bearer ${body.status.token}` }
      const user = { 'impersonate-user': `system:serviceaccount:${ns}:default` }
      const refused = await api.call('GET', pods, undefined, undefined, user)
      expect(refused.status).toBe(403)
      expect(refused.body.message).toBe(
        `pods is forbidden: User "system:serviceaccount:${ns}:default" cannot list resource "pods" in API group "" in the namespace "${ns}"`,
      )
      expect(Object.keys(headers)).toHaveLength(1)
    })
    it('has a version, discovery and health', async () => {
      expect((await api.call('GET', '/version')).body.gitVersion).toMatch(/^v1\.\d+\.\d+/)
      expect((await api.call('GET', '/readyz')).text).toBe('ok')
      const apps = await api.call('GET', '/apis/apps/v1')
      expect(apps.body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' })
      expect(apps.body.resources.find((resource: any) => resource.name === 'deployments')).toMatchObject({
        kind: 'Deployment',
        namespaced: true,
        shortNames: ['deploy'],
      })
    })
    it('enforces a quota with the words people search for', async () => {
      await api.call('POST', `/api/v1/namespaces/${ns}/resourcequotas`, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'tight' },
        spec: { hard: { 'count/configmaps': '0' } },
      })
      let answer = await api.call('GET', pods)
      for (let attempt = 0; attempt < 20; attempt += 1) {
        answer = await api.call('POST', `/api/v1/namespaces/${ns}/configmaps?dryRun=All`, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `q-${attempt}` },
        })
        if (answer.status === 403) break
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
      expect(answer.status).toBe(403)
      expect(answer.body.message).toMatch(
        /is forbidden: (exceeded quota: tight, requested: count\/configmaps=1, used: count\/configmaps=\d+, limited: count\/configmaps=0|status unknown for quota: tight)/,
      )
    })
    it('watches from a version on', async () => {
      const { body } = await api.call('GET', `${pods}?labelSelector=watched`)
      await api.call('POST', pods, pod('watched-1', { watched: '1' }))
      const { text } = await api.call(
        'GET',
        `${pods}?watch=1&labelSelector=watched&timeoutSeconds=1&resourceVersion=${body.metadata.resourceVersion}`,
      )
      const events = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(events[0]).toMatchObject({ type: 'ADDED', object: { kind: 'Pod', metadata: { name: 'watched-1' } } })
    })
  })
}
