/** Two texts as the lines of a unified diff with three lines of context; empty where they are equal. */
export const lineDiff = (before: string, after: string): readonly string[] => {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  if (start === old.length && start === now.length) return []
  const [oldEnd, nowEnd] = [old.length - end, now.length - end]
  const from = Math.max(0, start - 3)
  return [
    `@@ -${from + 1},${oldEnd - from + Math.min(3, end)} +${from + 1},${nowEnd - from + Math.min(3, end)} @@`,
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, oldEnd).map((line) => `-${line}`),
    ...now.slice(start, nowEnd).map((line) => `+${line}`),
    ...old.slice(oldEnd, oldEnd + 3).map((line) => ` ${line}`),
  ]
}
