import { lookup } from './lookup.ts'

/** How loud a line is, brought to one scale from words, klog letters, syslog numbers and pino/bunyan levels. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** One line without its dressing: `text` is the message, `at` the time as it was written, `dressed` says that a prefix was there. */
export type LogLine = {
  readonly text: string
  readonly level?: LogLevel
  readonly at?: string
  /** Lines of a stack trace that the line itself carried (JSON logs). */
  readonly stack?: readonly string[]
  readonly dressed: boolean
}

const esc = String.fromCharCode(27)
const ansi = new RegExp(`${esc}\\[[0-9;]{0,12}[A-Za-z]`, 'g')

const time = '\\d{1,2}:\\d{2}:\\d{2}(?:[.,]\\d{1,9})?'
const zone = '(?: ?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?'
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'

/** Time formats at the start of a line, optionally in brackets; the capture is the time. */
const times: readonly RegExp[] = [
  new RegExp(`^[[(]?(\\d{4}[-/]\\d{2}[-/]\\d{2}[T ]${time}${zone})[\\])]?[:,|]? *(?:- )?`),
  new RegExp(`^[[(]?(${day},? ${month} +\\d{1,2} ${time}(?: [A-Z]{3,4})?(?: \\d{4})?)[\\])]?:? *`),
  new RegExp(`^[[(]?(${month} +\\d{1,2} (?:\\d{4} )?${time})[\\])]?:? *`),
  new RegExp(`^\\d{1,7}:[A-Z] (\\d{1,2} ${month} \\d{4} ${time}) [*#.-] *`),
  new RegExp(`^[[(]?(\\d{1,2}[-/ ]${month}[-/ ]\\d{4}[: ]${time}${zone})[\\])]?:? *`),
  new RegExp(`^[[(]?(\\d{1,2}/\\d{1,2}/\\d{4},? ${time}(?: [AP]M)?)[\\])]?:? *`),
  new RegExp(`^[[(]?(${time})[\\])]?:? *(?:- )?`),
  /^\[?(\d{10}(?:\.\d{1,9}|\d{3})?)\]?:? +/,
]

const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  dbg: 'debug',
  fine: 'debug',
  finer: 'debug',
  verbose: 'debug',
  dbug: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  notice: 'info',
  log: 'info',
  note: 'info',
  config: 'info',
  statement: 'info',
  warn: 'warn',
  warning: 'warn',
  wrn: 'warn',
  error: 'error',
  err: 'error',
  eror: 'error',
  severe: 'error',
  fail: 'error',
  failed: 'error',
  fatal: 'fatal',
  ftl: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  panic: 'fatal',
  dpanic: 'fatal',
  pnc: 'fatal',
}

const words =
  'TRACE|DEBUG|DBG|VERBOSE|INFO|INF|INFORMATION|NOTICE|LOG|WARN|WARNING|WRN|ERROR|ERR|SEVERE|FATAL|FTL|CRITICAL|CRIT|ALERT|EMERG|EMERGENCY|PANIC|DBUG|FAIL'
const levelPrefix = new RegExp(`^[[(<|]?(${words})\\b[\\])>|]?(?:[:|]| -)? *(?=\\S|$)`, 'i')
const levelInside = new RegExp(
  `(?:^|[\\s[|(])(${words.replace('|LOG', '').replace('|ALERT', '').replace('|NOTICE', '')})(?=[\\s\\]|):])`,
)
const klog = /^([IWEF])\d{4} (\d{2}:\d{2}:\d{2}\.\d{1,9}) +\d+ [\w./-]+:\d+\] ?/
const klogLevels: Readonly<Record<string, LogLevel>> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' }
// What the API server puts before each line where timestamps are asked for: always nine digits of a second.
const stamped = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}(?:Z|[+-]\d{2}:\d{2}) (?=[{[A-Za-z])/
const cri = /^(\d{4}-\d{2}-\d{2}T\S{8,30}) std(?:out|err) [FP] /

/** The level that a word or number names; numbers are pino's (30 info, 50 error), below 8 syslog's. */
export const levelOf = (value: unknown): LogLevel | undefined => {
  if (typeof value === 'string') return lookup(levels, value.trim().toLowerCase())
  if (typeof value !== 'number') return undefined
  if (value >= 10)
    return value >= 60 ? 'fatal' : value >= 50 ? 'error' : value >= 40 ? 'warn' : value >= 30 ? 'info' : 'debug'
  return value <= 2 ? 'fatal' : value === 3 ? 'error' : value === 4 ? 'warn' : value <= 6 ? 'info' : 'debug'
}

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null) return undefined
  const record = value as Readonly<Record<string, unknown>>
  return (
    textOf(record['message']) ??
    textOf(record['msg']) ??
    textOf(record['errmsg']) ??
    textOf(record['error']) ??
    textOf(record['type'])
  )
}

const first = (record: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined => {
  for (const key of keys) {
    const text = textOf(record[key])
    if (text !== undefined) return text
  }
  return undefined
}

const stackOf = (record: Readonly<Record<string, unknown>>): readonly string[] | undefined => {
  const nested = [record['err'], record['error'], record['exception']].find(
    (value) => typeof value === 'object' && value !== null,
  )
  const own = first(record, ['stack', 'stack_trace', 'stacktrace', 'exc_info', 'traceback', 'exception'])
  const text =
    own ??
    (nested === undefined
      ? undefined
      : first(nested as Record<string, unknown>, ['stack', 'stack_trace', 'stacktrace']))
  return text?.includes('\n') ? text.split('\n').slice(0, 60) : undefined
}

/** MongoDB's own form: one letter for the level, and the reason among the attributes. Its `I` lines tell of refusals too. */
const mongoLevels: Readonly<Record<string, LogLevel>> = { W: 'warn', E: 'error', F: 'fatal' }

const attributesOf = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const found = record['attr']
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
}

const fromJson = (line: string): LogLine | undefined => {
  if (!line.startsWith('{') || !line.endsWith('}')) return undefined
  let record: Readonly<Record<string, unknown>>
  try {
    record = JSON.parse(line)
  } catch {
    return undefined
  }
  const message = first(record, ['msg', 'message', '@m', '@mt', 'log', 'text', 'event', 'MESSAGE', 'textPayload'])
  const problem = (
    first(record, ['err', 'error', 'exception', 'exc_info', 'cause', 'reason', 'details', '@x']) ??
    first(attributesOf(record), ['message', 'error', 'reason'])
  )?.split('\n', 1)[0]
  if (message === undefined && problem === undefined) return undefined
  const inner = message === undefined ? undefined : undress(message.split('\n', 1)[0] ?? '')
  const text = inner?.text ?? ''
  const level =
    levelOf(
      record['level'] ??
        record['lvl'] ??
        record['severity'] ??
        record['@l'] ??
        record['loglevel'] ??
        record['log.level'] ??
        record['levelname'],
    ) ??
    (typeof record['s'] === 'string' && record['ctx'] !== undefined ? lookup(mongoLevels, record['s']) : undefined) ??
    inner?.level
  const at = first(record, ['ts', 'time', 'timestamp', '@timestamp', '@t', 'asctime', 'datetime'])
  // What a message goes on to say in further lines belongs to it as a stack trace does.
  const stack = stackOf(record) ?? (message?.includes('\n') ? message.split('\n').slice(1, 60) : undefined)
  return {
    text: problem === undefined || text.includes(problem) ? text : text === '' ? problem : `${text}: ${problem}`,
    ...(level === undefined ? {} : { level }),
    ...(at === undefined ? {} : { at }),
    ...(stack === undefined ? {} : { stack }),
    dressed: true,
  }
}

const field = (line: string, name: string): string | undefined => {
  const found = new RegExp(`(?:^|\\s)${name}=(?:"((?:[^"\\\\]|\\\\.){0,1500})"|(\\S{1,500}))`).exec(line)
  return found === null ? undefined : (found[1] ?? found[2])?.replaceAll('\\"', '"')
}

const fromLogfmt = (line: string): LogLine | undefined => {
  if (!line.includes('=') || !/(?:^|\s)(?:level|lvl|severity|msg)=/.test(line)) return undefined
  const message = field(line, 'msg') ?? field(line, 'message') ?? field(line, 'event')
  const problem = field(line, 'err') ?? field(line, 'error')
  if (message === undefined && problem === undefined) return undefined
  const level = levelOf(field(line, 'level') ?? field(line, 'lvl') ?? field(line, 'severity'))
  const at = field(line, 'ts') ?? field(line, 'time') ?? field(line, 't')
  const text =
    message === undefined
      ? (problem ?? '')
      : problem === undefined || message.includes(problem)
        ? message
        : `${message}: ${problem}`
  return { text, ...(level === undefined ? {} : { level }), ...(at === undefined ? {} : { at }), dressed: true }
}

/** A level is a label in capitals, in brackets, or quiet with a colon; `Error: …` and `panic: …` are part of the message. */
const isLabel = (whole: string, word: string): boolean =>
  /^[[(<|]/.test(whole) ||
  word === word.toUpperCase() ||
  (whole.includes(':') && !/^(?:error|panic|fatal|fail|alert)$/i.test(word))

const undress = (line: string): LogLine => {
  let rest = line
  let at: string | undefined
  let level: LogLevel | undefined
  const glog = klog.exec(rest)
  if (glog !== null) {
    level = klogLevels[glog[1] ?? '']
    at = glog[2]
    rest = rest.slice(glog[0].length)
  }
  for (let round = 0; round < 3; round += 1) {
    const before = rest
    for (const format of times) {
      const found = format.exec(rest)
      if (found === null) continue
      at ??= found[1]
      rest = rest.slice(found[0].length)
      break
    }
    const word = levelPrefix.exec(rest)
    if (word !== null && isLabel(word[0], word[1] ?? '')) {
      level ??= levelOf(word[1])
      rest = rest.slice(word[0].length)
    }
    if (rest === before) break
  }
  level ??= levelOf(levelInside.exec(rest.slice(0, 120))?.[1])
  const dressed = rest !== line
  return {
    text: rest.trimEnd(),
    ...(level === undefined ? {} : { level }),
    ...(at === undefined ? {} : { at }),
    dressed,
  }
}

/** Reads one raw line: container-runtime prefix, colours, JSON, logfmt, klog, times and level words are taken off. Linear in its length. */
export const readLine = (raw: string): LogLine => {
  const plain = raw.length > 4000 ? raw.slice(0, 4000) : raw
  const line = (plain.includes(esc) ? plain.replace(ansi, '') : plain).replace(cri, '').trimEnd()
  if (/^\s/.test(line)) return { text: line, dressed: false }
  return fromJson(line.replace(stamped, '')) ?? fromLogfmt(line) ?? undress(line)
}
