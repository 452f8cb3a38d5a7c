import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { FieldChange } from '../../src/gitops/field-changes.ts'
import { findEdits } from '../../src/gitops/find-edit.ts'
import type { GitSource } from '../../src/gitops/git-source.ts'
import { openCheckout } from '../../src/gitops/render/files.ts'
import { openRendering } from '../../src/gitops/render/rendering.ts'
import { shapes, type Tree, trees } from './render/trees.ts'

const live = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout', namespace: 'payments' },
} as unknown as KubeObject
const app = ['spec', 'template', 'spec', 'containers', { key: 'name', value: 'app' }] as const
const image = (before: string, after: string): FieldChange => ({ path: [...app, 'image'], before, after })
const memory = (before: string | undefined, after: string): FieldChange => ({
  path: [...app, 'resources', 'limits', 'memory'],
  before,
  after,
})
const replicas = (before: number, after: number): FieldChange => ({ path: ['spec', 'replicas'], before, after })

const edit = async (
  { files, folder }: Pick<Tree, 'files' | 'folder'>,
  changes: readonly FieldChange[],
  more: Partial<GitSource> = {},
  object = live,
) => {
  const source: GitSource = {
    repository: 'acme/deploy',
    path: folder,
    tool: 'argocd',
    release: 'checkout',
    namespace: 'payments',
    ...more,
  }
  const reads: string[] = []
  const git = {
    readFile: async (_: string, path: string) => {
      reads.push(path)
      return { kind: 'ok', value: { text: files[path] ?? '', sha: 'a'.repeat(40) } } as const
    },
  }
  const checkout = openCheckout(git, 'acme/deploy', 'a'.repeat(40), Object.keys(files))
  const rendering = openRendering({ own: checkout, refs: new Map(), edited: checkout }, source, undefined)
  if (isRefusal(rendering)) return { refusal: rendering, reads, edits: undefined }
  const found = await findEdits(checkout, source, rendering, object, changes)
  return isRefusal(found)
    ? { refusal: found, reads, edits: undefined }
    : { refusal: undefined, reads, edits: Object.fromEntries(found.edits.map(({ path, after }) => [path, after])) }
}
const tree = (name: string): Tree => {
  const found = trees.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no tree ${name}`)
  return found
}
const own = (kustomization: string, more: Readonly<Record<string, string>> = {}) => ({
  folder: 'prod',
  files: { ...shapes.base, 'prod/kustomization.yaml': kustomization, ...more },
})

describe('in plain files', () => {
  const files = {
    'shop/web.yaml': `${shapes.deployment}---\n${shapes.service}`,
    'shop/other.yaml': shapes.service.replace('checkout', 'b'),
  }
  it('changes the value where it stands and nothing around it', async () => {
    const { edits } = await edit({ files, folder: 'shop' }, [memory('256Mi', '400Mi')])
    expect(edits).toEqual({ 'shop/web.yaml': files['shop/web.yaml'].replace('256Mi', '400Mi') })
  })
  it('keeps CRLF, and makes several changes in one file', async () => {
    const crlf = { 'shop/web.yaml': files['shop/web.yaml'].replaceAll('\n', '\r\n') }
    const { edits } = await edit({ files: crlf, folder: 'shop' }, [memory('256Mi', '400Mi'), replicas(2, 3)])
    expect(edits).toEqual({
      'shop/web.yaml': crlf['shop/web.yaml'].replace('256Mi', '400Mi').replace('replicas: 2', 'replicas: 3'),
    })
  })
  it('adds a field that is not there, takes out one that is', async () => {
    const cpu: FieldChange = { path: [...app, 'resources', 'limits', 'cpu'], before: undefined, after: '1' }
    expect((await edit({ files, folder: 'shop' }, [cpu])).edits?.['shop/web.yaml']).toContain(
      'memory: 256Mi\n            cpu: "1"\n',
    )
    const gone: FieldChange = { path: ['spec', 'replicas'], before: 2, after: undefined }
    expect((await edit({ files, folder: 'shop' }, [gone])).edits?.['shop/web.yaml']).toBe(
      files['shop/web.yaml'].replace('  replicas: 2 # one for each zone\n', ''),
    )
  })
  it('changes a value with an anchor only where nothing else shares it', async () => {
    const anchored = (use: string) => ({
      'shop/web.yaml': shapes.deployment.replace('memory: 256Mi', `memory: &m 256Mi${use}`),
    })
    expect(
      (await edit({ files: anchored(''), folder: 'shop' }, [memory('256Mi', '1Gi')])).edits?.['shop/web.yaml'],
    ).toContain('&m 1Gi')
    const shared = await edit({ files: anchored('\n          requests:\n            memory: *m'), folder: 'shop' }, [
      memory('256Mi', '1Gi'),
    ])
    expect(shared.refusal).toMatchObject({
      code: 'edit-complex',
      reason: expect.stringContaining('more of the object'),
    })
  })
  it('refuses where Git says something else than was live, and where the object is not', async () => {
    expect((await edit({ files, folder: 'shop' }, [memory('1Gi', '2Gi')])).refusal).toMatchObject({
      code: 'git-differs',
    })
    const other = { ...live, metadata: { name: 'gone', namespace: 'payments' } } as KubeObject
    expect((await edit({ files, folder: 'shop' }, [replicas(2, 3)], {}, other)).refusal).toMatchObject({
      code: 'not-in-file',
    })
  })
  it('looks into sub-folders only where the owner does', async () => {
    const deep = { 'shop/a/web.yaml': shapes.deployment }
    expect((await edit({ files: deep, folder: 'shop' }, [replicas(2, 3)])).refusal).toMatchObject({
      code: 'not-in-file',
    })
    const options = { directory: { recurse: true, exclude: 'b/*' } }
    expect((await edit({ files: deep, folder: 'shop' }, [replicas(2, 3)], { options })).edits).toBeDefined()
  })
})

describe('in kustomizations', () => {
  it('sets the tag that the overlay decides, quoted where it has to be', async () => {
    const { files } = tree('images')
    const { edits } = await edit(tree('images'), [
      image('registry.acme.dev/checkout:1.2.0', 'registry.acme.dev/checkout:1.1.0'),
    ])
    expect(edits).toEqual({ 'prod/kustomization.yaml': files['prod/kustomization.yaml']?.replace('1.2.0', '1.1.0') })
  })
  it('sets the count that the overlay decides', async () => {
    const { edits } = await edit(tree('replicas'), [replicas(5, 6)])
    expect(edits).toEqual({
      'prod/kustomization.yaml': 'resources: [../base]\nreplicas:\n- name: checkout\n  count: 6\n',
    })
  })
  it('edits a strategic patch, an inline patch and a JSON patch where they decide', async () => {
    const file = await edit(tree('a strategic patch in a file'), [memory('512Mi', '768Mi')])
    expect(file.edits?.['prod/memory.yaml']).toContain('memory: 768Mi # was too small')
    const inline = tree('inline patches')
    const { edits } = await edit(inline, [memory('300Mi', '350Mi'), replicas(4, 5)])
    expect(edits).toEqual({
      'prod/kustomization.yaml': inline.files['prod/kustomization.yaml']
        ?.replace('300Mi', '350Mi')
        .replace('value: 4', 'value: 5'),
    })
    const older = await edit(tree('the older kinds of patches'), [replicas(7, 8)])
    expect(older.edits?.['prod/ops.yaml']).toContain('value: 8 # seven')
  })
  it('finds a renamed object in its base, by what it was made of', async () => {
    const renamed = { ...live, metadata: { name: 'blue-checkout-v2', namespace: 'payments' } } as KubeObject
    const { edits } = await edit(tree('names'), [memory('256Mi', '300Mi')], {}, renamed)
    expect(Object.keys(edits ?? {})).toEqual(['base/deployment.yaml'])
  })
  it('leaves a base that others use alone and says it in the overlay', async () => {
    const two = own('resources:\n- ../base\nnamespace: payments # ours\n', {
      'staging/kustomization.yaml': 'resources: [../base]\nnamespace: staging\n',
    })
    const tag = await edit(two, [image('registry.acme.dev/checkout:1.0.0', 'registry.acme.dev/checkout:0.9.1')])
    expect(tag.edits).toEqual({
      'prod/kustomization.yaml': `${two.files['prod/kustomization.yaml']}images:\n- name: registry.acme.dev/checkout\n  newTag: 0.9.1\n`,
    })
    const more = await edit(two, [memory('256Mi', '300Mi')])
    expect(more.edits?.['prod/kustomization.yaml']).toContain('memory: 300Mi')
    expect(Object.keys(more.edits ?? {})).toEqual(['prod/kustomization.yaml'])
  })
  it('puts an entry more into a list that is there, with its indentation', async () => {
    const text = 'resources:\n  - ../base\npatches:\n  - path: p.yaml # first\nnamespace: payments\n'
    const patch = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: checkout}\nspec: {paused: true}\n'
    const two = own(text, { 'prod/p.yaml': patch, 'staging/kustomization.yaml': 'resources: [../base]\n' })
    const { edits } = await edit(two, [memory('256Mi', '300Mi')])
    expect(edits?.['prod/kustomization.yaml']).toMatch(
      / {2}- path: p\.yaml # first\n {2}- patch: \|\n[\s\S]+memory: 300Mi\nnamespace: payments\n$/,
    )
  })
  it.each([
    ['a helm chart', 'resources: [../base]\nhelmCharts: []\n', 'uses helmCharts'],
    [
      'a replacement from what is not there',
      'resources: [../base]\nreplacements:\n- source: {kind: ConfigMap, name: gone, fieldPath: data.x}\n  targets: []\n',
      'is 0 objects, not one',
    ],
    [
      'a replacement into what is not there',
      'resources: [../base]\nreplacements:\n- source: {kind: Deployment, name: checkout}\n  targets:\n  - select: {kind: Job}\n',
      'for an object that is not there',
    ],
    [
      'a replacement by a pattern',
      'resources: [../base]\nreplacements:\n- source: {kind: Deployment, name: checkout}\n  targets:\n  - select: {name: "check.*"}\n',
      'by the pattern check.*',
    ],
    ['a remote base', 'resources: [../base, "https://github.com/x/y//z?ref=1"]\n', 'it comes from https'],
    ['a remote base over ssh', 'resources: [../base, "git@git.acme.dev:infra/base.git"]\n', 'it comes from git@'],
    ['a remote base of a host', 'resources: [../base, gitlab.acme.dev/infra/base//prod]\n', 'it comes from gitlab'],
    ['a remote component', 'resources: [../base]\ncomponents: ["https://git.acme.dev/x//y?ref=v1"]\n', 'it comes from'],
    ['a way out', 'resources: [../../base]\n', 'leads out of the repository'],
    ['a missing file', 'resources: [../base, gone.yaml]\n', 'does not exist'],
    ['broken YAML', 'resources: [../base\n', 'not sound YAML'],
  ])('refuses what it cannot render: %s', async (_, text, reason) => {
    expect((await edit(own(text), [replicas(2, 3)])).refusal).toMatchObject({
      code: 'git-unrendered',
      reason: expect.stringContaining(reason),
    })
  })
  it('refuses where the owner itself sets the field', async () => {
    const options = { kustomize: { replicas: [{ name: 'checkout', count: 9 }] } }
    const { refusal } = await edit(tree('replicas'), [replicas(9, 3)], { options })
    expect(refusal).toMatchObject({ code: 'not-in-file', reason: expect.stringContaining('spec.replicas') })
  })
  it('reads only what the rendering needs', async () => {
    const files = { ...tree('replicas').files, 'apps/a.yaml': shapes.deployment, 'apps/b.yaml': shapes.deployment }
    const { reads } = await edit({ files, folder: 'prod' }, [replicas(5, 6)])
    expect(reads.filter((path) => path.startsWith('apps/'))).toEqual([])
  })
})

it('refuses a chart where there is no helm to prove an edit with', async () => {
  const files = { 'chart/Chart.yaml': 'name: checkout\n', 'chart/values.yaml': 'tag: 1\n' }
  expect((await edit({ files, folder: 'chart' }, [replicas(1, 2)])).refusal).toMatchObject({ code: 'git-no-helm' })
})
