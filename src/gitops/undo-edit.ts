import type { FileEdit } from '../domain/change.ts'
import { type Refusal, refused } from '../domain/refusal.ts'

/** How many lines around an edit must still be the same for its lines to be found again. */
const around = 3

/**
 * The text of a file with an edit taken back. Where the file moved on since, just the lines of the edit go back, and only if
 * they and their neighbours are found exactly once; else it refuses.
 */
export const undoEdit = (edit: FileEdit, now: string): string | Refusal => {
  if (now === edit.after) return edit.before
  if (now === edit.before) return refused('already-reverted', `${edit.path} reads as before the merge already.`)
  const [old, made] = [edit.before.split('\n'), edit.after.split('\n')]
  let start = 0
  while (start < old.length && start < made.length && old[start] === made[start]) start += 1
  let end = 0
  while (end < old.length - start && end < made.length - start && old.at(-1 - end) === made.at(-1 - end)) end += 1
  const from = Math.max(0, start - around)
  const tail = Math.max(0, end - around)
  const hunk = (lines: readonly string[]): string => lines.slice(from, lines.length - tail).join('\n')
  const [wanted, found] = [hunk(old), hunk(made)]
  const first = now.indexOf(found)
  const twice = first >= 0 && now.indexOf(found, first + 1) >= 0
  const atLine = first === 0 || now[first - 1] === '\n'
  if (first < 0 || twice || !atLine)
    return refused('edit-moved', `${edit.path} was changed again around these lines; a person has to revert it.`)
  return now.slice(0, first) + wanted + now.slice(first + found.length)
}
