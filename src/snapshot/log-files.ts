import { promises as fs } from 'node:fs'
import { boundedLog, longestLog } from './doctor-documents.ts'
import type { ContainerLog } from './view.ts'
import type { SnapshotFile } from './walk-files.ts'

type Named = Pick<ContainerLog, 'namespace' | 'pod' | 'container' | 'previous'>

/**
 * Whose log a file is, by its path: `…/logs/NS/POD/CONTAINER[.previous].log`, or the must-gather layout
 * `namespaces/NS/pods/POD/CONTAINER/CONTAINER/logs/current.log`.
 */
export const logNamed = (name: string): Named | undefined => {
  const own = name.match(/(?:^|\/)logs\/([^/]+)\/([^/]+)\/([^/]+?)(\.previous)?\.log$/)
  if (own !== null) {
    return { namespace: own[1] ?? '', pod: own[2] ?? '', container: own[3] ?? '', previous: own[4] !== undefined }
  }
  const gathered = name.match(
    /(?:^|\/)namespaces\/([^/]+)\/pods\/([^/]+)\/([^/]+)\/[^/]+\/logs\/(current|previous)\.log$/,
  )
  if (gathered === null) return undefined
  return {
    namespace: gathered[1] ?? '',
    pod: gathered[2] ?? '',
    container: gathered[3] ?? '',
    previous: gathered[4] === 'previous',
  }
}

/** Reads a log file: of a long one only the end, whatever its size. */
export const readLog = async (file: SnapshotFile, named: Named): Promise<ContainerLog> => {
  const bytes = longestLog * 2
  const handle = await fs.open(file.path, 'r')
  try {
    const start = Math.max(0, file.size - bytes)
    const buffer = Buffer.alloc(Math.min(file.size, bytes))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
    const text = buffer.toString('utf8', 0, bytesRead)
    return { ...named, ...boundedLog(text), ...(start > 0 ? { truncated: true } : {}) }
  } finally {
    await handle.close()
  }
}

/** The file of a pod's logs that `kubectl cluster-info dump --output-directory` writes: `NS/POD/logs.txt`. */
export const isDumpLog = (name: string): boolean => /(?:^|\/)[^/]+\/[^/]+\/logs\.txt$/.test(name)

const section = /^==== START logs for container (\S+) of pod ([^/\s]+)\/(\S+) ====\n?/gm

/**
 * Takes the log sections of a cluster-info dump out of a text: each container's log, and what remains between them (JSON or
 * YAML, when the dump went to one file).
 */
export const splitDump = (text: string): { readonly logs: readonly ContainerLog[]; readonly rest: string } => {
  const logs: ContainerLog[] = []
  const rest: string[] = []
  let from = 0
  for (const start of text.matchAll(section)) {
    if (start.index < from) continue
    const [, container = '', namespace = '', pod = ''] = start
    const end = `==== END logs for container ${container} of pod ${namespace}/${pod} ====`
    const at = text.indexOf(end, start.index)
    const stop = at < 0 ? text.length : at
    logs.push({
      namespace,
      pod,
      container,
      previous: false,
      ...dumpLog(text.slice(start.index + start[0].length, stop)),
    })
    rest.push(text.slice(from, start.index))
    from = at < 0 ? text.length : at + end.length
  }
  rest.push(text.slice(from))
  return { logs, rest: rest.join('\n') }
}

/** `cluster-info dump` writes the server's refusal where the log should stand. */
const dumpLog = (body: string): Pick<ContainerLog, 'text' | 'error' | 'truncated'> => {
  const refused = body.match(/^Request log error: (.+)/)?.[1] ?? body.match(/^Create log error: (.+)/)?.[1]
  return refused === undefined ? boundedLog(body) : { text: '', error: refused.slice(0, 1000) }
}
