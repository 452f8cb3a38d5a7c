import { type LogLevel, type LogLine, readLine } from './log-line.ts'

/** One thing a log said: a message, or a whole stack trace joined into one. */
export type LogEntry = {
  /** The message without time and level; of a trace, its headline with the deepest cause. */
  readonly text: string
  /** The lines it was made of, undressed, at most 60. */
  readonly lines: readonly string[]
  readonly level?: LogLevel
  /** The time as the line wrote it. */
  readonly at?: string
  /** True where a stack trace was joined. */
  readonly trace: boolean
}

/** Messages that are alike but for numbers and ids: how often, and where the last one stands (index into entries). */
export type LogPattern = {
  readonly example: LogEntry
  readonly count: number
  readonly first: number
  readonly last: number
}

/** A log understood: entries in order (its end, where the log was long), and its patterns, most frequent first. */
export type LogDigest = {
  readonly entries: readonly LogEntry[]
  readonly patterns: readonly LogPattern[]
}

const maxBytes = 512 * 1024
const maxLines = 4000
const blockLines = 60

const soundsBad =
  /\b(?:\w*(?:error|exception)s?|failed|failure|fatal|panic|cannot|can't|could not|couldn't|unable to|refused|denied|undefined|not set|missing|invalid|not found|no such|unreachable|timed? ?out|abort(?:ed|ing)?|killed|segmentation fault|traceback|unhandled|uncaught|forbidden|unauthorized|exceeded|exhausted|rejected|deadlock(?:ed)?|too many|unrecognized)\b/i

const continues =
  /^(?:\s+\S|Caused by: |Suppressed: |at [\w.$<]|\.{3} \d+ (?:more|common)|goroutine \d+ \[|created by |stack backtrace:|Stack trace:|#\d+ |thrown in |Node\.js v\d|During handling of the above|The above exception was|note: run with|\s*---> |--- End of |\}$|\^+$|exit status \d+$|\[signal )/
const pythonStart = /^Traceback \(most recent call last\):/
const pythonChain = /^(?:During handling of the above|The above exception was)/
/** Pydantic names the field on the line below. */
const fieldsFollow = /ValidationError: \d+ validation errors? for [\w.]{1,100}$/
const panicStart = /^(?:panic: |fatal error: |runtime: |SIG[A-Z]+: )/
const rustStart = /^thread '[^']{0,80}' (?:\(\d+\) )?panicked at/
const traceLine =
  /^\s+(?:at |File "|from )|^\s*(?:#\d+ |Caused by: |goroutine \d)|^Traceback |^thread '[^']{0,80}' (?:\(\d+\) )?panicked/

type Open = {
  first: LogLine
  lines: string[]
  mode: 'plain' | 'python' | 'python-chain' | 'panic' | 'rust'
  headline: string
}

const modeOf = (text: string): Open['mode'] =>
  pythonStart.test(text) ? 'python' : panicStart.test(text) ? 'panic' : rustStart.test(text) ? 'rust' : 'plain'

const open = (line: LogLine): Open => ({
  first: line,
  lines: [line.text, ...(line.stack ?? []).map((text) => text.trimEnd())].slice(0, blockLines),
  mode: modeOf(line.text),
  headline: line.text,
})

/** Takes a line into the open entry where it belongs there. Says whether it did. */
const join = (block: Open, line: LogLine): boolean => {
  const text = line.text
  const push = (): true => {
    if (block.lines.length < blockLines) block.lines.push(text)
    else block.lines[blockLines - 1] = text
    return true
  }
  if (line.dressed && !continues.test(text)) return false
  if (block.mode === 'python') {
    if (text === '' || /^\s/.test(text)) return push()
    if (pythonChain.test(text) || pythonStart.test(text)) return push()
    block.headline = text
    block.mode = 'python-chain'
    return push()
  }
  if (block.mode === 'python-chain') {
    if (text === '' || pythonChain.test(text)) return push()
    if (fieldsFollow.test(block.headline) && /^[\w.[\]-]{1,120}$/.test(text)) {
      block.headline = `${block.headline}: ${text}`
      return push()
    }
    if (pythonStart.test(text)) {
      block.mode = 'python'
      return push()
    }
    return /^\s+\S/.test(text) ? push() : false
  }
  if (block.mode === 'rust' && !line.dressed && block.lines.length < 3) {
    if (block.lines.length === 1) block.headline = `${block.headline} ${text.trim()}`
    return push()
  }
  if (block.mode === 'panic' && !line.dressed && block.lines.length < blockLines) return push()
  if (pythonStart.test(text) && block.mode === 'plain' && !line.dressed) {
    block.mode = 'python'
    return push()
  }
  const thrown = /^[\w.$]*(?:Exception|Error)(?::|$)/.test(text) && block.lines.length === 1 && !line.dressed
  if (thrown && (block.first.level === 'error' || block.first.level === 'fatal') && block.mode === 'plain') {
    block.headline = text
    return push()
  }
  if (!continues.test(text)) return false
  return !/^\s/.test(text) || traceLine.test(text) || canContinue(block) ? push() : false
}

/** Indented lines belong to the line above where that one reported trouble, or was a trace already. */
const canContinue = (block: Open): boolean =>
  block.mode !== 'plain' ||
  block.first.level === 'error' ||
  block.first.level === 'fatal' ||
  block.lines.length > 1 ||
  soundsBad.test(block.headline) ||
  /^(?:\S+:\d+|node:\S+:\d+)$/.test(block.headline)

const headlineOf = (block: Open): string => {
  const cause = block.lines
    .findLast((line) => /^\s*(?:Caused by: |---> )/.test(line))
    ?.trim()
    .replace(/^---> /, 'Caused by: ')
  const own = block.headline.trim()
  const start = block.first.text.trim()
  const named = start === own || pythonStart.test(start) || own.includes(start) ? own : `${start}: ${own}`
  if (cause !== undefined) return `${named} (${cause})`
  // Elasticsearch and OpenSearch say in a later line of the message which check failed.
  const check = block.lines.find((line) => /\bbootstrap check failure \[/.test(line) && line.trim() !== own)
  if (check !== undefined) return `${named}: ${check.trim()}`
  const thrower = block.mode === 'plain' && /^(?:\S+:\d+$|throw |\s*\^)/.test(own)
  const thrown = thrower ? block.lines.find((line) => /^\w*(?:Error|Exception)\b/.test(line)) : undefined
  return thrown ?? named
}

const close = (block: Open): LogEntry => {
  const trace = block.lines.some((line) => traceLine.test(line)) || block.mode !== 'plain'
  const implied = trace && block.mode !== 'plain' ? 'error' : undefined
  const level = block.first.level ?? (block.mode === 'panic' ? 'fatal' : implied)
  return {
    text: headlineOf(block).slice(0, 1000),
    lines: block.lines,
    ...(level === undefined ? {} : { level }),
    ...(block.first.at === undefined ? {} : { at: block.first.at }),
    trace,
  }
}

const entriesOf = (text: string, most: number): readonly LogEntry[] => {
  const tail = text.length > maxBytes ? text.slice(-maxBytes) : text
  const raw = tail.split(/\r\n|\n|\r(?=.)/).slice(-most)
  const entries: LogEntry[] = []
  let block: Open | undefined
  for (const one of raw) {
    const line = readLine(one)
    if (block !== undefined && (line.text !== '' || block.mode !== 'plain') && join(block, line)) continue
    // A source position above a thrown error (Node.js) belongs to the error that follows.
    if (block !== undefined && /^(?:\S+:\d+|node:\S+:\d+)$/.test(block.headline) && block.lines.length < 6) {
      if (line.text === '' || !line.dressed) {
        block.lines.push(line.text)
        continue
      }
    }
    if (line.text.trim() === '') continue
    if (block !== undefined) entries.push(close(block))
    block = open(line)
  }
  if (block !== undefined) entries.push(close(block))
  return entries
}

/** A message with numbers, ids and addresses taken out, so that alike messages are equal. */
export const patternOf = (text: string): string =>
  text
    .slice(0, 300)
    .replace(/0x[0-9a-f]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{12,64}\b/gi, '#')
    .replace(/\d+/g, '#')

const patternsOf = (entries: readonly LogEntry[]): readonly LogPattern[] => {
  const found = new Map<string, { example: LogEntry; count: number; first: number; last: number }>()
  entries.forEach((entry, index) => {
    const key = `${entry.level ?? ''} ${patternOf(entry.text)}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { example: entry, count: 1, first: index, last: index })
    else Object.assign(known, { example: entry, count: known.count + 1, last: index })
  })
  return [...found.values()].sort((a, b) => b.count - a.count || a.first - b.first)
}

/** Reads a log: bounded to its last 512 KiB and 4000 lines (or fewer), linear in them. Never throws. */
export const readLog = (text: string, most = maxLines): LogDigest => {
  const entries = entriesOf(text, most)
  return { entries, patterns: patternsOf(entries) }
}

const soundsGood =
  /\b(?:0|no|without|zero) (?:errors?|failures?|exceptions?)\b|\b(?:errors?|failures?|failed)[=: ]+0\b|\bfailover (?:ok|complete)|successfully/i

/** A line of an access log whose request was answered with a server error. */
const servedBadly = /"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S{1,500} HTTP\/[\d.]{1,3}" 5\d\d\b/

/** Whether an entry reports trouble: by its level, or where it has none, by its words. */
export const isTrouble = (entry: LogEntry): boolean => {
  if (entry.level === 'fatal' || entry.level === 'error') return true
  if (entry.level === 'info' || entry.level === 'debug') return entry.trace && /(?:Error|Exception)\b/.test(entry.text)
  if (entry.trace || servedBadly.test(entry.text)) return true
  return soundsBad.test(entry.text) && !soundsGood.test(entry.text)
}

const loudness = (entry: LogEntry): number =>
  entry.level === 'fatal' ? 4 : entry.level === 'error' || entry.trace ? 3 : isTrouble(entry) ? 2 : 0

/**
 * The entries that say most likely why a process ended: the loudest among the last forty, the latest first; where
 * nothing sounds bad, the last line. At most `limit`, alike ones once.
 */
export const decisive = (digest: LogDigest, limit = 3): readonly LogEntry[] => {
  const tail = digest.entries.slice(-40).reverse()
  const seen = new Set<string>()
  const loud = tail
    .map((entry, age) => ({ entry, weight: loudness(entry) - age / 20 }))
    .filter(({ entry }) => loudness(entry) > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ entry }) => entry)
    .filter((entry) => {
      const key = patternOf(entry.text)
      return seen.has(key) ? false : seen.add(key) !== undefined
    })
  if (loud.length > 0) return loud.slice(0, limit)
  const last = tail.find((entry) => /[A-Za-z]{3}/.test(entry.text))
  return last === undefined ? [] : [last]
}

/** A line short enough to be quoted to a person. */
export const quote = (text: string, limit = 220): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`
}
