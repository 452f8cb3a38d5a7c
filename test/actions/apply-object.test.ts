import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { actions, context, deployment, draft, drafted, template } from './objects.ts'

const settings = (data: object = { mode: 'fast' }, metadata: object = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop', ...metadata },
    data,
  }) as never
const live = (data: object = { mode: 'slow', kept: 'x' }, metadata: object = {}) =>
  settings(data, { uid: 'c1', resourceVersion: '8', ...metadata })
const bodyOf = (made: ReturnType<typeof drafted>) => {
  if (made.change.kind !== 'cluster-write') throw new Error('not a write')
  return JSON.parse(made.change.request.body)
}
const created = (manifest: object) => {
  const { apiVersion, kind, metadata } = manifest as KubeObject
  const { name, namespace } = metadata
  const target = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }
  return actions.get('apply-object')?.draft({ ...context(target), absent: true }, { manifest })
}

describe('apply-object', () => {
  it('creates what is not there, and would never touch what is', () => {
    const made = created(settings())
    expect(made).toMatchObject({
      summary: 'Create ConfigMap shop/settings',
      risk: 'medium',
      undo: { action: 'delete-object' },
    })
    expect(bodyOf(made as never).metadata).toMatchObject({ resourceVersion: '1' })
    expect(bodyOf(made as never).metadata.uid).toBeUndefined()
  })

  it('updates by server-side apply, bound to the object, with its mark and without force', () => {
    const made = drafted('apply-object', live(), { manifest: settings() })
    expect(made.change).toMatchObject({
      request: {
        method: 'PATCH',
        path: '/api/v1/namespaces/shop/configmaps/settings',
        query: [
          ['fieldManager', 'cluster-doctor'],
          ['fieldValidation', 'Strict'],
        ],
        contentType: 'application/apply-patch+yaml',
      },
    })
    expect(bodyOf(made)).toMatchObject({
      metadata: { uid: 'c1', resourceVersion: '8', annotations: { 'cluster-doctor.dev/plan': 'abcdef012345' } },
      data: { mode: 'fast' },
    })
    expect(made.blast.notes[0]).toMatch(/^it exists already.*: this updates it$/)
    expect(made.success).toMatchObject({ kind: 'holds', fields: { data: { mode: 'fast' } } })
  })

  it('goes back to the values that were there, leaving out what was not', () => {
    const made = drafted('apply-object', live(), { manifest: settings({ mode: 'fast', extra: '1' }) })
    expect(made.undo).toMatchObject({ action: 'apply-object', input: { manifest: { data: { mode: 'slow' } } } })
    expect(JSON.stringify(made.undo)).not.toMatch(/extra|kept/)
  })

  it('says what an earlier apply set and this one takes away, and brings it back on the way back', () => {
    const ours = {
      manager: 'cluster-doctor',
      operation: 'Apply',
      fieldsV1: { 'f:data': { 'f:mode': {}, 'f:kept': {} } },
    }
    const target = live(undefined, { managedFields: [ours] })
    const made = drafted('apply-object', target, { manifest: settings() })
    expect(made.blast.notes).toContain('takes away what the last apply set: data.kept')
    expect(made.undo).toMatchObject({ input: { manifest: { data: { mode: 'slow', kept: 'x' } } } })
    expect(
      draft('apply-object', live({ mode: 'fast', kept: 'x' }, { managedFields: [ours] }), { manifest: settings() }),
    ).not.toHaveProperty('code')
  })

  it('shows the third side: what was changed in the cluster since the last apply', () => {
    const applied = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(settings({ mode: 'slow', kept: 'y' })),
    }
    const made = drafted('apply-object', live(undefined, { annotations: applied }), {
      manifest: settings({ kept: 'z' }),
    })
    expect(made.blast.notes).toContain('1 field changed in the cluster since it was last applied: data.kept')
    expect(made.blast.notes).toContain('this overwrites data.kept')
  })

  it('is a high risk where pods come of it, counts them and watches the rollout', () => {
    const { uid: _u, resourceVersion: _r, generation: _g, ...metadata } = deployment().metadata
    const manifest = { ...deployment({ replicas: 3 }), metadata }
    const made = drafted('apply-object', deployment(), { manifest })
    expect(made).toMatchObject({ risk: 'high', success: { kind: 'rollout-complete' } })
    expect(bodyOf(made).metadata).not.toHaveProperty('resourceVersion')
    const secret = { env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } }] }
    const pods = {
      template: {
        ...template('acme/web:2', secret),
        spec: { ...template('x', secret).spec, serviceAccountName: 'admin' },
      },
    }
    const notes = drafted('apply-object', deployment(), { manifest: { ...deployment(pods), metadata } }).blast.notes
    expect(notes).toEqual(expect.arrayContaining(['runs as ServiceAccount admin', 'reads Secret db']))
  })

  it.each([
    ['a Secret', { ...settings(), kind: 'Secret' }, 'kind-refused'],
    [
      'rights',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'x', namespace: 'shop' } },
      'kind-refused',
    ],
    [
      'a webhook',
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'x' },
      },
      'kind-refused',
    ],
    [
      'a CRD',
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' } },
      'kind-refused',
    ],
    ['a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, 'kind-refused'],
    [
      'a kind that nobody lists',
      { apiVersion: 'x.dev/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'shop' } },
      'kind-not-writable',
    ],
    ['another namespace', settings({}, { namespace: 'prod' }), 'manifest-elsewhere'],
    ['a namespace that is a path', settings({}, { namespace: '..' }), 'namespace-invalid'],
    ['a generated name', settings({}, { generateName: 'x-' }), 'field-refused'],
    ['somebody’s uid', settings({}, { uid: 'other' }), 'field-refused'],
    ['owners', settings({}, { ownerReferences: [] }), 'field-refused'],
    ['a status', { ...settings(), status: {} }, 'field-refused'],
    [
      'what Git owns',
      settings({}, { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:v1/ConfigMap:shop/x' } }),
      'git-owned',
    ],
    ['nothing new', settings({ mode: 'slow' }), 'already-there'],
    ['something huge', settings({ mode: 'x'.repeat(70_000) }), 'manifest-too-large'],
    ['no name', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }, 'manifest-invalid'],
  ])('refuses %s', (_, manifest, code) => {
    expect(draft('apply-object', live(), { manifest })).toMatchObject({ kind: 'refused', code })
  })

  it('gives a Service no addresses that are not its own', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'x', namespace: 'shop' },
      spec: { externalIPs: ['10.0.0.1'] },
    }
    expect(created(service)).toMatchObject({ code: 'external-ips' })
  })

  it.each([
    ['privileged', { containers: [{ name: 'a', securityContext: { privileged: true } }] }],
    ['more capabilities', { containers: [{ name: 'a', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] }],
    ['the node’s network', { hostNetwork: true, containers: [] }],
    ['the node’s files', { volumes: [{ name: 'root', hostPath: { path: '/' } }], containers: [] }],
    ['a port of the node', { initContainers: [{ name: 'a', ports: [{ containerPort: 1, hostPort: 80 }] }] }],
  ])('makes no pod with %s, in a template or alone', (_, spec) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'shop' }, spec }
    const cron = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: pod.metadata,
      spec: { jobTemplate: { spec: { template: { spec } } } },
    }
    const deploy = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: pod.metadata, spec: { template: { spec } } }
    for (const manifest of [pod, cron, deploy]) expect(created(manifest)).toMatchObject({ code: 'privileged-pod' })
  })
})
