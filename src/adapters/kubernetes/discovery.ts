import type { Read } from '../../domain/coverage.ts'
import type { ResourceType } from '../../ports.ts'
import { parseJson, readDeadline, readWire } from './reads.ts'
import type { Transport } from './transport.ts'

/** A resource type with the names people type for it. */
export type ServedResource = ResourceType & {
  readonly shortNames: readonly string[]
  readonly singular: string
  readonly verbs: readonly string[]
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

/**
 * All resource types the server serves, in its preferred versions: aggregated discovery where it is (two requests), else one
 * request per group. A group that cannot be read is left out only when others could; a server that answers nothing is unreadable.
 * `groups` leaves out the core group, and the request for it.
 */
export const discover = async (
  transport: Transport,
  signal?: AbortSignal,
  wanted: 'all' | 'groups' = 'all',
): Promise<Read<readonly ServedResource[]>> => {
  const ask = (path: string) =>
    readWire(transport, {
      method: 'GET',
      path,
      headers: { accept: aggregated },
      deadline: readDeadline,
      ...(signal === undefined ? {} : { signal }),
    })
  const bodies: Record<string, unknown>[] = []
  for (const answer of await Promise.all((wanted === 'all' ? ['/api', '/apis'] : ['/apis']).map(ask))) {
    if (answer.kind === 'unreadable') return answer
    if (answer.kind === 'absent')
      return { kind: 'unreadable', reason: 'malformed', message: 'the server has no API groups' }
    bodies.push(parseJson(answer.value.body) ?? {})
  }
  if (bodies[0]?.['kind'] === 'APIGroupDiscoveryList') return { kind: 'ok', value: bodies.flatMap(aggregatedTypes) }
  const versions = [...(wanted === 'all' ? ['/api/v1'] : []), ...preferredVersions(bodies.at(-1) ?? {})]
  const lists = await Promise.all(versions.map(async (path) => ({ path, answer: await ask(path) })))
  return {
    kind: 'ok',
    value: lists.flatMap(({ path, answer }) =>
      answer.kind === 'ok' ? listedTypes(path, parseJson(answer.value.body) ?? {}) : [],
    ),
  }
}

const records = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value)
    ? value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null)
    : []
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const aggregatedTypes = (body: Record<string, unknown>): readonly ServedResource[] =>
  records(body['items']).flatMap((group) => {
    const name = text((group['metadata'] as Record<string, unknown> | undefined)?.['name'])
    const version = records(group['versions'])[0]
    return records(version?.['resources']).map((resource) => ({
      group: name,
      version: text(version?.['version']),
      resource: text(resource['resource']),
      kind: text((resource['responseKind'] as Record<string, unknown> | undefined)?.['kind']),
      namespaced: resource['scope'] === 'Namespaced',
      shortNames: texts(resource['shortNames']),
      singular: text(resource['singularResource']),
      verbs: texts(resource['verbs']),
    }))
  })

const preferredVersions = (body: Record<string, unknown>): readonly string[] =>
  records(body['groups']).flatMap((group) => {
    const preferred = text((group['preferredVersion'] as Record<string, unknown> | undefined)?.['groupVersion'])
    return /^[a-z0-9.-]+\/[a-z0-9]+$/.test(preferred) ? [`/apis/${preferred}`] : []
  })

const listedTypes = (path: string, body: Record<string, unknown>): readonly ServedResource[] => {
  const [group = '', version = ''] = path === '/api/v1' ? ['', 'v1'] : path.slice('/apis/'.length).split('/')
  return records(body['resources'])
    .filter((resource) => !text(resource['name']).includes('/'))
    .map((resource) => ({
      group,
      version,
      resource: text(resource['name']),
      kind: text(resource['kind']),
      namespaced: resource['namespaced'] === true,
      shortNames: texts(resource['shortNames']),
      singular: text(resource['singularName']) || text(resource['kind']).toLowerCase(),
      verbs: texts(resource['verbs']),
    }))
}
