import { createSign, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import type { Ground } from '../registry/context.ts'
import type { User } from '../types.ts'

/** Who bearer tokens belong to. Tokens of a closed cluster mean nothing to another. */
export type Tokens = {
  /** A fixed token for a user; never expires. */
  readonly issue: (user: User) => string
  /** A signed token for a service account, valid for that many seconds. */
  readonly issueFor: (
    namespace: string,
    account: string,
    uid: string,
    seconds: number,
    audiences: readonly string[],
  ) => { token: string; expires: string }
  /** The user of a token, or undefined for one that is unknown, expired or whose account is gone. */
  readonly userOf: (token: string) => User | undefined
  /** The public signing key as a JWK set. */
  readonly jwks: () => unknown
}

/** The issuer that the cluster names in its tokens and its discovery document. */
export const issuer = 'https://kubernetes.default.svc.cluster.local'

/** A service account as a user. */
export function accountUser(namespace: string, account: string, uid?: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    ...(uid === undefined ? {} : { uid }),
  }
}

/** A token table with its own signing key. */
export function createTokens({ clock, storage }: Ground): Tokens {
  const known = new Map<string, { user: User; until: number; account?: readonly [string, string] }>()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keyId = randomBytes(32).toString('base64url')
  return {
    issue: (user) => {
      const token = randomBytes(24).toString('base64url')
      known.set(token, { user, until: Number.POSITIVE_INFINITY })
      return token
    },
    issueFor: (namespace, account, uid, seconds, audiences) => {
      const now = Math.floor(clock.now() / 1000)
      const claims = {
        aud: audiences,
        exp: now + seconds,
        iat: now,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace, serviceaccount: { name: account, uid } },
        nbf: now,
        sub: `system:serviceaccount:${namespace}:${account}`,
      }
      const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
      const body = `${encode({ alg: 'RS256', kid: keyId })}.${encode(claims)}`
      const token = `${body}.${createSign('RSA-SHA256').update(body).sign(privateKey).toString('base64url')}`
      known.set(token, {
        user: accountUser(namespace, account, uid),
        until: (now + seconds) * 1000,
        account: [namespace, account],
      })
      return { token, expires: `${new Date((now + seconds) * 1000).toISOString().slice(0, 19)}Z` }
    },
    userOf: (token) => {
      const entry = known.get(token)
      if (entry === undefined || entry.until < clock.now()) return undefined
      if (
        entry.account !== undefined &&
        storage.get('serviceaccounts', entry.account[0], entry.account[1]) === undefined
      )
        return undefined
      return entry.user
    },
    jwks: () => ({ keys: [{ use: 'sig', alg: 'RS256', kid: keyId, ...publicKey.export({ format: 'jwk' }) }] }),
  }
}
