import { z } from 'zod'
import { causeCodes } from '../domain/cause.ts'
import type { Precondition, Runbook, Step } from '../domain/runbook.ts'
import { placeholders } from './fill.ts'

const line = (max: number) => z.string().trim().min(1).max(max)
const duration = z.string().regex(/^[1-9]\d{0,3}[smhd]$/, 'must be a duration such as 30m or 2h')
const id = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes')
const fact = z.string().regex(/^[a-z][A-Za-z0-9]{0,40}$/, 'must be the name of a fact')

/** Text whose `{{…}}` are names of facts and nothing else. */
const filled = (max: number) =>
  line(max).refine((text) => placeholders(text) !== undefined, 'has a {{…}} that is not the name of a fact')

const value: z.ZodType<unknown> = z.lazy(() =>
  z.union([
    filled(500),
    z.number(),
    z.boolean(),
    z.array(value).max(20),
    z.record(
      z
        .string()
        .regex(/^(?!__proto__$|constructor$|prototype$)/, 'is not allowed as a key')
        .max(60),
      value,
    ),
  ]),
)

const precondition = z.union([
  z
    .strictObject({ 'object-kind': z.array(line(60)).min(1).max(10) })
    .transform((raw): Precondition => ({ kind: 'object-kind', in: raw['object-kind'] })),
  z
    .strictObject({
      fact,
      equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
      exists: z.boolean().optional(),
    })
    .refine((raw) => (raw.equals === undefined) !== (raw.exists === undefined), 'needs either equals or exists')
    .transform((raw): Precondition => {
      const { equals, exists } = raw
      return {
        kind: 'fact',
        name: raw.fact,
        ...(equals === undefined ? {} : { equals }),
        ...(exists === undefined ? {} : { exists }),
      }
    }),
  z
    .strictObject({ 'not-tried': z.strictObject({ action: id, within: duration }) })
    .transform((raw): Precondition => ({ kind: 'not-tried', ...raw['not-tried'] })),
  z
    .strictObject({ 'changed-within': duration })
    .transform((raw): Precondition => ({ kind: 'changed-within', within: raw['changed-within'] })),
  z.strictObject({ 'earlier-revision': z.literal(true) }).transform((): Precondition => ({ kind: 'earlier-revision' })),
])

const step = z.union([
  z
    .strictObject({
      action: id,
      target: z.enum(['object', 'affected-workload']).default('object'),
      input: z.record(z.string().max(60), value).default({}),
      summary: filled(300),
    })
    .transform((raw): Step => ({ kind: 'action', ...raw })),
  z
    .strictObject({ human: filled(600), commands: z.array(filled(600)).max(10).default([]) })
    .transform((raw): Step => ({ kind: 'human', text: raw.human, commands: raw.commands })),
])

/** A runbook as it is written in YAML: strict, every field that matters required, and nothing that could run. */
export const runbookSchema: z.ZodType<Runbook, unknown> = z.strictObject({
  id,
  title: line(120),
  owner: line(80),
  codes: z.array(z.enum(causeCodes)).min(1).max(40),
  risk: z.enum(['low', 'medium', 'high']),
  preconditions: z.array(precondition).max(12),
  steps: z.array(step).min(1).max(10),
  validation: line(400),
  rollback: line(400),
  approvals: z.int().min(1).max(5),
})

/** Seconds of a duration that the schema let in. */
export const secondsOf = (text: string): number =>
  Number(text.slice(0, -1)) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[text.slice(-1)] ?? 0)
