import { z } from 'zod'
import type { Read } from '../../domain/coverage.ts'
import { redact } from '../../domain/redact.ts'

/** An answer larger than this, in bytes, is not read to its end: 20 pods for half an hour are far less. */
const mostBytes = 4 * 1024 * 1024

/** One series of a range query as Prometheus sends it: points are [seconds, text]. */
export type RangeSeries = {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
})

/**
 * The series of an answer to `query_range` (Prometheus HTTP API, `resultType` matrix). Any other shape, status or size is
 * unreadable, never empty.
 */
export const readRange = async (response: Response): Promise<Read<readonly RangeSeries[]>> => {
  const { status } = response
  if (status !== 200) {
    const said = status === 400 || status === 422 ? await complaintIn(response) : undefined
    if (said === undefined) await response.body?.cancel().catch(() => undefined)
    const message = `Prometheus answered ${status}${said === undefined ? '' : `: ${said}`}`
    return { kind: 'unreadable', reason: reasonOf(status), message }
  }
  const text = await boundedText(response)
  if (text === undefined) {
    return { kind: 'unreadable', reason: 'truncated', message: 'the answer of Prometheus is larger than 4 MiB' }
  }
  const parsed = answerSchema.safeParse(json(text))
  if (parsed.success) return { kind: 'ok', value: parsed.data.data.result }
  const said = redact(text.slice(0, 120).replace(/\s+/g, ' '))
  return { kind: 'unreadable', reason: 'malformed', message: `that is no range result of Prometheus: ${said}` }
}

const complaintSchema = z.object({ status: z.literal('error'), error: z.string() })

/** What it says is wrong with a query, in one line without secrets: whoever wrote the query can correct it. */
const complaintIn = async (response: Response): Promise<string | undefined> => {
  const parsed = complaintSchema.safeParse(json((await boundedText(response)) ?? ''))
  return parsed.success ? redact(parsed.data.error.slice(0, 200).replace(/\s+/g, ' ')) : undefined
}

const reasonOf = (status: number) => {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 429) return 'throttled'
  if (status === 504 || status === 408) return 'timeout'
  // 400 and 422 are its words for a query that it cannot run, 404 for no such API: what is there does not speak it.
  return status >= 500 ? 'unreachable' : 'malformed'
}

const boundedText = async (response: Response): Promise<string | undefined> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > mostBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
