import type { Ground } from '../registry/context.ts'
import { ApiError, forbidden, notFound } from '../registry/errors.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { fieldsAt } from '../types.ts'

/** Nothing is created in a namespace that does not exist or is going away. */
export function namespaceLifecycle({ storage }: Ground, { operation, resource, after }: AdmissionChange): void {
  const name = after.metadata.namespace
  if (operation !== 'create' || !resource.namespaced || name === undefined) return
  const namespace = storage.get('namespaces', undefined, name)
  if (namespace === undefined) throw notFound({ group: '', plural: 'namespaces' }, name)
  if (fieldsAt(namespace, 'status')['phase'] !== 'Terminating') return
  const error = forbidden(
    resource,
    after.metadata.name,
    `unable to create new content in namespace ${name} because it is being terminated`,
  )
  const details = {
    ...error.status.details,
    causes: [
      { reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' },
    ],
  }
  throw new ApiError(403, 'Forbidden', error.message, details)
}
