import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { helmRenderer } from '../../../src/adapters/helm/chart-renderer.ts'
import type { KubeObject } from '../../../src/domain/kubernetes.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import type { FieldChange } from '../../../src/gitops/field-changes.ts'
import { findEdits } from '../../../src/gitops/find-edit.ts'
import { openCheckout } from '../../../src/gitops/render/files.ts'
import { openRendering } from '../../../src/gitops/render/rendering.ts'
import type { GitSource } from '../../../src/gitops/source.ts'

const onPath = (name: string): string => {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
  if (found === undefined) throw new Error(`no ${name} on PATH`)
  return found
}
const charts = helmRenderer(onPath('helm'))

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

const edit = async (helm: unknown, changes: readonly FieldChange[], tree = files) => {
  const git = {
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
  const rendering = openRendering({ own: checkout, refs: new Map() }, source, charts)
  if (isRefusal(rendering)) throw new Error(rendering.reason)
  const found = await findEdits(checkout, source, rendering, live, changes)
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
