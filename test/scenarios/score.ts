import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Analyzer } from '../../src/analyzers/analyzer.ts'
import { loadCatalogue } from '../../src/cli/catalogue.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Diagnosis, RootCause } from '../../src/domain/diagnosis.ts'
import { offers } from '../../src/runbooks/match.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { diagnosisText } from '../../src/views/diagnosis-text.ts'
import { unsafeAmong } from './unsafe.ts'

const objectSchema = z.object({ kind: z.string(), namespace: z.string().nullish(), name: z.string().optional() })

/** What a case expects: the format of `expected.json`. */
const expectedSchema = z.object({
  id: z.string(),
  verdict: z.string(),
  question: z.string().nullish(),
  codes: z.array(z.string()).default([]),
  objects: z.array(objectSchema).default([]),
  accept: z.array(objectSchema).default([]),
  mustMention: z.array(z.array(z.string())).default([]),
  mustNotClaim: z.array(z.string()).default([]),
  mustNotCode: z.array(z.string()).default([]),
  /** Further faults that are there too and have to be named, below the one that was asked about. */
  also: z.array(z.object({ code: z.string(), kind: z.string(), name: z.string() })).default([]),
  forbidden: z.array(z.object({ verb: z.string(), target: z.string(), why: z.string().optional() })).default([]),
})
export type Expected = z.infer<typeof expectedSchema>

/** A case on disk. */
export type Case = { readonly id: string; readonly group: string; readonly folder: string; readonly own: boolean }

/** How a case was answered. `problems` say in words what is not as expected. */
export type Score = {
  readonly case: Case
  readonly top1: boolean
  readonly top3: boolean
  readonly falsePositive: boolean
  /** For each root cause, in the order in which they were named: how sure, and whether it is an expected one. */
  readonly said: readonly { readonly confidence: number; readonly right: boolean }[]
  /** Offers of the shipped runbooks that the case forbids, or that rest on a first cause that is wrong. */
  readonly unsafe: readonly string[]
  readonly expected: Expected
  readonly problems: readonly string[]
  readonly milliseconds: number
  readonly diagnosis: Diagnosis
}

const here = fileURLToPath(new URL('.', import.meta.url))
const sharedFolder = join(here, '../../../shared/scenarios')

const foldersIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : []

const { runbooks } = await loadCatalogue()

const isCase = (folder: string): boolean => existsSync(join(folder, 'expected.json'))

/** The cases of this repository, by group. */
export const ownCases = (): readonly Case[] =>
  foldersIn(join(here, 'cases')).flatMap((group) =>
    foldersIn(join(here, 'cases', group)).flatMap((id) => {
      const folder = join(here, 'cases', group, id)
      return isCase(folder) ? [{ id, group, folder, own: true }] : []
    }),
  )

/** The shared examples, where they are there. */
export const sharedCases = (): readonly Case[] =>
  foldersIn(sharedFolder).flatMap((id) => {
    const folder = join(sharedFolder, id)
    return isCase(folder) ? [{ id, group: 'shared', folder, own: false }] : []
  })

/** Diagnoses a case as `doctor diagnose --snapshot` does and compares with what it expects. */
export const scoreCase = async (
  one: Case,
  analyzers: readonly Analyzer[],
  loaded?: Awaited<ReturnType<typeof loadSnapshot>>,
): Promise<Score> => {
  const expected = expectedSchema.parse(JSON.parse(readFileSync(join(one.folder, 'expected.json'), 'utf8')))
  const started = performance.now()
  const { view, problems: unread } = loaded ?? (await loadSnapshot(join(one.folder, 'snapshot.yaml')))
  const question = expected.question ?? undefined
  const seen = createView(view)
  const diagnosis = diagnose(seen, {
    analyzers,
    propose: (cause) => offers(runbooks, cause, { view: seen }),
    ...(question === undefined ? {} : { question }),
  })
  const milliseconds = performance.now() - started
  const text = diagnosisText(diagnosis, { colour: false }).toLowerCase()
  const healthy = expected.verdict === 'healthy'
  const proposals = diagnosis.rootCauses.flatMap((cause) => cause.proposals)
  const right = diagnosis.rootCauses.map((cause) => isRight(cause, expected))
  const misled = right[0] === false ? (diagnosis.rootCauses[0]?.proposals ?? []) : []
  const unsafe = [
    ...unsafeAmong(proposals, expected.forbidden, healthy),
    ...misled.map(({ action }) => `offers ${action} for a wrong cause`),
  ]
  const problems = [
    ...unsafe,
    ...unread.map(({ message }) => `snapshot ${message}`),
    ...diagnosis.coverage.unavailable.flatMap(({ source, message }) =>
      source.startsWith('analyzer ') ? [`${source} threw: ${message ?? ''}`] : [],
    ),
    ...expected.mustMention
      .filter((words) => !words.some((word) => text.includes(word.toLowerCase())))
      .map((words) => `does not mention ${words.join(' | ')}`),
    ...expected.mustNotClaim.filter((word) => claims(diagnosis, word)).map((word) => `claims "${word}"`),
    ...expected.mustNotCode
      .filter((code) => diagnosis.rootCauses.some((cause) => cause.code === code))
      .map((code) => `names ${code}`),
    ...expected.also
      .filter(
        ({ code, kind, name }) =>
          !diagnosis.rootCauses.some(
            (cause) => cause.code === code && cause.object.kind === kind && cause.object.name === name,
          ),
      )
      .map(({ code, kind, name }) => `does not name ${code} ${kind}/${name} too`),
  ]
  const inconclusive = expected.verdict === 'inconclusive'
  const falsePositive = healthy && diagnosis.verdict !== 'healthy'
  const top1 = healthy || inconclusive ? diagnosis.verdict === expected.verdict : right[0] === true
  if (!top1) problems.unshift(said(diagnosis, expected))
  return {
    case: one,
    top1,
    top3: top1 || right.slice(0, 3).includes(true),
    falsePositive,
    said: diagnosis.rootCauses.map(({ confidence }, index) => ({ confidence, right: right[index] === true })),
    unsafe,
    expected,
    problems,
    milliseconds,
    diagnosis,
  }
}

/** A claim counts in what the doctor itself says is so: summaries and explanations of root causes. */
const claims = (diagnosis: Diagnosis, word: string): boolean =>
  diagnosis.rootCauses.some((cause) =>
    [cause.summary, ...cause.explanation].some((text) => text.toLowerCase().includes(word.toLowerCase())),
  )

const isRight = (cause: RootCause, expected: Expected): boolean => {
  const objects = [...expected.objects, ...expected.accept]
  const named = objects.some(
    (object) =>
      object.kind === cause.object.kind &&
      (object.name === undefined || object.name === cause.object.name) &&
      (object.namespace === undefined || (object.namespace ?? undefined) === cause.object.namespace),
  )
  return expected.codes.includes(cause.code) && (named || objects.length === 0)
}

const said = (diagnosis: Diagnosis, expected: Expected): string => {
  const causes = diagnosis.rootCauses
    .slice(0, 3)
    .map(({ code, object, confidence }) => `${code} ${object.kind}/${object.name} ${confidence}`)
  const wanted = `${expected.codes.join('|') || expected.verdict} ${expected.objects.map((o) => `${o.kind}/${o.name ?? '*'}`).join(',')}`
  return `said ${diagnosis.verdict} [${causes.join('; ')}], expected ${wanted}`
}
