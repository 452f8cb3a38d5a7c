import type { KubeObject } from '../types.ts'
import { isFields } from '../types.ts'
import { badRequest } from './errors.ts'
import type { Resource } from './resources.ts'

/** Decides whether an object is selected by its fields. */
export type FieldMatch = (object: KubeObject) => boolean

const common = ['metadata.name', 'metadata.namespace']

const supported: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
  replicationcontrollers: ['status.replicas'],
  'jobs.batch': ['status.successful'],
}

/** Kinds whose refusal has the core group's own words. */
const shortRefusal = new Set(Object.keys(supported))

/** Parses a field selector for a resource; a field that the real server cannot select by is a 400. */
export function parseFieldSelector(text: string, resource: Resource): FieldMatch {
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text))
  const allowed = [...common, ...(supported[resource.key] ?? [])]
  for (const { field } of terms) {
    if (allowed.includes(field)) continue
    if (shortRefusal.has(resource.key))
      throw badRequest(
        resource.key === 'jobs.batch'
          ? `field label "${field}" not supported for Job`
          : `field label not supported: ${field}`,
      )
    throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`)
  }
  return (object) => terms.every(({ field, equal, value }) => (read(object, field) === value) === equal)
}

function parseTerm(term: string, _whole: string): { field: string; equal: boolean; value: string } {
  const parts = /^([^=!]+)(==|!=|=)(.*)$/.exec(term)
  if (parts === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`)
  if (/[=,\\]/.test(parts[3] ?? ''))
    throw badRequest(
      `invalid field selector: unescaped character in value: ${(parts[3] ?? '').replace(/[^=,\\]/g, '').charCodeAt(0)}`,
    )
  return { field: parts[1] ?? '', equal: parts[2] !== '!=', value: parts[3] ?? '' }
}

function read(object: KubeObject, field: string): string {
  if (field === 'source') {
    const event = object as KubeObject & { source?: { component?: string }; reportingComponent?: string }
    return event.source?.component ?? event.reportingComponent ?? ''
  }
  let value: unknown = object
  for (const part of field.split('.')) value = isFields(value) ? value[part] : undefined
  if (value === undefined || value === null)
    return field === 'spec.unschedulable' || field === 'spec.hostNetwork' ? 'false' : ''
  return String(value)
}
