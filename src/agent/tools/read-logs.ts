import { z } from 'zod'
import { redact } from '../../domain/redact.ts'
import { refused } from '../../domain/refusal.ts'
import { defineTool, namespaceName, objectName } from '../tool.ts'
import type { Sight, Workbench } from '../workbench.ts'

/** Bounds of one read at the API server. */
const limitBytes = 128_000
const mostLines = 300

/** The log of one container: live where there is a cluster, else as collected. */
export const readLogs = defineTool({
  name: 'read_logs',
  description:
    'The last lines of the log of one pod, secrets redacted. previous: the run before the last restart, which holds why it crashed. contains: only lines with this text.',
  input: z.strictObject({
    namespace: namespaceName,
    pod: objectName,
    container: objectName.optional(),
    previous: z.boolean().optional(),
    lines: z.int().min(1).max(mostLines).optional(),
    contains: z.string().min(1).max(100).optional(),
  }),
  doing: ({ namespace, pod, previous }) => `the ${previous === true ? 'previous ' : ''}log of ${namespace}/${pod}`,
  look: async (bench, asked, signal) => {
    const { namespace, pod, previous = false, lines = 120, contains } = asked
    const object = bench.view.get('Pod', namespace, pod)
    const containers = [...(object?.spec?.initContainers ?? []), ...(object?.spec?.containers ?? [])].map(
      ({ name }) => name,
    )
    const container = asked.container ?? object?.spec?.containers?.[0]?.name
    if (asked.container !== undefined && containers.length > 0 && !containers.includes(asked.container))
      return refused('not-read', `The pod has the containers ${containers.join(', ')}.`)
    const text = await textOf(bench, { namespace, pod, container, previous, lines }, signal)
    if (typeof text !== 'string') return text
    const title = `${previous ? 'previous log' : 'log'} of ${namespace}/${pod}${container === undefined ? '' : ` (${container})`}`
    return narrowed({ title, text }, lines, contains)
  },
})

type Wanted = {
  readonly namespace: string
  readonly pod: string
  readonly container: string | undefined
  readonly previous: boolean
  readonly lines: number
}

const textOf = async ({ view, reader }: Workbench, wanted: Wanted, signal: AbortSignal) => {
  const { namespace, pod, container, previous, lines } = wanted
  if (reader === undefined) {
    const kept = view
      .logs(namespace, pod)
      .find((log) => log.previous === previous && (container === undefined || log.container === container))
    if (kept === undefined) return refused('not-read', 'No such log was collected; whether there is one is not known.')
    return kept.error === undefined
      ? kept.text
      : refused('not-read', `The API server said: ${kept.error.slice(0, 200)}`)
  }
  const options = {
    previous,
    tailLines: lines,
    limitBytes,
    timestamps: true,
    ...(container === undefined ? {} : { container }),
  }
  const read = await reader.logs(namespace, pod, options, signal)
  if (read.kind === 'ok') return read.value
  return refused(
    'not-read',
    read.kind === 'absent' ? 'There is no such log.' : `The log could not be read (${read.reason}).`,
  )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are what is removed
const colours = /\x1b\[[0-9;]{0,20}[A-Za-z]/g

/** Redacts before it searches, so that asking for lines that contain a guess tells nothing about a secret. */
const narrowed = ({ title, text }: Sight, lines: number, contains: string | undefined): Sight => {
  const all = redact(text.replace(colours, '')).trimEnd().split('\n')
  const found = contains === undefined ? all : all.filter((line) => line.includes(contains))
  const shown = found.slice(-lines).map((line) => (line.length > 800 ? `${line.slice(0, 800)}…` : line))
  const empty = contains === undefined ? 'The log is empty.' : `None of ${all.length} lines contains that.`
  return { title, text: shown.join('\n').trim() === '' ? empty : shown.join('\n') }
}
