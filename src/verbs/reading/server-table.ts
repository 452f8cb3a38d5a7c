import type { Read } from '../../domain/coverage.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'

/** A table as the API server prints it: the columns kubectl shows, one row an object. */
export type ServerTable = {
  readonly columns: readonly string[]
  readonly rows: readonly { readonly cells: readonly string[]; readonly namespace?: string; readonly name: string }[]
  readonly remaining: number
}

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const pageSize = 500

/** Lists a resource as the server's own table, at most 500 rows. A body of another shape is malformed, never empty. */
export const serverTable = async (
  reader: ClusterReader,
  type: ResourceType,
  options: {
    readonly namespace?: string
    readonly labelSelector?: string
    readonly fieldSelector?: string
    readonly wide?: boolean
    readonly signal: AbortSignal
  },
): Promise<Read<ServerTable>> => {
  const { wide = false, ...rest } = options
  const read = await reader.list(type, { ...rest, accept, limit: pageSize })
  if (read.kind !== 'ok') return read
  const table = parseTable(read.value.body, wide)
  return table === undefined
    ? { kind: 'unreadable', reason: 'malformed', message: `the list of ${type.resource} is not a table` }
    : { kind: 'ok', value: table }
}

const parseTable = (body: Uint8Array, wide: boolean): ServerTable | undefined => {
  const value = parse(body)
  const { columnDefinitions, rows, metadata } = value as {
    columnDefinitions?: unknown
    rows?: unknown
    metadata?: { remainingItemCount?: unknown }
  }
  if (value['kind'] !== 'Table' || !Array.isArray(columnDefinitions)) return undefined
  const shown = columnDefinitions.flatMap((column: { name?: unknown; priority?: unknown }, index) =>
    wide || (column.priority ?? 0) === 0 ? [{ name: String(column.name ?? ''), index }] : [],
  )
  return {
    columns: shown.map((column) => column.name),
    rows: (Array.isArray(rows) ? rows : []).map(
      (row: { cells?: unknown; object?: { metadata?: { name?: unknown; namespace?: unknown } } }) => {
        const cells = Array.isArray(row.cells) ? row.cells : []
        const { name, namespace } = row.object?.metadata ?? {}
        return {
          cells: shown.map((column) => cellText(cells[column.index])),
          name: String(name ?? cells[0] ?? ''),
          ...(typeof namespace === 'string' ? { namespace } : {}),
        }
      },
    ),
    remaining: typeof metadata?.remainingItemCount === 'number' ? metadata.remainingItemCount : 0,
  }
}

const parse = (body: Uint8Array): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const cellText = (cell: unknown): string => (cell === null || cell === undefined ? '' : String(cell))
