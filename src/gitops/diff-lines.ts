import type { FileEdit } from '../domain/change.ts'

const context = 3
const most = 60

/** The edits as a unified diff with three lines around each change, cut to what a reader takes in. */
export const unifiedDiff = (edits: readonly FileEdit[]): string => {
  const lines = edits.flatMap(({ path, before, after }) => [`--- a/${path}`, `+++ b/${path}`, ...hunk(before, after)])
  return lines.length <= most ? lines.join('\n') : [...lines.slice(0, most), '…'].join('\n')
}

/** One hunk from the first line that differs to the last: edits are small and close together. */
const hunk = (before: string, after: string): readonly string[] => {
  const [old, now] = [before.split(/\r?\n/), after.split(/\r?\n/)]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const from = Math.max(0, start - context)
  const [oldEnd, nowEnd] = [old.length - end, now.length - end]
  const tail = old.slice(oldEnd, oldEnd + context)
  return [
    `@@ -${from + 1},${oldEnd - from + tail.length} +${from + 1},${nowEnd - from + tail.length} @@`,
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, oldEnd).map((line) => `-${line}`),
    ...now.slice(start, nowEnd).map((line) => `+${line}`),
    ...tail.map((line) => ` ${line}`),
  ]
}
