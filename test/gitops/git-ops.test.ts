import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/domain/delivered-by.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { object, wishFor, world } from './git-world.ts'
import { shapes } from './render/trees.ts'

const app: Delivery = { tool: 'argocd', kind: 'Application', name: 'checkout' }
const argo = (name: string, spec: object, metadata: object = {}) =>
  object('argoproj.io/v1alpha1', 'Application', name, spec, metadata)
const source = (path: string, more: object = {}) => ({
  repoURL: 'https://github.com/acme/deploy.git',
  path,
  targetRevision: 'main',
  ...more,
})
const edits = (found: unknown) => (found as { edits?: readonly { path: string; after: string }[] }).edits

describe('where an edit belongs', () => {
  it('is the repository and branch of the Application, with owners, labels and what follows the merge', async () => {
    const files = {
      ...shapes.base,
      'prod/kustomization.yaml': 'resources: [../base]\nreplicas: [{name: checkout, count: 2}]\n',
      CODEOWNERS: '/prod/ @acme/payments\n',
    }
    const ops = world({ 'acme/deploy': files }, [argo('checkout', { source: source('prod') })])
    expect(await ops.editsFor(wishFor(app))).toMatchObject({
      repository: 'acme/deploy',
      base: 'main',
      edits: [{ path: 'prod/kustomization.yaml', after: expect.stringContaining('count: 5') }],
      reviewers: ['acme/payments'],
      labels: ['cluster-doctor', 'automated'],
      body: expect.stringContaining('rendered before and after'),
      afterMerge: { owner: app, fields: [{ path: ['spec', 'replicas'], value: 5 }] },
    })
  })
  it('is the one of several sources that renders the object', async () => {
    const other = { 'apps/other.yaml': shapes.service }
    const ops = world({ 'acme/deploy': { ...shapes.base, ...other } }, [
      argo('checkout', { sources: [source('apps'), source('base')] }),
    ])
    expect(edits(await ops.editsFor(wishFor(app)))).toMatchObject([{ path: 'base/deployment.yaml' }])
  })
  it('is the file of the Application where that decides, delivered by the app of apps', async () => {
    const child = argo(
      'checkout',
      { source: source('base', { kustomize: { replicas: [{ name: 'checkout', count: 2 }] } }) },
      {
        namespace: 'argocd',
        annotations: { 'argocd.argoproj.io/tracking-id': 'root:argoproj.io/Application:argocd/checkout' },
      },
    )
    const text = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: checkout # payments
  namespace: argocd
spec:
  source:
    repoURL: https://github.com/acme/deploy.git
    path: base
    kustomize:
      replicas:
      - name: checkout
        count: 2 # zones
`
    const files = {
      ...shapes.base,
      'base/deployment.yaml': shapes.deployment.replace('replicas: 2', 'replicas: 1'),
      'apps/checkout.yaml': text,
    }
    const ops = world({ 'acme/deploy': files }, [child, argo('root', { source: source('apps') })])
    expect(edits(await ops.editsFor(wishFor(app)))).toEqual([
      expect.objectContaining({ path: 'apps/checkout.yaml', after: text.replace('count: 2', 'count: 5') }),
    ])
    const alone = world({ 'acme/deploy': files }, [{ ...child, metadata: { name: 'checkout' } } as KubeObject])
    expect(await alone.editsFor(wishFor(app))).toMatchObject({ kind: 'refused', code: 'not-in-file' })
  })
  it('is the folder of a Flux Kustomization, with what the Kustomization adds', async () => {
    const owner: Delivery = { tool: 'flux', kind: 'Kustomization', name: 'apps', namespace: 'flux-system' }
    const spec = { path: './base', sourceRef: { kind: 'GitRepository', name: 'deploy' }, targetNamespace: 'payments' }
    const repository = object('source.toolkit.fluxcd.io/v1', 'GitRepository', 'deploy', {
      url: 'ssh://git@github.com/acme/deploy',
      ref: { branch: 'release' },
    })
    const ops = world({ 'acme/deploy': shapes.base }, [
      object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', spec),
      repository,
    ])
    expect(await ops.editsFor(wishFor(owner))).toMatchObject({
      base: 'release',
      edits: [{ path: 'base/deployment.yaml', after: shapes.deployment.replace('replicas: 2', 'replicas: 5') }],
    })
  })
  it.each([
    ['a chart of a chart repository', { source: { repoURL: 'https://charts.acme.dev', chart: 'web' } }, 'git-helm'],
    ['a repository elsewhere', { source: { repoURL: 'https://x.dev/a/b/c', path: 'p' } }, 'git-source'],
    [
      'a repository that cannot be read',
      { source: source('p', { repoURL: 'https://github.com/acme/gone' }) },
      'git-unread',
    ],
    ['a folder without the object', { source: source('apps') }, 'not-in-file'],
  ])('is nowhere for %s', async (_, spec, code) => {
    const ops = world({ 'acme/deploy': { 'apps/a.yaml': shapes.service } }, [argo('checkout', spec)])
    expect(await ops.editsFor(wishFor(app))).toMatchObject({ kind: 'refused', code })
  })
})
