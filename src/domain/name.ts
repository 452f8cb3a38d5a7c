/**
 * Names that may stand in a path of the Kubernetes API. `encodeURIComponent` leaves '', '.' and '..' as they are, and URL
 * parsers collapse them, so that deleting a pod named '..' deletes its namespace: such names must die before any request.
 */

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
// Some kinds (RBAC) allow path segment names: anything but '/', '%', '.' and '..'.
const pathSegment = /^[A-Za-z0-9]([-A-Za-z0-9_.:]*[A-Za-z0-9])?$/

/** Whether it is a DNS-1123 label: namespaces, Services. */
export const isNamespaceName = (name: string): boolean => label.test(name)

/** Whether it is a DNS-1123 subdomain of at most 253 characters: most names. */
export const isObjectName = (name: string): boolean => name.length <= 253 && subdomain.test(name)

/** Whether it can stand as one path segment: DNS-1123, or the wider RBAC names such as `system:node`. */
export const isPathSegment = (name: string): boolean =>
  name.length <= 253 && pathSegment.test(name) && !name.includes('..')

/** A name that cannot be one. Thrown at the last line before a client, where a refusal came too late. */
export class InvalidName extends Error {
  constructor(what: string, name: string) {
    super(`${what} ${JSON.stringify(name.slice(0, 80))} is not a valid Kubernetes name`)
    this.name = 'InvalidName'
  }
}
