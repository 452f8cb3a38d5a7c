import { issuer } from '../auth/tokens.ts'
import { apiVersionOf, type Resource, resources } from '../registry/resources.ts'
import type { Api } from './api.ts'
import { json, type Reply, text } from './reply.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const reviewGroups = ['authorization.k8s.io', 'authentication.k8s.io']

/** The version this server says it is. */
export const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '5d4f9cf2bc6a4ba8d7fd3c5a2c1d7d2cf5d3c0de',
  gitTreeState: 'clean',
  buildDate: '2026-08-12T16:41:30Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
}

const checks = [
  'ping',
  'log',
  'etcd',
  'informer-sync',
  'poststarthook/start-apiextensions-controllers',
  'poststarthook/rbac/bootstrap-roles',
  'shutdown',
]

/** Paths that are no resource: version, health, discovery. Undefined where nothing is served. */
export function readPath(api: Api, path: string, verbose: boolean): Reply | undefined {
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path
  const health = /^\/(healthz|livez|readyz)(\/[a-z/-]+)?$/.exec(trimmed)
  if (health !== null)
    return verbose
      ? text(200, `${checks.map((check) => `[+]${check} ok`).join('\n')}\n${health[1]} check passed\n`)
      : text(200, 'ok')
  switch (trimmed) {
    case '/':
      return json(200, {
        paths: [
          '/api',
          '/api/v1',
          '/apis',
          ...groups().flatMap((group) => [`/apis/${group}`, ...versionsOf(group).map((entry) => `/apis/${entry}`)]),
          '/healthz',
          '/livez',
          '/openapi/v3',
          '/readyz',
          '/version',
        ],
      })
    case '/version':
      return json(200, version)
    case '/api':
      return json(200, {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: api.address() }],
      })
    case '/apis':
      return json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupOf) })
    case '/.well-known/openid-configuration':
      return json(200, {
        issuer,
        jwks_uri: `https://${api.address()}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    case '/openid/v1/jwks':
      return { ...json(200, api.tokens.jwks()), type: 'application/jwk-set+json' }
    case '/openapi/v3':
      return json(200, {
        paths: Object.fromEntries(
          ['api/v1', ...groups().flatMap((group) => versionsOf(group).map((entry) => `apis/${entry}`))].map((entry) => [
            entry,
            { serverRelativeURL: `/openapi/v3/${entry}` },
          ]),
        ),
      })
    default:
      return discovered(trimmed)
  }
}

function discovered(path: string): Reply | undefined {
  if (path === '/api/v1') return json(200, resourceList('v1'))
  const parts = path.split('/').slice(1)
  if (parts[0] !== 'apis') return undefined
  const [, group = '', versionName] = parts
  if (!groups().includes(group)) return undefined
  if (parts.length === 2) return json(200, { ...groupOf(group), kind: 'APIGroup', apiVersion: 'v1' })
  const groupVersion = `${group}/${versionName}`
  return parts.length === 3 && versionsOf(group).includes(groupVersion)
    ? json(200, resourceList(groupVersion))
    : undefined
}

/** Is this group served, in whatever version? */
export function isServed(group: string): boolean {
  return resources.some((resource) => resource.group === group)
}

function groups(): string[] {
  return [...new Set(resources.filter((resource) => resource.group !== '').map((resource) => resource.group))]
}

function versionsOf(group: string): string[] {
  return [...new Set(resources.filter((resource) => resource.group === group).map(apiVersionOf))]
}

function groupOf(group: string): object {
  const versions = versionsOf(group).map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] }))
  return { name: group, versions, preferredVersion: versions[0] }
}

function resourceList(groupVersion: string): object {
  const served = resources.filter((resource) => apiVersionOf(resource) === groupVersion)
  return {
    kind: 'APIResourceList',
    ...(groupVersion === 'v1' ? {} : { apiVersion: 'v1' }),
    groupVersion,
    resources: served.flatMap(entriesOf).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function entriesOf(resource: Resource): { name: string }[] {
  const { plural: name, singular: singularName, namespaced, kind } = resource
  const own = {
    name,
    singularName,
    namespaced,
    kind,
    verbs: reviewGroups.includes(resource.group)
      ? ['create']
      : resource.virtual
        ? ['get', 'list']
        : name === 'namespaces'
          ? verbs.filter((verb) => verb !== 'deletecollection')
          : verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
  }
  return [
    own,
    ...resource.subresources.map((sub) => ({
      name: `${name}/${sub}`,
      singularName: '',
      namespaced,
      ...subresource(resource, sub),
    })),
  ]
}

function subresource(resource: Resource, name: string): object {
  switch (name) {
    case 'scale':
      return { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }
    case 'eviction':
      return { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }
    case 'token':
      return { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }
    case 'binding':
      return { kind: 'Binding', verbs: ['create'] }
    case 'finalize':
      return { kind: 'Namespace', verbs: ['update'] }
    case 'log':
      return { kind: 'Pod', verbs: ['get'] }
    case 'exec':
      return { kind: 'PodExecOptions', verbs: ['create', 'get'] }
    case 'proxy':
      return { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }
    default:
      return { kind: resource.kind, verbs: ['get', 'patch', 'update'] }
  }
}
