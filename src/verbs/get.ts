import { stringify } from 'yaml'
import { type Answer, note, table, text, title } from '../domain/document.ts'
import { redact, redactObject } from '../domain/redact.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import type { ResourceType } from '../ports.ts'
import type { Arguments } from './arguments.ts'
import {
  flagText,
  namedOf,
  orRefuse,
  type Place,
  placeOf,
  readFrom,
  refusalAnswer,
  resourceOf,
  unreadAnswer,
} from './reading/place.ts'
import { serverTable } from './reading/server-table.ts'
import { placeFlags, type Verb, type VerbContext } from './verb.ts'

export const verb: Verb = {
  name: 'get',
  aliases: ['list', 'show'],
  summary: 'list any resource, or show one object',
  usage: 'RESOURCE [NAME] [-n NAMESPACE | -A] [-l SELECTOR] [-o wide|yaml]',
  examples: [
    'get pods -n payments',
    'get deploy -A',
    'get certificates.cert-manager.io',
    'get deploy checkout -n payments -o yaml',
  ],
  flags: {
    ...placeFlags,
    selector: { short: 'l', value: 'SELECTOR', help: 'only objects with these labels' },
    'field-selector': { value: 'SELECTOR', help: 'only objects with these fields' },
    output: { short: 'o', value: 'wide|yaml', help: 'more columns, or the object itself (secrets never)' },
  },
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async (place) => {
      const [resource, ...rest] = args.words
        .flatMap((word, index) => (index === 0 ? word.split('/') : [word]))
        .filter((word) => word !== '')
      if (resource === undefined)
        return refusalAnswer(refused('usage', 'Say which resource: get pods, get deploy, get nodes…'))
      return orRefuse(await resourceOf(place.reader, resource, context.signal), (type) =>
        rest.length === 0 ? listAll(context, args, place, type) : showOne(context, args, place, type, rest),
      )
    }),
}

/** Lists a type as the server's table; `namespace` absent means all of them. */
export const listAll = async (
  context: VerbContext,
  args: Arguments,
  place: Place,
  type: ResourceType,
): Promise<Answer> => {
  const { reader } = place
  const namespace = type.namespaced ? place.namespace : undefined
  const [labelSelector, fieldSelector] = [flagText(args, 'selector'), flagText(args, 'field-selector')]
  const read = await serverTable(reader, type, {
    signal: context.signal,
    wide: flagText(args, 'output') === 'wide',
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  })
  if (read.kind !== 'ok') return unreadAnswer(reader, type.resource, read)
  const { columns, rows, remaining } = read.value
  const everywhere = type.namespaced && namespace === undefined
  if (rows.length === 0)
    return {
      status: 'ok',
      document: [
        text(`No ${type.resource}${everywhere ? '' : ` in ${namespace ?? 'this cluster'}`}.`),
        readFrom(reader, namespace),
      ],
    }
  const shown = table(
    everywhere ? ['Namespace', ...columns] : columns,
    rows.map((row) => (everywhere ? [row.namespace ?? '', ...row.cells] : row.cells)),
  )
  const more = remaining > 0 ? [note(`${remaining} more were not read; narrow it with -n or -l.`)] : []
  return {
    status: 'ok',
    document: [
      shown,
      ...more,
      readFrom(reader, namespace, `${rows.length} ${rows.length === 1 ? type.kind.toLowerCase() : type.resource}`),
    ],
  }
}

const showOne = async (
  context: VerbContext,
  args: Arguments,
  place: Place,
  type: ResourceType,
  words: readonly string[],
): Promise<Answer> => {
  const named = namedOf(words)
  if (isRefusal(named)) return refusalAnswer(named)
  const { reader } = place
  const namespace = type.namespaced ? (named.namespace ?? place.namespace ?? 'default') : undefined
  const what = `${type.kind} ${namespace === undefined ? '' : `${namespace}/`}${named.name}`
  if (flagText(args, 'output') !== 'yaml') {
    const read = await serverTable(reader, type, {
      signal: context.signal,
      fieldSelector: `metadata.name=${named.name}`,
      ...(namespace === undefined ? {} : { namespace }),
    })
    if (read.kind !== 'ok') return unreadAnswer(reader, what, read)
    const rows = read.value.rows
    if (rows.length === 0) return { status: 'not-found', document: [text(`${what} does not exist on ${reader.name}.`)] }
    return {
      status: 'ok',
      document: [
        table(
          read.value.columns,
          rows.map((row) => row.cells),
        ),
        readFrom(reader, namespace),
      ],
    }
  }
  if (type.kind === 'Secret')
    return refusalAnswer(
      refused('secret', 'Secrets are never shown; `describe secret` names their keys where that may be read.'),
    )
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  const read = await reader.get(
    { apiVersion, kind: type.kind, name: named.name, ...(namespace === undefined ? {} : { namespace }) },
    context.signal,
  )
  if (read.kind !== 'ok') return unreadAnswer(reader, what, read)
  const { managedFields: _, ...metadata } = read.value.metadata
  return {
    status: 'ok',
    document: [
      title(what),
      { kind: 'code', language: 'yaml', text: redact(stringify(redactObject({ ...read.value, metadata }))) },
      readFrom(reader, namespace),
    ],
  }
}
