import type { LogOptions } from '../http/api.ts'
import type { LogBook, LogLine } from './runtime.ts'

const lineLimit = 2_000

/** Adds a line; the oldest go when there are too many, as log rotation does. */
export function say(book: LogBook, at: number, text: string): void {
  for (const line of text.split('\n')) book.lines.push({ at, text: line })
  if (book.lines.length > lineLimit) book.lines.splice(0, book.lines.length - lineLimit)
}

/** All lines of a log up to now, in order of time; `{time}` in a line becomes the instant it was written. */
export function linesOf(book: LogBook, now: number): LogLine[] {
  const { chatter } = book
  if (chatter === undefined || chatter.lines.length === 0) return [...book.lines]
  const until = Math.min(now, chatter.until ?? now)
  const count = Math.floor((until - chatter.from) / chatter.every)
  const steady: LogLine[] = []
  for (let index = Math.max(0, count - lineLimit); index < count; index++) {
    steady.push({
      at: chatter.from + (index + 1) * chatter.every,
      text: chatter.lines[index % chatter.lines.length] ?? '',
    })
  }
  return [...book.lines, ...steady].sort((a, b) => a.at - b.at)
}

/** A log as the API answers it. */
export function logText(book: LogBook, now: number, options: LogOptions): string {
  const since =
    options.sinceSeconds !== undefined
      ? now - options.sinceSeconds * 1000
      : options.sinceTime !== undefined
        ? Date.parse(options.sinceTime)
        : 0
  let lines = linesOf(book, now).filter((line) => line.at >= since)
  if (options.tailLines !== undefined) lines = options.tailLines === 0 ? [] : lines.slice(-options.tailLines)
  const stamp = (at: number): string => new Date(at).toISOString().replace('Z', '000000Z')
  const text = lines
    .map((line) => {
      const filled = line.text.replaceAll('{time}', new Date(line.at).toISOString())
      return options.timestamps ? `${stamp(line.at)} ${filled}\n` : `${filled}\n`
    })
    .join('')
  return options.limitBytes === undefined ? text : Buffer.from(text).subarray(0, options.limitBytes).toString('utf8')
}
