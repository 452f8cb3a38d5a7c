import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { z } from 'zod'
import type { Action } from '../actions/action.ts'
import type { Runbook } from '../domain/runbook.ts'
import { lintRunbook } from './lint.ts'
import { runbookSchema } from './schema.ts'

/** One thing wrong with a runbook: `file:line` and what to do about it. */
export type RunbookProblem = { readonly place: string; readonly message: string }

/** The runbooks that are good, and everything that is wrong with the others: one bad file disables only itself. */
export type LoadedRunbooks = {
  readonly runbooks: readonly Runbook[]
  readonly problems: readonly RunbookProblem[]
}

const maxBytes = 64 * 1024
const maxDepth = 12

/** Reads every `.yaml` of a folder, sorted by name. Links are not followed; what cannot be read is a problem, not a throw. */
export const loadRunbooks = (folder: string, actions: ReadonlyMap<string, Action>): LoadedRunbooks => {
  const problems: RunbookProblem[] = []
  const runbooks: Runbook[] = []
  for (const name of namesIn(folder, problems)) {
    const text = readText(join(folder, name), name, problems)
    if (text === undefined) continue
    const found = parseRunbook(name, text, actions)
    problems.push(...found.problems)
    if (found.runbook === undefined) continue
    if (runbooks.some((known) => known.id === found.runbook?.id))
      problems.push({ place: `${name}:1`, message: `the id ${found.runbook.id} is used by another file` })
    else runbooks.push(found.runbook)
  }
  return { runbooks, problems }
}

const namesIn = (folder: string, problems: RunbookProblem[]): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
  } catch (cause) {
    problems.push({ place: folder, message: `cannot be read: ${messageOf(cause)}` })
    return []
  }
}

const readText = (path: string, name: string, problems: RunbookProblem[]): string | undefined => {
  try {
    const stat = lstatSync(path)
    if (!stat.isFile()) problems.push({ place: name, message: 'is not a plain file (links are not followed)' })
    else if (stat.size > maxBytes) problems.push({ place: name, message: `is larger than ${maxBytes / 1024} KB` })
    else return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (cause) {
    problems.push({ place: name, message: `cannot be read: ${messageOf(cause)}` })
  }
  return undefined
}

/** Parses one runbook: YAML 1.2 core schema, one document, no anchors, no tags, unique keys, bounded depth. Never throws. */
export const parseRunbook = (
  name: string,
  text: string,
  actions: ReadonlyMap<string, Action>,
): { readonly runbook?: Runbook; readonly problems: readonly RunbookProblem[] } => {
  const bad = (line: number, message: string) => ({ problems: [{ place: `${name}:${line}`, message }] })
  if (text.length > maxBytes) return bad(1, `is larger than ${maxBytes / 1024} KB`)
  // Before the parser builds anything: a thousand levels, and the anchors of a bomb, are recognised in the text.
  const deep = text.split('\n').findIndex((line) => /^ {48}|(?:[[{]\s*){12}|(?:-\s+){12}/.test(line))
  if (deep >= 0) return bad(deep + 1, `is nested deeper than ${maxDepth} levels`)
  const lines = new LineCounter()
  try {
    const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', uniqueKeys: true, lineCounter: lines })
    if (!Array.isArray(documents) || documents.length !== 1)
      return bad(1, documents.length === 0 ? 'is empty' : 'holds more than one document')
    const document = documents[0] as Document.Parsed
    const wrong = [...document.errors, ...document.warnings]
    if (wrong.length > 0)
      return {
        problems: wrong.slice(0, 10).map((error) => ({
          place: `${name}:${error.linePos?.[0].line ?? 1}`,
          message: error.message.split('\n')[0] ?? 'is not YAML',
        })),
      }
    return check(name, document, lines, actions)
  } catch (cause) {
    return bad(1, messageOf(cause))
  }
}

const check = (
  name: string,
  document: Document.Parsed,
  lines: LineCounter,
  actions: ReadonlyMap<string, Action>,
): { readonly runbook?: Runbook; readonly problems: readonly RunbookProblem[] } => {
  const hostile = prototypeKey(document)
  if (hostile !== undefined)
    return { problems: [{ place: `${name}:${lines.linePos(hostile).line}`, message: 'has a key that is not allowed' }] }
  const at = (path: readonly PropertyKey[]) => `${name}:${lineOf(document, lines, path)}`
  const parsed = runbookSchema.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (!parsed.success)
    return { problems: flat(parsed.error.issues).map((issue) => ({ place: at(issue.path), message: said(issue) })) }
  const runbook = parsed.data
  const id = basename(name, extname(name))
  const problems = [
    ...(runbook.id === id ? [] : [{ path: ['id'], message: `must be ${id}, the name of the file` }]),
    ...lintRunbook(runbook, actions),
  ].map((problem) => ({ place: at(problem.path), message: `${problem.path.join('.')}: ${problem.message}` }))
  return problems.length === 0 ? { runbook, problems } : { problems }
}

/** Where a key stands that would reach into the prototype of a plain object; parsers drop such keys without a word. */
const prototypeKey = (document: Document.Parsed): number | undefined => {
  let found: number | undefined
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && /^(?:__proto__|constructor|prototype)$/.test(String(key.value)))
        found ??= key.range?.[0] ?? 0
    },
  })
  return found
}

type Issue = z.core.$ZodIssue

/** A union says only that nothing fitted; the branch that came furthest says why. */
const flat = (issues: readonly Issue[], base: readonly PropertyKey[] = []): readonly Issue[] =>
  issues.flatMap((issue): readonly Issue[] => {
    const path = [...base, ...issue.path]
    if (issue.code !== 'invalid_union') return [{ ...issue, path }]
    const unknown = (branch: readonly Issue[]) => branch.filter((one) => one.code === 'unrecognized_keys').length
    const best = [...issue.errors].sort((a, b) => unknown(a) - unknown(b) || a.length - b.length)[0]
    return best === undefined || best.length === 0 ? [{ ...issue, path }] : flat(best, path)
  })

const said = (issue: Issue): string => `${issue.path.map(String).join('.') || 'the runbook'}: ${issue.message}`

/** The line of what stands at a path, or of the nearest thing above it that is there. */
const lineOf = (document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number => {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined
    if (range !== undefined && range !== null) return lines.linePos(range[0]).line
  }
  return 1
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown error'
