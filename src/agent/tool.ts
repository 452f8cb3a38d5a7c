import { z } from 'zod'
import { isNamespaceName, isPathSegment } from '../domain/name.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ToolDefinition } from './model.ts'
import type { Sight, Workbench } from './workbench.ts'

/** One read-only tool. Its input is checked strictly before `look` sees it; a refusal is told to the model in its words. */
export type Tool = {
  readonly definition: ToolDefinition
  look(bench: Workbench, input: unknown, signal: AbortSignal): Promise<Sight | Refusal>
  /** What it is about to read, for people, made of checked input only. */
  doing(input: unknown): string
}

/** The parts of a tool as its file writes them. */
export type ToolParts<S extends z.ZodType> = {
  readonly name: string
  readonly description: string
  readonly input: S
  readonly doing: (input: z.output<S>) => string
  readonly look: (
    bench: Workbench,
    input: z.output<S>,
    signal: AbortSignal,
  ) => Sight | Refusal | Promise<Sight | Refusal>
}

/** How long one look may take, in ms. */
const deadline = 15_000

/** Makes a tool whose guards come first. `look` never throws: what fails becomes a refusal without the library's words. */
export const defineTool = <S extends z.ZodType>(parts: ToolParts<S>): Tool => ({
  definition: { name: parts.name, description: parts.description, schema: schemaOf(parts.input) },
  doing: (input) => {
    const parsed = parts.input.safeParse(input)
    return parsed.success ? parts.doing(parsed.data) : parts.name
  },
  look: async (bench, input, signal) => {
    const parsed = parts.input.safeParse(input)
    if (!parsed.success) return refused('input-invalid', `The input is not valid: ${said(parsed.error)}.`)
    const limit = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
    try {
      const sight = await parts.look(bench, parsed.data, limit)
      return isRefusal(sight) ? refused('not-read', sight.reason) : sight
    } catch {
      return refused('not-read', limit.aborted ? 'It took too long to read that.' : 'That could not be read.')
    }
  },
})

/** JSON Schema of a zod schema, as tools are described to models. */
export const schemaOf = (input: z.ZodType): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })
  return schema
}

/** What is wrong with an input, in a line: paths and rules, never the values. */
export const said = (error: z.ZodError): string =>
  error.issues
    .slice(0, 4)
    .map((issue) => `${issue.path.map(String).join('.').slice(0, 80) || 'input'} ${issue.code}`)
    .join('; ')

/** A kind as Kubernetes writes it: `Deployment`. */
export const kindName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9]{0,62}$/)
  .describe('a kind, such as Deployment')

/** A namespace's name. */
export const namespaceName = z.string().refine(isNamespaceName).describe('a namespace')

/** The name of an object; one path segment to any URL parser. */
export const objectName = z.string().refine(isPathSegment).describe('the name of one object')
