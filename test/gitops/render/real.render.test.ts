import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { renderKustomize } from '../../../src/gitops/render/kustomize.ts'
import { identityOf, type Manifest } from '../../../src/gitops/render/manifest.ts'
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
