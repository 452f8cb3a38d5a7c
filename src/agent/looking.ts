import { canonicalHash } from '../domain/canonical.ts'
import { isRefusal } from '../domain/refusal.ts'
import { type EvidenceBook, evidenceText } from './evidence-book.ts'
import type { Limits } from './limits.ts'
import type { ToolCall, ToolResult } from './model.ts'
import type { Tool } from './tool.ts'
import { tools } from './tools/all.ts'
import type { Workbench } from './workbench.ts'

/** Carries out the looks of one consultation and notices when they lead nowhere. */
export type Looking = {
  /** One result for each call, in their order. */
  look(calls: readonly ToolCall[], signal: AbortSignal): Promise<readonly ToolResult[]>
  /** Whether the same call, or calls that are not valid, came too often. */
  lost(): boolean
  /** How often each tool was carried out. */
  counts(): Readonly<Record<string, number>>
}

/** Looks on one workbench. Only what is in the tool table is ever carried out, whatever name a model comes up with. */
export const createLooking = (
  bench: Workbench,
  book: EvidenceBook,
  limits: Limits,
  progress: (doing: string) => void,
): Looking => {
  const seen = new Map<string, number>()
  const counts: Record<string, number> = {}
  let invalid = 0

  const one = async (call: ToolCall, signal: AbortSignal): Promise<ToolResult> => {
    const tool: Tool | undefined = tools.find(({ definition }) => definition.name === call.name)
    if (tool === undefined) {
      invalid += 1
      return failed(call, 'There is no such tool.')
    }
    const key = keyOf(call)
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    if (times > 1) return failed(call, 'You have read exactly that already; its result is above.')
    counts[call.name] = (counts[call.name] ?? 0) + 1
    progress(tool.doing(call.input))
    const sight = await tool.look(bench, call.input, signal)
    if (isRefusal(sight)) {
      if (sight.code === 'input-invalid') invalid += 1
      return failed(call, evidenceText(book.add(`answer to ${call.name}`, sight.reason)))
    }
    return { id: call.id, text: evidenceText(book.add(sight.title, sight.text)), failed: false }
  }

  return {
    look: async (calls, signal) => {
      const results: ToolResult[] = []
      for (const [index, call] of calls.entries())
        results.push(
          index < limits.callsATurn
            ? await one(call, signal)
            : failed(
                call,
                `Only ${limits.callsATurn} looks in one turn are carried out; ask again if it still matters.`,
              ),
        )
      return results
    },
    lost: () => invalid >= limits.repeats || [...seen.values()].some((times) => times >= limits.repeats),
    counts: () => ({ ...counts }),
  }
}

const failed = ({ id }: ToolCall, text: string): ToolResult => ({ id, text, failed: true })

/** Equal calls have equal keys; what cannot be written canonically is not equal to anything but is also never valid. */
const keyOf = ({ name, input }: ToolCall): string => {
  try {
    return `${name} ${canonicalHash(input)}`
  } catch {
    return `${name} unwritable`
  }
}
