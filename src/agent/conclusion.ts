import { z } from 'zod'
import { causeCodes } from '../domain/cause.ts'
import type { Citation, Claim, ModelHypothesis } from '../domain/consultation.ts'
import { refOf } from '../domain/kubernetes.ts'
import { plainLine } from '../domain/plain.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { EvidenceBook } from './evidence-book.ts'
import type { ToolDefinition } from './model.ts'
import { kindName, namespaceName, objectName, schemaOf } from './tool.ts'
import { objectIn } from './workbench.ts'

const citations = z
  .array(
    z.strictObject({
      id: z
        .string()
        .regex(/^[et]\d{1,4}$/)
        .describe('the id of an evidence item'),
      quote: z.string().min(3).max(300).describe('words of that item, letter for letter'),
    }),
  )
  .max(6)
const sentence = (max: number) => z.string().min(1).max(max)
const object = z.strictObject({ kind: kindName, namespace: namespaceName.optional(), name: objectName })

/** What a model has to hand in: strict, so that what does not fit is sent back to it once and then not used at all. */
export const conclusionSchema = z.strictObject({
  answer: z.array(z.strictObject({ text: sentence(500), evidence: citations })).max(8),
  hypotheses: z
    .array(
      z.strictObject({
        text: sentence(400),
        likelihood: z.enum(['likely', 'possible', 'unlikely']),
        code: z.enum(causeCodes).optional(),
        object: object.optional(),
        evidence: citations,
        check: sentence(300).optional(),
      }),
    )
    .max(3),
  missing: z.array(sentence(300)).max(6),
  proposal: z
    .strictObject({ action: z.string().max(60), target: object, input: z.record(z.string().max(60), z.unknown()) })
    .optional(),
})

const conclusionJson = schemaOf(conclusionSchema)

/** A conclusion as the model handed it in: of the right shape, nothing else is known about it. */
export type RawConclusion = z.output<typeof conclusionSchema>

/** The tool by which a model ends. `actions` are lines about the catalogue, the same for every case. */
export const concludeTool = (actions: readonly string[]): ToolDefinition => ({
  name: 'conclude',
  description: `Ends the investigation with its result. Actions that a proposal may name, with their input:\n${actions.join('\n') || '(none: propose nothing)'}`,
  schema: conclusionJson,
})

/** What is left of a conclusion after every claim was held against what was read. */
export type Checked = {
  readonly answer: readonly Claim[]
  readonly hypotheses: readonly ModelHypothesis[]
  readonly missing: readonly string[]
  readonly dropped: number
}

/**
 * Keeps the claims that quote what was shown under the id they name, and drops the others. Text becomes one plain line without
 * links; an object stays only where the cluster has it.
 */
export const checkConclusion = (raw: RawConclusion, book: EvidenceBook, view: ClusterView): Checked => {
  const answer = raw.answer.flatMap(({ text, evidence }) => claim(text, evidence, book))
  const hypotheses = raw.hypotheses.flatMap((one): readonly ModelHypothesis[] => {
    const [held] = claim(one.text, one.evidence, book)
    if (held === undefined) return []
    const found =
      one.object === undefined ? undefined : objectIn(view, one.object.kind, one.object.namespace, one.object.name)
    return [
      {
        ...held,
        likelihood: one.likelihood,
        ...(one.code === undefined ? {} : { code: one.code }),
        ...(found === undefined ? {} : { object: refOf(found) }),
        ...(one.check === undefined ? {} : { check: words(one.check, 300) }),
      },
    ]
  })
  const made = raw.answer.length + raw.hypotheses.length
  return {
    answer,
    hypotheses,
    missing: raw.missing.map((text) => words(text, 300)).filter((text) => text !== ''),
    dropped: made - answer.length - hypotheses.length,
  }
}

const claim = (text: string, evidence: readonly Citation[], book: EvidenceBook): readonly Claim[] => {
  const held = evidence.filter((one) => book.holds(one)).map(({ id, quote }) => ({ id, quote: plainLine(quote, 200) }))
  const said = words(text, 500)
  return held.length === 0 || said === '' ? [] : [{ text: said, evidence: held }]
}

/** A link could carry what was read somewhere else, or people to a page that asks for a password. */
const words = (text: string, max: number): string =>
  plainLine(
    text
      .replace(/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s)>\]]*/gi, '[link removed]')
      .replace(/\bwww\.[^\s)>\]]*/gi, '[link removed]'),
    max,
  )
