import { type Attributes, authorize, rulesFor } from '../auth/rbac.ts'
import { issuer } from '../auth/tokens.ts'
import { invalid, notFound } from '../registry/errors.ts'
import { resourceOf } from '../registry/resources.ts'
import { type Fields, fieldsAt, listAt, type User } from '../types.ts'
import type { Api, Call } from './api.ts'
import { contextOf, readObject } from './body.ts'
import type { Served } from './read.ts'
import { json, type Reply } from './reply.ts'
import type { RequestInfo } from './request-info.ts'
import { methodNotAllowed } from './write.ts'

/** The create-only kinds that answer a question: may I, may they, what may I, who am I, whose token is this. */
export function review(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  if (info.method !== 'POST') throw methodNotAllowed()
  const { kind } = target.resource
  const body = readObject(call, target.resource, contextOf(info, call, 'CreateOptions'))
  const spec = fieldsAt(body, 'spec')
  const answer = (status: Fields, extra: Fields = {}): Reply =>
    json(201, { kind, apiVersion: `${target.group}/${target.version}`, metadata: {}, spec, ...extra, status })
  switch (kind) {
    case 'SelfSubjectAccessReview':
      return answer(access(api, call.user, attributes(spec)))
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview':
      if (!spec['user'] && listAt(spec, 'groups').length === 0) {
        const detail = 'at least one of user or group must be specified'
        throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', [
          { type: 'FieldValueInvalid', field: 'spec.user', value: '', detail },
        ])
      }
      return answer(
        access(api, { name: String(spec['user'] ?? ''), groups: listAt(spec, 'groups').map(String) }, attributes(spec)),
      )
    case 'SelfSubjectRulesReview':
      return json(201, {
        kind,
        apiVersion: 'authorization.k8s.io/v1',
        metadata: {},
        spec: {},
        status: rules(api, call.user, String(spec['namespace'] ?? '')),
      })
    case 'SelfSubjectReview':
      return json(201, {
        kind,
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { creationTimestamp: api.ground.clock.stamp() },
        status: { userInfo: userInfo(call.user) },
      })
    default:
      return answer(tokenStatus(api, spec))
  }
}

const userInfo = (user: User): Fields => ({
  username: user.name,
  ...(user.uid === undefined ? {} : { uid: user.uid }),
  groups: user.groups,
})

function attributes(spec: Fields): Attributes {
  const resource = fieldsAt(spec, 'resourceAttributes')
  const path = fieldsAt(spec, 'nonResourceAttributes')
  if (spec['resourceAttributes'] === undefined && spec['nonResourceAttributes'] === undefined) {
    throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', [
      {
        type: 'FieldValueInvalid',
        field: 'spec.resourceAttributes',
        value: null,
        detail: 'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      },
    ])
  }
  const text = (part: Fields, key: string): string => (typeof part[key] === 'string' ? (part[key] as string) : '')
  if (spec['resourceAttributes'] === undefined)
    return { kind: 'path', verb: text(path, 'verb'), path: text(path, 'path') }
  return {
    kind: 'resource',
    verb: text(resource, 'verb'),
    group: text(resource, 'group'),
    resource: text(resource, 'resource'),
    subresource: text(resource, 'subresource'),
    namespace: text(resource, 'namespace'),
    name: text(resource, 'name'),
  }
}

function access(api: Api, user: User, wanted: Attributes): Fields {
  const reason = authorize(api.ground.storage, user, wanted)
  return reason === undefined ? { allowed: false } : { allowed: true, ...(reason === '' ? {} : { reason }) }
}

function rules(api: Api, user: User, namespace: string): Fields {
  const held = rulesFor(api.ground.storage, user, namespace).map((entry) => entry.rule)
  const all = user.groups.includes('system:masters')
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : []
  const every = [...held, ...all]
  return {
    resourceRules: every.filter((rule) => 'resources' in rule && rule.resources !== undefined),
    nonResourceRules: every.filter((rule) => 'nonResourceURLs' in rule && rule.nonResourceURLs !== undefined),
    incomplete: false,
  }
}

function tokenStatus(api: Api, spec: Fields): Fields {
  const user = api.tokens.userOf(String(spec['token'] ?? ''))
  return user === undefined
    ? { user: {}, error: '[invalid bearer token]' }
    : { authenticated: true, user: userInfo(user), audiences: [issuer] }
}

/** POST serviceaccounts/NAME/token: a token that is bound to the account and expires. */
export function requestToken(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  if (info.method !== 'POST') throw methodNotAllowed()
  const { namespace = '', name = '' } = target
  const kind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
  const body = readObject(call, kind, contextOf(info, call, 'CreateOptions'))
  const account = api.ground.storage.get('serviceaccounts', namespace, name)
  if (account === undefined) throw notFound(resourceOf('serviceaccounts'), name)
  const spec = fieldsAt(body, 'spec')
  const seconds = spec['expirationSeconds'] === undefined ? 3600 : Number(spec['expirationSeconds'])
  if (seconds < 600) {
    throw invalid(kind, '', [
      {
        type: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        value: seconds,
        detail: 'may not specify a duration less than 10 minutes',
      },
    ])
  }
  const audiences = listAt(spec, 'audiences').map(String)
  const meant = audiences.length === 0 ? [issuer] : audiences
  const { uid = '' } = account.metadata
  const { token, expires } = api.tokens.issueFor(namespace, name, uid, seconds, meant)
  return json(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid, creationTimestamp: api.ground.clock.stamp() },
    spec: { audiences: meant, expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: expires },
  })
}
