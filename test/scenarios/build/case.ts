import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Doc, snapshotInfo } from './manifest.ts'

/** What a case expects; the fields of expected.json that a built case needs to say. */
export type Expected = {
  readonly verdict: 'fault' | 'healthy'
  readonly question?: string
  /** Any of these codes is right. */
  readonly codes?: readonly string[]
  readonly objects?: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[]
  readonly accept?: readonly { readonly kind: string; readonly namespace?: string; readonly name?: string }[]
  /** Of each inner list, at least one has to be in the answer. */
  readonly mustMention?: readonly (readonly string[])[]
  readonly mustNotClaim?: readonly string[]
  readonly mustNotCode?: readonly string[]
}

const casesFolder = join(import.meta.dirname, '..', 'cases')

/** Writes one case to `cases/<group>/<id>`: a SnapshotInfo (unless given) and the documents, in the order given. */
export const writeCase = (group: string, id: string, docs: readonly Doc[], expected: Expected): void => {
  const folder = join(casesFolder, group, id)
  mkdirSync(folder, { recursive: true })
  const all = docs.some((doc) => doc['kind'] === 'SnapshotInfo') ? docs : [snapshotInfo(), ...docs]
  const yaml = all.map((doc) => stringify(doc, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n')
  writeFileSync(join(folder, 'snapshot.yaml'), yaml)
  const { verdict, question = '', codes = [], objects = [], accept = [], mustMention = [] } = expected
  const body = {
    id,
    verdict,
    question,
    codes,
    objects,
    accept,
    mustMention,
    mustNotClaim: expected.mustNotClaim ?? [],
    mustNotCode: expected.mustNotCode ?? [],
    forbidden: [],
  }
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(body, null, 2)}\n`)
}
