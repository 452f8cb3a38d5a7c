import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../../src/domain/kubernetes.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import type { FieldChange } from '../../../src/gitops/field-changes.ts'
import { fieldAt, withChange } from '../../../src/gitops/field-path.ts'
import { findEdits } from '../../../src/gitops/find-edit.ts'
import { openCheckout } from '../../../src/gitops/render/files.ts'
import { renderKustomize } from '../../../src/gitops/render/kustomize.ts'
import { identityOf, type Manifest } from '../../../src/gitops/render/manifest.ts'
import { openRendering } from '../../../src/gitops/render/rendering.ts'
import { type Tree, trees } from './trees.ts'

const real = ({ folder, files }: Tree): readonly Manifest[] => {
  const root = mkdtempSync(join(tmpdir(), 'kustomize-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const run = spawnSync('kubectl', ['kustomize', join(root, folder)], { encoding: 'utf8' })
    if (run.status !== 0) throw new Error(run.stderr)
    return parseAllDocuments(run.stdout).map((document) => ('toJS' in document ? document.toJS() : {}) as Manifest)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const ours = ({ folder, files }: Tree): readonly Manifest[] =>
  renderKustomize({ paths: new Set(Object.keys(files)), text: (path) => files[path] ?? '' }, folder)

const byIdentity = (all: readonly Manifest[]) => Object.fromEntries(all.map((one) => [identityOf(one), one]))

describe('our kustomize against the real one', () => {
  it.each(trees)('$name', (tree) => {
    expect(byIdentity(ours(tree))).toEqual(byIdentity(real(tree)))
  })
})

const app = ['spec', 'template', 'spec', 'containers', { key: 'name', value: 'app' }] as const
/** What actions change of a workload: the field, and what it becomes. */
const wishes: readonly (readonly [string, FieldChange['path'], unknown])[] = [
  ['the image', [...app, 'image'], 'registry.acme.dev/checkout:9.9.9'],
  ['a limit', [...app, 'resources', 'limits', 'memory'], '999Mi'],
  ['replicas', ['spec', 'replicas'], 11],
  ['a variable', [...app, 'env', { key: 'name', value: 'TOKEN' }, 'valueFrom', 'secretKeyRef', 'key'], 'other'],
]

const editFor = async (tree: Tree, live: Manifest, change: FieldChange) => {
  const git = {
    readFile: async (_: string, path: string) =>
      ({ kind: 'ok', value: { text: tree.files[path] ?? '', sha: '' } }) as const,
  }
  const checkout = openCheckout(git, 'acme/deploy', 'a'.repeat(40), Object.keys(tree.files))
  const source = { repository: 'acme/deploy', path: tree.folder, tool: 'argocd', release: 'x', namespace: 'x' } as const
  const rendering = openRendering({ own: checkout, refs: new Map(), edited: checkout }, source, undefined)
  if (isRefusal(rendering)) throw new Error(rendering.reason)
  return findEdits(checkout, source, rendering, live as unknown as KubeObject, [change])
}

describe('edits that we call proved, rendered by the real kustomize', () => {
  const cases = trees.flatMap((tree) => wishes.map((wish) => ({ tree, wish, name: `${wish[0]} in ${tree.name}` })))
  it.each(cases)('$name', async ({ tree, wish: [, path, after] }) => {
    const before = real(tree)
    const live = before.find(({ kind }) => kind === 'Deployment')
    if (live === undefined) throw new Error('there is no Deployment')
    const change = { path, before: fieldAt(live, path), after }
    const found = await editFor(tree, live, change)
    if (isRefusal(found)) throw new Error(`${found.code}: ${found.reason}`)
    const files = { ...tree.files, ...Object.fromEntries(found.edits.map((edit) => [edit.path, edit.after])) }
    const expected = byIdentity(before.map((one) => (one === live ? (withChange(one, change) ?? one) : one)))
    expect(byIdentity(real({ ...tree, files }))).toEqual(expected)
  })
})
