import { type Refusal, refused } from './refusal.ts'

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** Whether a text is a DNS-1123 label (RFC 1123): what a namespace's name must be. Never '', '.', '..' or anything with %. */
export const isNamespaceName = (text: unknown): text is string => typeof text === 'string' && label.test(text)

/**
 * Whether a text is a DNS-1123 subdomain: what nearly every object's name must be. It has no dot at an end, no two dots
 * together, no slash, percent sign, query or control character, so it is one path segment to any URL parser.
 */
export const isObjectName = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 253 && subdomain.test(text)

/** A name that may stand in a request's path, or why not. */
export const checkedName = (what: 'name' | 'namespace', text: unknown): string | Refusal =>
  (what === 'namespace' ? isNamespaceName(text) : isObjectName(text))
    ? (text as string)
    : refused(`${what}-invalid`, `${JSON.stringify(String(text).slice(0, 60))} is not a valid Kubernetes ${what}.`)

// RBAC kinds allow path segment names, which is wider than DNS-1123: `system:node`.
const segment = /^[A-Za-z0-9](?:[-A-Za-z0-9_.:]*[A-Za-z0-9])?$/

/** Whether a text can stand as one segment of a request's path: DNS-1123, or the wider names of RBAC. Never '', '.' or '..'. */
export const isPathSegment = (text: string): boolean => text.length <= 253 && segment.test(text) && !text.includes('..')

/** A name that cannot be one. Thrown at the last line before a client, where a refusal would come too late. */
export class InvalidName extends Error {
  constructor(what: string, name: string) {
    super(`${what} ${JSON.stringify(name.slice(0, 80))} is not a valid Kubernetes name`)
    this.name = 'InvalidName'
  }
}
