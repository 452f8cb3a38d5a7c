import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { helmRenderer } from '../../../src/adapters/helm/chart-renderer.ts'
import type { Delivery } from '../../../src/domain/delivered-by.ts'
import type { KubeObject } from '../../../src/domain/kubernetes.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import type { FieldChange } from '../../../src/gitops/field-changes.ts'
import { findEdits } from '../../../src/gitops/find-edit.ts'
import type { GitSource } from '../../../src/gitops/git-source.ts'
import { openCheckout } from '../../../src/gitops/render/files.ts'
import { openRendering } from '../../../src/gitops/render/rendering.ts'

import { executable } from '../../executable.ts'
import { object, wishFor, world } from '../git-world.ts'

const helm = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'helm'))
  .find(executable)
if (helm === undefined) throw new Error('no helm on PATH')
const charts = helmRenderer(helm)

const files: Readonly<Record<string, string>> = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'charts/web/values.yaml': `# defaults of everybody
image:
  repository: registry.acme.dev/checkout
  tag: "1.0.0" # released
replicaCount: 2
resources:
  limits: {memory: 256Mi}
sidecar: {tag: "1.0.0"}
`,
  'charts/web/values-prod.yaml': '# prod\nreplicaCount: 4 # zones\nimage:\n  tag: "1.2.0"\n',
  'charts/web/templates/_helpers.tpl': '{{- define "web.name" -}}{{ .Release.Name }}{{- end }}\n',
  'charts/web/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.name" . }}
spec:
  replicas: {{ .Values.replicaCount }}
  template:
    spec:
      containers:
      - name: app
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
        resources: {{- toYaml .Values.resources | nindent 10 }}
      - name: sidecar
        image: "envoy:{{ .Values.sidecar.tag }}"
`,
  'charts/web/templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ include "web.name" . }}-info}
data: {replicas: "{{ .Values.replicaCount }}"}
`,
}

const app = ['spec', 'template', 'spec', 'containers', { key: 'name', value: 'app' }] as const
const live = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout', namespace: 'payments' },
} as unknown as KubeObject

const edit = async (
  helm: unknown,
  changes: readonly FieldChange[],
  tree = files,
  more: { readonly object?: KubeObject; readonly packed?: Uint8Array } = {},
) => {
  const git = {
    readBytes: async () =>
      more.packed === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'ok', value: more.packed } as const),
    readFile: async (_: string, path: string) => ({ kind: 'ok', value: { text: tree[path] ?? '', sha: '' } }) as const,
  }
  const checkout = openCheckout(git, 'acme/deploy', 'a'.repeat(40), Object.keys(tree))
  const source: GitSource = {
    repository: 'acme/deploy',
    path: 'charts/web',
    tool: 'argocd',
    release: 'checkout',
    namespace: 'payments',
    options: { helm },
  }
  const rendering = openRendering({ own: checkout, refs: new Map(), edited: checkout }, source, charts)
  if (isRefusal(rendering)) throw new Error(rendering.reason)
  const found = await findEdits(checkout, source, rendering, more.object ?? live, changes)
  return isRefusal(found) ? found : Object.fromEntries(found.edits.map(({ path, after }) => [path, after]))
}
const image = (before: string, after: string): FieldChange => ({
  path: [...app, 'image'],
  before: `registry.acme.dev/checkout:${before}`,
  after: `registry.acme.dev/checkout:${after}`,
})
const prod = { valueFiles: ['values-prod.yaml'] }

describe('values of a chart, with the real helm', () => {
  it('changes the tag where the values of the source say it', async () => {
    expect(await edit(prod, [image('1.2.0', '1.1.0')])).toEqual({
      'charts/web/values-prod.yaml': files['charts/web/values-prod.yaml']?.replace('1.2.0', '1.1.0'),
    })
  })
  it('takes the one of two equal values that feeds the field', async () => {
    expect(await edit(undefined, [image('1.0.0', '0.9.0')])).toEqual({
      'charts/web/values.yaml': files['charts/web/values.yaml']?.replace('tag: "1.0.0" #', 'tag: "0.9.0" #'),
    })
  })
  it('overrules a default in the values of the source, and leaves the defaults of everybody alone', async () => {
    const memory: FieldChange = { path: [...app, 'resources', 'limits', 'memory'], before: '256Mi', after: '400Mi' }
    expect(await edit(prod, [memory])).toEqual({
      'charts/web/values-prod.yaml': `${files['charts/web/values-prod.yaml']}resources:\n  limits:\n    memory: 400Mi\n`,
    })
  })
  it('refuses a value that feeds another object too', async () => {
    const replicas: FieldChange = { path: ['spec', 'replicas'], before: 4, after: 6 }
    expect(await edit(prod, [replicas])).toMatchObject({
      code: 'edit-complex',
      reason: expect.stringContaining('ConfigMap checkout-info'),
    })
  })
  it('refuses what the Application itself sets, and a chart that does not render', async () => {
    const set = { ...prod, parameters: [{ name: 'image.tag', value: '1.3.0', forceString: true }] }
    expect(await edit(set, [image('1.3.0', '1.1.0')])).toMatchObject({ code: 'not-in-file' })
    const broken = { ...files, 'charts/web/templates/config.yaml': '{{ .Values.nothing.here }}' }
    expect(await edit(prod, [image('1.2.0', '1.1.0')], broken)).toMatchObject({
      code: 'git-unrendered',
      reason: expect.stringContaining('config.yaml'),
    })
  })
})

describe('a chart with a packed sub-chart, with the real helm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sub-chart-'))
  const lay = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  lay('cache/Chart.yaml', 'apiVersion: v2\nname: cache\nversion: 0.2.0\n')
  lay('cache/values.yaml', 'tag: "7.0"\n')
  lay(
    'cache/templates/cache.yaml',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cache}\nspec: {template: {spec: {containers: [{name: app, image: "redis:{{ .Values.tag }}"}]}}}\n',
  )
  const made = spawnSync(helm, ['package', join(folder, 'cache'), '--destination', folder], { encoding: 'utf8' })
  const packed = made.status === 0 ? readFileSync(join(folder, 'cache-0.2.0.tgz')) : Buffer.alloc(0)
  rmSync(folder, { recursive: true })
  const parent = {
    ...files,
    'charts/web/Chart.yaml':
      'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies: [{name: cache, version: 0.2.0, repository: "https://charts.example"}]\n',
    'charts/web/values-prod.yaml': 'image:\n  tag: "1.2.0"\ncache:\n  tag: "7.2" # tested\n',
    'charts/web/charts/cache-0.2.0.tgz': '',
  }
  const cache = { ...live, metadata: { name: 'cache', namespace: 'payments' } } as KubeObject
  const wish: FieldChange = { path: [...app, 'image'], before: 'redis:7.2', after: 'redis:7.1' }

  it('edits the value that feeds the sub-chart', async () => {
    expect(await edit(prod, [wish], parent, { object: cache, packed })).toEqual({
      'charts/web/values-prod.yaml': parent['charts/web/values-prod.yaml'].replace('"7.2" #', '"7.1" #'),
    })
  })
  it('refuses one that cannot be read, or is no chart', async () => {
    expect(await edit(prod, [wish], parent, { object: cache })).toMatchObject({ code: 'git-unread' })
    expect(await edit(prod, [wish], parent, { object: cache, packed: Buffer.from('no chart') })).toMatchObject({
      code: 'git-unrendered',
    })
  })
})

describe('charts and their owners, with the real helm', () => {
  const chart = Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => !path.endsWith('config.yaml'))
      .map(([path, text]) => [path, text]),
  )
  const app: Delivery = { tool: 'argocd', kind: 'Application', name: 'checkout' }
  const repo = (name: string) => `https://github.com/acme/${name}`

  it('edits the values in another repository', async () => {
    const values = '# prod\nreplicaCount: 2 # zones\n'
    const spec = {
      destination: { namespace: 'payments' },
      sources: [
        { repoURL: repo('charts'), path: 'charts/web', helm: { valueFiles: ['$values/checkout/prod.yaml'] } },
        { repoURL: repo('deploy'), ref: 'values', targetRevision: 'main' },
      ],
    }
    const ops = world(
      { 'acme/charts': chart, 'acme/deploy': { 'checkout/prod.yaml': values } },
      [object('argoproj.io/v1alpha1', 'Application', 'checkout', spec)],
      charts,
    )
    expect(await ops.editsFor(wishFor(app))).toMatchObject({
      repository: 'acme/deploy',
      edits: [{ path: 'checkout/prod.yaml', after: values.replace('replicaCount: 2', 'replicaCount: 5') }],
    })
  })

  it('edits a parameter of the Application in the app of apps', async () => {
    const helm = { parameters: [{ name: 'replicaCount', value: '2' }] }
    const text = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: checkout}
spec:
  source:
    helm:
      parameters:
      - name: replicaCount
        value: "2" # zones
`
    const tracked = {
      annotations: { 'argocd.argoproj.io/tracking-id': 'root:argoproj.io/Application:argocd/checkout' },
    }
    const ops = world(
      { 'acme/charts': chart, 'acme/deploy': { 'apps/checkout.yaml': text } },
      [
        object(
          'argoproj.io/v1alpha1',
          'Application',
          'checkout',
          { source: { repoURL: repo('charts'), path: 'charts/web', helm } },
          tracked,
        ),
        object('argoproj.io/v1alpha1', 'Application', 'root', { source: { repoURL: repo('deploy'), path: 'apps' } }),
      ],
      charts,
    )
    expect(await ops.editsFor(wishFor(app))).toMatchObject({
      repository: 'acme/deploy',
      edits: [{ path: 'apps/checkout.yaml', after: text.replace('value: "2"', 'value: "5"') }],
    })
  })

  it('edits the values of a HelmRelease in the folder of its Kustomization', async () => {
    const owner: Delivery = { tool: 'flux', kind: 'HelmRelease', name: 'checkout', namespace: 'payments' }
    const text = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: checkout, namespace: payments}
spec:
  values:
    replicaCount: 2 # zones
`
    const spec = {
      chart: { spec: { chart: './charts/web', sourceRef: { kind: 'GitRepository', name: 'charts' } } },
      values: { replicaCount: 2 },
    }
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    const git = (name: string) =>
      object('source.toolkit.fluxcd.io/v1', 'GitRepository', name, { url: repo(name), ref: { branch: 'main' } })
    const ops = world(
      { 'acme/charts': chart, 'acme/deploy': { 'prod/checkout.yaml': text } },
      [
        object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'checkout', spec, { labels }),
        object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', {
          path: './prod',
          sourceRef: { kind: 'GitRepository', name: 'deploy' },
        }),
        git('charts'),
        git('deploy'),
      ],
      charts,
    )
    expect(await ops.editsFor(wishFor(owner))).toMatchObject({
      repository: 'acme/deploy',
      edits: [{ path: 'prod/checkout.yaml', after: text.replace('replicaCount: 2', 'replicaCount: 5') }],
    })
  })
})
